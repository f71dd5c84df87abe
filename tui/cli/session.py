"""Session: one call of the command line: the options every command takes, its store, what it says."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tui.cli.visible import lines

if TYPE_CHECKING:
    from pathlib import Path

    from localstore.store import Store


class Session:
    """What was asked on the command line beside the command itself."""

    def __init__(self) -> None:
        self.store_path: str | None = None
        self.json = False
        self.jsonl = False
        self.quiet = False
        self.debug = False
        self.stopped = "What was finished stays."
        """What to tell after Ctrl-C: how to go on."""

    @property
    def machine(self) -> bool:
        """Whether a program reads the output."""
        return self.json or self.jsonl

    # -- the store ----------------------------------------------------------------------------------------

    @contextmanager
    def reading(self) -> Iterator[Store]:
        """Open the store for a command that only reads: it is never made, and may be read-only."""
        store_class = _store_class()
        from localstore.errors import StoreReadOnly

        try:
            store = store_class.open(self.store_path, create=False)
        except StoreReadOnly:
            store = store_class.open(self.store_path, read_only=True)
        with store:
            yield store

    @property
    def place(self) -> Path:
        """Where the store lies, whether or not there is one."""
        from pathlib import Path

        from localstore.store import default_path

        return (Path(self.store_path).expanduser() if self.store_path else default_path()).absolute()

    def changing(self) -> Store:
        """Open the store for a command that changes what is there already, so that it must be there."""
        return _store_class().open(self.store_path, create=False)

    @contextmanager
    def writing(self, email: str | None = None, name: str | None = None) -> Iterator[Store]:
        """Open the store for a command that writes, making it when there is none."""
        with _store_class().open(self.store_path, email=email, name=name) as store:
            if store.made:
                self.say(f"Made a store at {store.path}, mode 0600.")
            yield store

    # -- talking ------------------------------------------------------------------------------------------

    def say(self, message: str) -> None:
        """Tell a person something, on stderr, unless ``--quiet``."""
        if not self.quiet:
            print(lines(message), file=sys.stderr)

    @property
    def terminal(self) -> bool:
        """Whether a person can be asked."""
        return sys.stdin.isatty() and sys.stderr.isatty()

    @property
    def on_screen(self) -> bool:
        """Whether the data goes to a terminal."""
        return sys.stdout.isatty()

    @property
    def colours(self) -> bool:
        """Whether the data may be coloured: on a terminal, without NO_COLOR."""
        return self.on_screen and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"

    def style(self, text: str, **style: object) -> str:
        """Return *text* coloured where that is wanted."""
        import click

        return click.style(text, **style) if self.colours else text  # type: ignore[arg-type]

    @property
    def columns(self) -> int | None:
        """Cells of a line; None where lines are not cut, in a pipe or file."""
        if not self.on_screen:
            return None
        try:
            return int(os.environ.get("COLUMNS") or os.get_terminal_size(sys.stdout.fileno()).columns)
        except (OSError, ValueError):
            return 80


def _store_class() -> type[Store]:
    from localstore.store import Store

    return Store
