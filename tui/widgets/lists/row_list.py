"""The rows of a long list: which are in memory, and how others come there. No drawing, no keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from textual.geometry import Size
from textual.reactive import reactive
from textual.scroll_view import ScrollView

from tui.lanes import Urgency
from tui.messages import Anchored, BlockLoaded, Counted, Loaded, Reloaded
from tui.widgets.lists.blocks import KEPT, STEP, Blocks, NoRows, Source, snapshot

if TYPE_CHECKING:
    from tui.app import LocalstoreApp


class RowList(ScrollView):
    """Reads blocks of rows on the reader thread, near the part that is on the screen."""

    cursor: reactive[int] = reactive(0, repaint=False, init=False)

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.source: Source = NoRows()
        self.blocks = Blocks()
        self.ghosts: set[str] = set()
        self.generation = 0
        self._asked: set[int] = set()
        self._reloading = False

    def moved(self) -> None:
        """Hear that another row is under the cursor."""

    def sized(self) -> None:
        """Hear that the list has another length."""

    def place_cursor(self, index: int) -> None:
        """Put the cursor where it belongs after a reading."""

    # -- reading ------------------------------------------------------------------------------------------

    @property
    def reading(self) -> bool:
        """Whether another list was asked for and is not here yet."""
        return self._reloading

    @property
    def counted(self) -> bool:
        """Whether it is known how many rows the list has that was asked for last."""
        return not self._reloading and self.blocks.total is not None

    @property
    def localstore(self) -> LocalstoreApp:
        """The app, with its lanes."""
        return cast("LocalstoreApp", self.app)

    @property
    def row(self) -> Any:
        """The row under the cursor, None while it loads or when there is none."""
        return self.blocks.row(self.cursor)

    @property
    def key(self) -> str | None:
        """The key of the row under the cursor."""
        row = self.row
        return self.source.key(row) if row is not None else None

    def load(self, source: Source, *, follow: str | None = None, keep: bool = False) -> None:
        """Show another list, or the same read anew; the old rows stand until the new ones are here.

        With *keep* the cursor stays on its place, with *follow* it goes to the row of that key.
        """
        self.source = source
        self.generation += 1
        self._asked.clear()
        self._reloading = True
        generation, at, height = self.generation, self.cursor if keep else 0, max(self.size.height, 60)
        lane = self.localstore.reader
        for key in ("anchors", "count"):
            lane.cancel(self, key)
        lane.submit(self, lambda: Reloaded(generation, (snapshot(source, at, height, follow), at)), key="reload")

    def on_reloaded(self, message: Reloaded) -> None:
        """Show the rows that were read anew."""
        if message.generation != self.generation:
            return
        taken, at = message.snapshot
        self._reloading = False
        self.blocks = Blocks(cursors=dict(taken.cursors), all_cursors=taken.all_cursors)
        for number, page in taken.pages.items():
            self.blocks.put(number, page)
        if self.blocks.total is None:
            self.blocks.total = taken.total
        self.ghosts.clear()
        self._settle_size()
        self.place_cursor(at if taken.found is None else taken.found)
        self._survey()

    def _survey(self) -> None:
        """Ask for what is not known yet: the number of rows, and where each block begins."""
        generation, source, lane = self.generation, self.source, self.localstore.reader
        if self.blocks.total is None:
            lane.submit(self, lambda: Counted(generation, source.count()), key="count", urgency=Urgency.COUNT)
        if self.blocks.total is None or (self.blocks.total > STEP and not self.blocks.all_cursors):
            work = lambda: Anchored(generation, source.anchors(STEP))  # noqa: E731
            lane.submit(self, work, key="anchors", urgency=Urgency.ANCHORS)

    def on_counted(self, message: Counted) -> None:
        """Give the scroll bar its true length."""
        if message.generation == self.generation and self.blocks.total is None:
            self.blocks.total = max(message.total, self.blocks.reached - 1)
            self._settle_size()

    def on_anchored(self, message: Anchored) -> None:
        """Reach any block at once from now on."""
        if message.generation == self.generation:
            self.blocks.anchor(message.cursors)
            self.ask()

    def on_block_loaded(self, message: BlockLoaded) -> None:
        """Show the rows of a block."""
        self._asked.discard(message.number)
        if message.generation != self.generation or message.page is None:
            return
        known = self.blocks.length
        self.blocks.put(message.number, message.page)
        if known != self.blocks.length:
            self._settle_size()
        self.refresh()
        if message.number == self.cursor // STEP:
            self.moved()
        self.ask()

    def ask(self) -> None:
        """Ask for the blocks near the screen that are not in memory."""
        if self._reloading:
            return
        first = self.scroll_offset.y
        for number in self.blocks.use(first, first + max(self.size.height, 1)):
            if number not in self._asked:
                self._asked.add(number)
                self._read(number, self.blocks.cursors[number])

    def _read(self, number: int, after: str | None) -> None:
        generation, source = self.generation, self.source

        def work() -> BlockLoaded:
            near = abs(number - self.scroll_offset.y // STEP) < KEPT // 2
            wanted = near and generation == self.generation
            return BlockLoaded(generation, number, source.page(after, STEP) if wanted else None)

        self.localstore.reader.submit(self, work, urgency=Urgency.ROWS)

    def _settle_size(self) -> None:
        self.virtual_size = Size(self.size.width, self.blocks.length + 1)
        self.refresh()
        self.sized()

    def on_failed(self) -> None:
        """Let a failed block be asked for again; the screen says what went wrong."""
        self._asked.clear()
        self._reloading = False

    # -- changing -----------------------------------------------------------------------------------------

    def patch(self, rows: dict[str, Any]) -> None:
        """Show newer versions of rows where they stand: nothing jumps under the cursor."""
        self.blocks.patch(rows, self.source.key)
        self.refresh()
        if self.key in rows:
            self.moved()

    def ghost(self, keys: set[str]) -> None:
        """Strike rows that are gone until the list was read anew."""
        self.ghosts |= keys
        self.refresh()

    def on_loaded(self, message: Loaded) -> None:
        """Take newer versions of rows."""
        message.stop()
        self.patch({self.source.key(row): row for row in message.value})
