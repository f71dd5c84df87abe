"""One item on the whole screen: its texts as one conversation, metadata, files, history, vectors."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Static

from localstore.lists.excerpts import Outline
from tui import glyphs
from tui.lanes import Urgency
from tui.messages import Failed, Loaded, Written
from tui.screens.item.finding import ItemFinding
from tui.screens.item.parts import ItemParts
from tui.targets import Targets
from tui.widgets.bottom_lines import FooterLine, StatusLine
from tui.widgets.items.content_list import ContentList, ContentSource
from tui.widgets.items.detail_pane import styled
from tui.widgets.items.detail_parts import AboutReader, SoughtField, TabLine, TextReader
from tui.widgets.items.item_lists import FileList, HistoryList, VectorList
from tui.widgets.items.item_view import TABS, ItemView, heading, meta_lines, read_item

if TYPE_CHECKING:
    from localstore.items import ItemRow
    from tui.app import LocalstoreApp

CONTENT, META, FILES, HISTORY, VECTORS = range(len(TABS))
LISTED = 2
"""So many texts have a list beside them."""


class ItemScreen(ItemFinding, ItemParts):
    """Shows and changes one item."""

    AUTO_FOCUS = "TextReader"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012
    DEFAULT_CSS = """
    ItemScreen #head { height: auto; max-height: 5; padding: 0 1; overflow-y: hidden; }
    ItemScreen TabLine { height: 1; margin: 1 1 1 1; }
    ItemScreen.-narrow TabLine { margin: 0 1; }
    ItemScreen #body { height: 1fr; }
    ItemScreen #texts { width: 44; border-right: vkey $border; }
    ItemScreen #text { width: 1fr; padding: 0 1; }
    ItemScreen.-narrow #body { layout: vertical; }
    ItemScreen.-narrow #texts { width: 1fr; height: 5; border-right: none; }
    ItemScreen.-narrow #text { height: 1fr; }
    ItemScreen #about { height: 1fr; padding: 0 1; }
    ItemScreen .part { height: 1fr; }
    ItemScreen #sought { height: 1; margin: 0 1; display: none; }
    """

    def __init__(self, row: ItemRow, types: list[str], tags: list[str]) -> None:
        super().__init__()
        self.row = row
        self.view: ItemView | None = None
        self.tab = CONTENT
        self._types = types
        self._tags = tags

    def compose(self) -> ComposeResult:
        """Heading, tabs, the part that is chosen, the lines below."""
        yield Static(markup=False, id="head")
        yield TabLine()
        with Horizontal(id="body"):
            yield ContentList(id="texts")
            yield TextReader(id="text")
        yield AboutReader(id="about")
        yield FileList(id="files")
        yield HistoryList(id="history")
        yield VectorList(id="vectors")
        yield SoughtField(id="sought", placeholder="Find in this item")
        yield StatusLine()
        yield FooterLine()

    def on_mount(self) -> None:
        """Read the item."""
        for number, part in enumerate(self.parts):
            part.display = number == CONTENT
        self.texts.display = False
        self.reload()

    # -- parts of the screen ------------------------------------------------------------------------------

    @property
    def parts(self) -> list[Widget]:
        """What each tab shows."""
        ids = ("#body", "#about", "#files", "#history", "#vectors")
        return [self.query_one(each) for each in ids]

    @property
    def lists(self) -> dict[int, FileList | HistoryList | VectorList]:
        """The lists of the tabs that have one."""
        return {
            FILES: self.query_one(FileList),
            HISTORY: self.query_one(HistoryList),
            VECTORS: self.query_one(VectorList),
        }

    def one(self) -> tuple[str, str]:
        """Return the item."""
        return (self.row.id, self.view.row.title if self.view else self.row.title)

    def targets(self) -> Targets:
        """Return the item."""
        row = self.view.row if self.view else self.row
        return Targets((row.id,), 1, row.title[:60], row.tags)

    def type_names(self) -> list[str]:
        """Return the known types."""
        return self._types

    def tag_names(self) -> list[str]:
        """Return the known tags."""
        return self._tags

    # -- reading ------------------------------------------------------------------------------------------

    def reload(self) -> None:
        """Read the item again; cursors stay."""
        store, key = self.localstore.store, self.row.id
        work = lambda: Loaded("item", read_item(store, key, texts=0))  # noqa: E731
        self.localstore.reader.submit(self, work, key="item", urgency=Urgency.DETAIL)
        self.texts.load(ContentSource(store, key), keep=True, follow=self.following or self.texts.key)
        self.following = None
        self.ask_texts()
        self._load_list()
        self.show_status()

    def _load_list(self) -> None:
        """Read the list of the tab that is shown; the others when somebody looks."""
        if found := self.lists.get(self.tab):
            found.load(found.of(self.localstore.store, self.row.id), keep=True, follow=found.key)

    def on_loaded(self, message: Loaded) -> None:
        """Show what was read."""
        shown: dict[str, Callable[[Any], None]] = {
            "item": self.show_item,
            "texts": self.show_texts,
            "sought": self.show_found,
            "copy": self.copy_loaded,
        }
        if message.key in shown:
            message.stop()
            shown[message.key](message.value)

    def on_failed(self, message: Failed) -> None:
        """Let the app say what went wrong; what is shown stays."""

    def show_item(self, view: ItemView | None) -> None:
        """Show heading and metadata; an item that is gone says so."""
        self.view = view
        head = self.query_one("#head", Static)
        self.query_one(TabLine).show(self.tab, view)
        if view is None:
            head.update("This item is gone: u undoes what was done last; Trash has what was deleted.")
            return
        head.update(styled(heading(view)))
        self.query_one(AboutReader).show(meta_lines(view), stay=True)
        listed = view.total >= LISTED
        if listed != self.texts.display:
            self.texts.display = listed
            if self.tab == CONTENT and self.localstore.screen is self:
                (self.texts if listed else self.text).focus()
        self.write_again()
        self.show_status()

    # -- tabs ---------------------------------------------------------------------------------------------

    def on_tab_line_chosen(self, message: TabLine.Chosen) -> None:
        """Show the tab that was clicked."""
        self.choose(message.tab)

    def action_step(self, by: int) -> None:
        """Go some tabs on, round the end."""
        self.choose((self.tab + by) % len(TABS))

    def choose(self, tab: int) -> None:
        """Show a tab and go to it."""
        self.tab = tab
        for number, part in enumerate(self.parts):
            part.display = number == tab
        self.query_one(TabLine).show(tab, self.view)
        self._load_list()
        content = self.texts if self.texts.display else self.text
        (self.lists.get(tab) or (content if tab == CONTENT else self.query_one(AboutReader))).focus()
        self.show_status()

    # -- after an action ----------------------------------------------------------------------------------

    def show_status(self) -> None:
        """Write where this is."""
        saved = self.localstore.writer.idle
        state = (f"{glyphs.GOOD} saved", "$success") if saved else (f"{glyphs.ELLIPSIS} saving", "$warning")
        if self.localstore.read_only:
            state = ("read only", "$warning")
        facts = [("item", "bold"), *self.place(), state, ("esc back", "$muted")]
        self.query_one(StatusLine).show([*facts, (self.localstore.path.name, "$muted")])

    def place(self) -> list[tuple[str, str]]:
        """Return where the cursor is among the texts, and what was found."""
        row: Outline | None = self.texts.row
        facts = [(f"text {row.place:,} / {self.texts.blocks.length:,}", "")] if self.texts.display and row else []
        return [*facts, (self.found_words, "$accent"), ("as written" if self.raw else "", "$muted")]

    def saving(self) -> None:
        """Say that an action runs or ended."""
        self.show_status()

    def written(self, message: Written) -> None:
        """Show the item as it is now; leave when it was deleted."""
        if message.kind == "deleted" and self.row.id in message.keys:
            if self.app.screen is self:
                self.dismiss()
        elif message.kind == "verified" and self.row.id in message.keys:
            self.show_verified(message)
        elif message.kind not in ("draft", "search"):
            self.reload()

    def changed_elsewhere(self) -> None:
        """Read the item again: the cursors stay on their rows."""
        self.reload()

    def action_reload(self) -> None:
        """Read the item again."""
        self.reload()

    def action_back(self) -> None:
        """Stop finding; else go back to where the person was."""
        if self.words:
            self.action_stop_finding()
        else:
            self.dismiss()


def show_item(app: LocalstoreApp, key: str, kind: str = "", title: str = "") -> None:
    """Show an item that no list holds on a screen of its own."""
    from localstore.freshness import Freshness
    from localstore.items import ItemRow
    from tui.screens.items.actions import ItemActions

    around = [each for each in app.screen_stack if isinstance(each, ItemActions)]
    types = next((names for each in around if (names := each.type_names())), [])
    tags = next((names for each in around if (names := each.tag_names())), [])
    app.push_screen(ItemScreen(ItemRow(key, kind, title, "", None, (), Freshness.NONE), types, tags))
