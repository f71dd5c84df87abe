"""The detail pane: one item's heading, and its contents, metadata, files or history below."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tui import keymap
from tui.lanes import Urgency
from tui.messages import Loaded
from tui.widgets.item_view import (
    TABS,
    ItemView,
    content_lines,
    file_lines,
    heading,
    history_lines,
    meta_lines,
    read_item,
)
from tui.widgets.reader import Line, Reader

if TYPE_CHECKING:
    from textual import events

    from tui.app import LocalstoreApp

DEBOUNCE = 0.08


class TabLine(Static):
    """The names of the tabs; a click chooses one."""

    def __init__(self) -> None:
        super().__init__(markup=False)
        self.counts = ("", "", "", "")
        self.chosen = 0

    def show(self, chosen: int, view: ItemView | None) -> None:
        """Name the tabs, with how many there are behind each."""
        self.chosen = chosen
        if view:
            numbers = (view.total, None, len(view.files), len(view.events))
            self.counts = tuple(f" {n:,}" if n else "" for n in numbers)  # type: ignore[assignment]
        parts: list[tuple[str, str]] = []
        for index, name in enumerate(TABS):
            parts.append((f" {name}{self.counts[index]} ", "bold $primary on $panel" if index == chosen else "$muted"))
        self.update(Content.assemble(*parts), layout=False)

    def on_click(self, event: events.Click) -> None:
        """Choose the tab under the mouse."""
        at = 0
        for index, name in enumerate(TABS):
            at += len(name) + len(self.counts[index]) + 2
            if event.x < at:
                cast("DetailPane", self.parent).choose(index)
                return


class ItemReader(Reader):
    """The text of the pane; the keys of items work here too."""

    SCOPE: ClassVar = "detail"
    BINDINGS: ClassVar = [*keymap.bindings("items"), *keymap.bindings("detail")]

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
        work = lambda: Loaded("detail", (key, read_item(store, key)))  # noqa: E731
        self.localstore.reader.submit(self, work, key="detail", urgency=Urgency.DETAIL)

    def on_loaded(self, message: Loaded) -> None:
        """Show the item, unless another is wanted by now."""
        key, view = message.value
        if key != self.key:
            return
        message.stop()
        same = self.view is not None and view is not None and self.view.row.id == view.row.id
        self.view = view
        self.render_view(stay=same)

    def clear(self) -> None:
        """Show nothing."""
        self.view = None
        self.render_view()

    def step(self, by: int) -> None:
        """Go some tabs on, round the end."""
        self.choose((self.tab + by) % len(TABS))

    def choose(self, tab: int) -> None:
        """Show a tab."""
        self.tab = tab
        self.render_view()

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
        return history_lines(view) if self.tab == 3 else content_lines(view)


_STYLES = {"title": "bold", "note": "$muted", "key": "$secondary"}


def styled(lines: list[Line]) -> Content:
    """Return lines as Content for a Static: text, never markup."""
    parts: list[tuple[str, str] | str] = []
    for number, line in enumerate(lines):
        if number:
            parts.append("\n")
        parts += [(piece.text, _STYLES.get(piece.tone, "")) for piece in line]
    return Content.assemble(*parts)
