"""The list of open conflicts: of any length, read in pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from tui import glyphs, keymap
from tui.visible import line
from tui.widgets.items.item_table import moment
from tui.widgets.lists.virtual_table import Cell, Column, VirtualTable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from localstore.store import Store
    from tui.sync_calls import SyncCalls

KINDS = {
    "columns": (glyphs.WARNING, "two values"),
    "deleted there": (glyphs.BAD, "deleted there"),
    "deleted here": (glyphs.BAD, "deleted here"),
    "parent gone": (glyphs.BAD, "parent gone"),
    "refused": (glyphs.OFFLINE, "refused"),
    "taken": (glyphs.OFFLINE, "taken"),
    "unreadable": (glyphs.OFFLINE, "unreadable"),
    "parked": (glyphs.ELLIPSIS, "waits"),
}
KIND, WHEN = 15, 16
WIDE = 70


class ConflictSource:
    """Open conflicts, newest first."""

    def __init__(self, store: Store, calls: SyncCalls) -> None:
        self.store, self.calls = store, calls

    def page(self, after: str | None, limit: int) -> Any:
        """Return up to *limit* conflicts after a cursor."""
        return self.calls.conflicts(self.store, limit, after)

    def anchors(self, step: int) -> list[str]:
        """Return the cursor before every *step*-th conflict but the first."""
        return self.calls.conflict_anchors(self.store, step)

    def count(self) -> int:
        """Return how many there are."""
        return self.calls.conflict_count(self.store)

    def key(self, row: Any) -> str:
        """Return the conflict's id."""
        return str(row.id)

    def ids(self, but: set[str]) -> Iterator[str]:
        """Yield the ids of all, *but* some."""
        after: str | None = None
        while True:
            page = self.page(after, 500)
            yield from (row.id for row in page.rows if row.id not in but)
            if page.next is None:
                return
            after = page.next


class ConflictTable(VirtualTable):
    """Kind, what it is about, why, when."""

    SCOPE: ClassVar = "conflicts"
    BINDINGS: ClassVar = keymap.bindings("conflicts")

    def columns(self, width: int) -> list[Column]:
        """Give half of what is left to what it is about, half to the reason."""
        if width < WIDE:
            room = max(8, width - KIND - 3)
            return [Column("conflict", KIND), Column("about", room // 2), Column("why", room - room // 2)]
        room = width - KIND - WHEN - 5
        what = room // 2
        return [Column("conflict", KIND), Column("about", what), Column("why", room - what), Column("since", WHEN)]

    def cells(self, row: Any, width: int) -> list[Cell]:
        """Show one conflict."""
        sign, word = KINDS.get(str(row.kind), (glyphs.WARNING, line(str(row.kind), 40)))
        cells = [Cell(f"{sign} {word}", "warn"), Cell(line(row.label, 300)), Cell(line(row.reason, 300), "muted")]
        return cells if width < WIDE else [*cells, Cell(moment(row.at), "muted")]
