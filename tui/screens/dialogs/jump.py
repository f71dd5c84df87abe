"""The jump overlay: a letter on everything that can be reached; typing one goes there, without a mouse."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, cast

from textual import events
from textual.app import ComposeResult
from textual.content import Content
from textual.geometry import Offset
from textual.screen import ModalScreen, Screen
from textual.widget import Widget
from textual.widgets import OptionList, Static

from tui import keymap
from tui.widgets.finding.facet_rail import FacetRail
from tui.widgets.items.detail_parts import TabLine
from tui.widgets.items.item_view import TABS

if TYPE_CHECKING:
    from tui.app import LocalstoreApp

LETTERS = "asdfghjklqwertyuiopzxcvbnmASDFGHJKLQWERTYUIOPZXCVBNM1234567890"


class Spot(NamedTuple):
    """A place on the screen that can be reached: a click ``at`` (within the widget), or its focus alone."""

    where: Offset
    widget: Widget
    at: Offset | None = None


class JumpScreen(ModalScreen[Spot]):
    """Returns the spot whose letter was typed, None when the person stays."""

    SCOPE: ClassVar = "jump"
    BINDINGS: ClassVar = keymap.bindings("jump")
    AUTO_FOCUS: ClassVar = ""
    DEFAULT_CSS = """
    JumpScreen { background: $background 40%; align: left top; }
    JumpScreen > .letter {
        position: absolute; width: 3; height: 1; background: $accent; color: $background; text-style: bold;
    }
    JumpScreen > #hint {
        dock: bottom; width: 100%; height: 1; background: $panel; color: $foreground; text-align: center;
    }
    """

    def __init__(self, spots: list[Spot]) -> None:
        super().__init__()
        self.spots = dict(zip(LETTERS, spots, strict=False))

    def compose(self) -> ComposeResult:
        """A letter on each spot."""
        for letter, spot in self.spots.items():
            label = Static(Content(f" {letter} "), classes="letter")
            label.styles.offset = (spot.where.x, spot.where.y)
            yield label
        yield Static(Content("a letter goes there · esc stays"), id="hint")

    def on_key(self, event: events.Key) -> None:
        """Go where the letter is; any other key stays here."""
        if event.key == "escape":
            return
        event.stop()
        event.prevent_default()
        if event.character and event.character in self.spots:
            self.dismiss(self.spots[event.character])

    def on_click(self, event: events.Click) -> None:
        """Go away at a click: the mouse needs no letters."""
        event.stop()
        self.dismiss(None)

    def action_cancel(self) -> None:
        """Stay."""
        self.dismiss(None)


def jump(app: LocalstoreApp) -> None:
    """Show the letters over the screen; go where one leads."""
    screen = app.screen
    if isinstance(screen, JumpScreen):
        return
    found = spots(screen)
    if not found:
        app.toast("There is nothing to go to here.")
        return
    app.push_screen(JumpScreen(found), lambda spot: _go(spot) if spot else None)


def spots(screen: Screen[Any]) -> list[Spot]:
    """Return what can be reached, from the top left on, each place once."""
    found: dict[Offset, Spot] = {}
    for widget in screen.query(Widget):
        if widget.is_on_screen and not widget.disabled:
            for spot in _of(widget, screen):
                if spot.where not in found and screen.region.contains_point(spot.where):
                    found[spot.where] = spot
    return sorted(found.values(), key=lambda spot: (spot.where.y, spot.where.x))


def _of(widget: Widget, screen: Screen[Any]) -> Iterator[Spot]:
    """Yield the spots of a widget: those it names itself (``spots()``), its options, or where it begins."""
    region = widget.region.intersection(screen.region)
    if not region:
        return
    places = _named(widget)
    if places:
        for x, y in places:
            at = Offset(x, y)
            if region.contains_point(widget.region.offset + at):
                yield Spot(widget.region.offset + at, widget, at)
    if widget.focusable and not places:
        yield Spot(region.offset, widget)


def _named(widget: Widget) -> list[tuple[int, int]]:
    """Return the places within a widget at which a click does something of its own."""
    if isinstance(widget, OptionList):
        return [(0, line) for line in range(widget.option_count)]
    if isinstance(widget, FacetRail):
        top = int(widget.scroll_offset.y)
        return [(0, line - top) for line, entry in enumerate(widget.entries) if entry.name is not None and line >= top]
    if isinstance(widget, TabLine):
        widths = [len(name) + len(count) + 2 for name, count in zip(TABS, widget.counts, strict=True)]
        return [(at - width, 0) for at, width in zip(accumulate(widths), widths, strict=True)]
    return cast("list[tuple[int, int]]", getattr(widget, "spots", list)())


def _go(spot: Spot) -> None:
    """Give the widget the focus; where it has several spots, click the one."""
    if spot.widget.focusable:
        spot.widget.focus()
    if isinstance(spot.widget, OptionList):
        spot.widget.highlighted = spot.at.y if spot.at else None
    elif spot.at is not None:
        x, y = spot.at
        click = events.Click(
            spot.widget, x, y, 0, 0, 1, False, False, False, screen_x=spot.where.x, screen_y=spot.where.y
        )
        click._set_forwarded()  # or the app would forward it once more when it bubbles up
        spot.widget.post_message(click)
