"""Pushing a change file to a server without a linked store: the batches and the code of every push.

The device of the URL has to be one of its own, made for files: its batches are counted here. What the file's maker
owns becomes the device's person's, as linking does it; people whom the server knows by their e-mail are those.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from localstore import tables
from localstore.errors import InvalidValue
from localstore.models import User
from localstore.sync_rules import RULES
from sync import outbox, state
from sync.comparing.differences import chunked
from sync.errors import Cancelled, Contention, ServerRestored, StoreCopied
from sync.files import change_lines
from sync.files.change_import import NAMED, Imported, is_next
from sync.files.change_lines import ChangeFile
from sync.files.file_changes import bare, is_person, refuse_secret
from sync.local.images import name_of
from sync.postgres import pull
from sync.postgres.address import read
from sync.postgres.pushing import push
from sync.postgres.session import Server
from sync.round_lock import round_lock
from sync.shapes import Batch, Change, Conflict, Image, Key, Progress, PushResult, Report
from sync.shapes import Cancelled as Asked

if TYPE_CHECKING:
    from localstore.store import Store

TRIES = 5
PAUSE = 0.2
"""Seconds before rows that others held on the server are tried again, times the number of the try."""


@dataclass(slots=True)
class Pushed:
    """How far a device is: its last batch, the files that went whole, and of the one under way what went."""

    batch: int = 0
    files: list[str] = field(default_factory=list)
    under_way: str | None = None
    done: int = 0
    busy: list[int] = field(default_factory=list)
    """Lines whose rows others held on the server."""
    same: dict[str, str] = field(default_factory=dict)
    """People of the file who are others on the server."""


def push_changes(
    store: Store,
    path: str | Path,
    url: str,
    *,
    insecure: bool = False,
    report: Report | None = None,
    cancelled: Asked | None = None,
) -> Imported:
    """Push the next change file of a store to the server of *url*, a device's; progress is kept in this store.

    Raises InvalidValue for a URL without a device, TransferError as an import does, and what a round raises.
    """
    file = change_lines.read(Path(path).expanduser())
    address = read(url, insecure=insecure)
    if not address.is_device or address.device_id is None:
        raise InvalidValue("a device's URL is needed, as 'localstore sync server add-device' prints it", "--into")
    done = Imported(file.path, file.header.number)
    with round_lock(store.path), Server(address, cancelled=cancelled) as server:
        pushing = _Pushing(store, server, file, done, address.device_id)
        if pushing.is_new():
            pushing.run(report, cancelled)
        else:
            done.again = True
    return done


class _Pushing:
    """One file on its way to one server."""

    def __init__(self, store: Store, server: Server, file: ChangeFile, done: Imported, device: str) -> None:
        self.store, self.server, self.file, self.done = store, server, file, done
        self._key = f"file_into:{device}:{file.header.store}"
        self._counter = f"file_batches:{device}"
        with store.reading() as connection:
            text = state.get(connection, self._key)
            self.made = Pushed(**json.loads(text)) if text else Pushed()
            self.made.batch = int(state.get(connection, self._counter) or 0)

    def is_new(self) -> bool:
        """Tell whether the file is the next one for this server; TransferError names what is missing."""
        return is_next(self.file, self.made.files)

    def run(self, report: Report | None, cancelled: Asked | None) -> None:
        """Push batch by batch, then what was busy."""
        identity = self.server.whoami()
        self.made.same.setdefault(self.file.header.user, identity.user_id)
        if self.made.under_way != self.file.sha256:
            self.made.under_way, self.made.done, self.made.busy = self.file.sha256, 0, []
        for chunk in chunked(self.file.changes(self.made.done), outbox.ROWS):
            if cancelled and cancelled():
                raise Cancelled("Stopped: what was pushed stays, the same command goes on there.")
            self._push(chunk, len(chunk))
            if report:
                report(Progress("push", chunk[-1][1].key.tbl, self.made.done, self.file.rows))
        self._push_busy()
        self.made.files.append(self.file.sha256)
        self.made.under_way, self.made.done = None, 0
        self._keep()

    def _push_busy(self) -> None:
        for tried in range(1, TRIES + 1):
            if not self.made.busy:
                return
            time.sleep(PAUSE * tried)
            lines = set(self.made.busy)
            self.made.busy = []
            self._push([each for each in self.file.changes() if each[0] in lines], 0)
        if self.made.busy:
            raise Contention(
                f"{len(self.made.busy):,} rows of {self.file.path} are held by another program on the server: "
                "run the same command again, it pushes only those."
            )

    def _push(self, chunk: Sequence[tuple[int, Change]], lines: int) -> None:
        """Push one batch; how far it is is noted once the server has acknowledged it."""
        changes = list(self._prepared(chunk))
        result = PushResult()
        if changes:
            text = outbox.encode([change for _, change in changes])
            number = self.made.batch + 1
            batch = Batch(number, hashlib.sha256(text).hexdigest(), tuple(change for _, change in changes))
            try:
                result = self.server.run("read committed", lambda session: push.push(session, batch))
            except (StoreCopied, ServerRestored) as error:
                raise type(error)(
                    "The device of that URL has pushed before, from elsewhere: make one for these files with "
                    "'localstore sync server add-device', and use its URL."
                ) from None
            self.made.batch = number
        self._take(changes, result)
        self.made.done += lines
        self._keep()

    def _take(self, changes: Sequence[tuple[int, Change]], result: PushResult) -> None:
        busy, lines = set(result.busy), {change.key: number for number, change in changes}
        self.made.busy += [lines[key] for key in busy if key in lines]
        self.made.same |= {key.pk: pk for key, pk in result.moved.items()}
        for key, reason in result.refused.items():
            self._refuse(f"line {lines.get(key, 0)}, {key.tbl} {key.pk}: {reason}")
        self.done.conflicts += len(result.conflicts)
        self.done.found += [_shown(each) for each in result.conflicts[: max(NAMED - len(self.done.found), 0)]]
        for _, change in changes:
            if change.key not in busy and change.key not in result.refused and change.key not in result.moved:
                counts = self.done.deleted if change.ours is None else self.done.rows
                counts[change.key.tbl] = counts.get(change.key.tbl, 0) + 1

    def _refuse(self, line: str) -> None:
        if len(self.done.refused) < NAMED:
            self.done.refused.append(line)

    def _keep(self) -> None:
        with self.store.database.writing() as connection:
            state.put(connection, self._key, json.dumps(asdict(self.made)))
            state.put(connection, self._counter, str(self.made.batch))

    # -- the file's people ----------------------------------------------------------------------------------

    def _prepared(self, chunk: Sequence[tuple[int, Change]]) -> Iterator[tuple[int, Change]]:
        """Yield the changes with the server's people for the file's, without those whom the server knows."""
        people = [change.key.pk for _, change in chunk if is_person(change)]
        known = self._known(people) | set(self.made.same)
        for number, change in chunk:
            try:
                refuse_secret(change)
            except InvalidValue as error:
                self._refuse(f"line {number}, {change.key.tbl} {change.key.pk}: {error}")
                continue
            if not (is_person(change) and change.key.pk in known):
                yield number, self._pointed(bare(change))

    def _known(self, people: list[str]) -> set[str]:
        if not people:
            return set()
        page = self.server.run("repeatable read", lambda session: pull.fetch(session, name_of(User), people))
        at = tables.columns(User).index("id")
        return {str(row[at]) for row in page.rows} | {each.pk for each in page.unreadable}

    def _pointed(self, change: Change) -> Change:
        model = tables.model_of(change.key.tbl)
        columns = [column for column, parent, _ in tables.references(model) if parent is User]

        def pointed(image: Image | None) -> Image | None:
            if image is None:
                return None
            return image | {c: self.made.same[image[c]] for c in columns if image.get(c) in self.made.same}

        pk = self.made.same.get(change.key.pk, change.key.pk) if model is User else change.key.pk
        base, ours = pointed(change.base), pointed(change.ours)
        if pk != change.key.pk:
            base, ours = base and base | {"id": pk}, ours and ours | {"id": pk}
        return Change(Key(change.key.tbl, pk), base, ours, change.generation)


def _shown(found: Conflict) -> dict[str, Any]:
    """Return a conflict as JSON: the file still has our values, the server its own."""
    document: dict[str, Any] = {"tbl": found.key.tbl, "pk": found.key.pk, "kind": found.kind.value}
    for name, image in (("base", found.base), ("ours", found.ours), ("theirs", found.theirs)):
        document[name] = image and {
            n: v.hex() if isinstance(v, bytes) else v for n, v in image.items() if n not in RULES[found.key.tbl].secret
        }
    return document | {"reason": found.reason}
