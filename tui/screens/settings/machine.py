"""What this machine keeps for itself: colours, interval of sync, keymap, searches, place of the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui import keymap
from tui.messages import Written
from tui.screens.dialogs.question import Question
from tui.widgets.lists.few_rows import FewRows
from tui.widgets.nouns.setting_table import MachineRow

if TYPE_CHECKING:
    from tui.app import LocalstoreApp

THEME, SYNC, KEYMAP, RECENT, SAVED, STORE = "theme", "sync", "keymap", "recent searches", "saved searches", "store"


def machine_rows(app: LocalstoreApp) -> FewRows:
    """Return what this machine keeps, as rows."""
    theme, minutes, store = app.theme, app.syncing.minutes, app.store

    def read() -> list[MachineRow]:
        with store.reading():
            recent, saved = len(store.recent_searches.all()), len(store.saved_searches.all())
        every = "by hand" if not minutes else "every minute" if minutes == 1 else f"every {minutes} minutes"
        return [
            MachineRow(THEME, theme, "chooses another, shown at once"),
            MachineRow(SYNC, every, "takes the next interval"),
            _keymap_row(),
            MachineRow(RECENT, f"{recent:,} kept", "forgets them"),
            MachineRow(SAVED, f"{saved:,} kept", "goes to the items"),
            MachineRow(STORE, str(store.path), "holds the preferences; y copies"),
        ]

    return FewRows(read, lambda row: str(row.name))


def _keymap_row() -> MachineRow:
    file = keymap.user_file()
    faults = tuple(keymap.load(file).faults) if file.exists() else ()
    note = "shows what is wrong; y copies"
    return MachineRow(KEYMAP, str(file) if file.exists() else f"{file} (not there: the keys are ours)", note, faults)


def act(app: LocalstoreApp, name: str) -> None:
    """Do what enter does on a row."""
    if name == THEME:
        _choose_theme(app)
    elif name == SYNC:
        app.syncing.next_interval()
        app.on_written(Written("settings"))
    elif name == RECENT:
        _forget_recent(app)
    elif name == SAVED:
        app.action_visit(1)
    elif name == KEYMAP:
        _say_keymap(app)


def _say_keymap(app: LocalstoreApp) -> None:
    row = _keymap_row()
    for words in row.wrong[:5]:
        app.toast(words, "error")
    if not row.wrong:
        app.toast(f"Your keys go in {keymap.user_file()}; 'localstore ui --keys' prints the names of all of them.")


def _choose_theme(app: LocalstoreApp) -> None:
    from tui.screens.settings.theme_choice import ThemeChoice

    def take(name: str | None) -> None:
        if name:
            for screen in app.screen_stack:
                getattr(screen, "remember", lambda: None)()
            app.on_written(Written("settings", word=f"Theme {name}, on this machine."))

    app.push_screen(ThemeChoice(app.theme), take)


def _forget_recent(app: LocalstoreApp) -> None:
    store = app.store

    def work() -> Written:
        store.recent_searches.clear()
        return Written("settings", word="Forgot the recent searches.")

    def take(yes: bool | None) -> None:
        if yes:
            app.write(work)

    question = Question("Forget the recent searches?", "Saved ones stay. u does not bring them back.", yes="Forget")
    app.push_screen(question, take)
