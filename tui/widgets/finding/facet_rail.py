"""The rail: what the store has, with counts, and the searches that were saved or used before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, cast

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from localstore.freshness import Freshness
from tui import glyphs, keymap
from tui.themes import type_colour
from tui.visible import fit, line

if TYPE_CHECKING:
    from textual import events

    from tui.app import LocalstoreApp

SECTIONS = {
    "types": "TYPES",
    "saved": "SAVED",
    "facts": "HAS",
    "organizations": "ORGANIZATIONS",
    "tags": "TAGS",
    "recent": "RECENT",
}
SEARCHES = ("saved", "recent")
"""Sections whose lines are whole find lines."""
RECENT = 8
"""Lines used before that the rail shows; the find line offers more."""
_EMPTY = {"types": "n makes an item", "tags": "t tags an item", "saved": "/ … ^s saves one"}
FACTS = {
    "fresh": f"{glyphs.FRESHNESS[Freshness.FRESH][0]} fresh vectors",
    "stale": f"{glyphs.FRESHNESS[Freshness.STALE][0]} stale vectors",
    "none": f"{glyphs.FRESHNESS[Freshness.NONE][0]} no vectors",
    "file": f"{glyphs.SQUARE} a file",
}
"""How the rail calls what an item may have."""
_SIGNS = {"types": f"{glyphs.SQUARE} ", "saved": f"{glyphs.STAR} ", "tags": "#"}


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the rail: a heading (or the words in ``value``) without a name, blank without a section."""

    section: str
    name: str | None = None
    count: int | None = None
    value: str = ""


class AtLeast(int):
    """A count of which it is known only that there are not fewer."""

    def __format__(self, how: str) -> str:
        """Write ``10 k+``."""
        return f"{self // 1000:,} k+" if self >= 1000 else f"{int(self)}+"


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
        """A type, tag, organization, fact or search was chosen, or no longer."""

        def __init__(self, section: str, name: str, value: str) -> None:
            super().__init__()
            self.section = section
            self.name = name
            self.value = value

    class Forgotten(Toggled):
        """A saved search, or one used before, shall be forgotten."""

    class Renamed(Toggled):
        """A saved search shall have another name."""

    class Cleared(Message):
        """All searches used before shall be forgotten."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.counts: dict[str, Mapping[str, int | None]] = {name: {} for name in SECTIONS}
        self.saved: dict[str, str] = {}
        self._visited = False
        self.counts["facts"] = dict.fromkeys(FACTS)
        self.chosen: dict[str, set[str]] = {name: set() for name in SECTIONS}
        self._styles: dict[tuple[str, ...], Style] = {}
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

    def show_recent(self, lines: Sequence[str]) -> None:
        """Show the searches used before, the last one first."""
        self.show("recent", dict.fromkeys(lines[:RECENT]))

    def choose(self, **chosen: set[str]) -> None:
        """Mark what the filter holds, by section."""
        self.chosen = {section: chosen.get(section, set()) for section in SECTIONS}
        self.chosen["tags"] = {name.casefold() for name in self.chosen["tags"]}
        self._fill()

    def _fill(self) -> None:
        entries: list[Entry] = []
        for section in SECTIONS:
            names = self._names(section)
            if not names and section not in _EMPTY:
                continue
            if entries:
                entries.append(Entry(""))
            entries.append(Entry(section))
            if not names:
                entries.append(Entry(section, value=_EMPTY[section]))
            for name in names:
                value = name if section == "recent" else self.saved.get(name, "") if section == "saved" else ""
                entries.append(Entry(section, name, self.counts[section].get(name), value))
        here = self._entry() if self._visited else None
        self.entries = entries
        self.virtual_size = Size(self.size.width, len(entries))
        places = {(entry.section, entry.name): index for index, entry in enumerate(entries)}
        at = places.get((here.section, here.name)) if here and here.name is not None else None
        self.set_reactive(FacetRail.cursor, self._nearest(self.cursor if self._visited else 0, 1) if at is None else at)
        self.refresh()

    def _names(self, section: str) -> list[str]:
        """Name what has counts, and what is chosen though nothing has it now."""
        known = list(self.counts[section])
        folded = {name.casefold() for name in known}
        if section in SEARCHES:
            return known
        return known + sorted(n for n in self.chosen[section] if n.casefold() not in folded)

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
        """Forget the search under the cursor."""
        entry = self._entry()
        if entry and entry.name is not None and entry.section in SEARCHES:
            self.post_message(self.Forgotten(entry.section, entry.name, entry.value))

    def action_rename(self) -> None:
        """Give the saved search under the cursor another name."""
        entry = self._entry()
        if entry and entry.name is not None and entry.section == "saved":
            self.post_message(self.Renamed(entry.section, entry.name, entry.value))

    def action_clear_recent(self) -> None:
        """Forget all searches used before."""
        self.post_message(self.Cleared())

    def _entry(self) -> Entry | None:
        return self.entries[self.cursor] if 0 <= self.cursor < len(self.entries) else None

    def on_click(self, event: events.Click) -> None:
        """Choose the line under the mouse."""
        index = event.y + self.scroll_offset.y
        if index < len(self.entries) and self.entries[index].name is not None:
            self.cursor = index
            self.action_choose()

    def on_focus(self) -> None:
        """Show the cursor; from now on it stays on its line while others come."""
        self._visited = True
        self.refresh()

    def on_blur(self) -> None:
        """Hide the cursor."""
        self.refresh()

    # -- drawing ------------------------------------------------------------------------------------------

    def _style(self, *names: str) -> Style:
        if (style := self._styles.get(names)) is None:
            style = self.rich_style
            for name in names:
                style += self.get_component_rich_style(f"rail--{name}", partial=True)
            self._styles[names] = style
        return style

    def notify_style_update(self) -> None:
        """Forget the styles of the theme before."""
        super().notify_style_update()
        self._styles.clear()

    def render_line(self, y: int) -> Strip:
        """Draw a heading or an entry."""
        index, width = y + self.scroll_offset.y, self.size.width
        if index >= len(self.entries) or not self.entries[index].section:
            return Strip([Segment(" " * width, self._style())], width)
        entry = self.entries[index]
        if entry.name is None:
            return self._heading(entry, width)
        return self._entry_line(entry, width, under=index == self.cursor and self.has_focus)

    def _heading(self, entry: Entry, width: int) -> Strip:
        tone = "muted" if entry.value else "heading"
        words = entry.value or SECTIONS[entry.section]
        return Strip([Segment(" ", self._style()), Segment(words, self._style(tone))]).adjust_cell_length(
            width, self._style()
        )

    def _entry_line(self, entry: Entry, width: int, *, under: bool) -> Strip:
        name = entry.name or ""
        chosen = name in self.chosen[entry.section] or name.casefold() in self.chosen[entry.section]
        over = (["chosen"] if chosen else []) + (["cursor"] if under else [])
        base = self._style(*over)
        sign = _SIGNS.get(entry.section, "")
        colour = Style(color=type_colour(name, dark=self.app.current_theme.dark)) if entry.section == "types" else base
        number = "" if entry.section in SEARCHES else glyphs.ELLIPSIS if entry.count is None else f"{entry.count:,}"
        room = width - len(number) - 3 - len(sign)
        text = fit(line(FACTS.get(name, name) if entry.section == "facts" else name, 200), max(1, room))
        segments = [
            Segment(glyphs.CHOSEN if chosen else " ", base),
            Segment(sign, base + colour if entry.section == "types" else base),
            Segment(text, base),
            Segment(f" {number}", base + self._style("muted", *over)),
        ]
        return Strip(segments).adjust_cell_length(width, base)
