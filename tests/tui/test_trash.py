"""The trash: what was deleted, what is inside, bringing it back, forgetting it for good."""

from __future__ import annotations

from pathlib import Path

from localstore.deeds import row_deeds, undo
from localstore.deeds.deletions import deletions
from localstore.store import Store
from tests.tui.pilot import SMALL, Driver, driving
from tui.screens.items.items import ItemsScreen
from tui.screens.work.trash import TrashScreen
from tui.widgets.reading.reader import Reader


async def visit(ui: Driver) -> TrashScreen:
    ui.app.action_visit(10)
    await ui.settle()
    assert isinstance(ui.app.screen, TrashScreen)
    return ui.app.screen


async def test_an_empty_trash_says_what_belongs_there(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await visit(ui)
        assert "The trash is empty" in ui.picture()
        await ui.press("E", "b", "escape")
        assert isinstance(ui.app.screen, ItemsScreen)


async def test_deletions_stand_there_newest_first_with_what_they_hold_and_their_size(store: Store, path: Path) -> None:
    store.items.delete("Retry with backoff")
    store.items.delete("Reading list")
    async with driving(path) as ui:
        screen = await visit(ui)
        first, second = ui.picture().split("\n")[1:3]
        assert "item 'Reading list'" in first
        assert "1 item, 1 content, 2 tag links" in first
        assert "item 'Retry with backoff'" in second
        assert " B" in second
        assert screen.table.row.label == "delete item 'Reading list'"


async def test_enter_shows_what_is_inside_and_y_brings_it_back(store: Store, path: Path) -> None:
    store.items.delete("Reading list")
    async with driving(path) as ui:
        await visit(ui)
        await ui.press("enter")
        text = ui.app.screen.query_one(Reader).plain_text
        assert "Reading list" in text
        assert "Read the paper" in text
        await ui.press("enter")
        assert store.items.count() == 2
        await ui.press("enter", "y")
        assert ui.toasts[-1] == "Brought back 1 item, 1 content, 2 tag links · u undo"
        assert store.items.count() == 3
        assert "The trash is empty" in ui.picture()
        await ui.press("u")
        assert store.items.count() == 2


async def test_marked_deletions_come_back_together_the_newest_first(store: Store, path: Path) -> None:
    item = store.items.get("Reading list")
    content = store.contents.all({"item_id": item.id})[0]
    store.contents.delete(content.id)
    store.items.delete(item.id)
    async with driving(path) as ui:
        await visit(ui)
        await ui.press("*", "b")
        assert store.items.count() == 3
        assert store.contents.get(content.id).text == "Read the paper"
        await ui.press("u")
        assert store.trash.count() == 2


async def test_a_restoration_that_cannot_be_says_why(store: Store, path: Path) -> None:
    store.organizations.add("Lab", slug="lab")
    store.organizations.delete("lab")
    store.organizations.add("Another", slug="lab")
    async with driving(path) as ui:
        await visit(ui)
        await ui.press("b")
        assert ui.toasts[-1] == "an organization with slug 'lab' is there again: delete or rename that one first"
        assert store.trash.count() == 1


async def test_a_part_whose_item_is_gone_waits_for_it(store: Store, path: Path) -> None:
    item = store.items.get("Reading list")
    store.contents.delete(store.contents.all({"item_id": item.id})[0].id)
    store.items.delete(item.id)
    async with driving(path) as ui:
        await visit(ui)
        await ui.press("j", "b")
        assert "it belongs to was deleted: restore that first" in ui.toasts[-1]


async def test_emptying_asks_with_counts_and_is_for_good(store: Store, path: Path) -> None:
    store.items.delete("Retry with backoff")
    store.items.delete("Reading list")
    async with driving(path) as ui:
        await visit(ui)
        await ui.press("E", "enter")
        assert ui.static("#question") == "Forget 2 deletions for good?"
        assert ui.static("#text").startswith("2 items, 2 contents, 2 tag links")
        await ui.press("enter")
        assert store.trash.count() == 2
        await ui.press("E", "enter", "y")
        assert store.trash.count() == 0
        assert ui.toasts[-1] == "Forgot 2 deletions. They are gone for good."
        assert "The trash is empty" in ui.picture()


async def test_only_what_is_old_can_be_forgotten(store: Store, path: Path) -> None:
    store.items.delete("Retry with backoff")
    with store.database.writing() as connection:
        connection.execute("UPDATE trash SET deleted_at = '2020-01-01T00:00:00.000000Z'")
    store.items.delete("Reading list")
    async with driving(path) as ui:
        await visit(ui)
        await ui.press("E", "j", "down", "enter")
        assert ui.static("#question") == "Forget 1 deletion for good?"
        await ui.press("y")
        assert [each.label for each in store.trash.entries()] == ["delete item 'Reading list'"]


async def test_a_deletion_in_parts_is_one_line_and_comes_back_as_one(store: Store, path: Path) -> None:
    keys = [row.id for row in store.items.rows().rows]
    row_deeds.delete(store, "items", keys, lambda _done, _total: None)
    async with driving(path, size=SMALL) as ui:
        screen = await visit(ui)
        assert screen.table.blocks.length == 1
        await ui.press("b")
        assert store.items.count() == 3


async def test_hostile_text_in_the_trash_is_shown_as_it_is(store: Store, path: Path) -> None:
    store.items.add("[/red]\u202e\x1b[31m evil", text="[b]x")
    store.items.delete("[/red]\u202e\x1b[31m evil")
    async with driving(path) as ui:
        await visit(ui)
        assert "[/red]" in ui.picture()
        await ui.press("enter")
        assert "\x1b" not in ui.picture()


async def test_a_deletion_that_still_runs_is_neither_brought_back_nor_forgotten(store: Store, path: Path) -> None:
    store.items.delete("Reading list")
    running = deletions(store)[0].deleted_at
    undo.RUNNING.add(running)
    try:
        async with driving(path) as ui:
            await visit(ui)
            await ui.press("b")
            assert ui.toasts[-1].startswith("This deletion still runs")
            await ui.press("E")
            assert isinstance(ui.app.screen, TrashScreen)
    finally:
        undo.RUNNING.discard(running)
    assert store.trash.count() == 1


async def test_what_is_deleted_after_the_question_is_not_forgotten(store: Store, path: Path) -> None:
    store.items.delete("Retry with backoff")
    async with driving(path) as ui:
        await visit(ui)
        await ui.press("E", "enter")
        assert ui.static("#question") == "Forget 1 deletion for good?"
        store.items.delete("Reading list")
        await ui.press("y")
        assert ui.toasts[-1] == "Forgot 1 deletion. They are gone for good."
        assert [each.label for each in store.trash.entries()] == ["delete item 'Reading list'"]
        store.trash.restore("@last")


async def test_what_was_brought_back_after_the_question_is_not_counted(store: Store, path: Path) -> None:
    store.items.delete("Retry with backoff")
    store.items.delete("Reading list")
    async with driving(path) as ui:
        await visit(ui)
        await ui.press("E", "enter")
        store.trash.restore("@last")
        await ui.press("y")
        assert ui.toasts[-1] == "Forgot 1 deletion. They are gone for good."
        assert (store.trash.count(), store.items.count()) == (0, 2)
