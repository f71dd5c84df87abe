"""The rail: types and tags with their counts, and the saved searches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, cast

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui import glyphs, keymap
from tui.themes import type_colour
from tui.visible import fit, line

if TYPE_CHECKING:
    from textual import events

    from tui.app import LocalstoreApp

SECTIONS = {"types": "TYPES", "saved": "SAVED", "tags": "TAGS"}
_EMPTY = {"types": "n makes an item", "tags": "t tags an item", "saved": "/ … ^s saves one"}


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the rail: a heading (or the words in ``value``) without a name, blank without a section."""

    section: str
    name: str | None = None
    count: int | None = None
    value: str = ""


class FacetRail(ScrollView, can_focus=True):
    """Chooses what the list shows."""

    SCOPE: ClassVar = "rail"
    BINDINGS: ClassVar = [*keymap.bindings("motion"), *keymap.bindings("rail")]
    COMPONENT_CLASSES: ClassVar = {"rail--heading", "rail--muted", "rail--cursor", "rail--chosen"}
    DEFAULT_CSS = """
    FacetRail { overflow-x: hidden; overflow-y: auto; scrollbar-size-vertical: 1; }
    FacetRail > .rail--heading { color: $muted; text-style: bold; }
    FacetRail > .rail--muted { color: $muted; }
    FacetRail > .rail--cursor { background: $cursor-line; }
    FacetRail > .rail--chosen { color: $primary; text-style: bold; }
    """
    cursor: reactive[int] = reactive(1, repaint=False, init=False)

    class Toggled(Message):
        """A type, tag or saved search was chosen, or no longer."""

        def __init__(self, section: str, name: str, value: str) -> None:
            super().__init__()
            self.section = section
            self.name = name
            self.value = value

    class Forgotten(Toggled):
        """A saved search shall be forgotten."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.counts: dict[str, Mapping[str, int | None]] = {name: {} for name in SECTIONS}
        self.saved: dict[str, str] = {}
        self.chosen: dict[str, set[str]] = {name: set() for name in SECTIONS}
        self.entries: list[Entry] = []

    @property
    def localstore(self) -> LocalstoreApp:
        """The app, with its signs."""
        return cast("LocalstoreApp", self.app)

    def on_mount(self) -> None:
        """Draw what is known."""
        self._fill()

    def show(self, section: str, counts: Mapping[str, int | None]) -> None:
        """Show the counts of a section; None is a count that is not known."""
        self.counts[section] = counts
        self._fill()

    def show_saved(self, saved: dict[str, str]) -> None:
        """Show the saved searches: name to find line."""
        self.saved = saved
        self.show("saved", dict.fromkeys(saved))

    def choose(self, types: set[str], tags: set[str], saved: set[str]) -> None:
        """Mark what the filter holds."""
        self.chosen = {"types": types, "tags": {name.casefold() for name in tags}, "saved": saved}
        self._fill()

    def _fill(self) -> None:
        entries: list[Entry] = []
        for section in SECTIONS:
            if entries:
                entries.append(Entry(""))
            entries.append(Entry(section))
            if not self._names(section):
                entries.append(Entry(section, value=_EMPTY[section]))
            for name in self._names(section):
                count = self.counts[section].get(name)
                entries.append(Entry(section, name, count, self.saved.get(name, "")))
        here = self._entry()
        self.entries = entries
        self.virtual_size = Size(self.size.width, len(entries))
        places = {(entry.section, entry.name): index for index, entry in enumerate(entries)}
        at = places.get((here.section, here.name)) if here and here.name is not None else None
        self.set_reactive(FacetRail.cursor, self._nearest(self.cursor, 1) if at is None else at)
        self.refresh()

    def _names(self, section: str) -> list[str]:
        """Name what has counts, and what is chosen though nothing has it now."""
        known = list(self.counts[section])
        folded = {name.casefold() for name in known}
        return known + sorted(n for n in self.chosen[section] if n.casefold() not in folded and section != "saved")

    def _nearest(self, index: int, way: int) -> int:
        """Return the next line from *index* on that can be chosen."""
        order = [*range(index, len(self.entries))] if way > 0 else [*range(index, -1, -1)]
        names = (at for at in order if 0 <= at < len(self.entries) and self.entries[at].name is not None)
        return next(names, self.cursor)

    def _go(self, index: int, way: int) -> None:
        self.cursor = self._nearest(max(0, min(index, len(self.entries) - 1)), way)

    def watch_cursor(self) -> None:
        """Keep the cursor in view."""
        top, rows = self.scroll_offset.y, max(1, self.size.height)
        if self.cursor < top:
            self.scroll_to(y=max(0, self.cursor - 1), animate=False, force=True)
        elif self.cursor >= top + rows:
            self.scroll_to(y=self.cursor - rows + 1, animate=False, force=True)
        self.refresh()

    def action_down(self) -> None:
        """Move down."""
        self._go(self.cursor + 1, 1)

    def action_up(self) -> None:
        """Move up."""
        self._go(self.cursor - 1, -1)

    def action_page_down(self) -> None:
        """Move to the next section's end of the page."""
        self._go(self.cursor + max(1, self.size.height - 1), -1)

    def action_page_up(self) -> None:
        """Move a page up."""
        self._go(self.cursor - max(1, self.size.height - 1), 1)

    def action_top(self) -> None:
        """Move to the first."""
        self._go(0, 1)

    def action_bottom(self) -> None:
        """Move to the last."""
        self._go(len(self.entries) - 1, -1)

    def action_choose(self) -> None:
        """Filter by the line under the cursor, or no longer."""
        entry = self._entry()
        if entry and entry.name is not None:
            self.post_message(self.Toggled(entry.section, entry.name, entry.value))

    def action_forget(self) -> None:
        """Forget the saved search under the cursor."""
        entry = self._entry()
        if entry and entry.name is not None and entry.section == "saved":
            self.post_message(self.Forgotten(entry.section, entry.name, entry.value))

    def _entry(self) -> Entry | None:
        return self.entries[self.cursor] if 0 <= self.cursor < len(self.entries) else None

    def on_click(self, event: events.Click) -> None:
        """Choose the line under the mouse."""
        index = event.y + self.scroll_offset.y
        if index < len(self.entries) and self.entries[index].name is not None:
            self.cursor = index
            self.action_choose()

    def on_focus(self) -> None:
        """Show the cursor."""
        self.refresh()

    def on_blur(self) -> None:
        """Hide the cursor."""
        self.refresh()

    # -- drawing ------------------------------------------------------------------------------------------

    def _style(self, *names: str) -> Style:
        style = self.rich_style
        for name in names:
            style += self.get_component_rich_style(f"rail--{name}", partial=True)
        return style

    def render_line(self, y: int) -> Strip:
        """Draw a heading or an entry."""
        index, width = y + self.scroll_offset.y, self.size.width
        if index >= len(self.entries) or not self.entries[index].section:
            return Strip([Segment(" " * width, self.rich_style)], width)
        entry = self.entries[index]
        if entry.name is None:
            return self._heading(entry, width)
        return self._entry_line(entry, width, under=index == self.cursor and self.has_focus)

    def _heading(self, entry: Entry, width: int) -> Strip:
        tone = "muted" if entry.value else "heading"
        words = entry.value or SECTIONS[entry.section]
        return Strip([Segment(" ", self.rich_style), Segment(words, self._style(tone))]).adjust_cell_length(
            width, self.rich_style
        )

    def _entry_line(self, entry: Entry, width: int, *, under: bool) -> Strip:
        name = entry.name or ""
        chosen = name in self.chosen[entry.section] or name.casefold() in self.chosen[entry.section]
        over = (["chosen"] if chosen else []) + (["cursor"] if under else [])
        base = self._style(*over)
        sign = {"types": f"{glyphs.SQUARE} ", "saved": f"{glyphs.STAR} "}.get(entry.section, "#")
        colour = Style(color=type_colour(name, dark=self.app.current_theme.dark)) if entry.section == "types" else base
        number = (
            f"{entry.count:,}" if entry.count is not None else ("" if entry.section == "saved" else glyphs.ELLIPSIS)
        )
        room = width - len(number) - 4 - (0 if entry.section == "tags" else 1)
        text = fit(line(name, 200), max(1, room))
        segments = [
            Segment(glyphs.CHOSEN if chosen else " ", base),
            Segment(sign, base + colour if entry.section == "types" else base),
            Segment(text, base),
            Segment(f" {number}", base + self._style("muted", *over)),
        ]
        return Strip(segments).adjust_cell_length(width, base)
