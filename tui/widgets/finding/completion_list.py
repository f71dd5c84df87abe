"""The list of completions below a find line; the line keeps the focus, and moves the choice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui import glyphs
from tui.visible import fit, line
from tui.widgets.finding.completion import Offer

if TYPE_CHECKING:
    from textual import events

ROWS = 9
"""Lines of it on the screen."""
NOTE = 32
"""Cells of the word of help, at most."""


class CompletionList(ScrollView, can_focus=False):
    """Shows offers over what lies below; ``chosen`` is the line under the choice, -1 before one is made."""

    COMPONENT_CLASSES: ClassVar = {"offers--note", "offers--chosen"}
    DEFAULT_CSS = """
    CompletionList {
        overlay: screen; constrain: none inside; display: none; offset: 2 0; width: 72; max-width: 100%; height: 1;
        background: $panel; color: $foreground; overflow-x: hidden; scrollbar-size-vertical: 1;
    }
    CompletionList > .offers--note { color: $muted; }
    CompletionList > .offers--chosen { background: $cursor-line; text-style: bold; }
    """

    class Taken(Message):
        """An offer was clicked."""

        def __init__(self, offer: Offer) -> None:
            super().__init__()
            self.offer = offer

    def __init__(self) -> None:
        super().__init__()
        self.offers: Sequence[Offer] = ()
        self.chosen = -1

    @property
    def is_open(self) -> bool:
        """Whether there is something to choose on the screen."""
        return bool(self.display)

    @property
    def offer(self) -> Offer | None:
        """What is chosen."""
        return self.offers[self.chosen] if 0 <= self.chosen < len(self.offers) else None

    def show(self, offers: Sequence[Offer]) -> None:
        """Show other offers, none of them chosen; without any the list goes away."""
        self.offers, self.chosen = offers, -1
        self.display = bool(offers)
        if offers:
            self.styles.height = min(ROWS, len(offers))
            self.virtual_size = Size(self.size.width, len(offers))
            self.scroll_to(y=0, animate=False, force=True)
            self.refresh()

    def hide(self) -> None:
        """Go away."""
        self.show(())

    def move(self, way: int) -> None:
        """Choose the next line, or the one before; above the first, none."""
        self.chosen = max(-1, min(len(self.offers) - 1, self.chosen + way))
        top, rows = self.scroll_offset.y, max(1, min(ROWS, len(self.offers)))
        if self.chosen >= top + rows:
            self.scroll_to(y=self.chosen - rows + 1, animate=False, force=True)
        elif 0 <= self.chosen < top:
            self.scroll_to(y=self.chosen, animate=False, force=True)
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Take the offer under the mouse."""
        event.stop()
        index = event.y + self.scroll_offset.y
        if index < len(self.offers):
            self.post_message(self.Taken(self.offers[index]))

    def render_line(self, y: int) -> Strip:
        """Draw an offer and its word of help."""
        index, width, base = y + self.scroll_offset.y, self.size.width, self.rich_style
        if index >= len(self.offers):
            return Strip([Segment(" " * width, base)], width)
        offer, chosen = self.offers[index], index == self.chosen
        base += self.get_component_rich_style("offers--chosen", partial=True) if chosen else Style()
        note = base + self.get_component_rich_style("offers--note", partial=True)
        help = line(offer.note, 200)
        room = min(NOTE, len(help) + 1) if width > 50 else 0
        parts = [Segment(glyphs.CHOSEN if chosen else " ", base)]
        parts += [
            Segment(fit(line(offer.text, 400), max(1, width - room - 2)) + " ", base),
            Segment(fit(help, room), note),
        ]
        return Strip(parts).adjust_cell_length(width, base)
