"""The detail pane: one item's heading, and its contents, metadata, files, history or vectors below."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tui import keymap
from tui.lanes import Urgency
from tui.messages import Loaded
from tui.widgets.items.detail_parts import MarkedReader, TabLine
from tui.widgets.items.item_view import (
    TABS,
    ItemView,
    file_lines,
    heading,
    history_lines,
    meta_lines,
    read_item,
)
from tui.widgets.reading.reader import Line

if TYPE_CHECKING:
    from tui.app import LocalstoreApp
    from tui.widgets.vectors.vector_lines import ItemVectors

DEBOUNCE = 0.08
VECTORS = TABS.index("Vectors")


class ItemReader(MarkedReader):
    """The text of the pane; the keys of items work here too."""

    SCOPE: ClassVar = "detail"
    BINDINGS: ClassVar = [*keymap.bindings("items"), *keymap.bindings("detail")]

    def action_down(self) -> None:
        """Scroll, or choose the next vector."""
        if not cast("DetailPane", self.parent).choose_vector(1):
            super().action_down()

    def action_up(self) -> None:
        """Scroll, or choose the vector before."""
        if not cast("DetailPane", self.parent).choose_vector(-1):
            super().action_up()

    def action_open_card(self) -> None:
        """Show all about the chosen vector."""
        cast("DetailPane", self.parent).open_card()

    def action_previous_tab(self) -> None:
        """Show the tab before."""
        cast("DetailPane", self.parent).step(-1)

    def action_next_tab(self) -> None:
        """Show the next tab."""
        cast("DetailPane", self.parent).step(1)


class DetailPane(Vertical):
    """Shows the item of a key, a moment after it was asked for."""

    DEFAULT_CSS = """
    DetailPane { padding: 0 1; }
    DetailPane > #head { height: auto; max-height: 5; overflow-y: hidden; }
    DetailPane > TabLine { height: 1; margin: 1 0 1 0; }
    DetailPane > ItemReader { height: 1fr; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.view: ItemView | None = None
        self.key: str | None = None
        self.tab = 0
        self.vectors: ItemVectors | None = None
        self.vector = 0

    def compose(self) -> ComposeResult:
        """Heading, tabs, text."""
        yield Static(markup=False, id="head")
        yield TabLine()
        yield ItemReader()

    @property
    def localstore(self) -> LocalstoreApp:
        """The app, with its lanes."""
        return cast("LocalstoreApp", self.app)

    def on_mount(self) -> None:
        """Be empty."""
        self.clear()

    def ask(self, key: str | None) -> None:
        """Read the item of this key on the reader thread; a newer wish replaces an older one."""
        self.key = key
        if key is None:
            self.localstore.reader.cancel(self, "detail")
            self.clear()
            return
        store = self.localstore.store

        def work() -> Loaded:
            view = read_item(store, key)
            return Loaded("detail", (key, view, view.text_lines if view else []))  # written here, not while drawing

        self.localstore.reader.submit(self, work, key="detail", urgency=Urgency.DETAIL)

    def on_loaded(self, message: Loaded) -> None:
        """Show the item or its vectors, unless another is wanted by now."""
        key, value, *_ = message.value
        if key != self.key:
            return
        message.stop()
        if message.key == "vectors":
            self.vectors = value
            self.render_view(stay=True)
            return
        same = self.view is not None and value is not None and self.view.row.id == value.row.id
        self.view, self.vectors = value, None
        self.vector = self.vector if same else 0
        self.render_view(stay=same)
        self._ask_vectors()

    def _ask_vectors(self) -> None:
        """Read which vectors there are, when somebody looks at them."""
        key = self.key
        if self.view is None or key is None or self.tab != VECTORS or self.vectors is not None:
            return
        from tui.widgets.vectors.vector_lines import read_vectors

        store = self.localstore.store
        work = lambda: Loaded("vectors", (key, read_vectors(store, key)))  # noqa: E731
        self.localstore.reader.submit(self, work, key="vectors", urgency=Urgency.DETAIL)

    def choose_vector(self, by: int) -> bool:
        """Choose another vector on their tab; tell whether there is one to choose."""
        if self.tab != VECTORS or self.vectors is None or len(self.vectors.rows) < 2:
            return False
        self.vector = max(0, min(self.vector + by, len(self.vectors.rows) - 1))
        self.render_view(stay=True)
        self.query_one(ItemReader).reveal(2 * self.vector, 2)
        return True

    def open_card(self) -> None:
        """Show all about the chosen vector; on the other tabs, say where they are."""
        if self.tab == VECTORS and self.vectors and self.vectors.rows:
            from tui.screens.vectors.embedding import EmbeddingScreen

            self.app.push_screen(EmbeddingScreen(self.vectors.rows[self.vector].id))
        elif self.view is not None and self.tab != VECTORS:
            self.choose(VECTORS)

    def clear(self) -> None:
        """Show nothing."""
        self.view = None
        self.render_view()

    def on_tab_line_chosen(self, message: TabLine.Chosen) -> None:
        """Show the tab that was clicked."""
        message.stop()
        self.choose(message.tab)

    def step(self, by: int) -> None:
        """Go some tabs on, round the end."""
        self.choose((self.tab + by) % len(TABS))

    def choose(self, tab: int) -> None:
        """Show a tab."""
        self.tab = tab
        self.render_view()
        self._ask_vectors()

    def render_view(self, *, stay: bool = False) -> None:
        """Draw the heading and the chosen tab."""
        head, tabs, reader = self.query_one("#head", Static), self.query_one(TabLine), self.query_one(ItemReader)
        tabs.display = self.view is not None
        if self.view is None:
            head.update("")
            reader.show([])
            return
        head.update(styled(heading(self.view)))
        tabs.show(self.tab, self.view)
        reader.show(self._lines(self.view), stay=stay)

    def _lines(self, view: ItemView) -> list[Line]:
        if self.tab == 1:
            return meta_lines(view)
        if self.tab == 2:
            return file_lines(view)
        if self.tab == VECTORS:
            from tui.widgets.vectors.vector_lines import vector_lines

            return vector_lines(self.vectors, self.vector)
        return history_lines(view) if self.tab == 3 else view.text_lines


_STYLES = {"title": "bold", "note": "$muted", "key": "$secondary"}


def styled(lines: list[Line]) -> Content:
    """Return lines as Content for a Static: text, never markup."""
    parts: list[tuple[str, str] | str] = []
    for number, line in enumerate(lines):
        if number:
            parts.append("\n")
        parts += [(piece.text, _STYLES.get(piece.tone, "")) for piece in line]
    return Content.assemble(*parts)
