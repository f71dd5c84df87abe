"""A value of one's own for a part of a conflict: a text, or a JSON document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from localstore.errors import InvalidValue
from tui import glyphs, keymap
from tui.visible import line
from tui.widgets.bottom_lines import FooterLine
from tui.widgets.editor import LONGEST, Editor
from tui.widgets.sync.choices import Part

if TYPE_CHECKING:
    from tui.app import LocalstoreApp


class OwnValue(ModalScreen[tuple[Any]]):
    """Returns the value in a tuple, for a value may be nothing; None when the person left."""

    SCOPE: ClassVar = "own"
    BINDINGS: ClassVar = keymap.bindings("own")
    AUTO_FOCUS = "Editor"
    DEFAULT_CSS = """
    OwnValue Editor {
        height: 1fr; margin: 1 0; border: none; padding: 0 1; background: $panel;
        &:focus { border: none; background: $panel-lighten-1; }
    }
    OwnValue #said { height: auto; color: $error; }
    """

    def __init__(self, part: Part, start: str) -> None:
        super().__init__()
        self.part, self.start = part, start
        self.long: str | None = start if len(start) > LONGEST else None

    def compose(self) -> ComposeResult:
        """The field's name, an editor, what is wrong, the keys."""
        kind = "text" if self.part.is_text else "JSON"
        with Vertical(id="box"):
            yield Static(Content(f"{line(self.part.label, 120)} ({kind})"), id="question")
            yield Editor(id="own", json=not self.part.is_text)
            yield Static(Content(""), id="said")
            yield FooterLine()

    def on_mount(self) -> None:
        """Start with what stands there now."""
        if self.long is not None:
            self._say_long()
        else:
            self._editor.text = self.start
            self._editor.move_cursor(self._editor.document.end)

    @property
    def _editor(self) -> Editor:
        return self.query_one(Editor)

    def _say_long(self) -> None:
        self._editor.read_only = True
        self._editor.text = (self.long or "")[:LONGEST]
        self._say(f"{len(self.long or ''):,} characters are too many for this screen: ^g writes them in $EDITOR")

    def _say(self, words: str) -> None:
        self.query_one("#said", Static).update(Content(line(words, 400)))

    def action_save(self) -> None:
        """Return the value; a document that is none stays here."""
        try:
            value = self.part.written(self.long if self.long is not None else self._editor.text)
        except InvalidValue as error:
            self._say(f"{glyphs.BAD} {error}")
        else:
            self.dismiss((value,))

    def action_external(self) -> None:
        """Write it in the person's own editor."""
        app = cast("LocalstoreApp", self.app)
        text = self.long if self.long is not None else self._editor.text
        try:
            after = app.edit_text(text, ".md" if self.part.is_text else ".json")
        except InvalidValue as error:
            self._say(f"{glyphs.BAD} {error}")
            return
        if after is not None:
            self.long = after if len(after) > LONGEST else None
            self._editor.read_only = self.long is not None
            self._editor.text = after[:LONGEST]

    def action_cancel(self) -> None:
        """Leave the choice as it was."""
        self.dismiss(None)
