"""The parts of an item by name, and the readers that show them."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, ClassVar

from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from tui import keymap
from tui.widgets.fields import Field
from tui.widgets.items.item_view import TABS
from tui.widgets.reading.reader import Reader, plain, wrap

if TYPE_CHECKING:
    from textual import events
    from textual.widget import Widget

    from tui.widgets.items.item_view import ItemView


class TabLine(Static):
    """The names of the tabs; a click chooses one."""

    class Chosen(Message):
        """A tab was clicked."""

        def __init__(self, tab: int) -> None:
            super().__init__()
            self.tab = tab

    def __init__(self) -> None:
        super().__init__(markup=False)
        self.counts = ("",) * len(TABS)
        self.chosen = 0

    def show(self, chosen: int, view: ItemView | None) -> None:
        """Name the tabs, with how many there are behind each."""
        self.chosen = chosen
        if view:
            numbers = (view.total, None, len(view.files), len(view.events), None)
            self.counts = tuple(f" {n:,}" if n else "" for n in numbers)
        parts: list[tuple[str, str]] = []
        for index, name in enumerate(self.names):
            parts.append((name, "bold $primary on $panel" if index == chosen else "$muted"))
        self.update(Content.assemble(*parts), layout=False)

    @property
    def names(self) -> list[str]:
        """What the line shows of each tab: with a blank on both sides, or on one where there is no room."""
        words = [f"{name}{count}" for name, count in zip(TABS, self.counts, strict=True)]
        tight = self.size.width and sum(map(len, words)) + 2 * len(words) > self.size.width
        return [f" {word}" if tight else f" {word} " for word in words]

    def on_click(self, event: events.Click) -> None:
        """Choose the tab under the mouse."""
        at = 0
        for index, name in enumerate(self.names):
            at += len(name)
            if event.x < at:
                self.post_message(self.Chosen(index))
                return


class MarkedReader(Reader):
    """A reader of texts: emphasis, links, and places that were found."""

    COMPONENT_CLASSES: ClassVar = {
        f"reader--{tone}" for tone in ("strong", "slanted", "struck", "link", "match", "current")
    }
    DEFAULT_CSS = """
    MarkedReader > .reader--strong { text-style: bold; }
    MarkedReader > .reader--slanted { text-style: italic; }
    MarkedReader > .reader--struck { text-style: strike; color: $muted; }
    MarkedReader > .reader--link { color: $primary; text-style: underline; }
    MarkedReader > .reader--match { text-style: reverse; }
    MarkedReader > .reader--current { color: $warning; text-style: bold reverse; }
    """

    class Scrolled(Message):
        """The person scrolled: ``line`` of those given is the first one shown."""

        def __init__(self, line: int) -> None:
            super().__init__()
            self.line = line

    class Beyond(Message):
        """The person went on at the end, or at the beginning."""

        def __init__(self, by: int) -> None:
            super().__init__()
            self.by = by

    def _wrap(self) -> None:
        super()._wrap()
        self._origins: list[int] | None = None

    def _scroll_by(self, lines: int) -> None:
        before = self.scroll_offset.y
        super()._scroll_by(lines)
        if before == self.scroll_offset.y and self.lines:
            self.post_message(self.Beyond(1 if lines > 0 else -1))
        else:
            self.post_message(self.Scrolled(self.line_at(self.scroll_offset.y)))

    def line_at(self, row: int) -> int:
        """Return which of the lines given a row of the screen's text belongs to."""
        origins = self._places()
        return origins[min(row, len(origins) - 1)] if origins else 0

    def row_of(self, line: int) -> int:
        """Return the first row of a line."""
        return bisect_left(self._places(), line)

    def _places(self) -> list[int]:
        """Return for each wrapped row the line it comes from; worked out when first asked."""
        if self._origins is None:
            self._origins = [at for at, line in enumerate(self.lines) for _ in wrap(line, self._width)]
        return self._origins

    def go_to(self, line: int) -> None:
        """Let a line be the first that is shown."""
        self.scroll_to(y=self.row_of(line), animate=False, force=True)

    def show_line(self, line: int) -> None:
        """Bring a line into view, with what stands around it."""
        row, top, height = self.row_of(line), self.scroll_offset.y, max(1, self.size.height)
        if not top <= row < top + height - 1:
            self.scroll_to(y=max(0, row - height // 3), animate=False, force=True)


def toggle_preview(editor: Widget, preview: MarkedReader, text: str) -> None:
    """Show a text as Markdown reads in the place of its editor, or the editor again."""
    preview.display, editor.display = editor.display, preview.display
    if preview.display:
        from tui.widgets.reading.markdown_preview import rendered

        preview.show(rendered(plain(text)))
    (preview if preview.display else editor).focus()


class TextReader(MarkedReader):
    """The texts of an item; its keys are those of texts."""

    SCOPE: ClassVar = "reading"
    BINDINGS: ClassVar = [*keymap.bindings("item"), *keymap.bindings("content"), *keymap.bindings("reading")]


class AboutReader(MarkedReader):
    """The columns and the metadata of an item."""

    SCOPE: ClassVar = "about"
    BINDINGS: ClassVar = [*keymap.bindings("item"), *keymap.bindings("about")]


class SoughtField(Field):
    """Where words are written that are looked for in an item."""

    SCOPE: ClassVar = "itemfind"
    BINDINGS: ClassVar = keymap.bindings("itemfind")
