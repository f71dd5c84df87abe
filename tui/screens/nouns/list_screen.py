"""A list with a line above it that finds: where the cursor is, what is marked, what changed elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.screen import Screen

from tui import glyphs
from tui.widgets.bottom_lines import StatusLine
from tui.widgets.finding.ask_line import AskLine
from tui.widgets.lists.virtual_table import VirtualTable

if TYPE_CHECKING:
    from tui.app import LocalstoreApp

NARROW = 100


class ListScreen(Screen[None]):
    """Subclasses put a list called ``rows``, the line and the two lines below on the screen, and read the list."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (NARROW, "-wide")]  # noqa: RUF012
    DEFAULT_CSS = """
    ListScreen #body { height: 1fr; }
    ListScreen #middle { width: 1fr; }
    ListScreen #rows { height: 1fr; }
    """
    place: ClassVar[str]
    """The scope of its keys, which are called ``place.refresh``, ``place.back`` …"""

    def __init__(self) -> None:
        super().__init__()
        self.elsewhere = ""

    # -- what subclasses say ------------------------------------------------------------------------------

    def reread(self, *, follow: str | None = None, keep: bool = False) -> None:
        """Read the list anew; the cursor goes to the row *follow*, or with *keep* stays on its place."""
        raise NotImplementedError

    @property
    def many(self) -> str:
        """What rows are called."""
        return self.place

    def facts(self) -> list[tuple[str, str]]:
        """Return more facts for the status line."""
        return []

    def line_facts(self) -> list[tuple[str, str]]:
        """Return in which order rows stand, and what is found."""
        return []

    # -- parts --------------------------------------------------------------------------------------------

    @property
    def localstore(self) -> LocalstoreApp:
        """The app, with its store and lanes."""
        return cast("LocalstoreApp", self.app)

    @property
    def table(self) -> VirtualTable:
        """The list."""
        return self.query_one("#rows", VirtualTable)

    @property
    def asking(self) -> AskLine:
        """The line above the list."""
        return self.query_one(AskLine)

    @property
    def pending(self) -> bool:
        """What waits for the next key."""
        return bool(self.asking.pause)

    def key_of(self, name: str) -> str:
        """Return the key of one of this place's actions, as a person reads it."""
        key = self.localstore.keys.get(f"{self.place}.{name}")
        return key.all_keys[0].replace("escape", "esc") if key else ""

    # -- what happens -------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Read the list."""
        self.reread()

    def changed_elsewhere(self) -> None:
        """Say that somebody else wrote; nothing moves until the person asks."""
        self.elsewhere = "list changed"
        self.show_status()

    def saving(self) -> None:
        """Say that an action runs or ended."""
        self.show_status()

    def on_virtual_table_sized(self) -> None:
        """Say how many there are."""
        self.show_status()

    def show_status(self) -> None:
        """Write the status line."""
        blocks, marks = self.table.blocks, self.table.marks
        at = min(self.table.cursor + 1, blocks.length)
        facts = [(f"{at:,} / {blocks.length:,}{'' if blocks.total is not None else '+'} {self.many}", "bold")]
        if marks:
            facts.append((f"{glyphs.MARK} {marks.count(blocks.length):,} marked", "$accent"))
        if self.elsewhere:
            facts.append((f"{glyphs.WARNING} {self.elsewhere} {glyphs.DOT} {self.key_of('refresh')}", "$warning"))
        facts += [*self.facts(), *self.line_facts(), self._saved(), (self.localstore.path.name, "$muted")]
        self.query_one("#status", StatusLine).show(facts)

    def _saved(self) -> tuple[str, str]:
        if self.localstore.read_only:
            return "read only", "$warning"
        saved = self.localstore.writer.idle
        return (f"{glyphs.GOOD} saved", "$success") if saved else (f"{glyphs.ELLIPSIS} saving", "$warning")

    # -- actions ------------------------------------------------------------------------------------------

    def find(self) -> None:
        """Go to the line above the list."""
        self.asking.input.focus()

    def action_to_list(self) -> None:
        """Go to the list, as the line asks for it."""
        self.asking.flush()
        self.table.focus()

    def action_clear_filter(self) -> None:
        """Clear the line; when it is empty, go to the list."""
        if self.asking.value:
            self.asking.put("")
        else:
            self.action_to_list()

    def action_reload(self) -> None:
        """Read the list again; the cursor stays on its row."""
        self.reread(follow=self.table.key, keep=True)

    def cleared(self) -> bool:
        """Take marks off, else clear the line; tell whether there was one of them."""
        if self.table.marks:
            self.table.marks.clear()
            self.table.refresh()
            self.show_status()
        elif self.asking.value:
            self.asking.put("")
            self.table.focus()
        else:
            return False
        return True
