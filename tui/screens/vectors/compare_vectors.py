"""Two vectors beside each other: cosine, dot product, distance, and where they differ most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult

from localstore.errors import LocalstoreError
from localstore.ids import short
from tui import keymap
from tui.screens.vectors.asking import Progress, VectorWork
from tui.visible import line
from tui.widgets.bottom_lines import FooterLine, StatusLine
from tui.widgets.lists.score_bar import bar, number
from tui.widgets.reading.reader import Line, Piece, Reader
from tui.widgets.vectors.heat_strip import strip_lines

if TYPE_CHECKING:
    from localstore.models import Embedding
    from localstore.store import Store
    from localstore.vectors.insight.card import PairCard, VectorCard

BAR = 12


class SheetReader(Reader):
    """The text of a comparison."""

    SCOPE: ClassVar = "sheet"
    BINDINGS: ClassVar = keymap.bindings("sheet")


class CompareVectors(VectorWork):
    """Compares two embeddings; an item's id stands for its vector by *model*."""

    AUTO_FOCUS = "SheetReader"
    DEFAULT_CSS = """
    CompareVectors #sheet { height: 1fr; padding: 0 1; }
    """

    def __init__(self, a: str, b: str, model: str = "") -> None:
        super().__init__()
        self.a, self.b, self.model = a, b, model

    def compose(self) -> ComposeResult:
        """The text and the lines below."""
        yield SheetReader(id="sheet")
        yield StatusLine()
        yield FooterLine()

    def on_mount(self) -> None:
        """Read both vectors and compare them."""
        store, refs, model, ascii = self.localstore.store, (self.a, self.b), self.model, self.localstore.ascii

        def work(progress: Progress) -> list[Line]:
            from localstore.vectors.insight.card import card, compare

            one, other = (embedding_of(store, ref, model) for ref in refs)
            names = [called(store, one), called(store, other)]
            cards = [card(one.array), card(other.array)]
            return lines(names, cards, compare(one.array, other.array), ascii=ascii)

        self.compute("pair", "comparing", work)
        self.show_status()

    def computed(self, key: str, value: Any) -> None:
        """Show the comparison."""
        self.query_one(SheetReader).show(value)

    def not_computed(self, error: LocalstoreError) -> None:
        """Say why there is none."""
        self.query_one(SheetReader).show([(Piece(line(str(error), 600), "bad"),)])

    def show_status(self) -> None:
        """Write where this is."""
        place = (self.localstore.path.name, "$muted")
        self.query_one(StatusLine).show([("two vectors", "bold"), self.sign(), ("esc back", "$muted"), place])

    def action_back(self) -> None:
        """Go back."""
        self.dismiss()


def embedding_of(store: Store, ref: str, model: str) -> Embedding:
    """Return the embedding of an id, or the first of a model that an item of that id has."""
    from localstore.errors import NotFound

    try:
        return store.embeddings.get(ref)
    except NotFound:
        found = [each for each in store.embeddings.of(ref) if not model or each.model_id == model]
        if not found:
            raise NotFound(f"The item {short(ref)} has no vector by that model any more.") from None
        return found[0]


def called(store: Store, embedding: Embedding) -> str:
    """Return title of the item and name of the model of an embedding."""
    item = embedding.item_id or store.contents.get(str(embedding.content_id)).item_id
    return f"{line(store.items.get(item).title, 200)} · {line(embedding.ai_model.name, 80)}"


def lines(names: list[str], cards: list[VectorCard], pair: PairCard, *, ascii: bool) -> list[Line]:
    """Return the comparison as text."""
    cosine = "none: one of them has no length" if pair.cosine is None else number(pair.cosine)
    cells = "" if pair.cosine is None else bar(pair.cosine, 20, ascii=ascii)
    found: list[Line] = [(Piece("Two vectors", "heading"),)]
    found += [(Piece(f"{letter}  ", "accent"), Piece(name, "title")) for letter, name in zip("AB", names, strict=True)]
    found += [_EMPTY, (Piece("cosine    ", "note"), Piece(f"{cosine}  "), Piece(cells, "good"))]
    found.append((Piece("dot       ", "note"), Piece(number(pair.dot))))
    found.append((Piece("distance  ", "note"), Piece(f"{number(pair.l2)} (L2)")))
    for letter, card in zip("AB", cards, strict=True):
        found += [
            _EMPTY,
            (Piece(f"{letter}  ", "accent"), Piece(f"{card.dim:,} numbers, norm {number(card.norm)}", "note")),
        ]
        found += strip_lines(card.strip, 64, ascii=ascii)
    return [*found, _EMPTY, *_differing(pair, ascii=ascii)]


_EMPTY: Line = (Piece(""),)


def _differing(pair: PairCard, *, ascii: bool) -> list[Line]:
    if not pair.differing:
        return [(Piece("They are the same in every dimension.", "note"),)]
    most = max(abs(value) for _, a, b in pair.differing for value in (a, b)) or 1.0
    found: list[Line] = [(Piece("Dimensions that differ most", "heading"),)]
    found.append((Piece(f"{'':>7}{'A':>10}{'':{BAR + 2}}{'B':>10}", "note"),))
    for dimension, a, b in pair.differing:
        sides = [Piece(f"{dimension:>6} ", "note"), *_side(a, most, ascii), Piece("  "), *_side(b, most, ascii)]
        found.append(tuple(sides))
    return found


def _side(value: float, most: float, ascii: bool) -> list[Piece]:
    tone = "accent" if value >= 0 else "key"
    signed = f"{'+' if value >= 0 else ''}{number(value)}".replace("-", "−")
    return [Piece(f"{signed:>10} "), Piece(bar(abs(value) / most, BAR, ascii=ascii), tone)]
