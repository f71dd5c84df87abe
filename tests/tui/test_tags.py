"""The list of tags: made, renamed, coloured, merged, deleted; and the items behind one."""

from __future__ import annotations

from pathlib import Path

from localstore.lists import tag_list
from localstore.models import Tag
from localstore.store import Store
from tests.tui.pilot import SMALL, Driver, driving
from tests.tui.test_hostile_text import BIDI, EMOJI, ESCAPE, LINES, MARKUP, ZALGO, clean
from tui.screens.items.items import ItemsScreen
from tui.screens.nouns.tags import TagsScreen
from tui.widgets.bottom_lines import StatusLine

HOSTILE = f"{MARKUP} {ESCAPE} {BIDI} {LINES} {EMOJI} {ZALGO}"


def screen(ui: Driver) -> TagsScreen:
    return next(each for each in ui.app.screen_stack if isinstance(each, TagsScreen))


def shown(ui: Driver) -> list[tuple[str, int]]:
    blocks = screen(ui).table.blocks
    return [(row.name, row.items) for index in range(blocks.length) if (row := blocks.row(index)) is not None]


def status(ui: Driver) -> str:
    return screen(ui).query_one(StatusLine).text


def double(store: Store, name: str) -> str:
    """Make a tag of a name that is there already, as another program may."""
    with store.action("made", "make a double") as action:
        return str(action.insert(Tag, {"name": name})["id"])


async def test_all_tags_are_listed_with_their_items(store: Store, path: Path) -> None:
    store.tags.add("idle", "#e5484d")
    async with driving(path) as ui:
        await ui.press("5")
        assert shown(ui) == [("idle", 0), ("nlp", 2), ("todo", 1)]
        assert "■ red" in ui.picture()
        assert "○ unused" in ui.picture()
        assert "Reading list" not in ui.picture()
        await ui.press("j")
        assert "Reading list" in ui.picture()


async def test_a_store_without_tags_says_what_belongs_there(path: Path) -> None:
    with Store.open(path) as store:
        store.items.add("One")
    async with driving(path, size=SMALL) as ui:
        await ui.press("5")
        assert "No tags yet" in ui.picture()
        assert "n makes one" in ui.picture()


async def test_a_tag_is_made_renamed_and_both_are_undone(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("5", "n")
        await ui.write("later")
        await ui.press("enter")
        assert ui.toasts[-1] == "Added #later · u undo"
        assert screen(ui).table.row.name == "later"
        await ui.press("e")
        await ui.write("!")
        await ui.press("enter")
        assert ("later!", 0) in shown(ui)
        await ui.press("u", "u")
        assert shown(ui) == [("nlp", 2), ("todo", 1)]


async def test_a_name_that_is_taken_offers_to_merge(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("5", "j", "e")
        await ui.press(*["backspace"] * 4)
        await ui.write("NLP")
        await ui.press("enter")
        assert ui.static("#question") == "Merge #todo into #nlp?"
        assert ui.static("#text") == "1 link moves. 1 item of these carries #nlp already. #todo goes."
        await ui.press("enter")
        assert len(shown(ui)) == 2
        await ui.press("e", *["backspace"] * 4)
        await ui.write("NLP")
        await ui.press("enter", "y")
        assert shown(ui) == [("nlp", 2)]
        await ui.press("u")
        assert shown(ui) == [("nlp", 2), ("todo", 1)]


async def test_marked_tags_are_merged_into_a_chosen_one_as_one_action(store: Store, path: Path) -> None:
    store.items.tag(["later"], "Retry with backoff")
    async with driving(path) as ui:
        await ui.press("5", "space", "j", "space", "m")
        await ui.write("nlp")
        await ui.press("enter")
        assert ui.static("#question") == "Merge 2 tags into #nlp?"
        await ui.press("y")
        assert shown(ui) == [("nlp", 3)]
        assert "Merged 2 tags into #nlp" in ui.toasts[-1]
        await ui.press("u")
        assert shown(ui) == [("later", 1), ("nlp", 2), ("todo", 1)]


async def test_tags_of_one_name_are_marked_found_and_merged(store: Store, path: Path) -> None:
    double(store, "NLP")
    async with driving(path) as ui:
        await ui.press("5")
        assert "⚑ 2 alike" in ui.picture()
        await ui.press("/")
        await ui.write("is:double")
        await ui.press("enter")
        assert shown(ui) == [("nlp", 2), ("NLP", 0)]
        await ui.press("D")
        assert "1 name: #nlp" in ui.static("#text")
        await ui.press("y", "escape")
        assert shown(ui) == [("nlp", 2), ("todo", 1)]
    assert tag_list.doubles(tag_list.rows(store)) == []


async def test_without_doubles_there_is_nothing_to_ask(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("5", "D")
        assert isinstance(ui.app.screen, TagsScreen)
        assert ui.toasts[-1] == "No two tags have one name: there is nothing to merge."


async def test_a_colour_is_chosen_from_the_palette_or_written(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("5", "c", "home", "enter")
        assert store.tags.get("nlp").color == "#e5484d"
        assert ui.toasts[-1] == "#nlp is red now · u undo"
        await ui.press("c", "tab", *["backspace"] * 7)
        await ui.write("#f8")
        assert "✗" in ui.static("#said")
        await ui.press("enter")
        await ui.write("0")
        await ui.press("enter")
        assert store.tags.get("nlp").color == "#ff8800"
        await ui.press("u", "u")
        assert store.tags.get("nlp").color is None


async def test_a_deletion_is_previewed_and_the_items_stay(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("5", "d")
        assert ui.static("#question") == "Delete #nlp?"
        assert "the items themselves stay" in ui.static("#text")
        await ui.press("enter")
        assert len(shown(ui)) == 2
        await ui.press("d", "y")
        assert shown(ui) == [("todo", 1)]
        assert store.items.count() == 3
        await ui.press("u")
        assert shown(ui) == [("nlp", 2), ("todo", 1)]


async def test_enter_shows_the_items_with_the_tag(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("5", "j", "enter")
        assert isinstance(ui.app.screen, ItemsScreen)
        assert ui.titles == ["Reading list"]


async def test_tags_are_sorted_by_the_number_of_items(store: Store, path: Path) -> None:
    store.tags.add("aardvark")
    async with driving(path) as ui:
        await ui.press("5", "s")
        assert [name for name, _ in shown(ui)] == ["nlp", "todo", "aardvark"]
        assert "sort items ↓" in status(ui)


async def test_a_store_for_reading_only_says_so(store: Store, path: Path) -> None:
    async with driving(path, read_only=True) as ui:
        await ui.press("5", "n", "e", "c", "m", "d", "D")
        assert isinstance(ui.app.screen, TagsScreen)
        assert ui.toasts[-1] == "The store is open for reading only: start without --read-only to write."


async def test_names_that_attack_the_screen_are_shown_safely(store: Store, path: Path) -> None:
    double(store, HOSTILE[:500])
    store.tags.recolor("todo", HOSTILE[:100])
    async with driving(path) as ui:
        await ui.press("5", "m")
        assert clean(ui)
        await ui.press("escape", "d")
        assert clean(ui)
        await ui.press("escape", "e")
        assert clean(ui)
        await ui.press("escape", "c")
        assert clean(ui)
        assert not [said for said in ui.toasts if "went wrong" in said]
