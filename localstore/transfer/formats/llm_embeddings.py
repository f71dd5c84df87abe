"""The embeddings of the ``llm`` command (``embeddings.db``): each collection is a source with a model of its own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from localstore.connection import Connection
from localstore.errors import TransferError
from localstore.transfer.foreign_database import foreign_database
from localstore.transfer.format import STREAM, Format, ReadOptions
from localstore.transfer.sample import Sample
from localstore.transfer.vector_database import BlobRows, columns_of
from localstore.transfer.vector_rows import VectorRead

_COLLECTIONS = "SELECT id, name, model FROM collections ORDER BY id"
_NEEDED = {"collections": {"id", "name", "model"}, "embeddings": {"collection_id", "id", "embedding"}}
_OPTIONAL = ("content", "content_hash", "metadata")


def recognise(sample: Sample) -> int:
    """An SQLite file with the two tables of ``llm``."""
    if sample.kind != "sqlite":
        return 0
    try:
        with foreign_database(sample.path) as connection:
            return 92 if _fits(connection) else 0
    except TransferError:
        return 0


def _fits(connection: Connection) -> bool:
    return all(wanted <= {name for name, _ in columns_of(connection, table)} for table, wanted in _NEEDED.items())


def read(source: Path, options: ReadOptions) -> Iterator[VectorRead]:
    """Yield the vectors of every collection, or of the one that ``--table`` names."""
    if source == STREAM:
        raise TransferError("an SQLite file cannot be read from a stream: name the file")
    with foreign_database(source) as connection:
        if not _fits(connection):
            raise TransferError(f"{source}: it has no tables collections and embeddings: is this a file of llm?")
        options.report.files += 1
        collections = [(pk, str(name), str(model or "")) for pk, name, model in connection.execute(_COLLECTIONS)]
        options.report.saw_keys(name for _, name, _ in collections)
        for pk, name, model in _wanted(collections, source, options):
            yield from _collection(connection, pk, name, model, source.name, options)


def _wanted(collections: list[tuple[Any, str, str]], source: Path, options: ReadOptions) -> list[tuple[Any, str, str]]:
    if options.table is None:
        return collections
    found = [each for each in collections if each[1] == options.table]
    if not found:
        names = ", ".join(name for _, name, _ in collections[:12]) or "none"
        raise TransferError(f"{source}: there is no collection {options.table!r}; there are {names}")
    return found


def _collection(
    connection: Connection, pk: Any, name: str, model: str, place: str, options: ReadOptions
) -> Iterator[VectorRead]:
    there = {column for column, _ in columns_of(connection, "embeddings")}
    content, digest, metadata = (column if column in there else "NULL" for column in _OPTIONAL)
    sql = (
        f"SELECT id, embedding, {content}, NULL, {digest}, {metadata}, {content} FROM embeddings"
        " WHERE collection_id = ? ORDER BY rowid"
    )
    rows = BlobRows(f"{place}:{name}", _metadata, model=model, source=options.source or name)
    yield from rows.read(connection.execute(sql, (pk,)), options)


def _metadata(columns: Sequence[Any]) -> dict[str, Any]:
    """Return their metadata, and their hash, marked as MD5: it tells whether the text was changed since.

    Where the text itself is there, and is the one of the hash, ours is made of it.
    """
    digest, metadata, text = columns
    found = _object(metadata)
    if not isinstance(digest, bytes) or len(digest) != 16:
        return found
    if isinstance(text, str) and text and hashlib.md5(text.encode(), usedforsecurity=False).digest() == digest:
        return found
    return found | {"text_sha256": f"md5:{digest.hex()}"}


def _object(text: object) -> dict[str, Any]:
    """Return stored JSON; what is no object stands under ``metadata``."""
    if not isinstance(text, str):
        return {}
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = text
    return found if isinstance(found, dict) else {"metadata": found}


FORMAT = Format(
    name="llm-embeddings",
    summary="collections of the llm command (embeddings.db)",
    extensions=(),
    recognise=recognise,
    vector_reader=read,
)
