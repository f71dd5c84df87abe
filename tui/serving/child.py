"""The process of one browser tab: the app, drawn to the server that started it."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path
from typing import Any

from textual.driver import Driver
from textual.drivers.web_driver import WebDriver
from textual.message import Message

from localstore.errors import InvalidValue
from tui import app as tui_app
from tui.app import LocalstoreApp

NO_EDITOR = "Your editor needs a terminal, and this is a browser: write here, or run 'localstore edit' in a terminal."
NO_SUSPEND = "There is no shell behind a browser to go to."


class TabClosed(Message):
    """Nobody looks any more."""


class BrowserDriver(WebDriver):
    """Ends the app when its tab is closed, its server is gone, or somebody tells it to: drafts are kept."""

    def start_application_mode(self) -> None:
        """Let signals mean what a closed tab means."""
        super().start_application_mode()
        loop = asyncio.get_running_loop()
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(each, self._hang_up)

    def on_meta(self, packet_type: str, payload: dict[str, object]) -> None:
        """Leave as a person leaves when the page is closed."""
        if packet_type == "quit":
            self._hang_up()
        else:
            super().on_meta(packet_type, payload)

    def run_input_thread(self) -> None:
        """End the app where its input ends: a server that was killed says nothing."""
        super().run_input_thread()
        if not self.exit_event.is_set():
            self._hang_up()

    def _hang_up(self) -> None:
        self._app.post_message(TabClosed())

    def deliver_binary(self, binary: Any, **_: Any) -> None:
        """Refuse: files are exported on the machine itself."""
        binary.close()


class BrowserApp(LocalstoreApp):
    """The app, without what needs a terminal."""

    CSS_PATH = str(Path(tui_app.__file__).with_name("app.tcss"))

    def __init__(self, path: Path, **options: bool) -> None:
        super().__init__(path, **options)
        self.edit_text = _refuse_editor

    def get_driver_class(self) -> type[Driver]:
        """Draw to the server."""
        return BrowserDriver

    def action_suspend_process(self) -> None:
        """Say that there is nothing to go back to."""
        self.toast(NO_SUSPEND, "warning")

    def on_tab_closed(self, message: TabClosed) -> None:
        """Keep what is written, remember the place, and end."""
        message.stop()
        self.leaving.at_once()


def _refuse_editor(text: str, suffix: str) -> str | None:
    raise InvalidValue(NO_EDITOR)


def main(words: list[str]) -> None:
    """Show the store whose file is the first word."""
    app = BrowserApp(Path(words[0]), read_only="--read-only" in words[1:])
    app.run()
    if app.failure is not None:
        sys.exit(f"Error: {app.failure}")


if __name__ == "__main__":
    main(sys.argv[1:])
