"""Similar: the items whose vectors are nearest to one item's, best first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from localstore.errors import LocalstoreError
from tui import keymap
from tui.messages import Written
from tui.screens.items.actions import ItemActions
from tui.screens.vectors.asking import Progress, VectorWork
from tui.targets import Targets
from tui.visible import line
from tui.widgets.bottom_lines import FooterLine, StatusLine
from tui.widgets.lists.virtual_table import VirtualTable
from tui.widgets.vectors.match_table import MatchTable, by_item, exactness, said

if TYPE_CHECKING:
    from localstore.store import Store
    from localstore.vectors.matches import Match, Nearest

NEAREST = 50
NO_VECTORS = ("No vectors for this item", "Its text was not embedded yet.", "'localstore embed' makes what is missing")


class SimilarTable(MatchTable):
    """Matches with the keys of items."""

    SCOPE: ClassVar = "similar"
    BINDINGS: ClassVar = [*keymap.bindings("items"), *keymap.bindings("similar")]


class SimilarScreen(VectorWork, ItemActions):
    """Shows what is nearest to an item; its keys are those of the list."""

    AUTO_FOCUS = "SimilarTable"
    DEFAULT_CSS = """
    SimilarScreen #heading { height: 1; padding: 0 1; background: $surface; }
    SimilarScreen #matches { height: 1fr; }
    SimilarScreen #said { height: 1; padding: 0 1; color: $muted; background: $surface; }
    """

    def __init__(self, item: str, title: str, types: list[str], tags: list[str]) -> None:
        super().__init__()
        self.item, self.item_title = item, title
        self.exact = True
        self.model = 0
        self.models: list[str] = []
        self.found: Nearest | None = None
        self._types, self._tags = types, tags

    def compose(self) -> ComposeResult:
        """What it is similar to, the list, and the lines below."""
        yield Static(markup=False, id="heading")
        yield SimilarTable(id="matches")
        yield Static(markup=False, id="said")
        yield StatusLine()
        yield FooterLine()

    def on_mount(self) -> None:
        """Ask for the nearest."""
        words = f"Similar to “{line(self.item_title, 200)}”"
        self.query_one("#heading", Static).update(Content.styled(words, "bold"))
        self.reload()

    @property
    def table(self) -> SimilarTable:
        """The list."""
        return self.query_one(SimilarTable)

    # -- asking -------------------------------------------------------------------------------------------

    def reload(self) -> None:
        """Ask for the nearest, by the chosen model."""
        store, item, wanted, exact = self.localstore.store, self.item, self.model, self.exact

        def work(progress: Progress) -> Any:
            models = models_of(store, item)
            if not models:
                return models, None
            model = models[wanted % len(models)]
            nearest = store.embeddings.nearest
            return models, nearest(
                like=item, k=NEAREST, model=model, exact=exact, progress=progress, cancelled=self.given_up
            )

        self.compute("nearest", "looking for the nearest", work)
        self.show_status()

    def computed(self, key: str, value: Any) -> None:
        """Show the nearest, an item once."""
        self.models, self.found = value
        matches = by_item(self.found.matches) if self.found else []
        self._say(said(self.found) if self.found else "")
        alone = ("Nothing else has a vector by this model", "'localstore embed' makes what is missing")
        self.table.empty = alone if self.found else NO_VECTORS
        self.table.show(matches, self.found.metric if self.found else "cosine", keep=True)

    def not_computed(self, error: LocalstoreError) -> None:
        """Say why nothing was found, in the place of the list."""
        self.found = None
        self._say("")
        self.table.empty = ("Nothing could be looked up", line(str(error), 600))
        self.table.show([])

    def _say(self, words: str) -> None:
        self.query_one("#said", Static).update(Content(line(words, 400)))

    # -- one and many -------------------------------------------------------------------------------------

    def one(self) -> tuple[str, str] | None:
        """Return id and title of the item under the cursor."""
        row: Match | None = self.table.row
        return (row.item_id, row.title) if row else None

    def targets(self) -> Targets | None:
        """Return the marked items, else the one under the cursor."""
        matches: list[Match] = [row for at in range(self.table.blocks.length) if (row := self.table.blocks.row(at))]
        marked = [match for match in matches if self.table.source.key(match) in self.table.marks]
        chosen = marked or ([self.table.row] if self.table.row else [])
        if not chosen:
            return None
        return Targets(tuple(match.item_id for match in chosen), len(chosen), chosen[0].title[:60])

    def type_names(self) -> list[str]:
        """Return the known types."""
        return self._types

    def tag_names(self) -> list[str]:
        """Return the known tags."""
        return self._tags

    # -- the app tells ------------------------------------------------------------------------------------

    def show_status(self) -> None:
        """Write where this is."""
        count = self.table.blocks.length
        model = self.found.model if self.found else ""
        of = f" ({self.model % len(self.models) + 1} of {len(self.models)} · m)" if len(self.models) > 1 else ""
        exact = exactness(self.found, asked=self.exact)
        at = f"{min(self.table.cursor + 1, count):,} / {count:,}"
        place = [(self.localstore.path.name, "$muted")]
        self.query_one(StatusLine).show([(at, "bold"), self.sign(), (exact, ""), (model + of, "$secondary"), *place])

    def on_virtual_table_moved(self) -> None:
        """Say where the cursor is."""
        self.show_status()

    def on_virtual_table_sized(self) -> None:
        """Say how many there are."""
        self.show_status()

    def on_virtual_table_opened(self, message: VirtualTable.Opened) -> None:
        """Show the item on a screen of its own."""
        from tui.screens.item.item import show_item

        message.stop()
        if row := message.row:
            show_item(self.localstore, row.item_id, row.type, row.title)

    def written(self, message: Written) -> None:
        """Look again after an action on items; leave when the item itself was deleted."""
        if message.kind == "deleted" and self.item in message.keys:
            if self.app.screen is self:
                self.dismiss()
        elif message.kind not in ("draft", "search"):
            self.table.marks.clear()
            self.reload()

    def saving(self) -> None:
        """Say that an action runs or ended."""
        self.show_status()

    def find(self) -> None:
        """Go back to the list and write in its find line."""
        self.dismiss()
        self.app.call_later(self.localstore.action_find)

    # -- actions ------------------------------------------------------------------------------------------

    def action_exactness(self) -> None:
        """Ask for the exact answer, or for the fast one."""
        self.exact = not self.exact
        self.reload()

    def action_next_model(self) -> None:
        """Ask by the next model that has a vector of the item."""
        if len(self.models) > 1:
            self.model = (self.model + 1) % len(self.models)
            self.reload()
        else:
            self.localstore.toast("The item has vectors of one model only.")

    def action_compare(self) -> None:
        """Compare the item's vector with that of the match."""
        from tui.screens.vectors.compare_vectors import CompareVectors

        row, model = self.table.row, self.found.model_id if self.found else ""
        if row is not None:
            self.app.push_screen(CompareVectors(self.item, row.embedding_id, model))

    def action_reload(self) -> None:
        """Ask again."""
        self.reload()

    def action_back(self) -> None:
        """Stop what runs; else take marks off; else go back."""
        if self.stop_work():
            return
        if self.table.marks:
            self.table.marks.clear()
            self.table.refresh()
        else:
            self.dismiss()


def models_of(store: Store, item: str) -> list[str]:
    """Return the ids of the models that have a vector of an item or of one of its contents, oldest first."""
    return list(dict.fromkeys(str(each.model_id) for each in store.embeddings.of(item)))
