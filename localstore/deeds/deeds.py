"""Deeds: something done to many rows in parts, each a short transaction, with one undo entry and one event for all.

Between two parts others get their turn, and the deed can be stopped: what was done by then stays, and one undo takes
all of it back.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from localstore import events, times
from localstore.bulk.pace import GAP
from localstore.connection import Connection
from localstore.deeds import undo
from localstore.deeds.actions import Action
from localstore.rules import touch

if TYPE_CHECKING:
    from localstore.store import Store

TARGET = 0.1
"""Seconds a part should take: so long does an edit beside it wait at most, or twice that."""
FIRST, LEAST, MOST = 200, 20, 5_000
"""Rows of a part."""
Told = Callable[[int, int], None]
"""Hears (done, total) before each part; what it raises ends the deed."""


class Deed:
    """``kind`` is the event's type, ``label`` what undo shows; ``at`` is when it began, by which its parts are one."""

    def __init__(self, store: Store, kind: str, label: str) -> None:
        self.store = store
        self.kind = kind
        self.label = label
        self.at = times.now()
        self.payload: dict[str, Any] = {}
        self.changed = 0
        self._event: str | None = None

    def do(self, keys: Sequence[str], act: Act, told: Told, first: int | None = None) -> int:
        """Let *act* change the rows *keys*, *first* some; return how many it says it changed."""
        undo.RUNNING.add(self.at)
        try:
            self._do(keys, act, told, first or FIRST)
        finally:
            undo.RUNNING.discard(self.at)
        return self.changed

    def _do(self, keys: Sequence[str], act: Act, told: Told, size: int) -> None:
        done, least = 0, min(size, LEAST)
        while done < len(keys):
            told(done, len(keys))
            some = list(keys[done : done + size])
            part = Part(self)
            with part:
                begun = time.perf_counter()
                part.count = act(part, some)
            self.changed += part.count
            done += len(some)
            size = _paced(size, least, time.perf_counter() - begun)
            time.sleep(GAP)

    def note(self, connection: Connection, count: int) -> None:
        """Leave the one event, or renew its count, within the transaction of a part."""
        payload = self.payload | {"items": self.changed + count}
        if self._event is not None:
            events.renew(connection, self._event, payload)
        elif events.enabled(connection):
            self._event = events.write(connection, self.kind, self.store.actor_id, payload)


class Part(Action):
    """One transaction of a deed."""

    def __init__(self, deed: Deed) -> None:
        super().__init__(deed.store, deed.kind, deed.label)
        self.deed = deed
        self.count = 0

    def _finish(self) -> None:
        if not self.changes:
            return
        for item in self.touched:
            touch(self.connection, item)
        changes = [_without_trash(change) for change in self.changes]
        undo.push(self.connection, self.store.actor_id, self.label, changes, list(self.touched), self.deed.at)
        self.deed.note(self.connection, self.count)


def _without_trash(change: dict[str, Any]) -> dict[str, Any]:
    """Let undo delete a tag link that was made, and redo make it again: the trash has nothing to keep of it."""
    if (change["op"], change.get("tbl")) != ("insert", "item_tag_links"):
        return change
    item, tag = str(change["pk"]).split("/")
    return {**change, "op": "link", "image": {"item_id": item, "tag_id": tag}}


def _paced(size: int, least: int, took: float) -> int:
    ideal = size * TARGET / max(took, 1e-4)
    return int(min(max((size + ideal) / 2, least), MOST, size * 2))


Act = Callable[[Part, list[str]], int]
"""Changes some rows within a part; returns how many."""
