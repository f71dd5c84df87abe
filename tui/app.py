"""The app: one store, one reader thread, one writer thread, and the screens."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import App, ScreenStackError
from textual.screen import Screen

from localstore.errors import StoreError
from tui import keymap, themes
from tui.editor import edit_in_terminal
from tui.glyphs import Signs
from tui.keymap import Key
from tui.messages import Written
from tui.screens.dialogs import too_small
from tui.store_watch import POLL
from tui.visible import line
from tui.words import UNEXPECTED
from tui.working import WorkingApp

if TYPE_CHECKING:
    from textual import events
    from textual.command import Provider
    from textual.driver import Driver
    from textual.filter import LineFilter


TOAST = 6.0
IN_DIALOGS = ("everywhere.help", "everywhere.jump", "everywhere.suspend")
"""Keys that hold over a dialog too, which keeps the app's others away."""


def _palette() -> type[Provider]:
    from tui.palette import Actions

    return Actions


class LocalstoreApp(WorkingApp):
    """Shows one store. ``store`` is None until the first-run screen has one."""

    TITLE = "localstore"
    CSS_PATH = "app.tcss"
    BINDINGS: ClassVar = keymap.bindings("everywhere")
    COMMANDS: ClassVar = {_palette}
    COMMAND_PALETTE_BINDING = "f24"  # a key nobody has: the binding with an id is in the keymap
    NOTIFICATION_TIMEOUT = TOAST
    ENABLE_COMMAND_PALETTE = True

    def __init__(self, path: Path, *, ascii: bool = False, **options: bool) -> None:
        """Make the app; options: ``read_only``, and ``fresh`` to begin with the list wherever it was left."""
        super().__init__(path, **options)
        self.ascii = ascii
        self._signs = Signs(ascii=ascii)
        self.keys: dict[str, Key] = dict(keymap.KEYS)
        self.key_faults: list[str] = []
        self.edit_text: Callable[[str, str], str | None] = self._edit_suspended
        self._begin_with_theme()

    def _begin_with_theme(self) -> None:
        """Take our own theme before anything is styled: set as usual, it would have all styles read twice."""
        for theme in themes.THEMES:
            self.register_theme(theme)
        self.set_reactive(App.theme, themes.DEFAULT)
        self.add_class(f"-theme-{themes.DEFAULT}", update=False)
        self.stylesheet.set_variables(self.get_css_variables())

    def get_driver_class(self) -> type[Driver]:
        """Return Textual's driver for this place; of a terminal, one that outlives it."""
        chosen = super().get_driver_class()
        if chosen.__name__ == "LinuxDriver":
            from tui.terminal import Terminal

            return Terminal
        return chosen

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Let all output pass the signs the terminal can take."""
        return [*super().get_line_filters(), self._signs]

    def start_over(self) -> None:
        """Show the store that was opened in place of another; what was being written becomes drafts of it."""
        self.leaving.keep_drafts()
        while len(self.screen_stack) > 2:
            self.pop_screen()
        for name in list(self._installed_screens):
            with suppress(ScreenStackError):
                self.uninstall_screen(name)
        self.show_items()

    def on_mount(self) -> None:
        """Show the list, for the store to be opened behind it; without a file, ask what to do."""
        self._use_keymap()
        self.leaving.listen()
        self.app_resume_signal.subscribe(self, lambda _: self.refresh(layout=True))
        self.opening = self.path.exists()
        # not within the start itself, which draws nothing: what is laid out there is drawn twice
        self.call_later(self.show_items if self.opening else self.show_first_run)
        self.set_interval(POLL, self._poll)

    def show_items(self) -> None:
        """Show the items of the store."""
        from tui.screens.items.items import ItemsScreen

        self._put(ItemsScreen())

    def show_first_run(self) -> None:
        """Ask what to do without a store."""
        from tui.screens.dialogs.first_run import FirstRunScreen

        self._put(FirstRunScreen())

    def push_screen(self, screen: Any, *rest: Any, **more: Any) -> Any:
        """Show a screen above the others; it has the class of its width from the start, not to be styled twice."""
        if isinstance(screen, Screen) and not screen.is_running:
            widths = [each for each in screen.HORIZONTAL_BREAKPOINTS or () if each[0] <= self.size.width]
            screen.set_class(bool(widths), max(widths, default=(0, "-wide"))[1], update=False)
        return super().push_screen(screen, *rest, **more)

    def _put(self, screen: Screen[Any]) -> None:
        if len(self.screen_stack) > 1:
            self.switch_screen(screen)
        else:
            self.push_screen(screen)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Undo only what there is; go to other screens once the list is there."""
        if action == "visit":
            return any(getattr(screen, "begun", False) for screen in self.screen_stack)
        return self._store is not None or action not in ("undo", "redo")

    def _use_keymap(self) -> None:
        self.keys, self.key_faults = keymap.load()
        for fault in self.key_faults:
            self.toast(fault, "warning")
        if self.keys != keymap.KEYS:
            self.set_keymap(keymap.for_textual(self.keys))

    def use_theme(self, name: str) -> None:
        """Take one of our themes; others lack our colours, and ANSI ones are black on black without colour."""
        if name in {theme.name for theme in themes.THEMES}:
            self.theme = name

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Return our own variables, for themes that lack them."""
        return dict(themes.THEMES[0].variables)

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
        """Show what the place is that has the focus, and its keys."""
        from tui.screens.dialogs.help import HelpScreen
        from tui.widgets.bottom_lines import scope_of

        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(scope_of(self.screen.focused or self.screen)))

    def action_go(self) -> None:
        """Go to a screen or action by name."""
        from textual.command import CommandPalette

        from tui.palette import Actions

        if not isinstance(self.screen, CommandPalette):
            self.push_screen(CommandPalette(providers=[Actions], placeholder="Go to a screen, do an action…"))

    def action_jump(self) -> None:
        """Put a letter on everything that can be reached."""
        from tui.screens.dialogs.jump import jump

        jump(self)

    async def action_quit(self) -> None:
        """Ask as ``leave`` does: Textual has a key for this that a person's keymap may bring back."""
        self.leaving.ask()

    async def action_leave(self) -> None:
        """Quit; ask when text is unsaved, or something runs."""
        self.leaving.ask()

    async def press(self, key: Key) -> None:
        """Do what a key does in the widget that has the focus; for the palette and the footer."""
        focused = self.screen.focused or self.screen
        await self.run_action(key.action, default_namespace=focused)

    async def on_key(self, event: events.Key) -> None:
        """Do the few things that hold over a dialog too."""
        if self.screen.is_modal and not isinstance(self.screen, too_small.TooSmall):
            for key in (self.keys[id] for id in (*IN_DIALOGS, *getattr(self.screen, "APP_KEYS", ()))):
                if event.key in key.all_keys or event.character in key.all_keys:
                    event.stop()
                    await self.run_action(key.action)
                    return

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Let no cursor blink: it is a distraction, and writes to the terminal for ever."""
        widget: Any = event.widget
        if getattr(widget, "cursor_blink", False):  # not asked by class: a TextArea's is 20 ms of every start
            widget.cursor_blink = False

    def on_resize(self, event: events.Resize) -> None:
        """Say so where a terminal is too small for any screen."""
        too_small.place(self, event.size)

    # -- leaving the terminal -----------------------------------------------------------------------------

    def _edit_suspended(self, text: str, suffix: str) -> str | None:
        with self.suspend():
            return edit_in_terminal(text, suffix)

    def _fatal_error(self) -> None:
        """End with a sentence; the trace of what went wrong is for ``--debug``."""
        error = sys.exc_info()[1]
        self.failure = StoreError(f"{UNEXPECTED} {type(error).__name__}: {line(str(error), 300)}")
        self.failure.__cause__ = error
        with suppress(Exception):
            self.leaving.keep()
        self._close_messages_no_wait()


def run(path: Path | None, *, mouse: bool = True, **options: bool) -> None:
    """Show the store at *path* (``default_path()`` when None) until the person leaves; options as of the app.

    Raises the errors of ``Store.open`` when there is a file that cannot be opened; SystemExit when a signal ended it.
    """
    app = LocalstoreApp(_absolute(path), **options)
    app.run(mouse=mouse)
    if app.failure is not None:
        raise app.failure
    if app.leaving.signal:
        raise SystemExit(128 + app.leaving.signal)


def _absolute(path: Path | None) -> Path:
    if path is None:
        from localstore.store import default_path

        path = default_path()
    return Path(path).expanduser().absolute()
