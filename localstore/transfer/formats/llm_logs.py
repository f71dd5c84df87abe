"""The log of the ``llm`` command (``logs.db``), whose tables changed over time; all of these are read.

* ``responses`` with ``prompt``, ``system`` and ``response`` (llm 0.6 and later);
* ``responses`` with ``parts(response_id, direction, role, part_type, "order", content)``;
* ``threads``, ``turns`` and ``messages`` with ``parts(message_hash, position, type, text, payload)`` (llm 0.36).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from localstore.errors import InvalidValue, TransferError
from localstore.transfer.chat import Chat, conversation
from localstore.transfer.format import STREAM, Format, Read, ReadOptions, refused
from localstore.transfer.llm_responses import grouped_responses, response_chat
from localstore.transfer.llm_threads import thread_chat, threads
from localstore.transfer.log_database import LogDatabase, log_database
from localstore.transfer.sample import Sample


def recognise(sample: Sample) -> int:
    """An SQLite file with the tables of ``llm``."""
    if sample.kind != "sqlite":
        return 0
    try:
        with log_database(sample.path) as database:
            return 90 if _has_responses(database) or _has_threads(database) else 0
    except TransferError:
        return 0


def _has_responses(database: LogDatabase) -> bool:
    return database.has("responses", "id", "model")


def _has_threads(database: LogDatabase) -> bool:
    return database.has("threads", "id", "tip_message_hash") and database.has("messages", "hash", "parent_hash")


def read(source: Path, options: ReadOptions) -> Iterator[Read]:
    """Yield one item per conversation, one per response that is in none, one per thread."""
    if source == STREAM:
        raise TransferError("an SQLite file cannot be read from a stream: name the file")
    with log_database(source) as database:
        if not _has_responses(database) and not _has_threads(database):
            raise TransferError(f"{source}: it has no table responses or threads: is this the logs.db of llm?")
        options.report.files += 1
        options.report.saw_keys(sorted(database.columns("responses") | database.columns("threads")))
        for identifier, chat in _chats(database):
            place = f"{source.name}:{identifier.decode('utf-8', 'replace')}"
            yield _record(chat, place, identifier, options)


def _chats(database: LogDatabase) -> Iterator[tuple[bytes, Callable[[], Chat]]]:
    """Yield the id of each conversation and what reads it."""
    if _has_responses(database):
        for rows in grouped_responses(database):
            identifier = rows[0]["conversation_id"] or rows[0]["id"] or b""
            yield identifier, partial(response_chat, database, rows)
    if _has_threads(database):
        for thread in threads(database):
            yield thread["id"] or b"", partial(thread_chat, database, thread)


def _record(chat: Callable[[], Chat], place: str, identifier: bytes, options: ReadOptions) -> Read:
    try:
        return conversation(chat(), identifier, place, options)
    except InvalidValue as error:
        return refused(place, error)


FORMAT = Format(
    name="llm-logs",
    summary="the log of the llm command (logs.db)",
    extensions=(".db",),
    recognise=recognise,
    reader=read,
)
