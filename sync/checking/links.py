"""The link: what a linked store has to know of its server, and what a store without a server must not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from localstore import tables
from localstore.checking.finding import Finding, Inquiry
from localstore.connection import Connection
from localstore.errors import InvalidFilter
from localstore.models import User
from sync import state
from sync.checking.triggers import note_comparison
from sync.local.shared_rows import items_sql
from sync.local.sharing import Share
from sync.place import is_same_store

_NEEDED = ("device_id", "user_id", "pending", "batch")
_AGAIN = "link it again with 'localstore sync link URL'; nothing is lost, its rows are compared"
_OF_FILES = ("share", "no_vectors")
"""What change files need without a server."""
_DOCUMENTS = ("organizations", "torn", "last_round", "no_vectors")


def links(asked: Inquiry) -> Iterator[Finding]:
    """Look at ``sync_state`` and at who the store is."""
    with asked.reading() as connection:
        found = dict(connection.execute("SELECT key, value FROM sync_state").fetchall())
        linked = state.is_linked(connection)
        local = connection.execute("SELECT value FROM local_state WHERE key = 'local_user'").fetchone()
    if linked:
        yield from _lacking(asked, found, str(local[0]) if local else "")
        yield from _copied(asked, found)
    else:
        yield from _left_over(asked, found)
    yield from _documents(asked, found)
    yield from _share(asked, found)


def _lacking(asked: Inquiry, found: dict[str, str], local_user: str) -> Iterator[Finding]:
    """What sync reads at the beginning of each round."""
    lacking = [key for key in _NEEDED if key not in found]
    if lacking:
        message = f"the link with {found['server']} lacks {', '.join(lacking)}: {_AGAIN}"
        yield Finding("sync", "sync_state", len(lacking), message, row=lacking[0])
        return
    if not found["batch"].isdecimal():
        yield Finding("sync", "sync_state", 1, f"the number of the last batch is {found['batch'][:40]!r}: {_AGAIN}")
    with asked.reading() as connection:
        there = tables.fetch(connection, User, found["user_id"]) is not None
    if found["user_id"] != local_user or not there:
        message = f"the device acts as the user {found['user_id'][:40]}, who is not the store's own user: {_AGAIN}"
        yield Finding("sync", "sync_state", 1, message, row="user_id")


def _copied(asked: Inquiry, found: dict[str, str]) -> Iterator[Finding]:
    before = found.get("place")
    if before and before != str(asked.store.path.resolve()) and is_same_store(Path(before), asked.store):
        message = f"this file is a copy of {before}, which syncs as the same device: give it one of its own; {_AGAIN}"
        yield Finding("sync", "sync_state", 1, message, row="place")


def _left_over(asked: Inquiry, found: dict[str, str]) -> Iterator[Finding]:
    """A cursor, a device, batches or notes without a link: a link that is made again drops them anyway."""
    left = sorted(key for key in found if not key.startswith("file_") and key not in _OF_FILES)
    files = len(left) < len(found)
    with asked.reading() as connection:
        rows = 0 if files else sum(_count(connection, name) for name in _NOTES)
    if not left and not rows:
        return
    what = ", ".join(left) or "changes noted for a server"
    message = (
        f"the store is linked with no server and still has {what}: 'check --repair' drops them, and a link asks anew"
    )
    finding = Finding("sync", "sync_state", len(left) + rows, message, row=left[0] if left else "")
    if asked.repair:
        asked.keep()
        with asked.store.database.writing() as connection:
            state.forget(connection, *left)
            for name in () if files else _NOTES:
                connection.execute(f"DELETE FROM {name}")
        finding = finding.mended()
    yield finding


_NOTES = ("sync_dirty", "sync_kept", "sync_outbox")


def _count(connection: Connection, table: str) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def _documents(asked: Inquiry, found: dict[str, str]) -> Iterator[Finding]:
    """Values that are JSON; without them the next round compares, and shows nothing of the last one."""
    broken = [key for key in _DOCUMENTS if key in found and not _is_json(found[key])]
    if not broken:
        return
    message = f"{', '.join(broken)} of the link cannot be read"
    advice = "'check --repair' forgets them, and the next round compares every row"
    finding = Finding("sync", "sync_state", len(broken), f"{message}: {advice}", row=broken[0])
    if asked.repair:
        with asked.store.database.writing() as connection:
            state.forget(connection, *broken)
            if set(broken) - {"last_round", "no_vectors"} and state.is_linked(connection):
                note_comparison(connection)
        finding = finding.mended()
    yield finding


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _share(asked: Inquiry, found: dict[str, str]) -> Iterator[Finding]:
    """A filter that cannot be read any more, because what it names is gone."""
    if not _is_json(found.get("no_vectors", "[]")):
        return
    with asked.reading() as connection:
        share = Share.read(connection)
        try:
            items_sql(connection, share.items)
        except InvalidFilter as error:
            message = f"what is shared cannot be told ({error}): say it anew with 'localstore sync share'"
            yield Finding("sync", "sync_state", 1, message, row="share")
