"""A vector's card: its numbers in words, a strip, and its nearest neighbours in the original space."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from localstore.errors import LocalstoreError
from localstore.ids import short
from tui import glyphs, keymap
from tui.clipboard import copy
from tui.screens.vectors.asking import Progress, VectorWork
from tui.screens.vectors.compare_vectors import CompareVectors, called
from tui.visible import line
from tui.widgets.bottom_lines import FooterLine, StatusLine
from tui.widgets.lists.score_bar import number
from tui.widgets.lists.virtual_table import VirtualTable
from tui.widgets.reading.reader import Line, Piece, Reader
from tui.widgets.vectors.heat_strip import strip_lines
from tui.widgets.vectors.match_table import MatchTable, exactness, said
from tui.words import size

if TYPE_CHECKING:
    from localstore.freshness import Freshness
    from localstore.vectors.insight.card import VectorCard
    from localstore.vectors.matches import Nearest

NEAREST = 10


class NeighbourTable(MatchTable):
    """The nearest vectors."""

    SCOPE: ClassVar = "card"
    BINDINGS: ClassVar = keymap.bindings("card")


class EmbeddingScreen(VectorWork):
    """Shows all about one embedding."""

    AUTO_FOCUS = "NeighbourTable"
    DEFAULT_CSS = """
    EmbeddingScreen #card { height: 7; padding: 0 1; background: $surface; }
    EmbeddingScreen #neighbours { height: 1fr; }
    EmbeddingScreen #said { height: 1; padding: 0 1; color: $muted; background: $surface; }
    """

    def __init__(self, embedding: str) -> None:
        super().__init__()
        self.embedding = embedding
        self.exact = True
        self.found: Nearest | None = None

    def compose(self) -> ComposeResult:
        """The card, the neighbours, and the lines below."""
        yield Reader(id="card")
        yield NeighbourTable(id="neighbours")
        yield Static(markup=False, id="said")
        yield StatusLine()
        yield FooterLine()

    def on_mount(self) -> None:
        """Read the vector; its neighbours come after it."""
        self.query_one("#card", Reader).can_focus = False
        store, pk, ascii = self.localstore.store, self.embedding, self.localstore.ascii

        def work(progress: Progress) -> list[Line]:
            from localstore.vectors.insight.card import card

            embedding = store.embeddings.get(pk)
            state = store.embeddings.state(embedding)
            return lines(called(store, embedding), embedding.id, card(embedding.array), state, ascii=ascii)

        self.compute("card", "reading the vector", work)
        self.show_status()

    @property
    def table(self) -> NeighbourTable:
        """The neighbours."""
        return self.query_one(NeighbourTable)

    def computed(self, key: str, value: Any) -> None:
        """Show the card, then ask for neighbours; show those."""
        if key == "card":
            self.query_one("#card", Reader).show(value)
            self.ask_nearest()
            return
        self.found = value
        self.table.empty = ("No neighbours", "It is the only vector of its model.")
        self.table.show(value.matches, value.metric)
        self.query_one("#said", Static).update(Content(line(said(value), 400)))

    def ask_nearest(self) -> None:
        """Ask for the nearest in the original space."""
        embeddings, pk, exact, given_up = self.localstore.store.embeddings, self.embedding, self.exact, self.given_up

        def work(progress: Progress) -> Nearest:
            model = embeddings.get(pk).model_id
            return embeddings.nearest(
                like=pk, k=NEAREST, model=model, exact=exact, progress=progress, cancelled=given_up
            )

        self.compute("nearest", "looking for the nearest", work)

    def not_computed(self, error: LocalstoreError) -> None:
        """Say in the place of the neighbours what went wrong."""
        self.table.empty = ("Nothing could be looked up", line(str(error), 600))
        self.table.show([])

    def show_status(self) -> None:
        """Write where this is."""
        exact = exactness(self.found, asked=self.exact)
        place = [(f"id {short(self.embedding)}", "$muted"), (self.localstore.path.name, "$muted")]
        self.query_one(StatusLine).show([("vector", "bold"), self.sign(), (exact, ""), *place])

    def on_virtual_table_opened(self, message: VirtualTable.Opened) -> None:
        """Show the neighbour's item."""
        from tui.screens.item.item import show_item

        message.stop()
        if row := message.row:
            show_item(self.localstore, row.item_id, row.type, row.title)

    # -- actions ------------------------------------------------------------------------------------------

    def action_exactness(self) -> None:
        """Ask for the exact answer, or for the fast one."""
        self.exact = not self.exact
        self.ask_nearest()

    def action_compare(self) -> None:
        """Compare with the neighbour under the cursor."""
        if self.table.row is not None:
            self.app.push_screen(CompareVectors(self.embedding, self.table.row.embedding_id))

    def action_neighbour(self) -> None:
        """Show the card of the neighbour."""
        if self.table.row is not None:
            self.app.push_screen(EmbeddingScreen(self.table.row.embedding_id))

    def action_copy_id(self) -> None:
        """Copy the id of the embedding."""
        copy(self.localstore, self.embedding, f"Id {short(self.embedding)}")

    def action_back(self) -> None:
        """Stop what runs; else go back."""
        if not self.stop_work():
            self.dismiss()


def lines(name: str, pk: str, card: VectorCard, state: Freshness, *, ascii: bool) -> list[Line]:
    """Return a card as text."""
    numbers = [("norm", card.norm), ("mean", card.mean), ("sd", card.sd), ("min", card.min), ("max", card.max)]
    bad = f"{glyphs.BAD} {card.bad}: the numbers here are of the rest" if card.bad else "no NaN, none infinite"
    figures = "   ".join(f"{word} {number(value)}" for word, value in numbers)
    found: list[Line] = [
        (Piece(name, "title"),),
        (Piece(f"{card.dim:,} numbers × f32 = {size(card.bytes)} · id {short(pk)}", "note"),),
        (
            Piece(
                " ".join(glyphs.FRESHNESS[state]).replace(" vectors ", " "), "warn" if state.name == "STALE" else "note"
            ),
        ),
        (Piece(figures),),
        (Piece(f"{card.zeros:,} zero{'s' * (card.zeros != 1)}   "), Piece(bad, "bad" if card.bad else "note")),
    ]
    return [*found, *strip_lines(card.strip, 64, ascii=ascii)]
