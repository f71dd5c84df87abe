"""The list of events: filtered, counted by type, noted by hand, deleted, forgotten."""

from __future__ import annotations

from pathlib import Path

import pytest

from localstore import events as noted
from localstore.store import Store
from tests.tui.pilot import SMALL, Driver, driving
from tests.tui.test_hostile_text import BIDI, EMOJI, ESCAPE, LINES, MARKUP, ZALGO, clean
from tui.screens.forms.conflict import ThreeVersions
from tui.screens.item.item import ItemScreen
from tui.screens.nouns.events import EventsScreen
from tui.screens.records.form import RecordForm
from tui.widgets.bottom_lines import StatusLine
from tui.widgets.editor import Editor

HOSTILE = f"{MARKUP} {ESCAPE} {BIDI} {LINES} {EMOJI} {ZALGO}"


def screen(ui: Driver) -> EventsScreen:
    return next(each for each in ui.app.screen_stack if isinstance(each, EventsScreen))


def types(ui: Driver) -> list[str]:
    blocks = screen(ui).table.blocks
    return [row.event_type for index in range(blocks.length) if (row := blocks.row(index)) is not None]


def status(ui: Driver) -> str:
    return screen(ui).query_one(StatusLine).text


def say(store: Store, kind: str, **payload: object) -> str:
    return str(store.events.add(event_type=kind, payload=payload, actor_id=store.local_user_id).id)


@pytest.fixture
def quiet(store: Store) -> Store:
    """The store with three events and none of its own."""
    store.settings.set("events.enabled", False)
    with store.database.writing() as connection:
        connection.execute("DELETE FROM events")
    item = store.items.rows().rows[0].id
    say(store, "lab.opened", label="first")
    store.events.add(event_type="lab.visited", payload={"label": "with an item"}, item_id=item)
    say(store, "door.closed", key="third")
    return store


async def test_the_newest_comes_first_with_its_payload_beside(quiet: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("7")
        assert types(ui) == ["door.closed", "lab.visited", "lab.opened"]
        assert status(ui).startswith("1 / 3 events   newest first")
        assert '"key": "third"' in ui.picture()
        await ui.press("j")
        assert "Reading list" in ui.picture()


async def test_a_line_finds_by_type_person_item_and_words(quiet: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("7", "/")
        await ui.write("type:lab.*")
        assert types(ui) == ["lab.visited", "lab.opened"]
        await ui.write(" who:ada")
        assert types(ui) == ["lab.opened"]
        screen(ui).filter_line.put('item:"Reading list"')
        await ui.settle()
        assert types(ui) == ["lab.visited"]
        screen(ui).filter_line.put("THIRD until:2020-01-01")
        await ui.settle()
        assert types(ui) == []
        assert "Nothing found" in ui.picture()
        screen(ui).filter_line.put("THIRD since:1h")
        await ui.settle()
        assert types(ui) == ["door.closed"]


async def test_what_is_wrong_with_a_line_stands_under_its_place(quiet: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("7", "/")
        await ui.write("one tpye:x")
        assert ui.static("#wrong").startswith("    ^\ncharacter 5: unknown field 'tpye': did you mean 'type'?")
        screen(ui).filter_line.put("one who:bob")
        await ui.settle()
        assert "character 5: there is no user 'bob'" in ui.static("#wrong")


async def test_types_are_counted_and_filter(quiet: Store, path: Path) -> None:
    say(quiet, "door.closed")
    async with driving(path) as ui:
        await ui.press("7", "f")
        assert "door.closed" in ui.picture()
        assert screen(ui).counts == {"door.closed": 2, "lab.opened": 1, "lab.visited": 1}
        await ui.press("enter")
        assert types(ui) == ["door.closed"] * 2
        await ui.press("enter", "f")
        assert len(types(ui)) == 4
        assert screen(ui).table.has_focus


async def test_enter_shows_all_of_it_on_a_small_screen_and_o_its_item(quiet: Store, path: Path) -> None:
    async with driving(path, size=SMALL) as ui:
        await ui.press("7", "j", "enter")
        assert '"label": "with an item"' in ui.picture()
        await ui.press("o")
        assert isinstance(ui.app.screen, ItemScreen)
        await ui.press("escape", "escape")
        assert screen(ui).table.has_focus
        assert screen(ui).table.row.event_type == "lab.visited"


async def test_an_event_is_noted_by_hand_once_its_payload_is_json(quiet: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("7", "n")
        await ui.write("paper.read")
        ui.app.screen.query_one(Editor).focus()
        await ui.press("right")
        await ui.write('"pages"')
        await ui.press("ctrl+s")
        assert "expecting ':'" in ui.toasts[-1]
        assert isinstance(ui.app.screen, RecordForm)
        await ui.write(": 9")
        await ui.press("ctrl+s")
        assert types(ui)[0] == "paper.read"
        assert "Saved the event" in ui.toasts[-1]
        await ui.press("u")
        assert len(types(ui)) == 3


async def test_an_event_that_is_left_unsaved_is_kept_as_a_draft(quiet: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("7", "e")
        await ui.write(".again")
        await ui.press("escape", "e")
        assert "Draft of" in ui.picture()
        await ui.press("ctrl+s")
        assert types(ui)[0] == "door.closed.again"


async def test_two_who_change_an_event_see_both_versions(quiet: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("7", "e")
        await ui.write(".mine")
        quiet.events.edit(str(screen(ui).table.row.id), event_type="door.theirs")
        await ui.press("ctrl+s")
        assert isinstance(ui.app.screen, ThreeVersions)
        await ui.press("m", "y")
        assert types(ui)[0] == "door.closed.mine"


async def test_events_are_deleted_after_a_preview_and_come_back(quiet: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("7", "*", "d")
        assert ui.static("#question") == "Delete 3 events?"
        await ui.press("y")
        assert types(ui) == []
        assert ui.toasts[-1] == "3 events in Trash · u undo"
        await ui.press("u")
        assert len(types(ui)) == 3


async def test_old_events_are_forgotten_only_after_a_count_and_a_yes(quiet: Store, path: Path) -> None:
    with quiet.database.writing() as connection:
        connection.execute("UPDATE events SET created_at = '2020-01-01T00:00:00.000000Z' WHERE event_type LIKE 'lab%'")
    async with driving(path) as ui:
        await ui.press("7", "P", "enter")
        assert "2 of 3 events go" in ui.static("#text")
        await ui.press("enter")
        assert len(types(ui)) == 3
        await ui.press("P", "enter", "y")
        assert types(ui) == ["door.closed"]
        assert "Forgot 2 events" in ui.toasts[-1]
        await ui.press("P", "enter")
        assert "nothing to forget" in ui.toasts[-1]


async def test_what_another_process_noted_shows_only_when_asked_for(quiet: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("7", "j")
        screen(ui).changed_elsewhere()
        say(quiet, "from.elsewhere")
        await ui.settle()
        assert "list changed · r" in status(ui)
        assert len(types(ui)) == 3
        await ui.press("r")
        assert types(ui)[0] == "from.elsewhere"
        assert screen(ui).table.row.event_type == "lab.visited"


async def test_a_great_many_are_listed_by_their_ids(quiet: Store, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(noted, "SORTED", 2)
    async with driving(path) as ui:
        await ui.press("7")
        assert types(ui) == ["door.closed", "lab.visited", "lab.opened"]
        assert "newest first, by id" in status(ui)


async def test_reading_only_says_so(quiet: Store, path: Path) -> None:
    async with driving(path, read_only=True) as ui:
        await ui.press("7", "n", "e", "d", "P")
        assert isinstance(ui.app.screen, EventsScreen)
        assert ui.toasts[-1].startswith("The store is open for reading only")


async def test_types_and_payloads_that_attack_the_screen_are_shown_safely(quiet: Store, path: Path) -> None:
    text = HOSTILE
    say(quiet, text[:500], **{text[:200]: [text]})
    async with driving(path) as ui:
        await ui.press("7", "f")
        assert clean(ui)
        await ui.press("f", "enter")
        assert clean(ui)
        await ui.press("e")
        assert clean(ui)
        await ui.press("escape", "d")
        assert clean(ui)
        assert not [said for said in ui.toasts if "went wrong" in said]
