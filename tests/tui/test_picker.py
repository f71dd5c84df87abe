"""Choosing a row: searched while one types, chosen with enter, left with esc."""

from __future__ import annotations

from pathlib import Path

from textual.widgets import OptionList

from localstore.errors import InvalidValue
from localstore.models import Tag
from localstore.store import Store
from tests.tui.pilot import SMALL, Driver, driving
from tui.screens.records.picker import MOST, Choice, Picker, pick


def offered(ui: Driver) -> list[str]:
    assert isinstance(ui.app.screen, Picker)
    return [choice.label for choice in ui.app.screen.choices]


async def test_what_is_typed_narrows_what_is_offered_and_enter_chooses(store: Store, path: Path) -> None:
    answers: list[str | None] = []
    async with driving(path) as ui:
        pick(ui.app, "items", answers.append)
        await ui.settle()
        assert ui.static("#question") == "Choose an item"
        assert offered(ui) == ["Reading list", "Retry with backoff", "Attention is all you need"]
        await ui.write("re")
        assert offered(ui) == ["Reading list", "Retry with backoff"]
        await ui.press("down", "enter")
        assert answers == [store.items.resolve("Retry with backoff")]
        assert not isinstance(ui.app.screen, Picker)


async def test_esc_chooses_nothing(store: Store, path: Path) -> None:
    answers: list[str | None] = []
    async with driving(path) as ui:
        pick(ui.app, "tags", answers.append, "Merge into which tag?")
        await ui.settle()
        assert ui.static("#question") == "Merge into which tag?"
        await ui.press("escape")
    assert answers == [None]


async def test_nothing_found_is_a_sentence_and_enter_waits(store: Store, path: Path) -> None:
    answers: list[str | None] = []
    async with driving(path) as ui:
        pick(ui.app, "users", answers.append, typed="nobody")
        await ui.settle()
        assert ui.static("#hint").startswith("Nothing is called so")
        await ui.press("enter")
        assert isinstance(ui.app.screen, Picker)
    assert answers == []


async def test_the_end_of_an_id_finds_its_row(store: Store, path: Path) -> None:
    key = store.items.resolve("Retry with backoff")
    async with driving(path) as ui:
        pick(ui.app, "items", lambda _: None)
        await ui.write(key[-6:])
        assert offered(ui) == ["Retry with backoff"]


async def test_of_ten_thousand_tags_some_are_offered_at_once(store: Store, path: Path) -> None:
    with store.action("tags.added") as action:
        assert [action.insert(Tag, {"name": f"tag {number:05}"}) for number in range(10_000)]
    async with driving(path, size=SMALL) as ui:
        pick(ui.app, "tags", lambda _: None)
        await ui.settle()
        assert len(offered(ui)) == MOST
        assert ui.static("#hint").startswith("the first 50 · type more")
        await ui.write("09999")
        assert offered(ui) == ["tag 09999"]


async def test_names_are_text_and_never_markup(store: Store, path: Path) -> None:
    store.tags.add("[/red]\u202e\x1b[31m")
    async with driving(path) as ui:
        pick(ui.app, "tags", lambda _: None)
        await ui.write("red")
        assert "[/red]‹RLO›␛[31m" in ui.picture()


async def test_a_search_that_fails_is_said_in_the_picker(store: Store, path: Path) -> None:
    def search(words: str) -> list[Choice]:
        raise InvalidValue("the index is gone: run check")

    async with driving(path) as ui:
        ui.app.push_screen(Picker("Which?", search))
        await ui.settle()
        assert ui.static("#hint") == "the index is gone: run check"
        assert ui.app.screen.query_one(OptionList).option_count == 0
