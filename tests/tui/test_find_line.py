"""The find line: live, forgiving, and exact about what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from localstore.finding.vocabulary import Vocabulary
from localstore.store import Store
from tests.tui.pilot import driving
from tui.facets import toggled
from tui.widgets.finding.completion import FindSuggester, Words


@pytest.mark.parametrize(
    ("line", "titles"),
    [
        ("type:code", ["Retry with backoff"]),
        ("#nlp #todo", ["Reading list"]),
        ("meta.lang=en", ["Reading list"]),
        ("no:tag", ["Retry with backoff"]),
        ("sequence trans", ["Attention is all you need"]),
    ],
)
async def test_the_list_follows_the_filter_while_it_is_written(
    store: Store, path: Path, line: str, titles: list[str]
) -> None:
    async with driving(path) as ui:
        await ui.press("/")
        await ui.write(line)
        assert ui.titles == titles


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("a tpye:note", "  ^\ncharacter 3: unknown field 'tpye': did you mean 'type'?"),
        ("org:lbb", "    ^\ncharacter 5: there is no organization 'lbb': did you mean 'lab'?"),
        ('say "hello', '    ^\ncharacter 5: a quote is open: close it with "'),
    ],
)
async def test_what_is_wrong_is_said_with_its_place_and_what_is_near(
    store: Store, path: Path, line: str, words: str
) -> None:
    store.organizations.add("Lab", "lab")
    async with driving(path) as ui:
        await ui.press("/")
        await ui.write(line)
        assert ui.static("#wrong").startswith(words)
        assert len(ui.titles) == 3
        await ui.press("escape")
        assert not ui.items.find_line.has_class("-wrong")


async def test_escape_clears_then_leaves(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("/")
        await ui.write("list")
        await ui.press("escape")
        assert ui.items.find_line.value == ""
        assert ui.items.find_line.input.has_focus
        await ui.press("escape")
        assert ui.items.table.has_focus


@pytest.mark.parametrize(
    ("begun", "whole"),
    [
        ("ty", "type:"),
        ("type:pa", "type:paper"),
        ("x #to", "x #todo"),
        ('#"two', '#"two words"'),
        ("has:", "has:embedding"),
        ("type:", "type:paper"),
        ("plain", None),
        ("", None),
    ],
)
async def test_fields_types_and_tags_complete(begun: str, whole: str | None) -> None:
    suggester = FindSuggester(Words(Vocabulary(types=("paper",), tags=("todo", "two words"), organizations=("lab",))))
    assert await suggester.get_suggestion(begun) == whole


async def test_a_name_with_control_characters_is_not_offered() -> None:
    suggester = FindSuggester(Words(Vocabulary(types=("pa\x1bper",))))
    assert await suggester.get_suggestion("type:p") is None


@pytest.mark.parametrize(
    ("line", "section", "name", "after"),
    [
        ("", "types", "note", "type:note"),
        ("words type:note", "types", "note", "words"),
        ("since:7d", "tags", "two words", 'since:7d #"two words"'),
        ('#"two words" x', "tags", "Two Words", "x"),
        ('"open', "tags", "a", "#a"),
    ],
)
def test_the_rail_puts_names_in_and_takes_them_out(line: str, section: str, name: str, after: str) -> None:
    assert toggled(line, section, name) == after
