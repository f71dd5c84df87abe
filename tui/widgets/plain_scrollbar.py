"""A scroll bar without the eighths of a block, for terminals that only have ASCII."""

from __future__ import annotations

from typing import ClassVar

from textual.scrollbar import ScrollBarRender
from textual.widget import Widget


class PlainScrollBar(ScrollBarRender):
    """Draws with coloured blanks only."""

    VERTICAL_BARS: ClassVar[list[str]] = [" "] * 8
    HORIZONTAL_BARS: ClassVar[list[str]] = [" "] * 8


def plain_scrollbar(widget: Widget) -> None:
    """Give a scrolling widget the plain bar when the app speaks ASCII."""
    if getattr(widget.app, "ascii", False):
        vars(widget.vertical_scrollbar)["renderer"] = PlainScrollBar
