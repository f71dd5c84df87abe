"""Help: what the place is where the person is, and its keys, written from the bindings themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui import glyphs, keymap
from tui.visible import line
from tui.widgets.reading.reader import Line, Piece, Reader

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
            yield Static(Content("esc leaves · your own keys and the find line's language are at the end"), id="hint")

    def on_mount(self) -> None:
        """Write the keys."""
        app = cast("LocalstoreApp", self.app)
        self.query_one(Reader).show(lines(self.scope, app.keys, app.key_faults))

    def action_cancel(self) -> None:
        """Go back."""
        self.dismiss(None)


def lines(scope: str, keys: keymap.Keys, faults: Sequence[str] = ()) -> list[Line]:
    """Return what the place is, the keys by scope, where a person's own keys are, the language of the find line."""
    said = keymap.about(scope)
    found: list[Line] = [(Piece(said, "note"),), (Piece(""),)] if said else []
    heading = ""
    for key in keymap.nearest_first(scope, keys):
        if key.scope != heading:
            found += [(Piece(""),)] if heading else []
            heading = key.scope
            found.append((Piece(keymap.title(heading), "heading"),))
        names = " ".join(keymap.display(name) for name in key.all_keys)
        found.append((Piece(f"  {names:<16}", "accent"), Piece(key.help)))
    found += [(Piece(""),), (Piece("Your own keys", "heading"),), (Piece(f"  {line(str(keymap.user_file()))}"),)]
    found += [(Piece(f"  {glyphs.BAD} {line(fault, 600)}", "bad"),) for fault in faults]
    found += [(Piece(""),), (Piece("The find line", "heading"),)]
    return found + [(Piece(f"  {sample:<28}", "accent"), Piece(what)) for sample, what in LANGUAGE]
