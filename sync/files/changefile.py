"""Change files: what changed here, as a file to carry to another machine, each naming the one before.

A linked store writes what the server does not have; those rows stay dirty, a round pushes them all the same. A store
without a server writes all it shares the first time and notes changes from then on; what was written is in step.
The file is complete on the disk before it gets its name, and is noted before and after: a program that ends in
between finds it again.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from localstore import times
from localstore.connection import Connection
from localstore.errors import InvalidValue, TransferError
from sync import state
from sync.comparing.differences import chunked
from sync.errors import Cancelled
from sync.files import change_lines, file_chain
from sync.files.change_lines import Header
from sync.files.file_chain import Pending
from sync.files.file_changes import People, chosen, copied_notes, introduce_people, is_person
from sync.local import capture, dirty
from sync.local.sharing import Share
from sync.round_lock import round_lock
from sync.shapes import Cancelled as Asked
from sync.shapes import Change, Progress, Report

if TYPE_CHECKING:
    from localstore.store import Store

AT_ONCE = 5_000
"""Rows acknowledged in one transaction."""


@dataclass(slots=True)
class Exported:
    """What was written: the file's number in the chain and its hash; changed and deleted rows by table."""

    path: Path
    number: int = 0
    sha256: str = ""
    rows: dict[str, int] = field(default_factory=dict)
    deleted: dict[str, int] = field(default_factory=dict)
    in_step: bool = False
    """Whether no file was written because the server has all that it is to have."""

    @property
    def count(self) -> int:
        """How many changes are in the file; with none, no file was written."""
        return sum(self.rows.values()) + sum(self.deleted.values())


def export_changes(
    store: Store,
    path: str | Path,
    *,
    share: str | None = None,
    report: Report | None = None,
    cancelled: Asked | None = None,
) -> Exported:
    """Write what changed since the last file to a new file of mode 0600; none when nothing did.

    *share* (``org``, ``all`` or a filter of items) says what a store without a server writes, the first time and
    until it is said again. Raises TransferError, InvalidValue, Cancelled.
    """
    dest = Path(path).expanduser().absolute()
    with round_lock(store.path):
        _finish(store)
        if dest.exists():
            raise TransferError(f"{dest} is there already, and may be needed as a part of the chain: name a new file.")
        _prepare(store, share)
        done = Exported(dest)
        temporary = _write(store, done, report, cancelled)
        if temporary is None:
            with store.reading() as connection:
                done.in_step = state.is_linked(connection) and not any(dirty.count(connection).values())
            return done
        with store.database.writing() as connection:
            file_chain.begin(connection, Pending(str(dest), str(temporary), done.sha256))
        _name(temporary, dest)
        _acknowledge(store, dest)
    return done


def _prepare(store: Store, share: str | None) -> None:
    """See to it that changes are noted; without a server, everything is one the first time."""
    with store.database.writing() as connection:
        if state.is_linked(connection):
            if share is not None:
                raise InvalidValue("what is shared is the link's to say: 'localstore sync share' changes it", "share")
            capture.ensure(connection)
            file_chain.forget_settled(connection)
            return
        before = Share.read(connection) if state.get(connection, "share") else None
        missed = capture.ensure(connection) or before is None
        if missed:
            dirty.mark_all(connection)
        introduce_people(connection)
        if missed or share is not None:
            Share.write(connection, Share.given(store, share, None, before))


# -- writing ----------------------------------------------------------------------------------------------


def _write(store: Store, done: Exported, report: Report | None, cancelled: Asked | None) -> Path | None:
    """Write all lines to a temporary file beside the destination; None when there is no change."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{done.path.name[:60]}.", suffix=".partial", dir=done.path.parent)
    except OSError as error:
        raise TransferError(f"{done.path}: cannot be written ({error.strerror}).") from None
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb", buffering=1 << 20) as stream, store.reading() as connection:
            body, whole = hashlib.sha256(), hashlib.sha256()
            for line in _lines(store, connection, done, report, cancelled):
                body.update(line)
                stream.write(line)
            whole = body.copy()
            last = change_lines.trailer_line(done.count, body.hexdigest())
            whole.update(last)
            stream.write(last)
            stream.flush()
            os.fsync(stream.fileno())
        done.sha256 = whole.hexdigest()
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise TransferError(f"{done.path}: cannot be written ({error.strerror}).") from None
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    if not done.count:
        temporary.unlink()
        return None
    return temporary


def _lines(
    store: Store, connection: Connection, done: Exported, report: Report | None, cancelled: Asked | None
) -> Iterator[bytes]:
    before = file_chain.own(connection)
    done.number = len(before) + 1
    device = state.get(connection, "device_id") or store.state.get("device_id") or ""
    made_by = store.state.get("store_id") or ""
    previous = before[-1] if before else None
    yield change_lines.header_line(Header(made_by, device, store.local_user_id, done.number, previous, times.now()))
    linked = state.is_linked(connection)
    people = People(connection, file_chain.people(connection))
    with copied_notes(connection):
        for change in chosen(connection):
            if cancelled and cancelled():
                raise Cancelled("Stopped: no file was written.")
            told = file_chain.since_last(connection, change) if linked else change
            for each in (*people.before(told), told) if told else ():
                counts = done.deleted if each.ours is None else done.rows
                counts[each.key.tbl] = counts.get(each.key.tbl, 0) + 1
                yield change_lines.change_line(each)
            if report and done.count % 500 == 0:
                report(Progress("export", change.key.tbl, done.count, None))


# -- naming and acknowledging -----------------------------------------------------------------------------


def _name(temporary: Path, dest: Path) -> None:
    try:
        temporary.replace(dest)
        folder = os.open(dest.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise TransferError(f"{dest}: cannot be written ({error.strerror}).") from None


def _finish(store: Store) -> None:
    """Finish a file that an earlier export wrote and did not get to note; what never got whole is dropped."""
    with store.reading() as connection:
        left = file_chain.pending(connection)
    if left is None:
        return
    dest, temporary = Path(left.path), Path(left.temporary)
    if not _is(dest, left.sha256) and _is(temporary, left.sha256) and not dest.exists():
        _name(temporary, dest)
    if _is(dest, left.sha256):
        _acknowledge(store, dest)
        return
    temporary.unlink(missing_ok=True)
    with store.database.writing() as connection:
        file_chain.give_up(connection)


def _is(path: Path, sha256: str) -> bool:
    try:
        return path.is_file() and change_lines.read(path).sha256 == sha256
    except TransferError:
        return False


def _acknowledge(store: Store, path: Path) -> None:
    """Take what the file says as what others know now; may be repeated."""
    file = change_lines.read(path)
    for chunk in chunked(file.changes(), AT_ONCE):
        with store.database.writing() as connection:
            linked = state.is_linked(connection)
            for _, change in chunk:
                if is_person(change):
                    file_chain.add_person(connection, change.key.pk)
                else:
                    (_remember if linked else _settle)(connection, change)
    with store.database.writing() as connection:
        file_chain.add(connection, file.sha256)


def _remember(connection: Connection, told: Change) -> None:
    """The row stays dirty; the next file tells what changed since this one."""
    change = dirty.read(connection, told.key)
    if change is not None:
        file_chain.remember(connection, told, change.base)


def _settle(connection: Connection, told: Change) -> None:
    """A row that was not touched since is in step; else what was written is what its next change starts from."""
    change = dirty.read(connection, told.key)
    if change is None or change.generation == told.generation:
        dirty.forget(connection, told.key)
    else:
        dirty.rebase(connection, told.key, told.ours)
