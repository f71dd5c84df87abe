"""Text that attacks the screen, in every widget."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from localstore.embedders import embedder
from localstore.store import Store
from tests.tui.pilot import SMALL, Driver, driving
from tui.screens.item.item import ItemScreen
from tui.widgets.items.detail_pane import ItemReader

CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
MARKUP = "[/red] [bold]x[/] [@click=app.quit]quit[/] ─│┌[#ff0000]{$primary}%s\\"
ESCAPE = "a\x1b[31m\x1b]0;title\x07b\x9b2J"
BIDI = "invoice\u202efdp.exe\u2066x"
EMOJI = "👨\u200d👩\u200d👧\u200d👦 👍🏽 ❤\ufe0f 🇩🇪"
ZALGO = "Z" + "\u0301\u0323\u0335" * 50
LINES = "one\ntwo\r\nthree\ttab\u2028sep"
HOSTILE = {
    "signs": f"{MARKUP} {ESCAPE} {BIDI} {LINES}",
    "widths": f"{EMOJI} {'漢字かな交じり文' * 5} {ZALGO}",
    "long": "x" * 1_900,
}


@pytest.fixture(params=list(HOSTILE))
def text(request: pytest.FixtureRequest) -> str:
    return HOSTILE[str(request.param)]


@pytest.fixture
def hostile(path: Path, text: str) -> Iterator[Store]:
    store = Store.open(path, email="ada@example.org")
    store.organizations.add(text[:500], "lab")
    store.items.add(
        text[:600], type=text[:300], tags=[text[:300]], organization="lab", description=text, text=text,
        role=text[:300], meta_data={text[:300]: [text]},
    )  # fmt: skip
    store.saved_searches.save(text[:300], "words")
    yield store
    store.close()


def clean(ui: Driver) -> bool:
    return CONTROL.search(ui.picture()) is None


async def test_it_is_shown_in_list_rail_detail_and_every_tab(hostile: Store, path: Path) -> None:
    async with driving(path) as ui:
        assert ui.titles == [hostile.items.rows().rows[0].title]
        assert clean(ui)
        await ui.press("tab", "right")
        assert clean(ui)
        await ui.press("right", "right")
        assert clean(ui)


async def test_it_is_shown_on_a_small_screen_of_its_own(hostile: Store, path: Path) -> None:
    async with driving(path, size=SMALL) as ui:
        await ui.press("enter", "right", "G")
        assert isinstance(ui.app.screen, ItemScreen)
        assert clean(ui)


async def test_it_is_edited_tagged_and_deleted(hostile: Store, path: Path) -> None:
    before = hostile.items.rows().rows[0]
    async with driving(path) as ui:
        await ui.press("e")
        assert clean(ui)
        await ui.press("escape", "t")
        assert clean(ui)
        await ui.press("escape", "d")
        assert clean(ui)
        await ui.press("y")
        assert ui.titles == []
        await ui.press("u")
        assert clean(ui)
        assert "Undone" in ui.toasts[-1]
    assert hostile.items.rows().rows[0].tags == before.tags


async def test_it_is_chosen_in_the_rail_and_written_in_the_find_line(hostile: Store, path: Path, text: str) -> None:
    async with driving(path) as ui:
        ui.items.rail.focus()
        await ui.press("home", "enter")
        assert clean(ui)
        ui.items.find_line.put(text.replace("\n", " "))
        await ui.settle()
        assert clean(ui)
        await ui.press("?")
        assert clean(ui)


async def test_a_text_of_one_line_and_a_megabyte_is_cut_and_says_so(path: Path) -> None:
    with Store.open(path) as store:
        store.items.add("Log", text="z" * 1_000_000)
    async with driving(path) as ui:
        shown = ui.items.detail.query_one(ItemReader).plain_text
        assert "… 15,904 more characters" in shown
        assert "cut after 20,000 characters of 976.6 KiB" in shown


async def test_without_colour_and_in_ascii_every_sign_has_a_stand_in(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with driving(path, ascii=True) as ui:
        assert ui.picture().isascii()
        await ui.press("d")
        assert ui.picture().isascii()
        await ui.press("escape", "?")
        assert ui.picture().isascii()
        await ui.press("escape", "n")
        assert ui.picture().isascii()


async def test_every_state_has_a_word_beside_its_glyph(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        assert "○ no vectors" in ui.picture()
        assert "✔ saved" in ui.picture()


async def test_it_is_shown_by_every_screen_of_vectors(hostile: Store, path: Path, text: str) -> None:
    """As title, type, tag, text and organization of an item, and as the name of a model."""
    hostile.items.add(text[:600], type=text[:200], tags=[text[:200]], organization="lab", text=text[:900])
    for name in (text[:100], f"2 {text[:100]}"):
        model = hostile.ai_models.add(name, "builtin", text[:60])
        contents = hostile.contents.all()
        vectors = embedder(model).embed([content.text for content in contents])
        [hostile.embeddings.put_one(model.id, v, content=c.id) for c, v in zip(contents, vectors, strict=True)]
    async with driving(path) as ui:
        await ui.press("v")
        assert clean(ui)
        await ui.press("c")
        assert clean(ui)
        await ui.press("escape", "escape", "tab", "enter")
        assert clean(ui)
        await ui.press("enter")
        assert clean(ui)
        await ui.press("escape", "2")
        assert clean(ui)
        await ui.press("s")
        assert clean(ui)
        await ui.press("p", "c", "c", "t")
        assert clean(ui)
        await ui.press("x")
        assert clean(ui)
        await ui.press("escape", "escape", "o")
        assert clean(ui)
        await ui.press("escape", "d")
        assert clean(ui)
        assert not [said for said in ui.toasts if "went wrong" in said]


async def test_it_is_written_as_a_meaning_and_as_an_id(hostile: Store, path: Path, text: str) -> None:
    async with driving(path) as ui:
        ui.items.find_line.put("~" + text.replace("\n", " "))
        await ui.settle()
        assert clean(ui)
        ui.items.find_line.put("like:" + text.replace("\n", " "))
        await ui.settle()
        assert clean(ui)
        assert not [said for said in ui.toasts if "went wrong" in said]


@pytest.mark.parametrize("digit", list("345789"))
async def test_it_is_shown_by_every_other_screen_and_what_opens_there(
    hostile: Store, path: Path, text: str, digit: str
) -> None:
    hostile.files.add(path="/nowhere/x.txt", filename=text[:200], mime_type="text/plain", meta_data={text[:200]: text})
    hostile.events.add(event_type=text[:200], payload={text[:200]: text})
    hostile.users.add("bob@example.org", full_name=text[:500])
    async with driving(path) as ui:
        await ui.press(digit)
        assert clean(ui)
        await ui.press("escape") if digit == "3" else await ui.press("enter")
        assert clean(ui)
        await ui.press("ctrl+p")
        assert clean(ui)
        assert not [said for said in ui.toasts if "went wrong" in said]
