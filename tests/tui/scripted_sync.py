"""A server that does what a test says, and stores that stand in some way with one."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from localstore import times
from localstore.store import Store
from sync import state
from sync.comparing.verifying import TableReport, VerifyReport
from sync.linking import LinkPlan
from sync.local.sharing import Share
from sync.rounds import Estimate, Round
from sync.shapes import Report
from tests.tui.pilot import Driver
from tui.screens.sync.sync import SyncScreen
from tui.sync_calls import SyncCalls
from tui.widgets.bottom_lines import StatusLine
from tui.widgets.reading.reader import Reader
from tui.widgets.sync.progress import SyncProgress

SERVER = "postgresql://localstore_device@db.example.org:5432/lab"
SECRET = f"{SERVER}#0193a2b4-0000-7000-8000-000000000001:{'5e' * 32}"


class Scripted(SyncCalls):
    """A server that does what a test says."""

    def __init__(self) -> None:
        self.done = Round()
        self.fails: Exception | None = None
        self.during: Callable[[Report, Callable[[], bool]], None] = lambda report, cancelled: None
        self.asked: list[str] = []
        self.differ: list[str] = []
        self.plan = LinkPlan(SERVER, "laptop", "ada@lab.org", "ada@example.org", Share(), False)

    def round(self, store: Store, report: Report, cancelled: Callable[[], bool]) -> Round:
        self.asked.append("round")
        if self.fails:
            raise self.fails
        self.during(report, cancelled)
        self.done.cancelled = cancelled()
        finished(store, "cancelled" if cancelled() else "done")
        return self.done

    def estimate(self, store: Store) -> Estimate:
        self.asked.append("estimate")
        return Estimate({"items": (3, 2_048)}, {"tags": (2, 100)})

    def link(self, store: Store, url: str, share: str, agreed: Callable[[LinkPlan], bool]) -> LinkPlan | None:
        self.asked.append(f"link {url} {share}")
        if not agreed(self.plan):
            return None
        linked(store)
        return self.plan

    def verify(
        self, store: Store, report: Report, cancelled: Callable[[], bool], *, repair: bool = False
    ) -> VerifyReport:
        self.asked.append("repair" if repair else "verify")
        if self.fails:
            raise self.fails
        return VerifyReport({"items": TableReport(rows=9, differ=self.differ)}, repaired=repair)


def linked(store: Store, *, synced: bool = False, share: str = "all") -> None:
    """Link the store, without a server behind it."""
    with store.database.writing() as connection:
        values = {"server": SERVER, "device_name": "laptop", "email": "ada@lab.org", "share": share}
        for key, value in (values | ({"cursor": "1:1:"} if synced else {})).items():
            state.put(connection, key, value)


def finished(store: Store, outcome: str, **more: Any) -> None:
    """Note how the last round ended."""
    with store.database.writing() as connection:
        state.put(connection, "last_round", json.dumps({"at": times.now(), "outcome": outcome, **more}))
        state.put(connection, "cursor", "1:1:")


def dirty(store: Store, *pks: str) -> None:
    """Let rows wait to be pushed."""
    with store.database.writing() as connection:
        sql = "INSERT INTO sync_dirty (tbl, pk, base) VALUES ('items', ?, '{}')"
        connection.executemany(sql, [(pk,) for pk in pks])


def waits(store: Store) -> None:
    """Let one conflict wait."""
    with store.database.writing() as connection:
        connection.execute(
            "INSERT INTO sync_conflict (id, tbl, pk, kind, base, ours, theirs, reason, at) VALUES"
            " ('0193a2b4-0000-7000-8000-00000000000a', 'tags', 't', 'refused', NULL, '{}', NULL, 'no', ?)",
            (times.now(),),
        )


def screen(ui: Driver) -> SyncScreen:
    found = ui.app.screen
    assert isinstance(found, SyncScreen)
    return found


def facts(ui: Driver) -> str:
    return screen(ui).query_one("#facts", Reader).plain_text


def status(ui: Driver) -> str:
    return ui.app.screen.query_one(StatusLine).text


def progress(ui: Driver) -> str:
    return str(ui.app.screen.query_one(SyncProgress).content)


def wait(cancelled: Callable[[], bool]) -> None:
    while not cancelled():
        pass


async def until(ui: Driver, holds: Callable[[], object]) -> None:
    """Wait until something holds."""
    while not holds():
        await ui.pilot.pause(0.001)
