"""The store was taken away while it was open: what happened, and the ways out. Nothing is written meanwhile."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from localstore.errors import LocalstoreError, StoreGone
from tui import keymap
from tui.messages import Failed, Loaded
from tui.visible import line

if TYPE_CHECKING:
    from tui.app import LocalstoreApp

KEPT = "All that was open can still be read and kept: c writes it to a file beside it."
LOST = "What was not written to disk by then is kept as drafts only."


class StoreGoneScreen(ModalScreen[None]):
    """Offers to open the path again, to keep a copy of what was open, to open another file, to quit."""

    SCOPE: ClassVar = "lost"
    BINDINGS: ClassVar = keymap.bindings("lost")
    AUTO_FOCUS = "OptionList"
    APP_KEYS: ClassVar = ("everywhere.quit",)
    DEFAULT_CSS = """
    StoreGoneScreen > #box { border: round $error; }
    StoreGoneScreen OptionList { height: auto; border: none; background: $surface; padding: 0; }
    """

    def __init__(self, error: StoreGone) -> None:
        super().__init__()
        self.error = error

    @property
    def localstore(self) -> LocalstoreApp:
        """The app."""
        return cast("LocalstoreApp", self.app)

    def compose(self) -> ComposeResult:
        """What happened, and what can be done."""
        with Vertical(id="box"):
            yield Static(Content("The store is gone"), id="question")
            yield Static(Content(f"{line(str(self.error), 600)} {LOST if self.error.in_place else KEPT}"), id="text")
            yield OptionList(
                Option(Content("r  Open it again, when it is back"), id="again"),
                Option(Content("c  Keep a copy of what was open"), id="copy", disabled=self.error.in_place),
                Option(Content("o  Open another file"), id="other"),
                Option(Content("q  Quit"), id="quit"),
            )

    async def on_option_list_option_selected(self, message: OptionList.OptionSelected) -> None:
        """Do what was chosen."""
        message.stop()
        await self.run_action("app.leave" if message.option_id == "quit" else f"screen.{message.option_id}")

    def action_again(self) -> None:
        """Open what is at the path now."""
        self._open(self.localstore.path)

    def action_other(self) -> None:
        """Ask for a path."""
        from tui.screens.dialogs.prompt import Prompt

        self.app.push_screen(Prompt("Open which store?", "the path of a file"), self._open_named)

    def _open_named(self, name: str | None) -> None:
        if name:
            self._open(Path(name).expanduser().absolute())

    def action_copy(self) -> None:
        """Write what was open to a file beside it, then go on with that."""
        if self.error.in_place:
            return
        store, path = self.localstore.store, self.localstore.path
        target = free_name(path)
        self.localstore.reader.submit(self, lambda: Loaded("copy", store.backup(target).path), key="copy")

    def on_loaded(self, message: Loaded) -> None:
        """Go on with the copy."""
        message.stop()
        self._open(message.value)
        self.localstore.toast(f"What was open is in {message.value}; you are there now.")

    def on_failed(self, message: Failed) -> None:
        """Stay here; the app says what went wrong."""

    def _open(self, path: Path) -> None:
        try:
            self.localstore.open_store(path)
        except LocalstoreError as error:
            self.localstore.toast(str(error), "error")
        else:
            self.localstore.start_over()


def free_name(path: Path) -> Path:
    """Return a name beside *path* that nothing has."""
    names = (path.with_name(f"{path.stem}-kept{number or ''}{path.suffix}") for number in range(1_000))
    return next(name for name in names if not name.exists())
