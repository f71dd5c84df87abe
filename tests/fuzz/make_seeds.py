"""Writes the small valid seeds of the corpus: ``python -m tests.fuzz.make_seeds`` (they are kept, not made anew)."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import apsw
import numpy
import sqlite_vec  # type: ignore[import-untyped]

from localstore import Store
from localstore.exporting import export
from sync.files.changefile import export_changes
from tests.fuzz.mutation import CORPUS

X = (numpy.arange(12, dtype="<f4").reshape(4, 3) / 8).astype("<f4")
LLM_LOGS = """CREATE TABLE conversations (id TEXT PRIMARY KEY, name TEXT, model TEXT);
CREATE TABLE responses (id TEXT PRIMARY KEY, model TEXT, prompt TEXT, system TEXT, response TEXT, options_json TEXT,
    conversation_id TEXT, datetime_utc TEXT, input_tokens INTEGER, output_tokens INTEGER, duration_ms INTEGER);
INSERT INTO conversations VALUES ('01hc', 'Pelicans', 'gpt-4o');
INSERT INTO responses VALUES ('01r1', 'gpt-4o', 'Names?', 'Be kind', 'Percy', '{"t": 1}', '01hc',
    '2024-05-01T10:00:01.5', 3, 4, 5), ('01r2', 'gpt-4o', 'Alone?', NULL, 'Yes', NULL, NULL, 'odd', 1, 2, 3);"""
LLM_THREADS = """CREATE TABLE threads (id TEXT, name TEXT, tip_message_hash TEXT, datetime_utc TEXT);
CREATE TABLE messages (hash TEXT PRIMARY KEY, parent_hash TEXT, role TEXT);
CREATE TABLE parts (id INTEGER PRIMARY KEY, message_hash TEXT, position INTEGER, type TEXT, tool_name TEXT, text TEXT,
    payload TEXT);
CREATE TABLE turns (id TEXT, thread_id TEXT, tip_message_hash TEXT, model TEXT, input_tokens INTEGER,
    output_tokens INTEGER, duration_ms INTEGER, datetime_utc TEXT);
CREATE TABLE fragments (id INTEGER PRIMARY KEY, content TEXT);
CREATE TABLE responses (id TEXT, model TEXT);
INSERT INTO threads VALUES ('t1', 'One', 'h2', '2026-01-01T00:00:00');
INSERT INTO messages VALUES ('h1', NULL, 'user'), ('h2', 'h1', 'assistant');
INSERT INTO fragments VALUES (5, 'a novel');
INSERT INTO parts (message_hash, position, type, text, payload) VALUES
    ('h1', 0, 'text', NULL, '{"text_ref": [{"literal": "read "}, {"fragment": 5}]}'),
    ('h2', 0, 'reasoning', 'thought', NULL), ('h2', 1, 'text', 'done', NULL);
INSERT INTO turns VALUES ('u1', 't1', 'h2', 'gpt', 7, 8, 9, '2026-01-01T00:00:05');"""
CHATGPT = [
    {
        "title": "Birds",
        "create_time": 1_700_000_000.5,
        "update_time": None,
        "conversation_id": "c-1",
        "current_node": "b",
        "default_model_slug": "gpt-4o",
        "mapping": {
            "root": {"message": None, "parent": None, "children": ["a"]},
            "a": {
                "message": {"author": {"role": "user"}, "content": {"content_type": "text", "parts": ["Which bird?"]}},
                "parent": "root",
                "children": ["b"],
            },
            "b": {
                "message": {
                    "author": {"role": "assistant", "name": "bot"},
                    "create_time": 1_700_000_001,
                    "content": {"content_type": "multimodal_text", "parts": ["A heron", {"asset_pointer": "file://x"}]},
                    "metadata": {"model_slug": "gpt-4o"},
                },
                "parent": "a",
                "children": [],
            },
        },
    }
]
CLAUDE = [
    {
        "uuid": "5f0c1f0e-8f6e-4f0e-9d39-0c8e1c0b2a11",
        "name": "Rivers",
        "created_at": "2024-01-02T03:04:05.678Z",
        "chat_messages": [
            {"uuid": "m1", "sender": "human", "text": "Longest?", "created_at": "2024-01-02T03:04:05Z"},
            {"uuid": "m2", "sender": "assistant", "text": "", "content": [{"type": "text", "text": "The Nile"}]},
        ],
    }
]
MESSAGES = {
    "messages": [
        {"role": "system", "content": "Be brief"},
        {"role": "user", "content": [{"type": "text", "text": "Hello"}]},
        {"role": "assistant", "content": None, "tool_calls": [{"function": {"name": "f", "arguments": "{}"}}]},
    ],
    "tools": [],
}
SHAREGPT = {"id": "s1", "conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello"}]}
ALPACA = {"instruction": "Add", "input": "1 and 2", "output": "3", "source": "book"}
JSONL = {
    "id": "0198c0de-0000-7000-8000-000000000001",
    "type": "note",
    "title": "First",
    "meta_data": {"n": 1, "f": 0.5},
    "tags": ["a", {"name": "b", "color": "#f80"}],
    "created_at": "2024-01-02T03:04:05Z",
    "lang": "en",
    "contents": [
        {
            "role": "user",
            "text": "words",
            "embeddings": [{"model": {"provider": "lab", "name": "m", "version": None}, "vector": [0.1, 0.2, 0.3]}],
        }
    ],
    "files": [{"path": "papers/a.pdf", "filename": "a.pdf", "size_bytes": 3, "checksum": "abc"}],
}
CHROMA = {
    "ids": ["a", "b"],
    "embeddings": [[0.1, 0.2, 0.3], [1, 2, 3]],
    "documents": ["one", None],
    "metadatas": [{"lang": "en"}, None],
}
CSV = 'id,title,text,tags,lang,"na,me"\n1,First,"two\nlines, ""quoted""",a b,en,x\n2,Second,,"a, b",=1+1,\n'
NOTE = """---
title: A note
tags: [reading, "#to do"]
aliases: [n]
date: 2024-01-02
id: note-1
rating: 4.5
---

# Heading

Text with [[a link]].

## Second

```
# no heading
```
"""
KEYMAP = '{\n  "vim": true,\n  "items.delete": ["x", "ctrl+x"],\n  "palette": "f2"\n}\n'


def lines(*documents: Any) -> bytes:
    return b"\n".join(json.dumps(each).encode() for each in documents) + b"\n"


def database(path: Path, *statements: str, rows: Any = ()) -> None:
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA page_size = 512; PRAGMA journal_mode = DELETE")
    connection.enable_load_extension(True)
    connection.load_extension(sqlite_vec.loadable_path())
    for statement in statements:
        connection.execute(statement)
    for sql, values in rows:
        connection.execute(sql, values)
    connection.execute("VACUUM")
    connection.close()


def zipped(path: Path, **members: bytes) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name.replace("__", "."), (2024, 1, 2, 3, 4, 6)), data)


def arrays(path: Path) -> None:
    stream = io.BytesIO()
    numpy.savez_compressed(stream, embeddings=X, ids=numpy.array(["a", "b", "c", "é"]), texts=numpy.array(list("wxyz")))
    path.write_bytes(stream.getvalue())


def vec0(path: Path) -> None:
    database(
        path,
        "CREATE VIRTUAL TABLE v USING vec0"
        "(id TEXT PRIMARY KEY, embedding float[3], lang TEXT, +text TEXT, chunk_size=8)",
        rows=[("INSERT INTO v VALUES (?, ?, 'en', 'words')", (f"k{at}", X[at].tobytes())) for at in range(4)],
    )


def blobs(path: Path) -> None:
    database(
        path,
        "CREATE TABLE docs (id TEXT PRIMARY KEY, title TEXT, text TEXT, vector BLOB, n INTEGER)",
        rows=[("INSERT INTO docs VALUES (?, ?, 'words', ?, 7)", (f"k{a}", f"T{a}", X[a].tobytes())) for a in range(4)],
    )


def llm_embeddings(path: Path) -> None:
    database(
        path,
        "CREATE TABLE collections (id INTEGER PRIMARY KEY, name TEXT, model TEXT)",
        "CREATE TABLE embeddings (collection_id INTEGER, id TEXT, embedding BLOB, content TEXT, content_blob BLOB,"
        " content_hash BLOB, metadata TEXT, updated INTEGER, PRIMARY KEY (collection_id, id))",
        "INSERT INTO collections VALUES (1, 'notes', 'lab/m')",
        rows=[
            (
                "INSERT INTO embeddings VALUES (1, ?, ?, 'one', NULL, ?, '{\"a\": 1}', 1)",
                (f"{at}.md", X[at].tobytes(), b"h" * 16),
            )
            for at in range(4)
        ],
    )


def parquet(path: Path) -> None:
    with TemporaryDirectory() as folder, Store.open(Path(folder) / "store.db", email="ada@example.org") as store:
        store.ai_models.add("m", "lab", parameters={"dim": 3})
        for at in range(3):
            item = store.items.add(f"Item {at}", text=f"words {at}")
            store.embeddings.add("lab/m", X[at].tolist(), content=store.contents.of(item.id)[0].id)
        export(store, path, format="parquet")


def changes(path: Path) -> None:
    with TemporaryDirectory() as folder, Store.open(Path(folder) / "store.db", email="ada@example.org") as store:
        store.ai_models.add("m", "lab", parameters={"dim": 3})
        item = store.items.add("Carried", text="words", tags=["todo"], meta_data={"n": 1})
        store.embeddings.add("lab/m", X[1].tolist(), content=store.contents.of(item.id)[0].id)
        store.settings.set("embed.model", "lab/m", scope="user")
        export_changes(store, path, share="all")


SEEDS: dict[str, bytes | Callable[[Path], None]] = {
    "importers/jsonl/items.jsonl": lines(JSONL, {"title": "Second", "contents": [{"text": "x"}]}),
    "importers/markdown/note.md": NOTE.encode(),
    "importers/csv/table.csv": CSV.encode(),
    "importers/chatgpt/conversations.json": json.dumps(CHATGPT).encode(),
    "importers/chatgpt/export.zip": lambda path: zipped(path, conversations__json=json.dumps(CHATGPT).encode()),
    "importers/claude/conversations.json": json.dumps(CLAUDE).encode(),
    "importers/claude/export.zip": lambda path: zipped(path, conversations__json=json.dumps(CLAUDE).encode()),
    "importers/messages/chats.jsonl": lines(MESSAGES, MESSAGES | {"id": "m2"}),
    "importers/sharegpt/chats.json": json.dumps([SHAREGPT]).encode(),
    "importers/alpaca/examples.json": json.dumps([ALPACA]).encode(),
    "importers/llm-logs/logs.db": lambda path: database(path, LLM_LOGS),
    "importers/llm-logs/threads.db": lambda path: database(path, LLM_THREADS),
    "importers/npz/vectors.npz": arrays,
    "importers/npy/vectors.npy": lambda path: numpy.save(path, X),
    "importers/npy/fortran.npy": lambda path: numpy.save(path, numpy.asfortranarray(X.astype("<f8"))),
    "importers/parquet/vectors.parquet": parquet,
    "importers/llm-embeddings/embeddings.db": llm_embeddings,
    "importers/sqlite-vec/vec0.db": vec0,
    "importers/sqlite-vec/blobs.db": blobs,
    "importers/chroma/collection.json": json.dumps(CHROMA).encode(),
    "change_files/all.changes": changes,
    "keymap/keymap.json": KEYMAP.encode(),
}


def main() -> None:
    """Write what is not there yet."""
    for name, seed in SEEDS.items():
        path = CORPUS / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            continue
        if isinstance(seed, bytes):
            path.write_bytes(seed)
        else:
            seed(path)


if __name__ == "__main__":
    main()
