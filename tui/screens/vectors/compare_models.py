"""Two models beside each other: do they find the same neighbours of the same texts?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.widgets import Static

from localstore.errors import LocalstoreError
from tui import keymap
from tui.screens.vectors.asking import Progress, VectorWork
from tui.visible import line
from tui.widgets.bottom_lines import FooterLine, StatusLine
from tui.widgets.items.detail_pane import styled
from tui.widgets.lists.score_bar import bar
from tui.widgets.lists.virtual_table import Column, VirtualTable
from tui.widgets.reading.reader import Line, Piece
from tui.widgets.vectors.match_table import MatchTable

if TYPE_CHECKING:
    from localstore.vectors.insight.compare import ModelComparison

NEAREST, SAMPLE = 10, 200
WHAT = "Overlap@10: of the ten nearest texts by one model, which part is among the ten nearest by the other."


class OverlapTable(MatchTable):
    """The texts on which two models agree least."""

    SCOPE: ClassVar = "sheet"
    BINDINGS: ClassVar = keymap.bindings("sheet")
    heading = "overlap"

    def columns(self, width: int) -> list[Column]:
        """Leave out type and line, which are not known here."""
        long = 10 if width >= 56 else 5
        return [Column(self.heading, 7, right=True), Column("", long), Column("title", max(4, width - long - 10))]


class CompareModels(VectorWork):
    """Compares the neighbours that two models find."""

    AUTO_FOCUS = "OverlapTable"
    DEFAULT_CSS = """
    CompareModels #figures { padding: 0 1; background: $surface; height: auto; }
    CompareModels #worst { height: 1fr; }
    """

    def __init__(self, a: str, b: str) -> None:
        super().__init__()
        self.a, self.b = a, b

    def compose(self) -> ComposeResult:
        """The figures, the texts that differ most, and the lines below."""
        yield Static(markup=False, id="figures")
        yield OverlapTable(id="worst")
        yield StatusLine()
        yield FooterLine()

    def on_mount(self) -> None:
        """Compare the models on a sample."""
        store, a, b = self.localstore.store, self.a, self.b

        def work(progress: Progress) -> ModelComparison:
            from localstore.vectors.insight.compare import compare

            return compare(store, a, b, k=NEAREST, sample=SAMPLE, progress=progress, cancelled=self.given_up)

        self._write([(Piece("Two models", "heading"),), (Piece(WHAT, "note"),)])
        self.compute("overlap", "comparing neighbours", work)
        self.show_status()

    def computed(self, key: str, value: ModelComparison) -> None:
        """Show how much they agree, and where least."""
        from localstore.vectors.matches import Match

        self._write(lines(value, ascii=self.localstore.ascii))
        worst = enumerate(value.worst, 1)
        self.query_one(OverlapTable).empty = ("They share no text", "Both models need a vector of the same text.")
        matches = [Match(n, overlap, pk, pk, None, "", title, "") for n, (pk, title, overlap) in worst]
        self.query_one(OverlapTable).show(matches)

    def not_computed(self, error: LocalstoreError) -> None:
        """Say why there is no comparison."""
        self._write([(Piece("Two models", "heading"),), (Piece(line(str(error), 600), "bad"),)])

    def _write(self, text: list[Line]) -> None:
        self.query_one("#figures", Static).update(styled(text))

    def show_status(self) -> None:
        """Write where this is."""
        place = (self.localstore.path.name, "$muted")
        self.query_one(StatusLine).show([("two models", "bold"), self.sign(), ("esc back", "$muted"), place])

    def on_virtual_table_opened(self, message: VirtualTable.Opened) -> None:
        """Show the item."""
        from tui.screens.item.item import show_item

        message.stop()
        if row := message.row:
            show_item(self.localstore, row.item_id, row.type, row.title)

    def action_back(self) -> None:
        """Stop what runs; else go back."""
        if not self.stop_work():
            self.dismiss()


def lines(found: Any, *, ascii: bool) -> list[Line]:
    """Return a comparison as text."""
    share = f"{100 * found.overlap:.1f} %"
    return [
        (Piece("Two models", "heading"),),
        (Piece("A  ", "key"), Piece(line(found.model_a, 200), "title")),
        (Piece("B  ", "key"), Piece(line(found.model_b, 200), "title")),
        (Piece(WHAT.replace("10", str(found.k)).replace("ten", f"{found.k}"), "note"),),
        (Piece(f"{share}  ", "title"), Piece(bar(found.overlap, 20, ascii=ascii), "key")),
        (Piece(f"asked by {found.sampled:,} of the {found.texts_shared:,} texts that both embedded", "note"),),
        (Piece("Where they agree least:", "heading"),),
    ]
