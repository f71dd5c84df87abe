"""Colours: complete in every theme, stable for every type."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.color import Color
from textual.theme import Theme

from localstore.store import Store
from tests.tui.pilot import driving
from tui.themes import THEMES, type_colour


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_a_theme_has_rgb_colours_and_all_our_variables(theme: Theme) -> None:
    assert not theme.ansi
    assert {"border", "cursor-line", "cursor-dim", "muted"} <= theme.variables.keys()


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize("name", ["note", "paper", "prompt", "conversation", "dataset", "model", "code", "own type"])
def test_types_can_be_read_on_the_background_and_on_the_cursor(theme: Theme, name: str) -> None:
    colour = Color.parse(type_colour(name, dark=theme.dark))
    grounds = [Color.parse(each) for each in (str(theme.background), theme.variables["cursor-line"])]
    assert all(contrast(colour, ground) >= 3.5 for ground in grounds)


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
