"""Vectors out and in again: the same bits, the same texts found, a second time nothing."""

from __future__ import annotations

import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest

from localstore.errors import InvalidValue, TransferError
from localstore.exporting import export
from localstore.filters import Filter
from localstore.importing import ImportOptions, import_files
from localstore.store import Store
from localstore.transfer import WriteOptions
from localstore.transfer.formats import npy, parquet, projector
from localstore.transfer.vector_rows import VectorBlock
from localstore.transfer.vector_savez import write_npz
from tests.localstore.transfer.vector_reading import read_vectors, stored

MODEL = "lab/m@2"
AWKWARD = [0.0, 1e-45, -3.4e38, 7.03853e-26, 1 / 3, numpy.nextafter(numpy.float32(1), numpy.float32(2))]
FILES = ["v.npz", "v.npy", "v.parquet"]


@pytest.fixture
def full(store: Store) -> Store:
    """Vectors of texts, of whole items and of a second model, in an order that is not that of their ids."""
    many = numpy.random.default_rng(5).normal(size=(700, 6)).astype("f4")
    many[:2] = AWKWARD, AWKWARD[::-1]
    texts = [f"Text {row}\tof\nlines ü" if row % 3 else "" for row in range(700)]
    titles = [f"Title {row:03}" for row in range(700)]
    store.embeddings.put(MODEL, [f"k{row}" for row in range(700)], many, texts=texts, titles=titles, source="s")
    store.embeddings.put("lab/other", ["k1", "k3"], many[:2, :4], source="s")
    return store


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "empty.db", email="ada@example.org") as opened:
        yield opened


@pytest.mark.parametrize("name", FILES)
def test_what_was_exported_comes_back_bit_by_bit_and_a_second_time_changes_nothing(
    full: Store, empty: Store, tmp_path: Path, name: str
) -> None:
    done = export(full, tmp_path / name, where=Filter(model=MODEL))
    assert (done.vectors, done.model, done.format) == (700, MODEL, name.partition(".")[2])
    first = import_files(empty, [tmp_path / name], ImportOptions(model=MODEL))
    assert (first.added, first.items_made, first.bad_count) == (700, 700, 0)
    by_bits = sorted(vector.hex() for vector in stored(empty).values())
    assert by_bits == sorted(vector.hex() for vector in _of_model(full))
    assert import_files(empty, [tmp_path / name], ImportOptions(model=MODEL)).counts() == {"skipped": 700}


def _of_model(store: Store) -> list[bytes]:
    with store.reading() as connection:
        sql = "SELECT vector FROM embeddings WHERE model_id = ?"
        return [row[0] for row in connection.execute(sql, (store.ai_models.get(MODEL).id,))]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("model", [MODEL, "lab/other"])
def test_an_export_imported_into_its_own_store_changes_nothing(
    full: Store, tmp_path: Path, name: str, model: str
) -> None:
    export(full, tmp_path / name, model=model)
    count = full.items.count()
    found = import_files(full, [tmp_path / name], ImportOptions(model=model))
    assert set(found.counts()) == {"skipped"} and full.items.count() == count


@pytest.mark.parametrize("name", ["v.npz", "v.parquet"])
def test_titles_texts_and_the_model_travel_in_the_file(full: Store, empty: Store, tmp_path: Path, name: str) -> None:
    export(full, tmp_path / name, model=MODEL)
    import_files(empty, [tmp_path / name])
    assert empty.ai_models.get(MODEL).version == "2"
    assert [content.text for content in empty.contents.of("Title 001")] == ["Text 1\tof\nlines ü"]
    assert empty.contents.of("Title 003") == []
    assert stored(empty).keys() == stored(full).keys()


@pytest.mark.parametrize("name", [*FILES, "v.tsv"])
def test_equal_stores_export_equal_bytes_readable_by_their_owner_alone(full: Store, tmp_path: Path, name: str) -> None:
    form = "projector" if name == "v.tsv" else None
    export(full, tmp_path / name, form, model=MODEL)
    export(full, tmp_path / f"again.{name}", form, model=MODEL)
    assert (tmp_path / name).read_bytes() == (tmp_path / f"again.{name}").read_bytes()
    made = [path for path in tmp_path.iterdir() if not path.name.startswith("store.db")]
    assert {stat.S_IMODE(path.stat().st_mode) for path in made} == {0o600}


@pytest.mark.parametrize("name", FILES)
def test_the_texts_of_exported_vectors_can_come_after_the_vectors(
    full: Store, empty: Store, tmp_path: Path, name: str
) -> None:
    export(full, tmp_path / name, model=MODEL)
    export(full, tmp_path / "all.jsonl")
    import_files(empty, [tmp_path / name], ImportOptions(model=MODEL))
    found = import_files(empty, [tmp_path / "all.jsonl"])
    assert (found.bad_count, empty.items.count()) == (0, 1400)
    again = import_files(empty, [tmp_path / name], ImportOptions(model=MODEL))
    assert (again.items_made, again.bad_count, empty.items.count()) == (0, 0, 1400)


def test_numpy_reads_the_archive_without_a_pickle(full: Store, tmp_path: Path) -> None:
    export(full, tmp_path / "v.npz", model=MODEL)
    with numpy.load(tmp_path / "v.npz", allow_pickle=False) as arrays:
        assert arrays["embeddings"].shape == (700, 6) and arrays["embeddings"].dtype == numpy.float32
        assert str(arrays["model"]) == MODEL
        at = arrays["titles"].tolist().index("Title 001")
        assert arrays["texts"][at] == "Text 1\tof\nlines ü"
        assert arrays["ids"][at] == full.contents.of("Title 001")[0].id
        at = arrays["titles"].tolist().index("Title 003")
        assert (arrays["ids"][at], arrays["texts"][at]) == (full.items.get("Title 003").id, "")


def test_texts_that_would_fill_an_archive_with_nothing_are_left_out_and_named(
    full: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("localstore.transfer.vector_savez.PADDED", 40_000)
    done = export(full, tmp_path / "v.npz", model=MODEL)
    assert done.notes == [
        "texts left out: the longest has 19 characters, and an array gives every entry as much:"
        " choose parquet to have them"
    ]
    with numpy.load(tmp_path / "v.npz") as arrays:
        assert sorted(arrays) == ["embeddings", "ids", "model", "titles"]


def test_parquet_holds_lists_of_a_fixed_size_in_groups_of_many_rows(full: Store, tmp_path: Path) -> None:
    export(full, tmp_path / "v.parquet", model=MODEL)
    table = pq.read_table(tmp_path / "v.parquet")
    assert table.column_names == ["id", "title", "text", "model", "embedding"]
    assert str(table.schema.field("embedding").type).startswith("fixed_size_list<element: float")
    assert (pq.ParquetFile(tmp_path / "v.parquet").num_row_groups, table["text"].null_count) == (1, 234)


def test_the_projector_gets_numbers_without_and_labels_with_a_header(full: Store, tmp_path: Path) -> None:
    done = export(full, tmp_path / "map.tsv", "projector", model=MODEL)
    vectors = (tmp_path / "map.tsv").read_text(encoding="utf-8").splitlines()
    labels = [line.split("\t") for line in (tmp_path / "map.metadata.tsv").read_text(encoding="utf-8").splitlines()]
    assert labels[0] == ["title", "type", "id", "text"] and {len(line) for line in labels} == {4}
    assert (len(vectors), len(labels), done.vectors) == (700, 701, 700)
    numbers = numpy.array([line.split("\t") for line in vectors]).astype("f4")
    assert sorted(row.tobytes().hex() for row in numbers) == sorted(blob.hex() for blob in _of_model(full))
    assert ["Title 001", "vector", full.contents.of("Title 001")[0].id, "Text 1 of lines ü"] in labels


def test_a_filter_takes_vectors_of_items_and_of_their_contents(full: Store, tmp_path: Path) -> None:
    assert export(full, tmp_path / "v.npz", model=MODEL, where=Filter(words="Title")).vectors == 700
    full.tags.add("few")
    for title in ("Title 001", "Title 003"):
        full.items.edit(title, description="x")
    assert export(full, tmp_path / "v.npz", where=Filter(words="x", model="m")).vectors == 2


def test_an_export_without_vectors_or_of_one_of_several_models_says_what_to_do(
    full: Store, empty: Store, tmp_path: Path
) -> None:
    with pytest.raises(TransferError, match=r"several models \(lab/m@2, lab/other\): say which with --model"):
        export(full, tmp_path / "v.npz")
    with pytest.raises(TransferError, match="there are no vectors here"):
        export(empty, tmp_path / "v.npz")
    with pytest.raises(TransferError, match="no vector of lab/m@2 fits"):
        export(full, tmp_path / "v.npz", model=MODEL, where=Filter(types=("paper",)))
    assert not (tmp_path / "v.npz").exists()


class Failing:
    """Rows that break off."""

    model, count, dim = MODEL, 9, 2

    def blocks(self, *, vectors: bool = True, texts: bool = True) -> Iterator[VectorBlock]:
        yield VectorBlock(["a"], ["t"], ["x"], ["note"], numpy.ones((1, 2), dtype="f4"))
        raise RuntimeError("the store went away")

    def longest(self) -> tuple[int, int]:
        return 1, 1


@pytest.mark.parametrize("writer", [write_npz, npy.write, parquet.write, projector.write])
def test_an_export_that_fails_leaves_nothing_behind_and_what_was_there(tmp_path: Path, writer: Any) -> None:
    (tmp_path / "v.tsv").write_text("before")
    with pytest.raises(RuntimeError, match="went away"):
        writer(Failing(), tmp_path / "v.tsv", WriteOptions())
    assert [path.name for path in tmp_path.iterdir()] == ["v.tsv"]
    assert (tmp_path / "v.tsv").read_text() == "before"


# -- into the store


def test_vectors_find_items_and_contents_by_id_and_by_key(store: Store, tmp_path: Path) -> None:
    (tmp_path / "n.jsonl").write_text('{"id": "doc-1", "title": "By key"}\n', encoding="utf-8")
    import_files(store, [tmp_path / "n.jsonl"], ImportOptions(source="papers"))
    item = store.items.add("By id", text="A text")
    ids = numpy.array(["doc-1", item.id, store.contents.of(item.id)[0].id])
    numpy.savez(tmp_path / "v.npz", X=numpy.eye(3), ids=ids)
    found = import_files(store, [tmp_path / "v.npz"], ImportOptions(model=MODEL, source="papers"))
    assert found.counts() == {"added": 3}
    assert len(store.embeddings.of(item.id)) == 2 and len(store.embeddings.of("By key")) == 1


def test_unknown_keys_make_items_unless_only_what_is_there_is_wanted(store: Store, tmp_path: Path) -> None:
    numpy.savez(tmp_path / "v.npz", X=numpy.eye(2), ids=numpy.array(["a", "b"]))
    store.ai_models.add("m", "lab", "2")
    found = import_files(store, [tmp_path / "v.npz"], ImportOptions(model=MODEL, existing_only=True))
    assert (found.counts(), store.items.count()) == ({"unknown": 2}, 0)
    found = import_files(store, [tmp_path / "v.npz"], ImportOptions(model=MODEL))
    assert found.counts() == {"added": 2, "items_made": 2}
    assert {(item.title, item.type) for item in store.items.all()} == {("a", "vector"), ("b", "vector")}


@pytest.mark.parametrize(
    ("matrix", "ids", "places"),
    [
        ([[1.0, 2], [numpy.nan, 1], [3, 4]], ["a", "b", "c"], ["v.npz:row 1, column 0"]),
        ([[1.0, 2], [1, numpy.inf], [3, 1e39]], ["a", "b", "c"], ["v.npz:row 1, column 1", "v.npz:row 2, column 1"]),
        ([[1.0, 2], [3, 4], [5, 6]], ["a", "b", "a"], ["v.npz:row 2"]),
    ],
    ids=["NaN", "infinity and overflow", "repeated id"],
)
def test_bad_rows_are_named_and_the_others_come_in(
    store: Store, tmp_path: Path, matrix: Any, ids: list[str], places: list[str]
) -> None:
    numpy.savez(tmp_path / "v.npz", X=numpy.array(matrix), ids=numpy.array(ids))
    found = import_files(store, [tmp_path / "v.npz"], ImportOptions(model=MODEL))
    assert [bad.place for bad in found.bad] == places
    assert found.counts()["added"] == 3 - len(places)


def test_when_strict_the_first_bad_row_ends_the_import_and_nothing_goes_in(store: Store, tmp_path: Path) -> None:
    numpy.savez(tmp_path / "v.npz", X=numpy.array([[1, 2], [numpy.nan, 1]]))
    with pytest.raises(InvalidValue, match="row 1, column 0"):
        import_files(store, [tmp_path / "v.npz"], ImportOptions(model=MODEL, strict=True))
    assert store.items.count() == 0


def test_vectors_of_another_length_than_the_models_are_refused_with_both_numbers(full: Store, tmp_path: Path) -> None:
    numpy.save(tmp_path / "v.npy", numpy.ones((2, 5)))
    with pytest.raises(InvalidValue, match=r"(?s)5.*6|6.*5"):
        import_files(full, [tmp_path / "v.npy"], ImportOptions(model=MODEL))


def test_vectors_without_a_model_are_refused_with_what_to_say(store: Store, tmp_path: Path) -> None:
    numpy.save(tmp_path / "v.npy", numpy.ones((2, 5)))
    with pytest.raises(TransferError, match="does not say which model made its vectors: say --model provider/name"):
        import_files(store, [tmp_path / "v.npy"])
    assert store.ai_models.all() == []


def test_a_file_of_no_rows_says_what_was_seen(store: Store, tmp_path: Path) -> None:
    numpy.save(tmp_path / "v.npy", numpy.ones((0, 5)))
    with pytest.raises(TransferError, match="nothing could be imported; read as npy: 1 files, 0 vectors, 0 bad"):
        import_files(store, [tmp_path / "v.npy"], ImportOptions(model=MODEL))


def test_a_dry_run_counts_and_writes_nothing(store: Store, tmp_path: Path) -> None:
    numpy.save(tmp_path / "v.npy", numpy.ones((2, 5)))
    found = import_files(store, [tmp_path / "v.npy"], ImportOptions(model=MODEL, dry_run=True))
    assert found.counts() == {"added": 2, "items_made": 2}
    assert (store.items.count(), store.ai_models.all()) == (0, [])


def test_items_and_vectors_of_one_import_find_each_other(store: Store, tmp_path: Path) -> None:
    (tmp_path / "n.jsonl").write_text('{"id": "a", "title": "A"}\n', encoding="utf-8")
    numpy.savez(tmp_path / "v.npz", X=numpy.eye(1), ids=numpy.array(["a"]))
    sources = [tmp_path / "n.jsonl", tmp_path / "v.npz"]
    found = import_files(store, sources, ImportOptions(model=MODEL, source="both"))
    assert (found.counts(), found.formats) == ({"added": 2}, ["jsonl", "npz"])


@pytest.mark.parametrize(
    ("given", "said"),
    [({"type": "paper"}, "leave out --type"), ({"format": "projector"}, "projector is written but not read")],
)
def test_what_does_not_go_with_vectors_is_refused(store: Store, tmp_path: Path, given: Any, said: str) -> None:
    numpy.save(tmp_path / "v.npy", numpy.ones((2, 5)))
    with pytest.raises(TransferError, match=said):
        import_files(store, [tmp_path / "v.npy"], ImportOptions(model=MODEL, **given))


def test_items_are_not_imported_for_what_is_there_only(store: Store, tmp_path: Path) -> None:
    (tmp_path / "n.jsonl").write_text('{"title": "A"}\n', encoding="utf-8")
    with pytest.raises(TransferError, match="--existing-only is for vectors"):
        import_files(store, [tmp_path / "n.jsonl"], ImportOptions(existing_only=True))


# -- memory


IMPORT_MB, EXPORT_MB, READ_MB = 380, 250, 170
"""Bounds of child processes; Python with all its modules takes 70 to 110. What waits to be sorted takes most."""
STORE_PROGRAM = """
import sys
from localstore.exporting import export
from localstore.importing import ImportOptions, import_files
from localstore.store import Store

what, path, file = sys.argv[1:]
with Store.open(path, email="ada@example.org") as store:
    if what == "import":
        print(import_files(store, [file], ImportOptions(model="lab/m")).added)
    else:
        print(export(store, file).vectors)
"""
READ_PROGRAM = """
import sys
from pathlib import Path
from localstore.transfer import ReadOptions, detect

source = Path(sys.argv[1])
print(sum(len(one.batch.keys) for one in detect(source).read_vectors(source, ReadOptions())))
"""
PEAK = """
from pathlib import Path

status = Path("/proc/self/status").read_text()
print(int(status.partition("VmHWM:")[2].split()[0]) // 1024)
"""
"""Not getrusage: its peak of a child begins with the memory of the parent that made it."""


def in_a_child(program: str, *args: str | Path) -> tuple[int, int]:
    command = [sys.executable, "-c", program + PEAK, *map(str, args)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    count, peak = map(int, done.stdout.split())
    return count, peak


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of a process is read from Linux")
def test_fifty_megabytes_of_vectors_come_in_and_go_out_in_bounded_memory(tmp_path: Path) -> None:
    matrix = numpy.random.default_rng(2).normal(size=(40_000, 320)).astype("f4")
    numpy.savez(tmp_path / "v.npz", embeddings=matrix, ids=numpy.arange(40_000))
    count, peak = in_a_child(STORE_PROGRAM, "import", tmp_path / "m.db", tmp_path / "v.npz")
    assert count == 40_000 and peak < IMPORT_MB
    count, peak = in_a_child(STORE_PROGRAM, "export", tmp_path / "m.db", tmp_path / "out.npz")
    assert count == 40_000 and peak < EXPORT_MB
    count, peak = in_a_child(STORE_PROGRAM, "export", tmp_path / "m.db", tmp_path / "out.parquet")
    assert count == 40_000 and peak < EXPORT_MB
    rows = read_vectors(tmp_path / "out.npz")
    assert numpy.array_equal(numpy.sort(rows.matrix[:, 0]), numpy.sort(matrix[:, 0]))


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of a process is read from Linux")
@pytest.mark.parametrize("name", ["v.npz", "fortran.npz", "v.npy", "v.parquet"])
def test_a_file_of_three_hundred_megabytes_is_read_in_a_fraction_of_that(tmp_path: Path, name: str) -> None:
    matrix = numpy.zeros((150_000, 512), dtype="f4", order="F" if name.startswith("fortran") else "C")
    matrix[:, 0] = numpy.arange(150_000)
    source = tmp_path / name
    if source.suffix == ".npz":
        numpy.savez(source, X=matrix, ids=numpy.arange(150_000))
    elif source.suffix == ".npy":
        numpy.save(source, matrix)
    else:
        vectors = pa.FixedSizeListArray.from_arrays(pa.array(matrix.reshape(-1)), 512)
        pq.write_table(pa.table({"embedding": vectors}), source, compression="none", use_dictionary=False)
    count, peak = in_a_child(READ_PROGRAM, source)
    assert count == 150_000 and peak < READ_MB
