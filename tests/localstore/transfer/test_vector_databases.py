"""Vectors in SQLite files of other programs: llm's collections, vec0 tables, plain BLOBs; read, never written."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import apsw
import numpy
import pytest
import sqlite_vec  # type: ignore[import-untyped]

from localstore.errors import TransferError
from localstore.importing import ImportOptions, import_files
from localstore.store import Store
from localstore.transfer import ReadOptions
from tests.localstore.transfer.vector_reading import read_vectors

X = numpy.arange(12, dtype="<f4").reshape(4, 3) / 8


def blob(row: int) -> bytes:
    return bytes(X[row].tobytes())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "v.db"


def made(path: Path, *statements: str, rows: Any = ()) -> Path:
    connection = apsw.Connection(str(path))
    connection.enable_load_extension(True)
    connection.load_extension(sqlite_vec.loadable_path())
    for statement in statements:
        connection.execute(statement)
    for sql, values in rows:
        connection.execute(sql, values)
    connection.close()
    return path


# -- llm


LLM = (
    "CREATE TABLE collections (id INTEGER PRIMARY KEY, name TEXT, model TEXT)",
    "CREATE TABLE embeddings (collection_id INTEGER REFERENCES collections(id), id TEXT, embedding BLOB, content TEXT,"
    " content_blob BLOB, content_hash BLOB, metadata TEXT, updated INTEGER, PRIMARY KEY (collection_id, id))",
    "INSERT INTO collections VALUES (1, 'notes', '3-small'), (2, 'papers', 'lab/other')",
)
INSERT = "INSERT INTO embeddings VALUES (?, ?, ?, ?, NULL, ?, ?, 1700000000)"


def md5(text: str) -> bytes:
    return hashlib.md5(text.encode(), usedforsecurity=False).digest()


def llm(path: Path, *metadata: str | None) -> Path:
    first, last = metadata or (None, None)
    return made(
        path,
        *LLM,
        rows=[
            (INSERT, (1, "a.md", blob(0), "one", md5("one"), first)),
            (INSERT, (1, "b.md", blob(1), None, None, None)),
            (INSERT, (2, "a.md", blob(2), "", None, last)),
            (INSERT, (2, "c.md", b"odd", None, None, None)),
        ],
    )


def test_each_collection_of_llm_is_a_source_with_its_model(path: Path) -> None:
    rows = read_vectors(llm(path, '{"lang": "en"}', "[1]"))
    assert rows.format == "llm-embeddings" and rows.keys == ["a.md", "b.md", "a.md"]
    assert numpy.array_equal(rows.matrix, X[:3])
    assert (rows.sources, rows.models) == ({"notes", "papers"}, {"3-small", "lab/other"})
    assert rows.texts == ["one", None, ""]
    assert rows.metadata == [{"lang": "en"}, {}, {"metadata": [1]}]
    assert [(bad.place, bad.reason) for bad in rows.bad] == [
        ("v.db:papers:row 1 (c.md)", "3 bytes are no float32 numbers, which have four each")
    ]


@pytest.mark.parametrize("text", [None, "another"])
def test_the_hash_of_a_text_that_is_not_there_is_kept_as_md5(path: Path, text: str | None) -> None:
    made(path, *LLM, rows=[(INSERT, (1, "a", blob(0), text, md5("one"), None))])
    assert read_vectors(path).metadata == [{"text_sha256": "md5:f97c5d29941bfb1b2fdab0874906ab82"}]


def test_one_collection_of_llm_is_chosen_by_name(path: Path) -> None:
    assert read_vectors(llm(path), ReadOptions(table="papers")).sources == {"papers"}
    with pytest.raises(TransferError, match="there is no collection 'x'; there are notes, papers"):
        read_vectors(path, ReadOptions(table="x"))


def test_collections_of_llm_come_in_under_their_names_and_models_and_a_second_time_change_nothing(
    path: Path, store: Store
) -> None:
    first = import_files(store, [llm(path)])
    assert first.counts() == {"added": 3, "bad": 1, "items_made": 3, "texts_made": 1}
    assert import_files(store, [path]).counts() == {"skipped": 3, "bad": 1}
    assert sorted(model.name for model in store.ai_models.all()) == ["3-small", "other"]
    assert {item.meta_data["source"]["name"] for item in store.items.all()} == {"notes", "papers"}


def test_vectors_of_several_collections_are_not_put_under_one_model(path: Path, store: Store) -> None:
    with pytest.raises(TransferError, match="several models"):
        import_files(store, [llm(path)], ImportOptions(model="lab/mine"))
    found = import_files(store, [path], ImportOptions(model="lab/mine", table="papers"))
    assert found.added + found.skipped == 1


# -- sqlite-vec


VEC0 = (
    "CREATE VIRTUAL TABLE t USING vec0(doc TEXT PRIMARY KEY, embedding float[3], lang TEXT, small int8[4], +body TEXT)"
)


def vec0(path: Path) -> Path:
    sql = "INSERT INTO t (doc, embedding, lang, small, body) VALUES (?, ?, ?, vec_int8('[1,2,3,4]'), ?)"
    return made(path, VEC0, rows=[(sql, (f"d{row}", blob(row), "en", f"body {row}")) for row in range(4)])


def test_a_vec0_table_is_read_through_its_extension(path: Path) -> None:
    rows = read_vectors(vec0(path), ReadOptions(text_column="body"))
    assert rows.format == "sqlite-vec" and rows.keys == ["d0", "d1", "d2", "d3"]
    assert numpy.array_equal(rows.matrix, X)
    assert rows.texts == [f"body {row}" for row in range(4)] and rows.metadata == [{"lang": "en"}] * 4


def test_a_vec0_table_without_a_key_has_the_numbers_of_its_rows(path: Path) -> None:
    sql = "INSERT INTO u (rowid, e) VALUES (?, ?)"
    rows = read_vectors(made(path, "CREATE VIRTUAL TABLE u USING vec0(e float[3])", rows=[(sql, (7, blob(1)))]))
    assert rows.keys == ["7"] and numpy.array_equal(rows.matrix, X[1:2])


def test_without_the_extension_the_advice_is_how_to_install_it(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vec0(path)
    monkeypatch.setitem(sys.modules, "sqlite_vec", None)
    with pytest.raises(TransferError, match="pip install sqlite-vec"):
        read_vectors(path)


def plain(path: Path, name: str = "docs") -> Path:
    return made(
        path,
        f"CREATE TABLE {name} (id INTEGER PRIMARY KEY, title TEXT, body TEXT, vec BLOB, thumb BLOB, year INTEGER)",
        rows=[
            (f"INSERT INTO {name} VALUES (?, ?, ?, ?, x'010203', ?)", (row + 1, f"T{row}", "body", value, 2000))
            for row, value in enumerate([blob(0), None, blob(2), b"\0" * 8, "[1, 2]", blob(3)])
        ],
    )


def test_blobs_of_a_plain_table_are_read_and_odd_rows_named(path: Path) -> None:
    rows = read_vectors(plain(path), ReadOptions(text_column="body"))
    assert (rows.keys, rows.titles) == (["1", "3", "6"], ["T0", "T2", "T5"])
    assert numpy.array_equal(rows.matrix, X[[0, 2, 3]])
    assert rows.metadata == [{"year": 2000}] * 3 and rows.texts == ["body"] * 3
    assert [(bad.place, bad.reason) for bad in rows.bad] == [
        ("v.db:docs:row 1 (2)", "expected a BLOB of float32 numbers, got nothing"),
        ("v.db:docs:row 3 (4)", "a vector of 2 numbers, but the others have 3"),
        ("v.db:docs:row 4 (5)", "expected a BLOB of float32 numbers, got '[1, 2]'"),
    ]


def test_most_rows_say_how_long_a_vector_is(path: Path, tmp_path: Path) -> None:
    rows = [("INSERT INTO t VALUES (?)", (value,)) for value in (b"\0" * 8, blob(1), blob(2))]
    assert numpy.array_equal(read_vectors(made(path, "CREATE TABLE t (v BLOB)", rows=rows)).matrix, X[1:3])
    source = chroma(tmp_path / "c.json", ids=["a", "b", "c"], embeddings=[[1], [1, 2], [3, 4]])
    assert read_vectors(source).keys == ["b", "c"]


def test_a_table_is_chosen_when_there_are_several(path: Path) -> None:
    plain(plain(path), "more")
    with pytest.raises(
        TransferError, match="several tables with vectors; there are docs, more: say which with --table"
    ):
        read_vectors(path)
    options = ReadOptions(table="more", id_column="title", vector_column="vec")
    assert read_vectors(path, options).keys == ["T0", "T2", "T5"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"table": "none"}, "there is no table 'none'; there are docs"),
        ({"vector_column": "none"}, "no table with a column of float32 BLOBs"),
        ({"table": "docs", "vector_column": "none"}, "there is no column 'none'"),
        ({"id_column": "none"}, "there is no column 'none'"),
    ],
)
def test_names_that_are_not_there_are_refused(path: Path, options: Any, said: str) -> None:
    with pytest.raises(TransferError, match=said):
        read_vectors(plain(path), ReadOptions(**options))


@pytest.mark.parametrize("make", [llm, vec0, plain])
def test_a_foreign_file_is_not_written_to(path: Path, make: Any) -> None:
    before = make(path).read_bytes()
    read_vectors(path)
    assert path.read_bytes() == before and [each.name for each in path.parent.iterdir()] == ["v.db"]


def test_a_database_without_vectors_or_damaged_is_refused(path: Path) -> None:
    made(path, "CREATE TABLE t (a TEXT)")
    with pytest.raises(TransferError, match="an SQLite file; no format fits"):
        read_vectors(path)
    path.write_bytes(path.read_bytes()[:100] + b"x" * 5000)
    with pytest.raises(TransferError, match="no format fits"):
        read_vectors(path)


# -- Chroma


def chroma(path: Path, **columns: Any) -> Path:
    whole = {"ids": list("abcd"), "embeddings": X.tolist(), "uris": None, "included": ["embeddings"], "data": None}
    path.write_text(json.dumps(whole | columns), encoding="utf-8")
    return path


def test_the_answer_of_chromas_get_is_read(tmp_path: Path) -> None:
    documents, metadatas = ["one", None, 'three "]}', "ü"], [{"year": 1}, None, {}, {"a": "]"}]
    rows = read_vectors(chroma(tmp_path / "c.json", documents=documents, metadatas=metadatas))
    assert rows.format == "chroma" and rows.keys == list("abcd") and rows.texts == documents
    assert numpy.array_equal(rows.matrix, X) and rows.metadata == metadatas


def test_ids_of_chroma_that_fill_the_first_block_are_recognised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("localstore.transfer.vector_rows.BLOCK_BYTES", 100_000)
    many = [f"{number:036}" for number in range(9000)]
    rows = read_vectors(chroma(tmp_path / "c.json", ids=many, embeddings=[[n, 0.5] for n in range(9000)]))
    assert rows.keys == many and rows.matrix[:, 0].tolist() == list(range(9000))


def test_rows_of_chroma_that_are_odd_are_named(tmp_path: Path) -> None:
    vectors = [[1, 2], None, [1, "x"], [1, 2, 3], [3, 4]]
    rows = read_vectors(chroma(tmp_path / "c.json", ids=list("abcde"), embeddings=vectors, documents=["t"] * 5))
    assert rows.keys == ["a", "e"] and rows.places == ["c.json:row 0", "c.json:row 4"]
    assert [(bad.place, bad.reason) for bad in rows.bad] == [
        ("c.json:row 1", "there is no vector"),
        ("c.json:row 2", "the vector holds something that is no number"),
        ("c.json:row 3", "a vector of 3 numbers, but the others have 2"),
    ]


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"ids": ["a"]}, "holds 1 ids, 4 embeddings: there must be as many of each"),
        ({"embeddings": None}, "holds no lists of ids and embeddings"),
        ({"ids": [["a"]], "embeddings": [[[1.0]]]}, "the answers of query"),
    ],
)
def test_an_answer_of_chroma_that_cannot_be_used_says_why(tmp_path: Path, columns: Any, said: str) -> None:
    with pytest.raises(TransferError, match=said):
        read_vectors(chroma(tmp_path / "c.json", **columns))


@pytest.mark.parametrize("left", [20, 40, 80, 150])
def test_an_answer_of_chroma_that_is_cut_off_is_refused(tmp_path: Path, left: int) -> None:
    source = chroma(tmp_path / "c.json", documents=["]"] * 4)
    source.write_bytes(source.read_bytes()[:left])
    with pytest.raises(TransferError, match=r"cut off|no format fits"):
        read_vectors(source)
