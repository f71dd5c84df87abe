"""What hangs on an item, as lists: files, history, vectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from localstore.freshness import Freshness
from tui import glyphs, keymap
from tui.visible import line
from tui.widgets.items.item_table import moment
from tui.widgets.lists.list_source import ListPage, ListSource
from tui.widgets.lists.virtual_table import Cell, Column, VirtualTable
from tui.widgets.vectors.vector_lines import VectorRow, read_vectors, waiting_models
from tui.words import size

if TYPE_CHECKING:
    from localstore.store import Store


class Lazy:
    """Rows that are all read when the first page is asked for, on the thread that asks."""

    def __init__(self, read: Any, key_of: Any) -> None:
        self._read, self._key_of = read, key_of
        self._source: ListSource | None = None

    @property
    def _rows(self) -> ListSource:
        if self._source is None:
            self._source = ListSource(self._read(), self._key_of)
        return self._source

    def page(self, after: str | None, limit: int) -> ListPage:
        """Return up to *limit* rows after a cursor."""
        return self._rows.page(after, limit)

    def anchors(self, step: int) -> list[str]:
        """Return the cursor before every *step*-th row but the first."""
        return self._rows.anchors(step)

    def count(self) -> int:
        """Return how many rows there are."""
        return self._rows.count()

    def key(self, row: Any) -> str:
        """Return what a row is known by."""
        return str(self._key_of(row))


class FileRow(NamedTuple):
    """A file of the item; ``state`` is what a check found."""

    id: str
    name: str
    kind: str
    size: int
    path: str
    local: str


class FileList(VirtualTable):
    """The files of an item."""

    SCOPE: ClassVar = "attached"
    BINDINGS: ClassVar = [*keymap.bindings("item"), *keymap.bindings("attached")]

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.add_class("part")
        self.states: dict[str, tuple[str, str]] = {}
        self.empty = ("No files", "A PDF, a picture, a data set that the item is about.", "a attaches one")

    @staticmethod
    def of(store: Store, item: str) -> Lazy:
        """Return the files of an item as rows."""

        def read() -> list[FileRow]:
            return [_file(store, each) for each in store.files.all({"item_id": item})]

        return Lazy(read, lambda row: row.id)

    def columns(self, width: int) -> list[Column]:
        """Return name, size, state, path."""
        name = max(12, min(40, width // 3))
        return [
            Column("file", name),
            Column("size", 10, right=True),
            Column("checked", 10),
            Column("where", max(4, width - name - 24)),
        ]

    def cells(self, row: FileRow, width: int) -> list[Cell]:
        """Return what a row shows."""
        words, tone = self.states.get(row.id, ("", "muted"))
        return [
            Cell(line(row.name, 200)),
            Cell(size(row.size).rjust(10), "muted"),
            Cell(words, tone),
            Cell(line(row.local or row.path, 400), "muted"),
        ]


def _file(store: Store, asset: Any) -> FileRow:
    local = store.files.local_path(asset)
    return FileRow(
        asset.id, asset.filename, asset.mime_type or "", asset.size_bytes, asset.path, str(local) if local else ""
    )


@dataclass(frozen=True)
class HistorySource:
    """What happened to an item, newest first."""

    store: Store
    item: str

    def page(self, after: str | None, limit: int) -> Any:
        """Return up to *limit* events after a cursor."""
        return self.store.events.page({"item_id": self.item}, after=after, limit=limit)

    def anchors(self, step: int) -> list[str]:
        """Return the cursor before every *step*-th event but the first."""
        found: list[str] = []
        after = self.page(None, step).next
        while after is not None:
            found.append(after)
            after = self.page(after, step).next
        return found

    def count(self) -> int:
        """Return how many events there are."""
        return self.store.events.count({"item_id": self.item})

    def key(self, row: Any) -> str:
        """Return the event's id."""
        return str(row.id)


class HistoryList(VirtualTable):
    """The events of an item."""

    SCOPE: ClassVar = "itemevents"
    BINDINGS: ClassVar = [*keymap.bindings("item")]

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.add_class("part")
        self.empty = ("Nothing is noted yet", "What is done with the item stands here.", "")

    @staticmethod
    def of(store: Store, item: str) -> HistorySource:
        """Return the events of an item as rows."""
        return HistorySource(store, item)

    def columns(self, width: int) -> list[Column]:
        """Return time, what, and to what."""
        return [Column("when", 16), Column("event", 20), Column("what", max(4, width - 39))]

    def cells(self, row: Any, width: int) -> list[Cell]:
        """Return what a row shows."""
        from tui.widgets.items.item_view import what_of

        at = moment(str(row.created_at.isoformat()))
        return [Cell(at, "muted"), Cell(line(row.event_type, 64)), Cell(line(what_of(row.payload), 200), "muted")]


class VectorList(VirtualTable):
    """The vectors of an item, and the texts that wait for one."""

    SCOPE: ClassVar = "itemvectors"
    BINDINGS: ClassVar = [*keymap.bindings("item"), *keymap.bindings("itemvectors")]

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.add_class("part")
        self.empty = ("No vectors", "No model embedded this item, and none is set up.", "F5 makes vectors now")

    @staticmethod
    def of(store: Store, item: str) -> Lazy:
        """Return the vectors of an item as rows; models whose vectors lack, below them."""
        return Lazy(lambda: [*read_vectors(store, item).rows, *waiting_models(store, item)], lambda row: row.id)

    def columns(self, width: int) -> list[Column]:
        """Return model, state, length, text."""
        model = max(12, min(32, width // 4))
        return [
            Column("model", model),
            Column("state", 20),
            Column("dim", 7, right=True),
            Column("of", max(4, width - model - 31)),
        ]

    def cells(self, row: VectorRow, width: int) -> list[Cell]:
        """Return what a row shows: a glyph and a word for the state."""
        glyph, words = glyphs.FRESHNESS[row.state]
        words = "queued" if row.state is Freshness.NONE else words.removeprefix("vectors ").partition(":")[0]
        tone = {Freshness.FRESH: "good", Freshness.STALE: "warn"}.get(row.state, "muted")
        dim = f"{row.dim:,}" if row.dim else ""
        return [Cell(line(row.model, 80)), Cell(f"{glyph} {words}", tone), Cell(dim.rjust(7), "muted"),
                Cell(line(row.of, 300), "muted")]  # fmt: skip
