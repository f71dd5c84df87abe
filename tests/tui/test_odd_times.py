"""Times at the ends of the calendar, and what is no time: shown as they can be, on every clock."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from localstore import times
from localstore.errors import InvalidValue
from localstore.store import Store
from tests.tui.pilot import driving
from tui.cli import output
from tui.syncing import when
from tui.widgets.items.item_table import day, moment

FIRST, LAST = "0001-01-01T00:00:00.000000Z", "9999-12-31T23:59:59.999999Z"


@pytest.fixture(params=["America/New_York", "Europe/Berlin", "Pacific/Apia"])
def clock(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    day.cache_clear()
    yield request.param
    monkeypatch.undo()
    time.tzset()
    day.cache_clear()


@pytest.mark.parametrize("stamp", [FIRST, LAST])
def test_a_time_at_the_end_of_the_calendar_is_told(clock: str, stamp: str) -> None:
    assert day(stamp)[:4] == moment(stamp)[:4] == when(stamp)[:4] == output.moment(stamp)[:4] == stamp[:4]
    assert str(output.exact(stamp))[:4] == stamp[:4]


def test_what_has_no_local_time_is_told_in_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    told = (times.local_minute(FIRST), output.exact(FIRST))
    monkeypatch.undo()
    time.tzset()
    assert told == ("0001-01-01 00:00", "0001-01-01 00:00:00 +0000")


def test_what_is_no_time_is_shown_as_it_is_stored() -> None:
    assert (times.local_day("soon"), times.local_minute("soon")) == ("soon", "soon")


@pytest.mark.parametrize("typed", ["0001-01-01", "9999-12-31T23:59:59"])
def test_a_typed_day_that_is_on_no_clock_is_refused_or_told(clock: str, typed: str) -> None:
    try:
        found = times.since(typed)
    except InvalidValue as error:
        assert typed in str(error)
    else:
        assert found[:4] in (typed[:4], "0001", "9999")


async def test_lists_show_items_events_and_keys_of_such_times(store: Store, path: Path, clock: str) -> None:
    store.api_keys.new(expires_at=datetime.max.replace(tzinfo=UTC))
    with store.database.writing() as connection:
        connection.execute(f"UPDATE items SET created_at = '{FIRST}', updated_at = '{LAST}' WHERE title LIKE 'R%'")
        connection.execute(f"UPDATE events SET created_at = '{FIRST}'")
    async with driving(path) as ui:
        assert len(ui.titles) == 3
        await ui.press("s", "c", "enter", "escape", "enter", "escape", "7", "enter", "escape")
        await ui.press("8")
        ui.app.screen.use("api_keys")  # type: ignore[attr-defined]
        await ui.settle()
        assert "9999" in ui.picture()
        assert ui.app.failure is None
