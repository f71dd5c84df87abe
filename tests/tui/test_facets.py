"""The rail: what the store has, what is chosen, and the searches that are kept."""

from __future__ import annotations

from collections import deque
from pathlib import Path

import pytest

from localstore.errors import NotFound, Taken
from localstore.filters import Filter
from localstore.store import Store
from tests.tui.pilot import SMALL, Driver, driving
from tui.facets import chosen, parsed, toggled
from tui.messages import OverBudget
from tui.screens.items import facet_bounds
from tui.screens.items.facet_bounds import Bounds, key_of
from tui.widgets.finding.facet_rail import AtLeast


async def go_to(ui: Driver, section: str, name: str) -> None:
    rail = ui.items.rail
    rail.focus()
    rail.cursor = next(at for at, each in enumerate(rail.entries) if (each.section, each.name) == (section, name))
    await ui.settle()


@pytest.mark.parametrize(
    ("line", "section", "name", "after"),
    [
        ("x", "organizations", "lab", "x org:lab"),
        ("org:home x", "organizations", "lab", "x org:lab"),
        ("organization:lab x", "organizations", "lab", "x"),
        ("", "facts", "stale", "has:stale"),
        ("", "facts", "none", "no:embedding"),
        ("without:embedding", "facts", "none", ""),
        ("has:file", "facts", "file", ""),
    ],
)
def test_organizations_and_states_go_in_and_out_of_the_line(line: str, section: str, name: str, after: str) -> None:
    assert toggled(line, section, name) == after


def test_what_the_filter_holds_is_marked() -> None:
    assert chosen(parsed("type:a #b org:c has:stale no:embedding")) == {
        "types": {"a"},
        "tags": {"b"},
        "organizations": {"c"},
        "facts": {"stale", "none"},
    }


async def test_states_of_vectors_and_files_are_counted_and_filter(store: Store, path: Path) -> None:
    model = store.ai_models.add("m", "p", parameters={"dim": 2})
    store.embeddings.put_one(model.id, [1.0, 0.0], content=store.contents.all()[0].id)
    async with driving(path) as ui:
        assert ui.items.rail.counts["facts"] == {"fresh": 1, "stale": 0, "none": 2, "file": 0}
        assert "fresh vectors" in ui.picture()
        await go_to(ui, "facts", "none")
        await ui.press("enter")
        assert ui.items.find_line.value == "no:embedding"
        assert len(ui.titles) == 2


async def test_organizations_stand_in_the_rail_once_there_are_some(store: Store, path: Path) -> None:
    store.organizations.add("Lab", "lab")
    store.items.add("Shared", organization="lab")
    async with driving(path) as ui:
        assert ui.items.rail.counts["organizations"] == {"-": 3, "lab": 1}
        await go_to(ui, "organizations", "lab")
        await ui.press("enter")
        assert ui.titles == ["Shared"]


async def test_counts_that_take_too_long_have_a_lower_bound(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(facet_bounds, "BOUND", 1)
    store.items.add("Another paper", type="paper", tags=["todo"])
    async with driving(path) as ui:
        ui.items.post_message(OverBudget("types"))
        ui.items.post_message(OverBudget("tags"))
        ui.items.post_message(OverBudget("facts"))
        await ui.settle()
        shown = {name: f"{count}" for name, count in ui.items.rail.counts["types"].items()}
        assert shown == {"code": "1", "note": "1", "paper": "1+"}
        assert {name: f"{count}" for name, count in ui.items.rail.counts["tags"].items()} == {"nlp": "1+", "todo": "1+"}
        assert ui.items.rail.counts["facts"] == {"fresh": 0, "stale": 0, "none": 1, "file": 0}
        assert "paper" in ui.picture() and "1+" in ui.picture()


async def test_bounds_that_take_too_long_leave_the_names(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(path) as ui:
        counted = dict(ui.items.rail.counts["types"])

        def stopped(self: Bounds) -> None:
            self.found["code"] = AtLeast(12_345)
            ui.items.post_message(OverBudget(key_of("types")))

        monkeypatch.setattr(Bounds, "count", stopped)
        ui.items.post_message(OverBudget("types"))
        await ui.settle()
        assert counted == {"code": 1, "note": 1, "paper": 1}
        assert ui.items.rail.counts["types"] == {"code": 12_345, "note": None, "paper": None}
        assert "12 k+" in ui.picture()


def test_a_count_up_to_a_bound_goes_no_further(store: Store) -> None:
    assert [store.items.count(Filter.parse("#nlp"), up_to=bound) for bound in (1, 2, 3)] == [1, 2, 2]


async def test_a_saved_search_is_renamed(store: Store, path: Path) -> None:
    store.saved_searches.save("language", "#nlp")
    async with driving(path) as ui:
        await go_to(ui, "saved", "language")
        await ui.press("e")
        await ui.write("s")
        await ui.press("enter")
        assert [each.name for each in store.saved_searches.all()] == ["languages"]
        assert "languages" in ui.picture()


def test_a_name_that_another_search_has_is_not_given_twice(store: Store) -> None:
    store.saved_searches.save("a", "#a")
    store.saved_searches.save("b", "#b")
    with pytest.raises(Taken, match="another saved search is called 'b'"):
        store.saved_searches.rename("a", "b")
    with pytest.raises(NotFound):
        store.saved_searches.rename("none", "c")


async def test_recent_searches_stand_in_the_rail_and_can_be_forgotten(store: Store, path: Path) -> None:
    store.recent_searches.add("#todo")
    store.recent_searches.add("type:note")
    async with driving(path) as ui:
        await go_to(ui, "recent", "#todo")
        await ui.press("enter")
        assert ui.titles == ["Reading list"]
        await ui.press("d")
        assert "#todo" not in store.recent_searches.all()
        await ui.press("D")
        assert store.recent_searches.all() == []


def test_the_last_fifty_distinct_lines_are_kept(store: Store) -> None:
    lines = [f"word{number}" for number in range(60)]
    deque(map(store.recent_searches.add, [*lines, "word30"]), maxlen=0)
    kept = store.recent_searches.all()
    assert (len(kept), kept[:2]) == (50, ["word30", "word59"])


async def test_the_rail_works_on_a_small_screen(store: Store, path: Path) -> None:
    async with driving(path, size=SMALL) as ui:
        await ui.press("f", "enter")
        assert ui.titles == ["Retry with backoff"]
        await ui.press("f")
        assert not ui.items.rail.display


async def test_a_click_in_the_rail_filters(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        at = next(n for n, each in enumerate(ui.items.rail.entries) if each.name == "note")
        await ui.pilot.click("#rail", offset=(4, at))
        await ui.settle()
        assert ui.items.find_line.value == "type:note"
