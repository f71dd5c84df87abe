"""Near-duplicates: the pairs of a model's vectors that are nearest to each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from localstore.errors import LocalstoreError
from tui import keymap
from tui.screens.vectors.asking import Progress, VectorWork
from tui.visible import line
from tui.widgets.bottom_lines import FooterLine, StatusLine
from tui.widgets.lists.list_source import ListSource
from tui.widgets.lists.score_bar import number
from tui.widgets.lists.virtual_table import Cell, Column, VirtualTable

if TYPE_CHECKING:
    from localstore.vectors.insight.pairs import Pair

LEAST, MOST = 0.95, 100


class PairTable(VirtualTable):
    """Score, both titles, and whether the texts are the same."""

    SCOPE: ClassVar = "pairs"
    BINDINGS: ClassVar = keymap.bindings("pairs")

    def columns(self, width: int) -> list[Column]:
        """Give both titles half of what is left."""
        title = max(4, (width - 8 - 10 - 3) // 2)
        return [Column("score", 7, right=True), Column("text", 9), Column("A", title), Column("B", title)]

    def cells(self, row: Pair, width: int) -> list[Cell]:
        """Show one pair."""
        same = Cell("same", "muted") if row.same_text else Cell("differs", "warn")
        return [Cell(number(row.score).rjust(7)), same, Cell(line(row.title_a, 400)), Cell(line(row.title_b, 400))]


class DuplicatesScreen(VectorWork):
    """Compares each vector of a model with each; it may take long, and can be stopped."""

    AUTO_FOCUS = "PairTable"
    DEFAULT_CSS = """
    DuplicatesScreen #heading { height: 1; padding: 0 1; background: $surface; }
    DuplicatesScreen #pairs { height: 1fr; }
    """

    def __init__(self, model: str, name: str) -> None:
        super().__init__()
        self.model, self.model_name = model, name

    def compose(self) -> ComposeResult:
        """What is looked for, the pairs, and the lines below."""
        yield Static(markup=False, id="heading")
        yield PairTable(id="pairs")
        yield StatusLine()
        yield FooterLine()

    def on_mount(self) -> None:
        """Look for pairs."""
        words = f"Near-duplicates by {line(self.model_name, 80)}: cosine of {LEAST} and more, the nearest {MOST}"
        self.query_one("#heading", Static).update(Content.styled(words, "bold"))
        store, model, given_up = self.localstore.store, self.model, self.given_up

        def work(progress: Progress) -> list[Pair]:
            from localstore.vectors.insight.duplicates import duplicates

            found = duplicates(store, model, LEAST, limit=MOST, progress=progress, cancelled=given_up)
            return list(found)

        self.compute("pairs", "comparing each with each", work)
        self.show_status()

    @property
    def table(self) -> PairTable:
        """The pairs."""
        return self.query_one(PairTable)

    def computed(self, key: str, value: Any) -> None:
        """Show the pairs."""
        self.table.empty = ("No near-duplicates", f"No two vectors have a cosine of {LEAST} or more.")
        self.table.load(ListSource(value, lambda pair: f"{pair.a} {pair.b}"))

    def not_computed(self, error: LocalstoreError) -> None:
        """Say why there are none."""
        self.table.empty = ("Nothing could be compared", line(str(error), 600))
        self.table.load(ListSource((), str))

    def show_status(self) -> None:
        """Write where this is."""
        count = self.table.blocks.length
        at = f"{min(self.table.cursor + 1, count):,} / {count:,} pairs"
        self.query_one(StatusLine).show([(at, "bold"), self.sign(), (self.localstore.path.name, "$muted")])

    def on_virtual_table_moved(self) -> None:
        """Say where the cursor is."""
        self.show_status()

    def on_virtual_table_sized(self) -> None:
        """Say how many there are."""
        self.show_status()

    def on_virtual_table_opened(self, message: VirtualTable.Opened) -> None:
        """Show the first item of the pair."""
        from tui.screens.item.item import show_item

        message.stop()
        if row := message.row:
            show_item(self.localstore, row.item_a, title=row.title_a)

    def action_open_other(self) -> None:
        """Show the second item of the pair."""
        from tui.screens.item.item import show_item

        if row := self.table.row:
            show_item(self.localstore, row.item_b, title=row.title_b)

    def action_compare(self) -> None:
        """Compare the two vectors."""
        from tui.screens.vectors.compare_vectors import CompareVectors

        if row := self.table.row:
            self.app.push_screen(CompareVectors(row.a, row.b))

    def action_back(self) -> None:
        """Stop what runs; else go back."""
        if not self.stop_work():
            self.dismiss()
