"""The list of items, driven as a person drives it."""

from __future__ import annotations

from collections import deque
from pathlib import Path

import pytest

from localstore.filters import Filter
from localstore.records import ItemRecord
from localstore.store import Store
from tests.tui.pilot import SMALL, driving
from tui.screens.dialogs.delete import DeleteDialog
from tui.screens.dialogs.help import HelpScreen
from tui.screens.item.item import ItemScreen
from tui.screens.items.items import ItemsScreen
from tui.screens.items.sorting import SortChooser
from tui.screens.items.tag_prompt import read_tags
from tui.widgets.bottom_lines import StatusLine
from tui.widgets.items.item_view import ItemView


def status(screen: ItemsScreen) -> str:
    return screen.query_one(StatusLine).text


async def test_the_list_shows_newest_first_with_rail_status_and_detail(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        assert ui.titles == ["Reading list", "Retry with backoff", "Attention is all you need"]
        assert ui.items.rail.counts["types"] == {"code": 1, "note": 1, "paper": 1}
        assert ui.items.rail.counts["tags"] == {"nlp": 2, "todo": 1}
        assert status(ui.items).startswith("1 / 3   sort updated ↓   filter –   ✔ saved")
        assert "Read the paper" in ui.picture()


async def test_what_is_created_edited_tagged_and_deleted_can_be_undone_step_by_step(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("n")
        await ui.write("Idea")
        await ui.press("ctrl+s")
        assert ui.titles[0] == "Idea"
        await ui.press("e")
        await ui.write(" one")
        await ui.press("ctrl+s")
        assert ui.titles[0] == "Idea one"
        await ui.press("t")
        await ui.write("fresh")
        await ui.press("enter")
        assert ui.items.table.row.tags == ("fresh",)
        await ui.press("d", "y")
        assert "Idea one" not in ui.titles
        assert ui.toasts[-1] == "1 item in Trash · u undo"
        await ui.press("u")
        assert ui.titles[0] == "Idea one"
        await ui.press("u", "u", "u")
        assert len(ui.titles) == 3
        await ui.press("u")
        await ui.press("U")
    assert [row.title for row in store.items.rows().rows][-1] == "Attention is all you need"


async def test_undo_at_the_end_of_the_log_is_a_sentence(path: Path) -> None:
    Store.open(path).close()
    with Store.open(path) as store:
        store.items.add("One")
        store.undo()
        store.items.add("Two")
        store.undo()
        store.redo()
    async with driving(path) as ui:
        await ui.press("u", "u")
        assert ui.toasts[-1] == "There is nothing to undo."


async def test_enter_does_not_confirm_a_deletion(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("d")
        assert isinstance(ui.app.screen, DeleteDialog)
        assert ui.app.screen.focused is not None
        assert ui.app.screen.focused.id == "cancel"
        await ui.press("enter")
        assert ui.titles == ["Reading list", "Retry with backoff", "Attention is all you need"]
    assert store.items.count() == 3


async def test_the_preview_counts_what_goes_and_what_is_kept(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("space", "space", "d")
        assert ui.static("#question") == "Delete “Reading list” and 1 more?"
        words = ui.static("#text").split("\n")
        assert [line.split()[:2] for line in words] == [
            ["2", "items"], ["2", "contents"], ["2", "tag"], ["2", "events"],
        ]  # fmt: skip
        await ui.press("y")
        assert ui.toasts[-1] == "2 items in Trash · u undo"
        assert ui.titles == ["Attention is all you need"]
        assert not ui.items.table.marks
        await ui.press("u")
        assert len(ui.titles) == 3


async def test_after_a_deletion_and_its_undoing_the_cursor_keeps_its_place(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("j", "d", "y")
        assert (ui.items.table.cursor, ui.items.table.row.title) == (1, "Attention is all you need")
        await ui.press("u")
        assert ui.items.table.row.title == "Attention is all you need"


async def test_all_in_the_filter_but_one_can_be_deleted(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("*", "j", "space")
        assert "2 marked" in status(ui.items)
        await ui.press("d", "y")
        assert ui.titles == ["Retry with backoff"]
    assert store.items.count() == 1


async def test_an_edited_row_stays_under_the_cursor_until_the_list_is_read_again(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("G", "e")
        await ui.write("!")
        await ui.press("ctrl+s")
        assert ui.titles[2] == "Attention is all you need!"
        assert ui.items.table.cursor == 2
        assert "order changed · r" in status(ui.items)
        await ui.press("r")
        assert ui.titles[0] == "Attention is all you need!"
        assert ui.items.table.cursor == 0
        assert "order changed" not in status(ui.items)


async def test_what_another_process_wrote_shows_only_when_asked_for(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        ui.app._poll()
        await ui.settle()
        store.items.add("From elsewhere")
        ui.app._poll()
        await ui.settle()
        assert "list changed · r" in status(ui.items)
        assert len(ui.titles) == 3
        await ui.press("r")
        assert ui.titles[0] == "From elsewhere"
        assert ui.items.table.row.title == "Reading list"


async def test_s_asks_for_a_column_and_a_way(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("s")
        assert "latest change first" in ui.picture()
        await ui.press("left", "enter")
        assert "sort updated ↑" in status(ui.items)
        assert ui.titles[0] == "Attention is all you need"
        await ui.press("s", "down", "down", "enter")
        assert "sort title ↑" in status(ui.items)
        assert ui.titles == ["Attention is all you need", "Reading list", "Retry with backoff"]
        await ui.press("s", "escape")
        assert ui.items.sort == "title"


async def test_a_click_on_a_heading_sorts_by_it_and_again_the_other_way(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        at = ui.picture().split("\n")[1].index("title") - ui.items.table.region.x
        await ui.pilot.click("#items", offset=(at, 0))
        await ui.settle()
        assert ui.titles == ["Attention is all you need", "Reading list", "Retry with backoff"]
        assert "title↑" in ui.picture()
        await ui.pilot.click("#items", offset=(at, 0))
        await ui.settle()
        assert ui.titles[0] == "Retry with backoff"
        assert "title↓" in ui.picture()


@pytest.mark.parametrize(
    ("sort", "titles"),
    [
        ("-tags", ["Reading list", "Attention is all you need", "Retry with backoff"]),
        ("created", ["Attention is all you need", "Retry with backoff", "Reading list"]),
        ("-vectors", ["Reading list", "Retry with backoff", "Attention is all you need"]),
        ("type", ["Retry with backoff", "Reading list", "Attention is all you need"]),
    ],
)
async def test_every_listed_column_can_be_sorted_by(store: Store, path: Path, sort: str, titles: list[str]) -> None:
    store.preferences.set("ui", {"sort": sort})
    async with driving(path) as ui:
        assert ui.items.sort == sort
        assert ui.titles == titles


async def test_refreshing_keeps_the_cursor_on_an_item_that_hundreds_of_new_ones_pushed_away(path: Path) -> None:
    with Store.open(path) as store:
        store.items.add("Followed")
        async with driving(path) as ui:
            records = (ItemRecord(title=f"New {number}") for number in range(4_000))
            with store.bulk() as bulk:
                deque(map(bulk.put, records), maxlen=0)
            await ui.press("r")
            assert ui.items.table.cursor == 4_000
            assert ui.items.table.row.title == "Followed"


async def test_a_type_in_the_rail_filters_and_no_longer_filters(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        ui.items.rail.focus()
        await ui.press("enter")
        assert ui.items.find_line.value == "type:code"
        assert ui.titles == ["Retry with backoff"]
        await ui.press("enter")
        assert ui.items.find_line.value == ""
        assert len(ui.titles) == 3


async def test_a_search_is_saved_chosen_and_forgotten(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("/")
        await ui.write("#nlp")
        await ui.press("ctrl+s")
        await ui.write("language")
        await ui.press("enter")
        assert store.saved_searches.all()[0][::2] == ("language", "#nlp")
        await ui.press("escape", "escape")
        assert ui.items.find_line.value == ""
        ui.items.rail.focus()
        await ui.press("home", "j", "j", "j", "enter")
        assert ui.items.find_line.value == "#nlp"
        await ui.press("d")
        assert store.saved_searches.all() == []
    assert store.items.count() == 3


async def test_at_80_by_24_only_the_list_is_there_and_enter_opens_the_item(store: Store, path: Path) -> None:
    async with driving(path, size=SMALL) as ui:
        assert not ui.items.rail.display
        assert not ui.items.detail.display
        await ui.press("j", "enter")
        assert isinstance(ui.app.screen, ItemScreen)
        assert "def retry(): ..." in ui.picture()
        await ui.press("right")
        assert '"' not in ui.static("#head")
        assert "ada@example.org" in ui.picture()
        await ui.press("escape")
        assert ui.items.table.cursor == 1


async def test_the_layout_follows_the_size_while_it_runs(store: Store, path: Path) -> None:
    async with driving(path, size=SMALL) as ui:
        await ui.pilot.resize_terminal(120, 40)
        await ui.settle()
        assert ui.items.detail.display
        view = ui.items.detail.view
        assert isinstance(view, ItemView)
        assert view.row.title == "Reading list"
        await ui.pilot.resize_terminal(60, 20)
        await ui.settle()
        assert not ui.items.rail.display
        assert "Reading list" in ui.picture()


async def test_the_rail_shows_and_hides_at_any_width(store: Store, path: Path) -> None:
    async with driving(path, size=SMALL) as ui:
        await ui.press("f")
        assert ui.items.rail.has_focus
        await ui.press("f")
        assert not ui.items.rail.display
        assert ui.items.table.has_focus


async def test_filter_sort_and_row_come_back_with_the_next_start(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("/")
        await ui.write("#nlp")
        await ui.press("enter", "j", "q")
    async with driving(path) as ui:
        assert ui.items.find_line.value == "#nlp"
        assert ui.items.table.row.title == "Attention is all you need"


async def test_help_shows_the_keys_of_the_place_with_the_focus(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("?")
        assert isinstance(ui.app.screen, HelpScreen)
        assert "Delete, after a preview" in ui.picture()
        await ui.press("escape")
        ui.items.rail.focus()
        await ui.press("?")
        assert "Forget this saved search" in ui.picture()
        assert "Delete, after a preview" not in ui.picture()


async def test_the_palette_does_what_a_key_does(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.pilot.press("ctrl+p")
        await ui.settle()
        await ui.write("hide the facets")
        await ui.press("enter", "enter")
        assert not ui.items.rail.display


async def test_the_colours_chosen_in_the_palette_come_back(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        ui.app.use_theme("localstore-light")
        ui.items.remember()
        await ui.settle()
    async with driving(path) as ui:
        assert ui.app.theme == "localstore-light"


async def test_a_theme_that_is_black_on_black_without_colour_is_not_taken(
    store: Store, path: Path, monkeypatch: object
) -> None:
    store.preferences.set("ui", {"theme": "textual-ansi"})
    async with driving(path) as ui:
        assert ui.app.theme == "localstore"


async def test_the_id_is_copied_with_a_word_on_how(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("y")
        assert ui.app.clipboard == ui.items.table.key
        assert "OSC 52" in ui.toasts[-1]
        await ui.press("Y")
        assert ui.app.clipboard == "Reading list"


@pytest.mark.parametrize(
    ("line", "add", "remove"),
    [
        ("todo  nlp -draft", ["todo", "nlp"], ["draft"]),
        ('"to read" -"not now"', ["to read"], ["not now"]),
        ("to read, #bakery,, -not now", ["to read", "bakery"], ["not now"]),
    ],
)
def test_tags_are_parted_by_blanks_or_by_commas_and_quotes_hold(line: str, add: list[str], remove: list[str]) -> None:
    assert read_tags(line) == (add, remove)


async def test_an_unknown_tag_to_take_off_is_a_sentence_and_changes_nothing(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("t")
        await ui.write("new -unknwon")
        await ui.press("enter")
        assert ui.toasts[-1] == "There is no tag 'unknwon': see 'localstore tags list'."
    assert store.items.rows(Filter(tags=("new",))).rows == []


async def test_the_first_text_is_edited_in_the_editor(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        ui.app.edit_text = lambda text, suffix: text + ", twice"
        await ui.press("o")
        assert ui.toasts[-1] == "Saved the text (user) · u undo"
        assert store.items.get(ui.items.table.key or "").contents.first().text == "Read the paper, twice"  # type: ignore[union-attr]
        ui.app.edit_text = lambda text, suffix: None
        await ui.press("o")
        assert ui.toasts[-1] == "The text is as it was."


async def test_the_editor_opens_once_for_one_key(store: Store, path: Path) -> None:
    opened: list[str] = []
    async with driving(path) as ui:
        ui.app.edit_text = lambda text, suffix: opened.append(text)
        await ui.press("o")
        assert opened == ["Read the paper"]


async def test_a_store_open_for_reading_refuses_with_a_sentence(store: Store, path: Path) -> None:
    async with driving(path, read_only=True) as ui:
        assert "read only" in status(ui.items)
        await ui.press("n")
        assert isinstance(ui.app.screen, ItemsScreen)
        assert "reading only" in ui.toasts[-1]
        await ui.press("d")
        assert "reading only" in ui.toasts[-1]
    assert store.items.count() == 3


async def test_a_click_moves_the_cursor_and_the_footer_does_what_its_key_does(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.pilot.click("#items", offset=(10, 3))
        await ui.settle()
        assert ui.items.table.row.title == "Attention is all you need"
        await ui.pilot.click("#footer", offset=(ui.picture().split("\n")[-1].index("Sort"), 0))
        await ui.settle()
        assert isinstance(ui.app.screen, SortChooser)
