"""The app: one store, one reader thread, one writer thread, and the screens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import App
from textual.screen import Screen

from localstore.errors import InvalidValue, LocalstoreError, StoreError
from tui import keymap, themes
from tui.editor import edit_in_terminal
from tui.glyphs import Signs
from tui.jobs import JobEnded, Jobs
from tui.keymap import Key
from tui.lanes import Lane
from tui.messages import Changed, Failed, Loaded, OverBudget, Written
from tui.syncing import RoundEnded, SyncCounted, Syncing
from tui.visible import line
from tui.widgets.bottom_lines import StatusLine
from tui.widgets.sync_counts import sync_counts

if TYPE_CHECKING:
    from textual.command import Provider
    from textual.filter import LineFilter

    from localstore.store import Store

POLL = 2.0
TOAST = 6.0


def _palette() -> type[Provider]:
    from tui.palette import Actions

    return Actions


class LocalstoreApp(App[None]):
    """Shows one store. ``store`` is None until the first-run screen has one."""

    TITLE = "localstore"
    CSS_PATH = "app.tcss"
    BINDINGS: ClassVar = keymap.bindings("everywhere")
    COMMANDS: ClassVar = {_palette}
    COMMAND_PALETTE_BINDING = "f24"  # a key nobody has: the binding with an id is in the keymap
    NOTIFICATION_TIMEOUT = TOAST
    ENABLE_COMMAND_PALETTE = True

    def __init__(self, path: Path, *, read_only: bool = False, ascii: bool = False) -> None:
        super().__init__()
        self.path = path
        self.read_only = read_only
        self.ascii = ascii
        self._signs = Signs(ascii=ascii)
        self.keys: dict[str, Key] = dict(keymap.KEYS)
        self.edit_text: Callable[[str, str], str | None] = self._edit_suspended
        self.reader = Lane("reader", self._interrupt)
        self.writer = Lane("writer")
        self.vectors = Lane("vectors", self._interrupt)
        self.jobs = Jobs(self, Lane("jobs"))
        self.syncing = Syncing(self)
        self.pace = 1.0
        self.opening = False
        self.go_on_to = 0
        """The digit of the screen to show once the store is open, when it is not the list."""
        self.failure: LocalstoreError | None = None
        self._store: Store | None = None
        self._version: int | None = None
        for theme in themes.THEMES:
            self.register_theme(theme)
        self.theme = themes.DEFAULT

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Let all output pass the signs the terminal can take."""
        return [*super().get_line_filters(), self._signs]

    # -- the store ----------------------------------------------------------------------------------------

    @property
    def store(self) -> Store:
        """The store that is open."""
        if self._store is None:
            raise StoreError("No store is open: create or open one first.")
        return self._store

    def open_store(self, path: Path, *, create: bool = False) -> Store:
        """Open another store in place of the one that is open; raises StoreError."""
        from localstore.store import Store

        store = Store.open(path, create=create, read_only=self.read_only)
        if self._store is not None:
            self._store.close()
        self._store, self.path, self._version = store, path, None
        return store

    def _interrupt(self, thread: int) -> None:
        if self._store is not None:
            with suppress(LocalstoreError):
                self._store.interrupt(thread)

    def on_mount(self) -> None:
        """Show the list, for the store to be opened behind it; without a file, ask what to do."""
        self._use_keymap()
        self.opening = self.path.exists()
        if self.opening:
            self.show_items()
        else:
            self._show_first_run()
        self.set_interval(POLL, self._poll)

    def show_items(self) -> None:
        """Show the items of the store."""
        from tui.screens.items import ItemsScreen

        self._put(ItemsScreen())

    def _show_first_run(self) -> None:
        from tui.screens.first_run import FirstRunScreen

        self._put(FirstRunScreen())

    def _put(self, screen: Screen[Any]) -> None:
        if len(self.screen_stack) > 1:
            self.switch_screen(screen)
        else:
            self.push_screen(screen)

    def open_behind(self) -> None:
        """Open the store on the reader thread, unless it is open; then let the screen begin."""
        self.reader.submit(self, self._open_first, key="open")

    def _open_first(self) -> Loaded:
        chosen = self._store is not None
        store = self._store or self.open_store(self.path)
        some = chosen or bool(store.items.rows(limit=1).rows) or sync_counts(store).linked
        return Loaded("open", (some, store.preferences.get("ui", {})))

    def on_loaded(self, message: Loaded) -> None:
        """Begin with the store that was opened; an empty one asks what to do."""
        if message.key != "open":
            return
        self.opening = False
        some, remembered = message.value
        self.use_theme(str(remembered.get("theme", "")))
        self.syncing.begin()
        for screen in self.screen_stack:
            begin = getattr(screen, "begin", None)
            if some and begin and screen.is_mounted:
                begin(remembered)
            elif some and begin:  # the store was quicker than the screen: begin when its widgets are there
                screen.call_later(begin, remembered)
        if not some:
            self._show_first_run()
        elif self.go_on_to:
            self.call_later(self.action_visit, self.go_on_to)
            self.go_on_to = 0

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Undo only what there is; go to other screens once the list is there."""
        if action == "visit":
            return any(getattr(screen, "begun", False) for screen in self.screen_stack)
        return self._store is not None or action not in ("undo", "redo")

    def _use_keymap(self) -> None:
        try:
            self.keys = keymap.load()
        except InvalidValue as error:
            self.toast(str(error), "error")
        if self.keys != keymap.KEYS:
            self.set_keymap(keymap.for_textual(self.keys))

    def use_theme(self, name: str) -> None:
        """Take one of our themes; others lack our colours, and ANSI ones are black on black without colour."""
        if name in {theme.name for theme in themes.THEMES}:
            self.theme = name

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Return our own variables, for themes that lack them."""
        return dict(themes.THEMES[0].variables)

    # -- work ---------------------------------------------------------------------------------------------

    def write(self, work: Callable[[], Written]) -> None:
        """Let an action run on the writer thread; every screen hears of it."""
        self.writer.submit(self, work)
        self._tell_saving()

    def delay(self, seconds: float) -> float:
        """Return how long to wait for the next key; ``pace`` shortens all such waits."""
        return seconds * self.pace

    def _poll(self) -> None:
        """Ask whether somebody else wrote to the file; on the writer thread, which may be waiting for its lock."""
        if self._store is not None and self.writer.idle:
            self.writer.submit(self, self._look, key="version")

    def _look(self) -> Changed | None:
        before, self._version = self._version, self.store.data_version()
        return Changed() if before not in (None, self._version) else None

    def on_changed(self, message: Changed) -> None:
        """Tell the screens that somebody else wrote."""
        self.syncing.count()
        for screen in self.screen_stack:
            getattr(screen, "changed_elsewhere", lambda: None)()

    def on_written(self, message: Written) -> None:
        """Say what was done, and let each screen catch up."""
        if message.word:
            self.toast(message.word)
        self.syncing.count()
        for screen in self.screen_stack:
            getattr(screen, "written", lambda _: None)(message)

    def on_failed(self, message: Failed) -> None:
        """Say what went wrong; nothing else happens, unless there is no store to go on with."""
        if message.key == "open":
            self.opening, self.failure = False, message.error
            self.exit()
        self.toast(str(message.error), "error")
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
        for screen in self.screen_stack:
            getattr(screen, "saving", lambda: None)()

    def toast(self, words: str, severity: Any = "information") -> None:
        """Show a sentence for a moment; text, never markup."""
        self.notify(line(words, 600), severity=severity, markup=False)

    # -- actions ------------------------------------------------------------------------------------------

    def action_undo(self) -> None:
        """Take the last action back."""
        self.write(lambda: Written("undone", word=f"Undone: {self.store.undo()} · U redo"))

    def action_redo(self) -> None:
        """Do it again after all."""
        self.write(lambda: Written("redone", word=f"Redone: {self.store.redo()} · u undo"))

    def action_visit(self, digit: int) -> None:
        """Go to the screen of a digit."""
        from tui.registry import destinations

        if any(getattr(screen, "unsaved", False) for screen in self.screen_stack):
            self.toast("Save the form first, or leave it with esc: then the other screens are a digit away.", "warning")
            return
        place = next((each for each in destinations() if each.digit == digit), None)
        if place is not None:
            place.show(self)

    def action_find(self) -> None:
        """Go to the find line of the screen."""
        getattr(self.screen, "find", lambda: None)()

    def action_help(self) -> None:
        """Show the keys of the place that has the focus."""
        from tui.screens.help import HelpScreen
        from tui.widgets.bottom_lines import scope_of

        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(scope_of(self.screen.focused or self.screen)))

    def action_go(self) -> None:
        """Go to a screen or action by name."""
        from textual.command import CommandPalette

        from tui.palette import Actions

        if not isinstance(self.screen, CommandPalette):
            self.push_screen(CommandPalette(providers=[Actions], placeholder="Go to a screen, do an action…"))

    async def action_leave(self) -> None:
        """Quit; ask when text is unsaved, or something runs."""
        unsaved = [s for s in self.screen_stack if getattr(s, "unsaved", False)]
        if unsaved or self.syncing.running or self.jobs.running:
            from tui.screens.question import Question

            question, words = "Quit with unsaved text?", "Text in the form is not saved; a draft of it is kept."
            if not unsaved and self.jobs.running:
                question, words = f"Quit while a job runs? {self.jobs.running[0].name}", "What it has done stays."
            elif not unsaved:
                question, words = "Quit while a round runs?", "What was carried stays; the next round goes on."
            self.push_screen(Question(question, words, yes="Quit"), self._leave_if)
        else:
            self._leave_if(True)

    def _leave_if(self, yes: bool | None) -> None:
        if yes:
            for screen in self.screen_stack:
                getattr(screen, "remember", lambda: None)()
            self.exit()

    async def press(self, key: Key) -> None:
        """Do what a key does in the widget that has the focus; for the palette and the footer."""
        focused = self.screen.focused or self.screen
        await self.run_action(key.action, default_namespace=focused)

    # -- leaving the terminal -----------------------------------------------------------------------------

    def _edit_suspended(self, text: str, suffix: str) -> str | None:
        with self.suspend():
            return edit_in_terminal(text, suffix)

    def on_unmount(self) -> None:
        """End the threads and close the file."""
        self.syncing.close()
        self.jobs.close()
        self.writer.close(timeout=30)
        self.vectors.close()
        self.reader.close()
        if self._store is not None:
            self._store.close()


def run(path: Path | None, *, read_only: bool = False, ascii: bool = False, mouse: bool = True) -> None:
    """Show the store at *path* (``default_path()`` when None) until the person leaves.

    Raises the errors of ``Store.open`` when there is a file that cannot be opened.
    """
    app = LocalstoreApp(_absolute(path), read_only=read_only, ascii=ascii)
    app.run(mouse=mouse)
    if app.failure is not None:
        raise app.failure


def _absolute(path: Path | None) -> Path:
    if path is None:
        from localstore.store import default_path

        path = default_path()
    return Path(path).expanduser().absolute()
