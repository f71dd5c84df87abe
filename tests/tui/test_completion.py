"""Completion in the find line: what is offered, where it goes, and the list below the line."""

from __future__ import annotations

from pathlib import Path

import pytest

from localstore.finding.vocabulary import Vocabulary, read
from localstore.store import Store
from tests.tui.pilot import SMALL, Driver, driving
from tui.widgets.finding.completion import Offer, Words, offers, taken

NAMES = Vocabulary(
    types=("paper", "prompt"),
    tags=("todo", "two words"),
    organizations=("lab",),
    owners=("ada@example.org",),
    models=("local/bge",),
    paths=("meta.lang", 'meta."two words".x'),
)
WORDS = Words(NAMES, {"unread": "#todo no:file"}, ("attention", "#todo no:file"))


def said(line: str, cursor: int | None = None) -> list[str]:
    at = len(line) if cursor is None else cursor
    return [offer.text for offer in offers(line, at, WORDS).found]


@pytest.mark.parametrize(
    ("line", "first"),
    [
        ("", ["#todo no:file", "attention"]),
        ("ty", ["type:"]),
        ("o", ["org:", "owner:"]),
        ("type:p", ["type:paper", "type:prompt"]),
        ("type:omp", ["type:prompt"]),
        ("#t", ["#todo", '#"two words"']),
        ('x #"two', ['#"two words"']),
        ("any:to", ["any:todo"]),
        ("org:", ["org:-", "org:lab"]),
        ("owner:a", ["owner:ada@example.org"]),
        ("model:b", ["model:local/bge"]),
        ("meta.la", ["meta.lang="]),
        ("meta_data.la", ["meta_data.lang="]),
        ("has:st", ["has:stale"]),
        ("since:7", ["since:7d"]),
        ("~ty", []),
        ('"ty', []),
        ("zzz", []),
    ],
)
def test_what_may_be_meant_is_offered(line: str, first: list[str]) -> None:
    assert said(line)[: len(first)] == first
    assert bool(said(line)) == bool(first)


def test_the_token_under_the_cursor_is_completed_in_the_middle_of_a_line() -> None:
    line = "type:pa #todo words"
    found = offers(line, len("type:pa"), WORDS)
    assert taken(line, found.found[0], found.start, found.end) == ("type:paper #todo words", len("type:paper") + 1)


def test_a_name_of_two_words_is_quoted_and_a_field_waits_for_its_value() -> None:
    assert taken("#tw", Offer('#"two words"'), 0, 3) == ('#"two words" ', 13)
    assert taken("a ty", Offer("type:"), 2, 4) == ("a type:", 7)


def test_the_names_of_a_store_are_read_without_counting(store: Store) -> None:
    store.items.add("Deep", meta_data={"source": {"the name": 1, "x": [1]}, "a.b": 1, "plain": None})
    found = read(store)
    assert (found.types, found.tags) == (("code", "note", "paper"), ("nlp", "todo"))
    assert found.owners == ("ada@example.org",)
    assert found.paths == ("meta.lang", "meta.plain", 'meta.source."the name"')


def listed(ui: Driver) -> list[str]:
    shown = ui.items.find_line.list
    return [offer.text for offer in shown.offers] if shown.is_open else []


async def test_down_and_enter_take_from_the_list_and_the_rows_follow(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("/")
        await ui.write("type:")
        assert listed(ui) == ["type:code", "type:note", "type:paper"]
        assert "type:code" in ui.picture()
        await ui.press("down", "down", "up", "enter")
        assert ui.items.find_line.value == "type:code "
        assert ui.items.find_line.input.has_focus
        assert ui.titles == ["Retry with backoff"]
        await ui.press("enter")
        assert ui.items.table.has_focus


async def test_tab_completes_and_goes_round(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("/")
        await ui.write("#")
        await ui.press("tab", "tab", "tab", "enter")
        assert ui.items.find_line.value == "#nlp "
        await ui.write("ty")
        await ui.press("tab")
        assert ui.items.find_line.value == "#nlp type:"


async def test_escape_closes_the_list_before_it_clears_the_line(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("/")
        await ui.write("ty")
        await ui.press("escape")
        assert (listed(ui), ui.items.find_line.value) == ([], "ty")
        await ui.press("escape")
        assert ui.items.find_line.value == ""


async def test_a_click_takes_and_leaving_the_line_closes_the_list(store: Store, path: Path) -> None:
    async with driving(path, size=SMALL) as ui:
        await ui.press("/")
        await ui.write("type:")
        await ui.pilot.click("CompletionList", offset=(4, 1))
        await ui.settle()
        assert ui.items.find_line.value == "type:note "
        await ui.write("ty")
        ui.items.table.focus()
        await ui.settle()
        assert listed(ui) == []


async def test_searches_used_before_and_saved_ones_are_offered_on_an_empty_line(store: Store, path: Path) -> None:
    store.saved_searches.save("language", "#nlp")
    async with driving(path) as ui:
        await ui.press("/")
        await ui.write("type:note")
        await ui.press("enter", "enter", "escape")
        assert store.recent_searches.all() == ["type:note"]
        await ui.press("escape", "/")
        assert listed(ui) == ["#nlp", "type:note"]
        await ui.press("down", "down", "enter")
        assert ui.items.find_line.value == "type:note"
        assert ui.titles == ["Reading list"]
        assert listed(ui) == []
