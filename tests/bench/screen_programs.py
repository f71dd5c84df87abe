"""The programs whose screens are measured: ours, an empty Textual app, posting and harlequin."""

from __future__ import annotations

import json
import os
import sqlite3
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from localstore import Store
from tests.bench.million import ITEMS
from tests.bench.terminal import KEYS, PAINTED, Terminal

PEERS = Path(os.environ.get("LOCALSTORE_BENCH_PEERS", str(Path(sys.prefix) / "peers")))
EMPTY = """
from textual.app import App
from textual.widgets import Static
class Empty(App):
    def compose(self):
        yield Static("ready")
Empty().run()
"""
OURS = "import sys; from pathlib import Path; from tui.start import run; run(Path(sys.argv[1]), fresh=True)"
FORM = """
import sys
from pathlib import Path
import tui.app
class Form(tui.app.LocalstoreApp):
    CSS_PATH = Path(tui.app.__file__).with_name("app.tcss")
    def on_mount(self):
        self.looking = self.set_interval(0.1, self.look)
    def look(self):
        for editor in self.screen.query("#meta_data"):
            editor.focus()
            self.looking.stop()
Form(Path(sys.argv[1]), fresh=True).run()
"""
"""Ours, with the focus in the metadata as soon as a form is there: which tab leads to it is no part of the measure."""
LINES = 1_000
TITLE = "A thousand lines"


@dataclass(frozen=True)
class Program:
    """How one is started, what its screen shows when it can be used, and which key is pressed in what."""

    name: str
    arguments: list[str]
    marker: bytes
    key: bytes = KEYS["down"]
    prepare: Callable[[Terminal], None] = lambda _: None
    more: dict[str, str] = field(default_factory=dict)

    def start(self) -> Terminal:
        """Start it under a terminal of its own."""
        return Terminal(self.arguments, self.more)


@dataclass
class Start:
    """Seconds to the first paint, and until it can be used."""

    first: float
    usable: float


def started(program: Program) -> Start:
    """Start a program, and end it when it can be used."""
    with program.start() as terminal:
        return Start(terminal.until(PAINTED), terminal.until(program.marker))


def ours(path: Path) -> Program:
    """Return ours, on a million items."""
    return Program("ours", [sys.executable, "-c", OURS, str(path)], rb"item \d{6}")


def empty() -> Program:
    """Return an app that shows one word."""
    return Program("an empty Textual app", [sys.executable, "-c", EMPTY], b"ready")


def peers(folder: Path) -> list[Program]:
    """Return the peers that ``make bench`` installed, each with a home of its own."""
    home = folder / "home"
    home.mkdir(exist_ok=True)
    more = {"HOME": str(home), "XDG_CONFIG_HOME": str(home), "XDG_DATA_HOME": str(home), "XDG_CACHE_HOME": str(home)}
    made = {"posting": _posting, "harlequin": _harlequin}
    found = {name: PEERS / name / "bin" / name for name in made}
    return [make(found[name], folder, more) for name, make in made.items() if found[name].exists()]


def _posting(script: Path, folder: Path, more: dict[str, str]) -> Program:
    """An empty collection; letters are typed in the address."""
    collection = folder / "collection"
    collection.mkdir(exist_ok=True)
    arguments = [str(script), "default", "--collection", str(collection)]
    return Program("posting", arguments, b"Collection is empty", b"a", _press("url"), more)


def _harlequin(script: Path, folder: Path, more: dict[str, str]) -> Program:
    """A table of a million comparable rows, of which it shows as many as it takes; the cursor goes down in those."""
    path = _plain(folder / "plain.db")
    arguments = [str(script), "-a", "sqlite", "-P", "None", "--locale", "C.UTF-8", str(path)]
    return Program("harlequin", arguments, b"Database Connected", KEYS["down"], _query, more)


def _press(key: str) -> Callable[[Terminal], None]:
    def press(terminal: Terminal) -> None:
        terminal.write(KEYS[key])
        terminal.quiet(limit=3)

    return press


def _query(terminal: Terminal) -> None:
    terminal.quiet(limit=5)
    for letter in b"select * from items":
        terminal.key(bytes([letter]))
    terminal.forget()
    terminal.write(KEYS["run"])
    terminal.until(b"item 5 ")
    terminal.quiet(limit=5)


def _plain(path: Path) -> Path:
    """Make a table with the columns that our list shows."""
    if not path.exists():
        with sqlite3.connect(path) as connection:
            connection.execute(
                "CREATE TABLE items (id TEXT PRIMARY KEY, type TEXT, title TEXT, tags TEXT, updated TEXT)"
            )
            rows = (
                (f"{n:032x}", "note", f"item {n} model token", "tag1", "2026-01-01T00:00:00Z") for n in range(ITEMS)
            )
            connection.executemany("INSERT INTO items VALUES (?,?,?,?,?)", rows)
        connection.close()
    return path


def form(folder: Path) -> Program:
    """Return ours on one item whose metadata are a thousand lines, opened for editing."""
    path = folder / "form.db"
    if not path.exists():
        given = {f"key {number:04d}": number for number in range(LINES - 2)}
        assert len(json.dumps(given, indent=2).splitlines()) == LINES
        with Store.open(path, email="bench@localhost") as store:
            store.items.add(TITLE, meta_data=given, text="Short.")
    return Program("a form", [sys.executable, "-c", FORM, str(path)], TITLE.encode(), b"7", _edit)


def _edit(terminal: Terminal) -> None:
    terminal.quiet()
    terminal.forget()
    terminal.write(b"e")
    terminal.until(b"edit item")
    terminal.quiet(1.0)
    terminal.write(KEYS["down"] + KEYS["end"])
    terminal.quiet(1.0)
