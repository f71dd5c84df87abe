"""The first screen of a person who has nothing yet: create, look around in the demo, open a file, link a server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui import keymap
from tui.messages import Failed, Loaded
from tui.visible import at_home, line
from tui.widgets.bottom_lines import FooterLine

if TYPE_CHECKING:
    from tui.app import LocalstoreApp

SYNC = 6
"""The digit of the screen where a store is linked."""
WORDS = "A local-first home for AI work: notes, prompts, conversations, datasets and their embeddings in one file."


class FirstRunScreen(Screen[None]):
    """Offers the ways to begin."""

    SCOPE: ClassVar = "first"
    BINDINGS: ClassVar = keymap.bindings("first")
    AUTO_FOCUS = "OptionList"
    DEFAULT_CSS = """
    FirstRunScreen { align: center middle; }
    FirstRunScreen #welcome {
        width: 64; max-width: 95%; height: auto; border: round $border; padding: 1 3; background: $surface;
    }
    FirstRunScreen #name { text-style: bold; color: $primary; }
    FirstRunScreen #words { color: $muted; margin-bottom: 1; height: auto; }
    FirstRunScreen OptionList { height: auto; border: none; background: $surface; padding: 0; }
    FirstRunScreen OptionList:focus { border: none; }
    FirstRunScreen #where { color: $muted; margin-top: 1; height: auto; }
    FirstRunScreen FooterLine { dock: bottom; }
    """

    @property
    def localstore(self) -> LocalstoreApp:
        """The app."""
        return cast("LocalstoreApp", self.app)

    def compose(self) -> ComposeResult:
        """Say what this is and what can be done."""
        exists = self.localstore.path.exists()
        create = "Start empty" if exists else "Create an empty store"
        with Vertical(id="welcome"):
            yield Static(Content("localstore"), id="name")
            yield Static(Content(WORDS), id="words")
            yield OptionList(
                Option(Content(f"c  {create}"), id="create"),
                Option(Content("d  Look around in the demo"), id="demo"),
                Option(Content("o  Open another file"), id="open_file"),
                Option(Content("l  Link with a server"), id="link"),
                Option(Content("q  Quit"), id="quit"),
            )
            state = "is empty" if exists else "does not exist yet"
            yield Static(Content(f"{line(at_home(self.localstore.path))} {state}"), id="where")
        yield FooterLine()

    async def on_option_list_option_selected(self, message: OptionList.OptionSelected) -> None:
        """Do what was chosen."""
        message.stop()
        await self.run_action("app.leave" if message.option_id == "quit" else f"screen.{message.option_id}")

    # -- the ways -----------------------------------------------------------------------------------------

    def action_create(self) -> None:
        """Make the store, or go on with the empty one."""
        if self.localstore.may_write():
            self._open(self.localstore.path, create=True)

    def action_link(self) -> None:
        """Make the store, or go on with the empty one, and go to where it is linked."""
        if not self.localstore.read_only:
            self.localstore.go_on_to = SYNC
        self.action_create()

    def action_demo(self) -> None:
        """Fill a store of its own beside the person's."""
        path = self.localstore.path.with_name("demo.db")
        self.localstore.toast("Filling the demo store…")
        self.localstore.writer.submit(self, lambda: Loaded("demo", _demo(path)), key="demo")

    def on_loaded(self, message: Loaded) -> None:
        """Show the demo store."""
        message.stop()
        self._open(message.value)

    def on_failed(self, message: Failed) -> None:
        """Stay here; the app says what went wrong."""

    def action_open_file(self) -> None:
        """Ask for a path."""
        from tui.screens.dialogs.prompt import Prompt

        self.app.push_screen(Prompt("Open which store?", "the path of a file"), self._open_named)

    def _open_named(self, name: str | None) -> None:
        if name:
            self._open(Path(name).expanduser().absolute())

    def _open(self, path: Path, *, create: bool = False) -> None:
        from localstore.errors import LocalstoreError

        try:
            self.localstore.open_store(path, create=create)
        except LocalstoreError as error:
            self.localstore.toast(str(error), "error")
        else:
            self.localstore.show_items()


def _demo(path: Path) -> Path:
    """Make the demo store, unless it is there; return its path."""
    from localstore import demo
    from localstore.store import Store

    with Store.open(path, email=demo.EMAIL, name=demo.NAME) as store:
        if not store.items.count():
            demo.fill(store)
    return path
