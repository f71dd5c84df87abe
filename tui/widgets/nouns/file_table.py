"""The list of files, and what became of their bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar
from weakref import WeakKeyDictionary

from localstore.attached.file_paths import kept_digest, local_file
from tui import glyphs, keymap
from tui.visible import line
from tui.widgets.items.item_table import day
from tui.widgets.lists.virtual_table import Cell, Column, VirtualTable
from tui.widgets.reading.reader import Reader
from tui.words import size

if TYPE_CHECKING:
    from localstore.attached.file_checks import Verified
    from localstore.attached.files import FileRow
    from localstore.store import Store

STATES = {
    "kept": (glyphs.SQUARE, "kept", "row"),
    "here": (glyphs.CHOSEN, "on disk", "row"),
    "elsewhere": (glyphs.OFFLINE, "elsewhere", "muted"),
    "ok": (glyphs.GOOD, "verified", "good"),
    "missing": (glyphs.BAD, "missing", "warn"),
    "changed": (glyphs.WARNING, "changed", "warn"),
}
WIDE = 66

Verdicts = dict[str, "Verified"]
_VERDICTS: WeakKeyDictionary[Store, Verdicts] = WeakKeyDictionary()


def verdicts(store: Store) -> Verdicts:
    """Return what was found out about the bytes since the store was opened, by file."""
    return _VERDICTS.setdefault(store, {})


def state(row: FileRow, verdict: Verified | None) -> str:
    """Return what is known of a file's bytes: a key of STATES; without a verdict what the path alone says."""
    if verdict is not None and verdict.path == row.path:
        return verdict.status
    return "kept" if kept_digest(row.path) else "here" if local_file(row.path) else "elsewhere"


class FileTable(VirtualTable):
    """Name, state of the bytes, size; kind, item and day where there is room."""

    SCOPE: ClassVar = "files"
    BINDINGS: ClassVar = keymap.bindings("files")

    def columns(self, width: int) -> list[Column]:
        """Give what is left to the name and the item."""
        fixed = [Column("bytes", 11), Column("size", 10, right=True)]
        if width < WIDE:
            room = width - sum(column.width + 1 for column in fixed) - 1
            return [Column("file", max(6, room)), *fixed]
        fixed += [Column("kind", 15), Column("added", 10)]
        room = width - sum(column.width + 1 for column in fixed) - 2
        name = max(8, room * 3 // 5)
        return [Column("file", name), *fixed[:3], Column("item", max(4, room - name)), fixed[3]]

    def cells(self, row: FileRow, width: int) -> list[Cell]:
        """Show one file."""
        sign, word, tone = STATES[state(row, verdicts(self.localstore.store).get(row.id))]
        cells = [Cell(line(row.filename, 300)), Cell(f"{sign} {word}", tone), Cell(f"{size(row.size_bytes):>10}")]
        if width < WIDE:
            return cells
        item = line(row.item, 300) if row.item is not None else "–"
        kind = line(row.mime_type or "–", 100)
        return [*cells, Cell(kind, "muted"), Cell(item, "muted"), Cell(day(row.created_at), "muted")]


class FileReader(Reader):
    """All of a file; the keys of files work here too."""

    SCOPE: ClassVar = "files"
    BINDINGS: ClassVar = keymap.bindings("files")
