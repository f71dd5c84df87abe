"""The working half of the app: its store, its threads, and what becomes of the messages they send."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from textual.app import App
from textual.css.query import NoMatches

from localstore.errors import LocalstoreError, StoreError, StoreGone
from sync.counts import sync_counts
from tui import session
from tui.after_start import FETCHED, AfterStart
from tui.jobs import JobEnded, Jobs
from tui.lanes import Lane
from tui.leaving import Leaving
from tui.messages import Changed, Failed, Loaded, OverBudget, Rested, Written
from tui.session import UiSession
from tui.store_watch import Gone, StoreWatch
from tui.syncing import RoundEnded, SyncCounted, Syncing
from tui.terminal import closed
from tui.visible import line
from tui.widgets.bottom_lines import StatusLine
from tui.words import READ_ONLY

if TYPE_CHECKING:
    from localstore.store import Store
    from tui.app import LocalstoreApp


class WorkingApp(App[None]):
    """An app with a store. What is asked of it runs on a thread of its own; a message comes back."""

    def __init__(self, path: Path, *, read_only: bool = False, fresh: bool = False) -> None:
        super().__init__()
        app = cast("LocalstoreApp", self)
        self.path = path
        self.read_only = read_only
        self.reader = Lane("reader", self._interrupt)
        self.writer = Lane("writer", rested=lambda: self.post_message(Rested()))
        self.vectors = Lane("vectors", self._interrupt)
        self.jobs = Jobs(app, Lane("jobs"))
        self.copying = Lane("clipboard")
        self.syncing = Syncing(app)
        self.file_watch = StoreWatch(app)
        self.session = UiSession(app, fresh=fresh)
        self.leaving = Leaving(app)
        self.after_start = AfterStart(app)
        self.pace = 1.0
        self.opening = False
        self.go_on_to = 0
        """The digit of the screen to show once the store is open, when it is not the list."""
        self.failure: LocalstoreError | None = None
        self._store: Store | None = None

    def show_items(self) -> None:
        """Show the items of the store."""
        raise NotImplementedError

    def show_first_run(self) -> None:
        """Ask what to do without a store."""
        raise NotImplementedError

    # -- the store ----------------------------------------------------------------------------------------

    @property
    def store(self) -> Store:
        """The store that is open."""
        if self._store is None:
            raise StoreError("No store is open: create or open one first.")
        return self._store

    @property
    def has_store(self) -> bool:
        """Whether a store is open."""
        return self._store is not None

    def open_store(self, path: Path, *, create: bool = False) -> Store:
        """Open another store in place of the one that is open; raises StoreError."""
        from localstore.place import prepare
        from localstore.store import Store

        if self.file_watch.lost:  # two files of one path share a log: the one that is gone is closed first
            prepare(path, read_only=self.read_only, create=False)
            self.store.close()
            self._store = None
        store = Store.open(path, create=create, read_only=self.read_only)
        if self._store is not None:
            self._store.close()
        self._store, self.path = store, path
        self.file_watch.begin()
        return store

    def may_write(self) -> bool:
        """Tell whether the store is open for writing; say so when it is not."""
        if self.read_only:
            self.toast(READ_ONLY, "warning")
        return not self.read_only

    def _interrupt(self, thread: int) -> None:
        if self._store is not None:
            with suppress(LocalstoreError):
                self._store.interrupt(thread)

    def open_behind(self) -> None:
        """Open the store on the reader thread, unless it is open; then let the screen begin."""
        self.reader.submit(self, self._open_first, key="open")

    def _open_first(self) -> Loaded:
        chosen = self._store is not None
        store = self._store or self.open_store(self.path)
        some = chosen or bool(store.items.rows(limit=1).rows) or sync_counts(store).linked
        return Loaded("open", (some, session.read(store)))

    def on_loaded(self, message: Loaded) -> None:
        """Begin with the store that was opened; an empty one asks what to do."""
        if message.key == FETCHED:
            self.after_start.go_on()
        if message.key != "open":
            return
        self.opening = False
        self.after_start.begin()
        some, kept = message.value
        remembered = self.session.begin(kept)
        cast("LocalstoreApp", self).use_theme(str(remembered.get("theme", "")))
        self.syncing.begin()
        for screen in self.screen_stack:
            begin = getattr(screen, "begin", None)
            if some and begin and screen.is_mounted:
                begin(remembered)
            elif some and begin:  # the store was quicker than the screen: begin when its widgets are there
                screen.call_later(begin, remembered)
        if not some:
            self.show_first_run()
        elif self.go_on_to:
            self.call_later(cast("LocalstoreApp", self).action_visit, self.go_on_to)
            self.go_on_to = 0

    # -- work ---------------------------------------------------------------------------------------------

    def write(self, work: Callable[[], Written]) -> None:
        """Let an action run on the writer thread; every screen hears of it."""
        self.writer.submit(self, work)
        self._tell_saving()

    def delay(self, seconds: float) -> float:
        """Return how long to wait for the next key; ``pace`` shortens all such waits."""
        return seconds * self.pace

    def _poll(self) -> None:
        """Look whether the file is as it was, whether what is shown shall be kept, whether the terminal is there."""
        self.file_watch.turn()
        self.session.turn()
        if self.is_headless or not closed():
            return
        self.leaving.at_once()

    def on_gone(self, message: Gone) -> None:
        """Say that the store was taken away, and offer the ways out; go on when it is back."""
        from tui.screens.dialogs.store_gone import StoreGoneScreen

        if message.error is None:
            self.file_watch.lost = False
            if isinstance(self.screen, StoreGoneScreen):
                self.screen.dismiss()
                self.toast(f"{self.path} is back: nothing was lost.")
        elif not self.file_watch.lost:
            self.file_watch.lost = True
            self.push_screen(StoreGoneScreen(message.error))

    def on_changed(self, message: Changed) -> None:
        """Tell the screens that somebody else wrote."""
        self.syncing.count()
        self.tell_screens("changed_elsewhere")

    def on_written(self, message: Written) -> None:
        """Say what was done, and let each screen catch up."""
        if message.word:
            self.toast(message.word)
        self.file_watch.wrote()
        self.syncing.count()
        self.tell_screens("written", message)

    def on_failed(self, message: Failed) -> None:
        """Say what went wrong; nothing else happens, unless there is no store to go on with."""
        if message.key == "open":
            self.opening, self.failure = False, message.error
            self.exit()
        if isinstance(message.error, StoreGone):
            self.post_message(Gone(message.error))
        elif not self._is_said(str(message.error)):
            self.toast(str(message.error), "error")
        self._tell_saving()

    def on_rested(self, message: Rested) -> None:
        """Let the sign of saving go, however the last action ended."""
        self._tell_saving()

    def on_sync_counted(self, message: SyncCounted) -> None:
        """Show what waits to be synced."""
        self.syncing.counted(message.counts)

    def on_round_ended(self, message: RoundEnded) -> None:
        """Say how a round with the server ended."""
        self.syncing.end(message)

    def on_job_ended(self, message: JobEnded) -> None:
        """Say how a job ended."""
        self.jobs.end(message)

    def draw_status(self) -> None:
        """Draw the status lines anew: sync or a job moved on."""
        for screen in self.screen_stack:
            for each in screen.query(StatusLine):
                each.draw()

    def on_over_budget(self, message: OverBudget) -> None:
        """Leave what took too long."""

    def _tell_saving(self) -> None:
        self.tell_screens("saving")

    def tell_screens(self, hook: str, *arguments: Any) -> None:
        """Call a hook of each screen that has it; one that is just coming or going has no widgets to show it on."""
        for screen in self.screen_stack:
            with suppress(NoMatches):
                getattr(screen, hook, lambda *_: None)(*arguments)

    def _is_said(self, words: str) -> bool:
        """Tell whether the same sentence is on the screen already: one that comes again and again is said once."""
        return any(each.message == line(words, 600) for each in self._notifications)

    def toast(self, words: str, severity: Any = "information") -> None:
        """Show a sentence for a moment; text, never markup. The same one said again takes the place of the first."""
        said = line(words, 600)
        for each in [each for each in self._notifications if each.message == said]:
            self._unnotify(each, refresh=False)
        self.notify(said, severity=severity, markup=False)

    def on_unmount(self) -> None:
        """End the threads, each after what it has to keep, and close the file."""
        self.leaving.forget()
        self.syncing.close()
        self.jobs.close()
        self.writer.close(timeout=30, finish=True)
        for lane in (self.copying, self.vectors, self.reader, self.after_start.lane):
            lane.close()
        if self._store is not None:
            self._store.close()
