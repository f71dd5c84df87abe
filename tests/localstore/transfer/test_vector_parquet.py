"""Parquet: lists of floats of every kind, shards, nulls, other columns; without pyarrow a sentence."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest

from localstore.errors import TransferError
from localstore.importing import ImportOptions, import_files
from localstore.store import Store
from localstore.transfer import ReadOptions
from tests.localstore.transfer.vector_reading import read_vectors

X = numpy.arange(12, dtype="f4").reshape(4, 3) / 8
IDS = ["a", "b", "c", "ü"]


def table(path: Path, vectors: Any = None, **columns: Any) -> Path:
    name = columns.pop("name", "embedding")
    pq.write_table(pa.table({**columns, name: pa.array(X.tolist()) if vectors is None else vectors}), path)
    return path


@pytest.mark.parametrize("value", [pa.float16(), pa.float32(), pa.float64()], ids=str)
@pytest.mark.parametrize(
    "kind", [pa.list_, pa.large_list, lambda value: pa.list_(value, 3)], ids=["list", "large", "fixed"]
)
@pytest.mark.parametrize("name", ["embedding", "embeddings", "emb", "vector", "whatever"])
def test_every_kind_of_list_of_floats_is_read(tmp_path: Path, value: Any, kind: Any, name: str) -> None:
    rows = read_vectors(table(tmp_path / "v.parquet", pa.array(list(X.astype("f2")), kind(value)), id=IDS, name=name))
    assert rows.format == "parquet" and rows.keys == IDS
    assert numpy.array_equal(rows.matrix.astype("f4"), X)
    assert rows.places[2] == "v.parquet:row 2"


def test_texts_titles_model_and_everything_else_come_along(tmp_path: Path) -> None:
    moment = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
    rows = read_vectors(
        table(
            tmp_path / "v.parquet",
            id=[1, 2, 3, 4],
            text=["one", None, "three", ""],
            title=IDS,
            model=["lab/m"] * 4,
            when=[moment] * 4,
            day=[date(2024, 5, 6)] * 4,
            price=[Decimal("1.50")] * 4,
            raw=[b"\x00\x01"] * 4,
            nested=[{"a": [1, None, float("nan")]}] * 4,
            empty=[None] * 4,
        )
    )
    assert rows.keys == ["1", "2", "3", "4"] and rows.texts == ["one", None, "three", ""] and rows.titles == IDS
    assert rows.models == {"lab/m"}
    assert rows.metadata[0] == {
        "when": "2024-05-06T07:08:09+00:00",
        "day": "2024-05-06",
        "price": "1.50",
        "raw": "AAE=",
        "nested": {"a": [1, None, None]},
    }


@pytest.mark.parametrize("source", ["shards", "shards/train-*-of-00003.parquet"])
def test_shards_are_one_source_whose_rows_are_numbered_through(tmp_path: Path, source: str) -> None:
    folder = tmp_path / "shards"
    folder.mkdir()
    for number in range(3):
        table(folder / f"train-0000{number}-of-00003.parquet", pa.array((X + number).tolist()))
    rows = read_vectors(tmp_path / source)
    assert rows.keys == list(map(str, range(12))) and rows.matrix[8, 0] == 2
    assert rows.places[4] == "train-00001-of-00003.parquet:row 0"


def test_row_groups_and_batches_come_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("localstore.transfer.vector_rows.BLOCK_BYTES", 1000)
    many = numpy.random.default_rng(0).normal(size=(1000, 4))
    pq.write_table(
        pa.table({"embedding": list(many), "id": list(range(1000))}), tmp_path / "v.parquet", row_group_size=300
    )
    rows = read_vectors(tmp_path / "v.parquet")
    assert numpy.array_equal(rows.matrix, many) and rows.keys == list(map(str, range(1000)))


def test_rows_without_a_vector_or_with_another_length_are_named_and_the_others_come(tmp_path: Path) -> None:
    vectors = pa.array([[1.0, 2.0], None, [3.0, 4.0], [5.0], [6.0, 7.0], [8.0, None]], pa.list_(pa.float32()))
    rows = read_vectors(table(tmp_path / "v.parquet", vectors, id=list("abcdef"), year=list(range(6))))
    assert [(bad.place, bad.reason) for bad in rows.bad] == [
        ("v.parquet:row 1", "there is no vector (null)"),
        ("v.parquet:row 3", "a vector of 1 numbers, but the others have 2"),
    ]
    assert rows.keys == list("acef") and rows.places[-1] == "v.parquet:row 5"
    assert [each["year"] for each in rows.metadata] == [0, 2, 4, 5]
    assert rows.matrix[2].tolist() == [6.0, 7.0] and numpy.isnan(rows.matrix[3, 1])


def test_nulls_of_fixed_lists_are_named_too(tmp_path: Path) -> None:
    vectors = pa.array([[1.0, 2.0], None, [3.0, 4.0]], pa.list_(pa.float32(), 2))
    rows = read_vectors(table(tmp_path / "v.parquet", vectors))
    assert [bad.place for bad in rows.bad] == ["v.parquet:row 1"] and rows.matrix.tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize(
    ("columns", "options", "said"),
    [
        ({"name": "a", "b": X.tolist()}, {}, r"several columns of vectors \(b, a\).*--vector-column"),
        (
            {"vectors": pa.array([[1, 2]] * 4)},
            {},
            "the column 'embedding' is list<.*int64>, and vectors are lists of f",
        ),
        (
            {"vectors": pa.array([1.0] * 4), "name": "numbers"},
            {},
            "no column of lists of floats; there are numbers double",
        ),
        ({}, {"vector_column": "y"}, "there is no column 'y'; there are embedding"),
        ({}, {"id_column": "y"}, "there is no column 'y'"),
        ({"id": IDS}, {"vector_column": "id"}, "the column 'id' is string"),
    ],
)
def test_columns_that_cannot_be_used_are_named(tmp_path: Path, columns: Any, options: Any, said: str) -> None:
    with pytest.raises(TransferError, match=said):
        read_vectors(table(tmp_path / "v.parquet", **columns), ReadOptions(**options))


def test_vectors_of_a_second_column_are_left_out_with_a_note(tmp_path: Path) -> None:
    rows = read_vectors(table(tmp_path / "v.parquet", other=X.tolist()))
    assert rows.notes[0] == "left out: the vectors in other (choose with --vector-column)" and rows.metadata == []


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1 and no more", b"hello"])
def test_a_file_that_is_no_parquet_says_so(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "v.parquet").write_bytes(content)
    with pytest.raises(TransferError, match="is no Parquet file, or it is damaged or cut off"):
        read_vectors(tmp_path / "v.parquet")


@pytest.mark.parametrize("share", [0.2, 0.6, 0.95])
def test_a_parquet_file_that_is_cut_off_is_refused(tmp_path: Path, share: float) -> None:
    source = table(tmp_path / "v.parquet")
    whole = source.read_bytes()
    source.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(TransferError, match="copy it again"):
        read_vectors(source)


@pytest.mark.parametrize("writes", [False, True])
def test_without_pyarrow_the_advice_is_how_to_install_it(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch, writes: bool
) -> None:
    from localstore.exporting import export

    source = table(tmp_path / "v.parquet")
    store.embeddings.put("lab/m", ["a"], X[:1])
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(TransferError, match=r"pip install 'localstore\[parquet\]'"):
        if writes:
            export(store, tmp_path / "out.parquet")
        else:
            read_vectors(source)
    assert not (tmp_path / "out.parquet").exists()


def test_rows_of_several_models_go_to_their_models(tmp_path: Path, store: Store) -> None:
    source = table(tmp_path / "v.parquet", id=IDS, model=["lab/a", "lab/b", "lab/a", "bare"])
    assert import_files(store, [source]).counts() == {"added": 4, "items_made": 4}
    with store.reading() as connection:
        found = connection.execute(
            "SELECT m.provider || '/' || m.name, count(*) FROM embeddings e JOIN ai_models m ON m.id = e.model_id"
            " GROUP BY 1 ORDER BY 1"
        ).fetchall()
    assert found == [("lab/a", 2), ("lab/b", 1), ("unknown/bare", 1)]
    with pytest.raises(TransferError, match=r"several models \(lab/a, lab/b\): leave out --model"):
        import_files(store, [source], ImportOptions(model="lab/c"))
