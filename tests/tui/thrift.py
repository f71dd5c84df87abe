"""What many starts of the app in one process need not do again, and frames that nobody looks at.

An app under test starts, rests, and is asked what it shows. On the way it would draw a dozen frames, which is a third
of all that it does; and each app would read the same style sheets. So a frame is drawn when the app rests, with all
that changed since the last, as a terminal too slow for the rest would have it; and rules are read once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet
from textual.screen import Screen

_draw = Screen._compositor_refresh
_read = Stylesheet._parse_rules
_rules: dict[Any, list[RuleSet]] = {}
_numbers: dict[frozenset[tuple[str, str]], int] = {}


def _leave(screen: Screen[Any]) -> None:
    """Do what drawing does but draw; what is dirty stays so for ``draw``."""
    if screen is not screen.app.screen:
        _draw(screen)
        return
    screen._dirty_widgets.clear()
    screen.app._update_mouse_over(screen)


def undrawn(screen: Screen[Any]) -> bool:
    """Whether something changed since the last frame."""
    return bool(screen._compositor._dirty_regions)


def draw(screen: Screen[Any]) -> None:
    """Draw the frame that is due."""
    _draw(screen)


def _once(sheet: Stylesheet, css: str, read_from: Any, *more: Any, **named: Any) -> list[RuleSet]:
    variables = frozenset(sheet._variables.items())
    number = _numbers.setdefault(variables, len(_numbers))
    key = (number, css, read_from, more, tuple(named.items()))
    if key not in _rules:
        _rules[key] = _read(sheet, css, read_from, *more, **named)
    return _rules[key]


@contextmanager
def thrifty() -> Iterator[None]:
    """Draw when asked, and read each style sheet once, inside the block."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Screen, "_compositor_refresh", _leave)
        patch.setattr(Stylesheet, "_parse_rules", _once)
        yield
