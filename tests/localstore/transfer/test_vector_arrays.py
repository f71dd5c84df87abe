"""Arrays of numpy: every layout that numpy writes is read, nothing is unpickled, what is wrong is said."""

from __future__ import annotations

import io
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy
import pytest

from localstore.errors import TransferError
from localstore.transfer import ReadOptions
from tests.localstore.transfer.vector_reading import read_vectors

X = numpy.arange(12, dtype="f4").reshape(4, 3) / 7
IDS = numpy.array(["a", "b", "c", "ü"])


class Trap:
    """What a hostile pickle would run."""

    def __reduce__(self) -> Any:
        return (Path("sprung").touch, ())


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def saved(name: str = "v.npz", **arrays: Any) -> Path:
    numpy.savez(name, **arrays)
    return Path(name)


def one(array: Any, name: str = "v.npy") -> Path:
    numpy.save(name, array)
    return Path(name)


@pytest.mark.parametrize("name", ["embeddings", "vectors", "emb", "X", "arr_0", "whatever"])
@pytest.mark.parametrize("ids", ["ids", "id", "keys", "index"])
def test_vectors_and_ids_are_found_by_their_usual_names_or_by_being_the_only_matrix(name: str, ids: str) -> None:
    arrays: dict[str, Any] = {name: X, ids: IDS, "texts": IDS, "titles": IDS, "year": numpy.arange(4)}
    rows = read_vectors(saved(**arrays))
    assert rows.keys == rows.texts == rows.titles == ["a", "b", "c", "ü"]
    assert numpy.array_equal(rows.matrix, X)
    assert rows.metadata == [{"year": n} for n in range(4)]
    assert rows.places[3] == "v.npz:row 3"


@pytest.mark.parametrize("kind", ["<f2", ">f2", "<f4", ">f4", "<f8", ">f8", "longdouble"])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("where", ["npy", "npz", "npz, compressed"])
def test_every_float_type_byte_order_and_memory_order_reads_the_same(kind: str, order: Any, where: str) -> None:
    array = numpy.asarray(X, dtype=kind, order=order)
    if where == "npy":
        source = one(array)
    elif where == "npz":
        source = saved(X=array)
    else:
        source = Path("v.npz")
        numpy.savez_compressed(source, X=array)
    rows = read_vectors(source)
    assert numpy.array_equal(rows.matrix.astype("f8"), array.astype("f8"))
    assert rows.keys == ["0", "1", "2", "3"] and any("numbers" in note for note in rows.notes)


@pytest.mark.parametrize("order", ["C", "F"])
def test_a_matrix_of_many_blocks_comes_in_order(order: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("localstore.transfer.vector_rows.BLOCK_BYTES", 100)
    array = numpy.asarray(numpy.random.default_rng(1).normal(size=(1000, 5)), order=order)
    ids = numpy.arange(1000)
    rows = read_vectors(saved(X=array, ids=ids))
    assert numpy.array_equal(rows.matrix, array)
    assert rows.keys == list(map(str, range(1000)))
    assert rows.places == [f"v.npz:row {n}" for n in range(1000)]


@pytest.mark.parametrize(
    ("ids", "keys"),
    [
        (numpy.array([7, 8, 9, 2**63 - 1]), ["7", "8", "9", "9223372036854775807"]),
        (numpy.array([7, 8, 9, 10], dtype=">u2"), ["7", "8", "9", "10"]),
        (numpy.array([b"a", b"b", b"c", "ü".encode()]), ["a", "b", "c", "ü"]),
        (IDS.astype(">U1"), ["a", "b", "c", "ü"]),
    ],
    ids=["integers", "unsigned", "bytes", "big-endian text"],
)
def test_ids_may_be_whole_numbers_or_text_of_any_kind(ids: Any, keys: list[str]) -> None:
    assert read_vectors(saved(X=X, ids=ids)).keys == keys


def test_arrays_are_chosen_by_the_names_that_are_given() -> None:
    options = ReadOptions(vector_column="b", id_column="who", text_column="what", title_column="head")
    rows = read_vectors(saved(a=X, b=2 * X, who=IDS, ids=IDS[::-1], what=IDS, head=IDS), options)
    assert numpy.array_equal(rows.matrix, 2 * X) and rows.keys == rows.texts == rows.titles == IDS.tolist()


def test_the_model_in_a_file_is_read_and_what_fits_nowhere_is_named() -> None:
    rows = read_vectors(saved(X=X, model=numpy.array("lab/m@2"), centroids=numpy.zeros((2, 2, 2))))
    assert rows.models == {"lab/m@2"} and rows.notes[0] == "left out: centroids (2×2×2 float64)"


def test_text_that_is_no_number_in_metadata_becomes_null() -> None:
    rows = read_vectors(saved(X=X, weight=numpy.array([1.5, numpy.nan, numpy.inf, 0]), good=X[:, 0] > 0, tag=IDS))
    assert rows.metadata[1] == {"weight": None, "good": True, "tag": "b"} and rows.metadata[2]["weight"] is None


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"X": X, "ids": numpy.array(["a", 1, None, "b"], object)}, "asarray(ids, dtype=str)"),
        ({"embeddings": numpy.array([[1.0], [1.0, 2.0]], object)}, "never loaded: save numpy.asarray(vectors"),
        ({"embeddings": X[0]}, "embeddings (3 float32) has 1 dimensions; vectors need two: reshape(1, -1)"),
        ({"embeddings": X[None]}, "embeddings (1×4×3 float32) has 3 dimensions"),
        ({"embeddings": X.astype("i4")}, "holds no floats: save it with .astype(numpy.float32)"),
        ({"embeddings": X.astype("c8")}, "holds no floats"),
        ({"embeddings": X[:, :0]}, "a vector has 1 to 1,048,576 numbers"),
        ({"a": X, "b": X}, "several matrices of floats (a (4×3 float32), b (4×3 float32)): say which array with"),
        ({"a": X[0], "b": X.astype("i8")}, "no matrix of floats (a (3 float32), b (4×3 int64))"),
        ({"X": X, "ids": IDS[:3]}, "ids has 3 entries, but there are 4 vectors"),
        ({"X": X, "ids": X}, "ids (4×3 float32) is no list of texts"),
        ({"X": X, "ids": X[:, 0]}, "is no list of texts: save numpy.asarray(ids, dtype=str)"),
        ({"X": X, "ids": numpy.array([b"\xff"] * 4)}, "ids holds text that is not UTF-8"),
    ],
)
def test_an_archive_that_cannot_be_used_says_what_to_do(arrays: Any, said: str) -> None:
    with pytest.raises(TransferError) as caught:
        read_vectors(saved(**arrays))
    assert said in str(caught.value)


def test_a_name_that_is_given_and_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(TransferError, match="there is no array 'Y'; there are X, ids"):
        read_vectors(saved(X=X, ids=IDS), ReadOptions(vector_column="Y"))


@pytest.mark.parametrize("name", ["v.npy", "v.pkl"])
def test_a_pickle_is_refused_and_never_loaded(name: str) -> None:
    Path(name).write_bytes(pickle.dumps(Trap()))
    with pytest.raises(TransferError, match="is a pickle, which may run any program and is never loaded"):
        read_vectors(Path(name))
    assert not Path("sprung").exists()


@pytest.mark.parametrize("archived", [False, True])
def test_a_pickle_inside_an_array_file_is_refused_and_never_loaded(archived: bool) -> None:
    source = saved(X=X, ids=numpy.array([Trap()] * 4)) if archived else one(numpy.array([Trap()] * 4))
    with pytest.raises(TransferError, match="holds Python objects, which are never loaded"):
        read_vectors(source)
    assert not Path("sprung").exists()


def test_a_pickle_as_a_member_of_an_archive_is_refused() -> None:
    with zipfile.ZipFile("v.npz", "w") as archive:
        archive.writestr("X.npy", pickle.dumps(Trap()))
    with pytest.raises(TransferError, match="X is a pickle"):
        read_vectors(Path("v.npz"))
    assert not Path("sprung").exists()


@pytest.mark.parametrize("left", [0, 5, 9, 60, 130, 160])
def test_an_array_that_is_cut_off_is_refused_with_one_sentence(left: int) -> None:
    source = one(X)
    source.write_bytes(source.read_bytes()[:left])
    with pytest.raises(TransferError, match=r"cut off|is empty|is no array"):
        read_vectors(source)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_an_archive_that_is_cut_off_is_refused_with_one_sentence(share: float) -> None:
    source = saved(X=X, ids=IDS)
    whole = source.read_bytes()
    source.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(TransferError, match="copy it again"):
        read_vectors(source)


def test_a_member_whose_header_promises_more_rows_than_there_are_is_refused() -> None:
    out = io.BytesIO()
    numpy.save(out, X)
    with zipfile.ZipFile("v.npz", "w") as archive:
        archive.writestr("X.npy", out.getvalue().replace(b"(4, 3)", b"(9, 3)"))
    with pytest.raises(TransferError, match="X is cut off: it needs 108 bytes and has 48"):
        read_vectors(Path("v.npz"))


def test_a_member_that_was_damaged_is_refused() -> None:
    source = saved(X=numpy.ones((4, 3)))
    source.write_bytes(source.read_bytes().replace(numpy.ones(3).tobytes(), numpy.zeros(3).tobytes()))
    with pytest.raises(TransferError, match="damaged or cut off"):
        read_vectors(source)


@pytest.mark.parametrize("name", ["v.npy", "v.npz"])
@pytest.mark.parametrize(
    "content", [b"hello", bytes(range(256)) * 10, b"\x93NUMPY\x09\x00aaaa", b"\x93NUMPY\x01\x00\x08\x00{'a': 1"]
)
def test_a_file_that_is_no_array_says_so(name: str, content: bytes) -> None:
    Path(name).write_bytes(content)
    with pytest.raises(TransferError) as caught:
        read_vectors(Path(name))
    assert name in str(caught.value) and "\n" not in str(caught.value)


def test_columns_with_names_are_no_matrix() -> None:
    with pytest.raises(TransferError, match="has 1 dimensions"):
        read_vectors(one(numpy.zeros(3, dtype=[("a", "f4"), ("b", "f4")])))


# -- the pair


@pytest.mark.parametrize("name", ["v.ids.npy", "v_ids.npy"])
def test_ids_stand_in_an_array_beside_the_matrix(name: str) -> None:
    one(IDS, name)
    rows = read_vectors(one(X))
    assert rows.keys == IDS.tolist() and rows.notes == [f"ids from {name}"]


@pytest.mark.parametrize("text", ["a\nb\nc\nü\n", "a\r\nb\r\nc\r\nü"])
def test_ids_stand_in_lines_of_text(text: str) -> None:
    Path("v.ids.txt").write_bytes(text.encode())
    assert read_vectors(one(X)).keys == IDS.tolist()


def test_ids_titles_and_texts_stand_in_lines_of_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("localstore.transfer.vector_rows.BLOCK_BYTES", 24)
    lines = ['{"id": "a", "title": "A", "text": "one"}', '{"id": 2}', '{"id": "c", "text": null}', '{"id": "d"}']
    Path("v.jsonl").write_text("\n".join(lines), encoding="utf-8")
    rows = read_vectors(one(X))
    assert (rows.keys, rows.titles) == (["a", "2", "c", "d"], ["A", None, None, None])
    assert rows.texts == ["one", None, None, None]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("v.ids.txt", b"a\nb\n", "v.ids.txt has 2 lines, but there are 4 vectors"),
        ("v.ids.txt", b"a\n\xff\nc\nd", "v.ids.txt is not UTF-8"),
        ("v.jsonl", b"{}\n{}\n{\n{}\n", "v.jsonl:3: not JSON"),
        ("v.jsonl", b"{}\n{}\n[]\n{}\n", "v.jsonl:3: expected an object with id"),
    ],
)
def test_a_file_of_ids_that_cannot_be_used_says_why(name: str, content: bytes, said: str) -> None:
    Path(name).write_bytes(content)
    with pytest.raises(TransferError, match=said):
        read_vectors(one(X))


def test_an_array_of_ids_of_another_length_is_refused() -> None:
    one(IDS[:2], "v.ids.npy")
    with pytest.raises(TransferError, match=r"v\.ids\.npy has 2 entries, but there are 4 vectors"):
        read_vectors(one(X))
