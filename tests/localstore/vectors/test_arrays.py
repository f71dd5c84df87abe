"""Queries from files, and answers into one."""

from __future__ import annotations

import io
import pickle
import stat
from pathlib import Path
from typing import Any

import numpy
import pytest

from localstore import Store
from localstore.errors import TransferError
from localstore.vectors.arrays import answers, read_queries, write_batch, write_nearest
from tests.localstore.vectors import sets

ONE = numpy.array([0.5, -1.0, 2.0], dtype=numpy.float32)
STDIN = Path("-")


def npy(array: Any) -> bytes:
    out = io.BytesIO()
    numpy.save(out, array)
    return out.getvalue()


def npz(**arrays: Any) -> bytes:
    out = io.BytesIO()
    numpy.savez(out, **arrays)
    return out.getvalue()


@pytest.mark.parametrize(
    "raw",
    [
        npy(ONE),
        npy(ONE.astype(numpy.float64)),
        npy(ONE.astype(numpy.float16)),
        npy(ONE.astype(">f4")),
        npz(embeddings=ONE),
        npz(ids=numpy.array(["a"]), vectors=ONE, other=numpy.zeros(3)),
        npz(anything=ONE, ids=numpy.array(["a"])),
        b"[0.5, -1, 2e0]",
        b"\xef\xbb\xbf [0.5,\n -1.0, 2]\n",
        b"0.5 -1 2\n",
        b"0.5,-1,2",
        b"0.5\n-1\n2\n",
        b"0.5;\t-1;\t2",
    ],
)
@pytest.mark.parametrize("stdin", [True, False])
def test_a_vector_is_read_however_it_is_written(raw: bytes, stdin: bool, tmp_path: Path) -> None:
    (tmp_path / "q").write_bytes(raw)
    found = read_queries(STDIN, raw) if stdin else read_queries(tmp_path / "q")
    assert found.tolist() == ONE.tolist()


@pytest.mark.parametrize(
    "raw",
    [
        npy(numpy.array([ONE, -ONE])),
        npy(numpy.asfortranarray(numpy.array([ONE, -ONE]))),
        npz(X=numpy.array([ONE, -ONE])),
        b"[[0.5, -1, 2], [-0.5, 1, -2]]",
    ],
)
def test_several_vectors_are_a_matrix(raw: bytes) -> None:
    assert read_queries(STDIN, raw).tolist() == [ONE.tolist(), (-ONE).tolist()]


def test_integers_are_numbers_too() -> None:
    assert read_queries(STDIN, npy(numpy.arange(3))).tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (pickle.dumps([1.0, 2.0]), "is a pickle, which may run any program and is never loaded"),
        (npy(numpy.array([1.0, None], dtype=object)), "holds Python objects, which are never loaded"),
        (npz(embeddings=numpy.array([1.0, None], dtype=object)), "holds Python objects, which are never loaded"),
        (npy(numpy.array(["a"])), "holds no numbers"),
        (npy(numpy.zeros((2, 2, 2))), "one vector has 1 dimension, several have 2"),
        (npy(numpy.float32(3)), "one vector has 1 dimension"),
        (npy(numpy.zeros(0)), "one vector has 1 dimension"),
        (npy(numpy.zeros((0, 3))), "one vector has 1 dimension"),
        (npy(ONE)[:-1], "is cut off: it needs 12 bytes and has 11"),
        (npy(ONE)[:20], "cut off"),
        (npz(embeddings=ONE)[:-30], "damaged or cut off"),
        (npz(a=ONE, b=ONE), "name the array of vectors 'embeddings'"),
        (npz(ids=numpy.array(["a"])), "name the array of vectors 'embeddings'"),
        (b"PK\x03\x04nonsense", "damaged or cut off"),
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"0.5 one 2", "'one' (word 2) is not a number".replace("(", r"\(").replace(")", r"\)")),
        (b"[0.5, ", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b'{"vector": [1]}', "no list of numbers"),
        (b'["a", "b"]', "no list of numbers"),
        (b"[true, false]", "no list of numbers"),
        (b"[[1, 2], [3]]", "different lengths"),
        (b"[]", "one vector has"),
        (b"\xff\xfe\x00\x01", "neither an array of numpy nor text"),
    ],
)
@pytest.mark.parametrize("stdin", [True, False])
def test_what_is_no_vector_is_one_sentence(raw: bytes, message: str, stdin: bool, tmp_path: Path) -> None:
    (tmp_path / "q").write_bytes(raw)
    with pytest.raises(TransferError, match=message) as caught:
        read_queries(*((STDIN, raw) if stdin else (tmp_path / "q",)))
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 400


def test_a_pickle_is_not_run(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> Any:
            return Path.touch, (tmp_path / "run",)

    with pytest.raises(TransferError):
        read_queries(STDIN, pickle.dumps(Evil()))
    with pytest.raises(TransferError):
        read_queries(STDIN, npy(numpy.array([Evil()], dtype=object)))
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("name", ["missing.npy", "."])
def test_a_file_that_cannot_be_read_is_told(name: str, tmp_path: Path) -> None:
    with pytest.raises(TransferError, match="cannot be read"):
        read_queries(tmp_path / name)


# -- answers ----------------------------------------------------------------------------------------------


def filled(store: Store) -> list[str]:
    return sets.embed(store, sets.model(store), sets.items(store, ["t"] * 3), numpy.eye(3))


def test_the_answers_to_a_batch_are_written_as_ids_items_and_scores(store: Store, tmp_path: Path) -> None:
    made = filled(store)
    found = store.embeddings.nearest_batch(numpy.eye(3)[:2], k=1)
    assert write_batch(store, tmp_path / "out.npz", found) == (2, 1)
    with numpy.load(tmp_path / "out.npz", allow_pickle=False) as read:
        assert read["ids"].tolist() == [[made[0]], [made[1]]]
        assert read["item_ids"].tolist() == [[match.item_id for match in row] for row in answers(store, found)]
        assert read["scores"].tolist() == [[1.0], [1.0]]
        assert (str(read["model"]), str(read["metric"]), bool(read["exact"])) == ("p/m", "cosine", True)


def test_where_there_are_fewer_matches_stand_an_empty_id_and_nan(store: Store, tmp_path: Path) -> None:
    filled(store)
    found = store.embeddings.nearest_batch([[1.0, 0.0, 0.0], [1.0, 1.0, 0.0]], k=3, min_score=0.5)
    write_batch(store, tmp_path / "out.npz", found)
    with numpy.load(tmp_path / "out.npz") as read:
        assert [list(map(bool, row)) for row in read["ids"].tolist()] == [[True, False, False], [True, True, False]]
        assert numpy.isnan(read["scores"]).sum() == 3


def test_the_answer_to_one_query_is_a_batch_of_one(store: Store, tmp_path: Path) -> None:
    made = filled(store)
    assert write_nearest(tmp_path / "out.npz", store.embeddings.nearest([1.0, 0.0, 0.0], k=2)) == (1, 2)
    with numpy.load(tmp_path / "out.npz") as read:
        assert read["ids"][0, 0] == made[0]


def test_the_file_is_private_and_nothing_stays_of_one_that_cannot_be_written(store: Store, tmp_path: Path) -> None:
    filled(store)
    found = store.embeddings.nearest([1.0, 0.0, 0.0])
    write_nearest(tmp_path / "out.npz", found)
    assert stat.S_IMODE((tmp_path / "out.npz").stat().st_mode) == 0o600
    with pytest.raises(TransferError, match="cannot be written"):
        write_nearest(tmp_path / "none" / "out.npz", found)
    assert sorted(path.name for path in tmp_path.glob("*.npz")) == ["out.npz"]
