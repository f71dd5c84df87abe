"""The metadata of an item, as JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from localstore.deeds.revision import revise, written
from tui import json_check
from tui.messages import Written
from tui.screens.forms.form_values import Values
from tui.screens.forms.writing import Writing
from tui.widgets.bottom_lines import FooterLine, StatusLine
from tui.widgets.editor import Editor


@dataclass(frozen=True)
class MetaValues(Values):
    """A JSON document as it is written."""

    NAMES: ClassVar[tuple[str, ...]] = ("meta_data",)

    meta_data: str = "{}"
    updated_at: str | None = None


class MetaForm(Writing[MetaValues]):
    """Writes the metadata of one item."""

    first = "#meta_data"
    main = "meta_data"
    DEFAULT_CSS = """
    MetaForm #form-title { height: 1; padding: 0 1; text-style: bold; color: $primary; background: $surface; }
    MetaForm #length { height: 1; padding: 0 2; color: $muted; }
    MetaForm Editor { height: 1fr; margin: 0 1; border: none; padding: 0 1; background: $panel;
      &:focus { border: none; background: $panel-lighten-1; } }
    MetaForm #meta-state { height: 1; margin: 0 2; }
    """

    def __init__(self, item: str) -> None:
        super().__init__(MetaValues())
        self.item = item

    @property
    def name_of_draft(self) -> str:
        """Return under which name a draft is kept."""
        return f"meta:{self.item}"

    @property
    def word(self) -> str:
        """Return what is written."""
        return "edit metadata"

    def compose(self) -> ComposeResult:
        """An editor, and whether what stands in it is JSON."""
        yield Static(Content("Metadata (JSON)"), id="form-title")
        yield Static(Content(""), id="length")
        yield Editor(id="meta_data", json=True)
        yield Static(Content(""), id="meta-state")
        yield StatusLine()
        yield FooterLine()

    def read(self) -> MetaValues:
        """Return what is stored."""
        stored = written(self.localstore.store, self.item)
        return MetaValues(json.dumps(stored["meta_data"], ensure_ascii=False, indent=2), stored["updated_at"])

    def say_length(self, name: str, length: int) -> None:
        """Say that the document is too long for the screen."""
        words = f"the first 2,000 of {length:,} characters; ^g edits all of it in $EDITOR" if length else ""
        self.query_one("#length", Static).update(Content(words))

    def save(self, values: MetaValues, expected: str | None) -> Written:
        """Write the document, in one action."""
        before: dict[str, Any] = json_check.check(self.start.meta_data, {}).document or {}
        document = json_check.check(values.meta_data, before).document or {}
        given = {"meta_data": document} if document != before else {}
        revise(self.localstore.store, self.item, given, expected)
        words = json_check.difference(before, document)
        return Written("edited", (self.item,), f"Saved the metadata: {words} · u undo" if words else "Nothing changed.")
