"""Help: the keys that work where the person is, written from the bindings themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui import keymap
from tui.widgets.reader import Line, Piece, Reader

if TYPE_CHECKING:
    from tui.app import LocalstoreApp

LANGUAGE = (
    ("words", 'all of them, the last as a beginning; "a phrase" in quotes'),
    ("#tag  any:tag", "with all these tags; with one of them"),
    ("type:paper", "of this type; several are alternatives"),
    ("org:lab  org:-", "of this organization; of none"),
    ("meta.lang=en", "metadata: = != < > and ~ for a part"),
    ("since:7d  until:2026-01-31", "by the last change; created:30d by creation"),
    ("~how to retry", 'the nearest in meaning first; ~"a phrase" ends where its quote does'),
    ("like:ID", "the nearest to an item first, by the end of its id"),
    ("has:file  no:embedding", "embedding, file, tag"),
)


class HelpScreen(ModalScreen[None]):
    """Shows the keys of one scope, and of those around it."""

    SCOPE: ClassVar = "prompt"
    BINDINGS: ClassVar = keymap.bindings("prompt")
    AUTO_FOCUS = "Reader"

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = scope

    def compose(self) -> ComposeResult:
        """Title and text."""
        with Vertical(id="box"):
            yield Static(Content(f"Keys: {keymap.title(self.scope)}"), id="question")
            yield Reader()
            yield Static(Content("esc leaves · the find line's language is at the end"), id="hint")

    def on_mount(self) -> None:
        """Write the keys."""
        self.query_one(Reader).show(lines(self.scope, cast("LocalstoreApp", self.app).keys))

    def action_cancel(self) -> None:
        """Go back."""
        self.dismiss(None)


def lines(scope: str, keys: keymap.Keys) -> list[Line]:
    """Return the keys by scope, then the language of the find line."""
    found: list[Line] = []
    heading = ""
    for key in keymap.bound(scope, keys):
        if key.scope != heading:
            heading = key.scope
            found += [(Piece(""),)] if found else []
            found.append((Piece(keymap.title(heading), "heading"),))
        names = " ".join(keymap.display(name) for name in key.all_keys)
        found.append((Piece(f"  {names:<16}", "accent"), Piece(key.help)))
    found += [(Piece(""),), (Piece("The find line", "heading"),)]
    return found + [(Piece(f"  {sample:<28}", "accent"), Piece(what)) for sample, what in LANGUAGE]
