"""What came from a stranger, imported: nothing outside it is read, nothing is waited for, nothing is run."""

from __future__ import annotations

import io
import json
import os
import pickle
import sqlite3
import zipfile
from collections.abc import Iterator
from pathlib import Path

import apsw
import numpy
import pytest

from localstore import Store
from localstore.connection import opened
from localstore.errors import LocalstoreError, TransferError
from localstore.importing import ImportOptions, import_files
from localstore.quoting import quoted
from localstore.transfer.registry import readers
from sync.files.change_import import import_changes

SECRET = "a-secret-of-this-machine"
CHAT: list[dict[str, object]] = [{"title": "A chat", "create_time": None, "mapping": {}, "current_node": None}]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "store.db", email="ada@example.org") as made:
        yield made


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    file = tmp_path / "secret.md"
    file.write_text(f"# {SECRET}\n\n{SECRET}\n")
    return file


def known(store: Store) -> str:
    """Everything that the store holds of items and texts."""
    with store.reading() as connection:
        rows = connection.execute(
            "SELECT title, meta_data FROM items UNION ALL SELECT text, '' FROM contents"
        ).fetchall()
    return repr(rows)


# -- links, pipes, devices


def test_links_out_of_a_folder_are_passed_over_and_links_in_a_ring_end(
    store: Store, tmp_path: Path, secret: Path
) -> None:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "own.md").write_text("# Own\n")
    (folder / "within.md").symlink_to("own.md")
    (folder / "out.md").symlink_to(secret)
    (folder / "relative.md").symlink_to("../secret.md")
    (folder / "ring").symlink_to(".")
    (folder / "parent").symlink_to("..")
    (folder / "endless.md").symlink_to("/dev/zero")
    (folder / "itself.md").symlink_to("itself.md")
    os.mkfifo(folder / "pipe.md")
    report = import_files(store, [folder])
    assert report.added == 2
    assert SECRET not in known(store)


def test_a_hard_link_is_a_file_like_any_other(store: Store, tmp_path: Path, secret: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "hard.md").hardlink_to(secret)
    assert import_files(store, [tmp_path / "notes"]).added == 1


@pytest.mark.parametrize("name", ["conversations.json", "conversations-000.json", "shard.parquet"])
def test_a_link_in_the_folder_of_an_export_is_refused(store: Store, tmp_path: Path, name: str) -> None:
    (tmp_path / "mine.json").write_text(json.dumps(CHAT))
    (tmp_path / "export").mkdir()
    (tmp_path / "export" / name).symlink_to(tmp_path / "mine.json")
    chosen = "parquet" if name.endswith("parquet") else "chatgpt"
    with pytest.raises(TransferError, match="a link that leaves its folder"):
        import_files(store, [tmp_path / "export"], ImportOptions(format=chosen))


@pytest.mark.parametrize("format", [None, "store", *readers()])
@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_a_pipe_or_a_device_is_refused_at_once(store: Store, tmp_path: Path, format: str | None, kind: str) -> None:
    source = tmp_path / "source.jsonl"
    os.mkfifo(source) if kind == "pipe" else source.symlink_to("/dev/zero")
    with pytest.raises(TransferError, match="is a pipe or a device, not a file"):
        import_files(store, [source], ImportOptions(format=format))


@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_a_change_file_that_is_a_pipe_or_a_device_is_refused_at_once(store: Store, tmp_path: Path, kind: str) -> None:
    source = tmp_path / "source.changes"
    os.mkfifo(source) if kind == "pipe" else source.symlink_to("/dev/zero")
    with pytest.raises(TransferError, match="is a pipe or a device"):
        import_changes(store, source)


# -- names within a ZIP file


@pytest.mark.parametrize(
    "name",
    [
        "../../conversations.json",
        "/etc/conversations.json",
        "C:\\windows/conversations.json",
        "..\\..\\x/conversations.json",
        "a/../../conversations.json",
        "conversations.json",
    ],
)
def test_a_member_of_a_zip_is_read_as_a_stream_whatever_its_name(store: Store, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "inner" / "folder"
    folder.mkdir(parents=True)
    with zipfile.ZipFile(folder / "export.zip", "w") as archive:
        archive.writestr(name, json.dumps([{"name": "A chat", "chat_messages": [{"sender": "human", "text": "Hi"}]}]))
    before = sorted(tmp_path.rglob("*"))
    import_files(store, [folder / "export.zip"], ImportOptions(format="claude"))
    assert sorted(path for path in tmp_path.rglob("*") if "-wal" not in path.name and "-shm" not in path.name) == [
        path for path in before if "-wal" not in path.name and "-shm" not in path.name
    ]


def test_a_link_within_a_zip_is_its_text_and_leads_nowhere(store: Store, tmp_path: Path, secret: Path) -> None:
    member = zipfile.ZipInfo("conversations.json")
    member.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        archive.writestr(member, str(secret))
    with pytest.raises(TransferError):
        import_files(store, [tmp_path / "export.zip"], ImportOptions(format="claude"))
    assert SECRET not in known(store)


# -- what other languages run when they read


class Bomb:
    """Runs when it is unpickled."""

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return open, ("exploded", "w")


@pytest.mark.parametrize("name", ["bomb.npy", "bomb.npz", "bomb.pkl"])
def test_nothing_is_unpickled(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    objects = numpy.array([Bomb(), Bomb()], dtype=object)
    stream = io.BytesIO()
    numpy.savez(stream, embeddings=numpy.ones((2, 3), "f4"), ids=objects) if name.endswith("npz") else None
    numpy.save(stream, objects, allow_pickle=True) if name.endswith("npy") else None
    (tmp_path / name).write_bytes(stream.getvalue() or pickle.dumps(Bomb()))
    with pytest.raises(LocalstoreError):
        import_files(store, [tmp_path / name])
    assert not (tmp_path / "exploded").exists()


def test_front_matter_makes_no_objects(store: Store, tmp_path: Path) -> None:
    (tmp_path / "note.md").write_text("---\ntitle: !!python/object/apply:os.mkdir [exploded]\n---\nText\n")
    with pytest.raises(TransferError):
        import_files(store, [tmp_path / "note.md"])
    assert not Path("exploded").exists()


# -- SQLite files made to do harm

ENDLESS = "WITH RECURSIVE n(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM n) SELECT"


@pytest.mark.parametrize(
    ("format", "script"),
    [
        ("llm-logs", f"CREATE VIEW responses AS {ENDLESS} x id, x model, x prompt, x response FROM n"),
        ("llm-embeddings", f"CREATE VIEW collections AS {ENDLESS} x id, x name, x model FROM n; CREATE VIEW embeddings"
         f" AS {ENDLESS} 1 collection_id, x id, x embedding FROM n"),
        ("sqlite-vec", f"CREATE VIEW vectors AS {ENDLESS} x id, zeroblob(16) embedding FROM n"),
    ],
)  # fmt: skip
def test_a_view_that_never_ends_is_no_table(store: Store, tmp_path: Path, format: str, script: str) -> None:
    connection = sqlite3.connect(tmp_path / "trap.db")
    connection.executescript(script)
    connection.close()
    with pytest.raises(TransferError):
        import_files(store, [tmp_path / "trap.db"], ImportOptions(format=format))


def test_a_store_in_which_a_view_has_the_name_of_a_table_is_refused(store: Store, tmp_path: Path) -> None:
    with Store.open(tmp_path / "trap.db") as trap, trap.database.writing() as connection:
        connection.execute("ALTER TABLE items RENAME TO hidden")
        connection.execute(f"CREATE VIEW items AS {ENDLESS} x id FROM n")
    with pytest.raises(TransferError, match="its items is a view"):
        import_files(store, [tmp_path / "trap.db"])


def test_what_a_schema_says_reaches_no_function_with_an_effect(tmp_path: Path) -> None:
    connection = opened(str(tmp_path / "trap.db"))

    def fold(*_: object) -> None:
        (tmp_path / "exploded").touch()

    connection.create_scalar_function("fold", fold, 1)
    connection.execute("CREATE TABLE t (x); CREATE VIEW v AS SELECT fold(x) AS x FROM t; INSERT INTO t VALUES ('a')")
    with pytest.raises(apsw.SQLError, match="unsafe use of fold"):
        connection.execute("SELECT * FROM v").fetchall()
    connection.execute("CREATE TRIGGER bang AFTER INSERT ON t BEGIN SELECT fold(NEW.x); END")
    with pytest.raises(apsw.SQLError, match="unsafe use of fold"):
        connection.execute("INSERT INTO t VALUES ('b')")
    connection.close()
    assert not (tmp_path / "exploded").exists()


@pytest.mark.parametrize(
    "sql",
    [
        "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = 'x'",
        "UPDATE text_index_data SET block = x'00'",
        "SELECT load_extension('x')",
    ],
)
def test_a_store_lets_nobody_write_its_schema_or_load_a_library(store: Store, sql: str) -> None:
    with pytest.raises(LocalstoreError), store.database.writing() as connection:
        connection.execute(sql).fetchall()


def test_the_database_of_a_table_named_as_sql_is_read_and_not_obeyed(store: Store, tmp_path: Path) -> None:
    name = "x\"; DROP TABLE items; --' ) ]"
    connection = sqlite3.connect(tmp_path / "odd.db")
    table = quoted(name)
    connection.execute(f"CREATE TABLE {table} (id INTEGER PRIMARY KEY, {table} BLOB)")
    connection.execute(f"INSERT INTO {table} VALUES (1, ?)", [numpy.ones(4, "<f4").tobytes()])
    connection.commit()
    connection.close()
    store.ai_models.add("m", "local", parameters={"dim": 4})
    report = import_files(store, [tmp_path / "odd.db"], ImportOptions(format="sqlite-vec", model="m"))
    assert (report.added, store.items.count()) == (1, 1)
