"""Colours: complete in every theme, stable for every type."""

from __future__ import annotations

import ast
import unicodedata
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.theme import Theme

from localstore.store import Store
from tests.tui.pilot import driving
from tui.glyphs import STAND_INS, Signs, ascii_only
from tui.themes import THEMES, type_colour

ROOT = Path(__file__).parents[2]
ASKED = set("\u2421\u240a\ufffd\u2bff\u27bf\u2b00\u2300")
"""Shown as a question mark on purpose: what stands for a control character, and the ends of ranges in patterns."""


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_a_theme_has_rgb_colours_and_all_our_variables(theme: Theme) -> None:
    assert not theme.ansi
    assert {"border", "cursor-line", "cursor-dim", "muted"} <= theme.variables.keys()


INKS = ("foreground", "primary", "secondary", "accent", "warning", "error", "success", "muted")
GROUNDS = ("background", "surface", "panel", "cursor-line", "cursor-dim")
LEAST, HIGH = 4.5, 7.0
"""WCAG 2.1: contrast of text at level AA, and at level AAA."""


def colour(theme: Theme, name: str) -> Color:
    return Color.parse(theme.variables.get(name) or getattr(theme, name))


@pytest.mark.parametrize("ink", INKS)
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_text_of_every_colour_can_be_read_on_every_ground(theme: Theme, ink: str, ground: str) -> None:
    least = HIGH if theme.name.endswith("contrast") else LEAST
    assert contrast(colour(theme, ink), colour(theme, ground)) >= least


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize("name", ["note", "paper", "prompt", "conversation", "dataset", "model", "code", "own type"])
def test_types_can_be_read_on_every_ground(theme: Theme, name: str, ground: str) -> None:
    assert contrast(Color.parse(type_colour(name, dark=theme.dark)), colour(theme, ground)) >= LEAST


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_the_line_under_the_cursor_is_another_ground(theme: Theme) -> None:
    assert contrast(colour(theme, "cursor-line"), colour(theme, "background")) >= 1.2


def contrast(one: Color, other: Color) -> float:
    """The contrast ratio of WCAG 2.1."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: Color) -> float:
    parts = [part / 255 for part in colour.rgb]
    red, green, blue = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_a_type_has_the_same_colour_every_day() -> None:
    assert [type_colour("note"), type_colour("Recipe"), type_colour("recipe")] == ["#7ab7ff", "#f4a76c", "#f4a76c"]


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
async def test_every_screen_can_be_drawn_in_every_theme(store: Store, path: Path, theme: Theme) -> None:
    async with driving(path) as ui:
        ui.app.use_theme(theme.name)
        await ui.press("e", "escape", "d", "escape", "?")
        assert "Keys: The list of items" in ui.picture()


@pytest.mark.parametrize("theme", ["textual-ansi", "textual-dark", "no-such-theme"])
async def test_only_our_themes_are_taken_so_that_no_colour_is_left_to_the_terminal(
    store: Store, path: Path, theme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    store.preferences.set("ui", {"theme": theme})
    async with driving(path) as ui:
        assert ui.app.theme == "localstore"
        assert ui.app.no_color


async def test_without_colour_the_row_under_the_cursor_and_a_mark_are_signs(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with driving(path) as ui:
        await ui.press("space")
        lines = ui.picture().splitlines()
        assert [line for line in lines if "▌" in line and "Retry" in line]
        assert [line for line in lines if "✓" in line and "Reading list" in line]


def test_every_sign_that_the_screens_draw_has_a_stand_in_of_one_ascii_character() -> None:
    sources = [each for each in (ROOT / "tui").rglob("*.py") if not {"cli", "serving"} & set(each.parts)]
    drawn = {char for source in sources for char in strings(source) if unicodedata.category(char)[0] in "SPN"}
    assert {char for char in drawn if ord(char) not in STAND_INS} - ASKED == set()
    assert all(len(ascii_only(char)) == 1 for char in drawn - ASKED)


def strings(source: Path) -> str:
    """The characters beyond ASCII in the strings of a source, docstrings aside."""
    tree = ast.parse(source.read_text(encoding="utf-8"))
    statements = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    found = [n for n in ast.walk(tree) if isinstance(n, ast.Constant) and n not in statements]
    texts = "".join(n.value for n in found if isinstance(n.value, str))
    return "".join(char for char in texts if not char.isascii() and not char >= "\U0001f000")


async def test_with_ascii_no_screen_draws_anything_else(store: Store, path: Path) -> None:
    store.items.add("日本 ▌ • café", type="note", text="é ü 漢字")
    async with driving(path, ascii=True) as ui:
        await ui.press("f", "/", "escape", "?", "escape", "enter")
        segments = [Segment(char) for char in ui.picture()]
        shown = "".join(segment.text for segment in Signs(ascii=True).apply(segments, Color(0, 0, 0)))
        assert shown.isascii()
        assert len(shown) == cell_len(ui.picture().replace("\n", " "))
