"""Conflicts: the list, one of them field by field, rows that wait whole, all at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from localstore import ids
from localstore.errors import NotFound
from localstore.store import Store
from localstore.values import to_json
from sync.conflicts import count, note
from sync.shapes import Conflict, Key, Kind
from tests.tui.pilot import SMALL, Driver, driving
from tests.tui.test_hostile_text import HOSTILE, clean
from tui.screens.sync.conflict import SyncConflict
from tui.screens.sync.conflicts import SyncConflicts
from tui.screens.sync.own_value import OwnValue
from tui.screens.sync.row import SyncRow
from tui.screens.sync.sync import SyncScreen
from tui.widgets.bottom_lines import StatusLine
from tui.widgets.reading.reader import Reader
from tui.widgets.sync.choices import How

GONE = "0193a2b4-0000-7000-8000-00000000000b"
BASE = "# Plan\n\nRead the paper\nsome line\nthe end\n"
MINE = "# Plan\n\nRead that paper\nsome line\nmy end\n"
THEIRS = "# Plan\n\nRead two papers\nsome line\ntheir end\n"


@pytest.fixture
def item(store: Store) -> str:
    """An item whose title, description and metadata both sides changed; theirs is live."""
    live: dict[str, Any] = {"title": "Theirs", "description": "They say", "meta_data": {"lang": "de", "by": "ada"}}
    item = store.items.add(**live, type="note", text=THEIRS)
    mine = {"title": "Mine", "description": "I say", "meta_data": to_json({"lang": "fr", "by": "ada"})}
    base = {"title": "Base", "description": None, "meta_data": to_json({"lang": "en"})}
    waits(store, "items", item.id, Kind.COLUMNS, base, mine, live | {"meta_data": to_json(live["meta_data"])})
    return str(item.id)


@pytest.fixture
def content(store: Store) -> str:
    """A text whose lines both sides changed; theirs is live."""
    item = store.items.add("Plan", text=THEIRS)
    pk = next(each.id for each in store.contents.all() if each.item_id == item.id)
    waits(store, "contents", pk, Kind.COLUMNS, {"text": BASE}, {"text": MINE}, {"text": THEIRS})
    return str(pk)


def waits(store: Store, tbl: str, pk: str, kind: Kind, base: Any, ours: Any, theirs: Any, reason: str = "why") -> None:
    """Let a conflict wait."""
    with store.database.writing() as connection:
        note(connection, [Conflict(Key(tbl, pk), kind, base, ours, theirs, reason)])


def one(ui: Driver) -> SyncConflict:
    found = ui.app.screen
    assert isinstance(found, SyncConflict)
    return found


def versions(ui: Driver) -> str:
    return ui.app.screen.query_one(Reader).plain_text


def status(ui: Driver) -> str:
    return ui.app.screen.query_one(StatusLine).text


def labels(ui: Driver) -> list[str]:
    return [part.label for part in one(ui).choices.parts]


# -- the list -----------------------------------------------------------------------------------------------


async def test_c_lists_what_waits_and_enter_opens_it_and_esc_goes_back(store: Store, path: Path, item: str) -> None:
    async with driving(path, size=SMALL) as ui:
        await ui.press("6", "c")
        assert isinstance(ui.app.screen, SyncConflicts)
        assert "⚑ two values    item 'Theirs'" in ui.picture()
        await ui.press("enter")
        assert labels(ui) == ["title", "description", "meta_data.lang"]
        await ui.press("escape", "escape")
        assert isinstance(ui.app.screen, SyncScreen)


async def test_without_conflicts_c_says_so(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("6", "c")
        assert ui.toasts == ["No conflicts: nothing waits for you."]


async def test_ten_thousand_are_read_in_blocks_and_the_last_is_one_key_away(store: Store, path: Path) -> None:
    many(store, 10_000)
    async with driving(path) as ui:
        await ui.press("6", "c")
        table = ui.app.screen.query_one("#conflicts")
        assert "1 / 10,000 conflicts" in status(ui)
        await ui.press("G")
        assert "10,000 / 10,000 conflicts" in status(ui)
        assert "tag 'tag 0'" in ui.picture()
        assert len(table.blocks.pages) < 10  # type: ignore[attr-defined]


async def test_all_are_resolved_at_once_after_a_question_that_counts_them(store: Store, path: Path, item: str) -> None:
    async with driving(path) as ui:
        await ui.press("6", "c", "M")
        assert ui.static("#question") == "Take mine in all 1 conflict?"
        await ui.press("enter")
        assert count(store) == 1
        await ui.press("M", "y")
        assert ui.toasts[-1] == "Resolved 1 conflict."
        assert "No conflicts" in ui.picture()
    assert store.items.get(item).title == "Mine"


async def test_marked_ones_alone_are_resolved(store: Store, path: Path, item: str, content: str) -> None:
    async with driving(path) as ui:
        await ui.press("6", "c", "space", "T")
        assert ui.static("#question") == "Take theirs in the 1 marked conflict?"
        await ui.press("y")
        assert count(store) == 1
        assert "item 'Theirs'" in ui.picture()


# -- field by field -----------------------------------------------------------------------------------------


async def test_each_field_shows_base_mine_theirs_and_nothing_is_applied_before_all_are_chosen(
    store: Store, path: Path, item: str
) -> None:
    async with driving(path) as ui:
        await ui.press("6", "c", "enter")
        assert "BASE, as both had it" in versions(ui)
        assert "Mine" in versions(ui)
        assert "RESULT  not chosen yet" in versions(ui)
        await ui.press("m", "y")
        assert ui.toasts[-1] == "2 of 3 still to choose."
        assert store.items.get(item).title == "Theirs"
        await ui.press("t")
        assert "2 / 3 chosen" in status(ui)
        await ui.press("m")
        assert "y applies" in status(ui)
        await ui.press("y")
        assert isinstance(ui.app.screen, SyncConflicts)
        assert "No conflicts" in ui.picture()
        found = store.items.get(item)
        assert (found.title, found.description) == ("Mine", "They say")
        assert found.meta_data == {"lang": "fr", "by": "ada"}


async def test_what_was_applied_is_an_ordinary_edit_that_u_takes_back(store: Store, path: Path, item: str) -> None:
    async with driving(path) as ui:
        await ui.press("6", "c", "enter", "m", "m", "m", "ctrl+s")
        assert store.items.get(item).title == "Mine"
        await ui.press("u")
        assert store.items.get(item).title == "Theirs"
        assert "Undone" in ui.toasts[-1]


async def test_a_text_is_chosen_piece_by_piece_and_its_other_lines_stay(store: Store, path: Path, content: str) -> None:
    async with driving(path) as ui:
        await ui.press("6", "c", "enter")
        assert labels(ui) == ["text 1/2", "text 2/2"]
        assert "Read that paper" in versions(ui)
        assert "my end" not in versions(ui)
        await ui.press("m", "b", "y")
    assert store.contents.get(content).text == "# Plan\n\nRead that paper\nsome line\ntheir end\nmy end\n"


async def test_e_writes_a_value_of_ones_own(store: Store, path: Path, item: str) -> None:
    async with driving(path) as ui:
        await ui.press("6", "c", "enter", "e")
        assert isinstance(ui.app.screen, OwnValue)
        await ui.write(" and mine")
        await ui.press("ctrl+s")
        assert "your own" in ui.picture()
        await ui.press("m", "e", "ctrl+u")
        await ui.write("no json")
        await ui.press("ctrl+s")
        assert "write JSON, a text in quotes" in ui.static("#said")
        await ui.press("ctrl+u")
        await ui.write('"it"')
        await ui.press("ctrl+s", "y")
    found = store.items.get(item)
    assert (found.title, found.meta_data["lang"]) == ("Theirs and mine", "it")


async def test_both_of_two_values_that_cannot_stand_together_is_refused_in_words(
    store: Store, path: Path, item: str
) -> None:
    async with driving(path) as ui:
        await ui.press("6", "c", "enter", "G", "b")
        assert "only texts and lists can keep both" in ui.toasts[-1]
        assert one(ui).choices.open == 3


async def test_a_choice_is_taken_back_and_n_finds_the_next_without_one(store: Store, path: Path, item: str) -> None:
    async with driving(path) as ui:
        await ui.press("6", "c", "enter", "m", "m", "k", "backspace", "G", "n")
        assert one(ui).table.cursor == 1
        assert one(ui).choices.open == 2


async def test_choices_are_kept_while_the_person_looks_elsewhere(store: Store, path: Path, item: str) -> None:
    async with driving(path) as ui:
        await ui.press("6", "c", "enter", "m", "t", "escape", "1", "6", "c", "enter")
        assert [part.how for part in one(ui).choices.parts] == [How.MINE, How.THEIRS, None]


async def test_what_changed_meanwhile_is_not_overwritten_unseen(store: Store, path: Path, item: str) -> None:
    async with driving(path) as ui:
        await ui.press("6", "c", "enter", "m", "m", "m")
        ui.app.store.items.edit(item, title="Newer")
        await ui.press("y")
        assert "It was changed while you chose" in ui.toasts[-1]
        assert store.items.get(item).title == "Newer"
        assert "Newer" in versions(ui)
        assert one(ui).choices.open == 1
        await ui.press("m", "y")
        assert store.items.get(item).title == "Mine"


async def test_one_that_was_settled_elsewhere_closes_with_a_sentence(store: Store, path: Path, item: str) -> None:
    async with driving(path) as ui:
        await ui.press("6", "c", "enter")
        with ui.app.store.database.writing() as connection:
            connection.execute("UPDATE sync_conflict SET resolved_at = at, resolution = 'mine'")
        one(ui).reload()
        await ui.settle()
        assert "was settled" in ui.toasts[-1]
        assert isinstance(ui.app.screen, SyncConflicts)


@pytest.mark.parametrize("size", [SMALL, (60, 20)])
async def test_on_a_small_screen_parts_stand_above_their_versions(
    store: Store, path: Path, item: str, size: tuple[int, int]
) -> None:
    async with driving(path, size=size) as ui:
        await ui.press("6", "c", "enter")
        assert "to choose" in ui.picture()
        assert "THEIRS, live now" in ui.picture()
        await ui.press("m", "m", "m", "enter", "G")
        assert "✔ mine" in ui.picture()
        await ui.press("escape")
        assert one(ui).table.has_focus


async def test_a_secret_is_never_shown_and_never_written_here(store: Store, path: Path) -> None:
    with store.database.writing() as connection:
        connection.execute("UPDATE users SET hashed_password = 'live-hash'")
    base, mine, live = ({"hashed_password": f"{who}-hash"} for who in ("base", "mine", "live"))
    waits(store, "users", store.local_user_id, Kind.COLUMNS, base, mine, live)
    async with driving(path) as ui:
        await ui.press("6", "c", "enter")
        assert "hash)" not in ui.picture()
        assert "mine-hash" not in ui.picture()
        await ui.press("e")
        assert "not written here" in ui.toasts[-1]
        await ui.press("m", "y")
        assert count(store) == 0


# -- rows ---------------------------------------------------------------------------------------------------


def old_notes(store: Store) -> dict[str, Any]:
    stamp = "2025-01-01T00:00:00.000000Z"
    empty = {
        "owner_id": store.local_user_id,
        "organization_id": None,
        "type": "note",
        "description": None,
        "meta_data": "{}",
    }
    return {"id": GONE, "created_at": stamp, "updated_at": stamp, "title": "Old notes"} | empty


async def test_a_row_that_was_deleted_there_is_shown_whole_and_lives_again(store: Store, path: Path) -> None:
    waits(
        store, "items", GONE, Kind.DELETED_THERE, old_notes(store), old_notes(store) | {"description": "edited"}, None
    )
    async with driving(path, size=SMALL) as ui:
        await ui.press("6", "c", "enter")
        assert isinstance(ui.app.screen, SyncRow)
        assert "edited" in versions(ui)
        assert "it lives again with your edit" in ui.picture()
        await ui.press("m")
        assert "no way out of this one" in ui.toasts[-1]
        await ui.press("v")
        assert ui.toasts[-1].startswith("Revive: item 'Old notes'")
    assert store.items.get(GONE).description == "edited"


async def test_giving_up_an_edit_asks_first(store: Store, path: Path) -> None:
    waits(
        store, "items", GONE, Kind.DELETED_THERE, old_notes(store), old_notes(store) | {"description": "edited"}, None
    )
    async with driving(path) as ui:
        await ui.press("6", "c", "enter", "t")
        assert ui.static("#question") == "Give up?"
        await ui.press("enter")
        assert count(store) == 1
        await ui.press("j", "enter", "y")
        assert count(store) == 0
    with pytest.raises(NotFound):
        store.items.get(GONE)


async def test_a_refused_row_says_why_and_is_tried_again(store: Store, path: Path) -> None:
    tag = store.tags.add(name="mine")
    with store.database.writing() as connection:
        connection.execute("INSERT INTO sync_dirty (tbl, pk, held) VALUES ('tags', ?, 'refused')", (tag.id,))
    waits(store, "tags", tag.id, Kind.REFUSED, None, {"id": tag.id, "name": "mine"}, None, "ask an owner of lab")
    async with driving(path) as ui:
        await ui.press("6", "c", "enter")
        assert "ask an owner of lab" in versions(ui)
        await ui.press("enter")
        assert ui.toasts[-1].startswith("Try again")
    assert count(store) == 0


# -- hostile text -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
async def test_hostile_text_is_shown_safely_everywhere(store: Store, path: Path, text: str) -> None:
    item = store.items.add(f"T {text[:400]}", description=text, meta_data={text[:300]: [text]}, text=text)
    base, mine = {"title": "b", "description": "b"}, {"title": f"m {text[:400]}", "description": f"m {text}"}
    meta = {"meta_data": to_json({text[:300]: ["m", text]})}
    waits(store, "items", item.id, Kind.COLUMNS, base | {"meta_data": "{}"}, mine | meta, {}, text[:500])
    waits(store, "items", GONE, Kind.DELETED_THERE, None, old_notes(store) | {"title": f"o {text}"}, None, text[:500])
    async with driving(path) as ui:
        await ui.press("6", "c")
        assert clean(ui)
        await ui.press("enter")
        assert clean(ui)
        await ui.press("escape", "j", "enter", "m", "e")
        assert clean(ui)
        await ui.press("escape", "m", "m", "k")
        assert clean(ui)


def many(store: Store, number: int) -> None:
    """Let many conflicts wait."""
    sql = (
        "INSERT INTO sync_conflict (id, tbl, pk, kind, base, ours, theirs, reason, at)"
        " VALUES (?, 'tags', ?, 'refused', NULL, ?, NULL, 'no', ?)"
    )
    rows = [
        (ids.new_id(), ids.new_id(), to_json({"name": f"tag {at}"}), f"2025-01-01T00:00:00.{at:06}Z")
        for at in range(number)
    ]
    with store.database.writing() as connection:
        connection.executemany(sql, rows)
