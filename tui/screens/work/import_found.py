"""What an import would do: what was seen, counts, the first bad records; and the question whether to do it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tui.import_work import lines
from tui.screens.dialogs.question import Dialog
from tui.visible import line
from tui.widgets.reading.reader import Line, Reader, plain

if TYPE_CHECKING:
    from localstore.importing import ImportReport

HINT = "Nothing is written yet. u does not take an import back: delete what it brought, which goes to the Trash."


class ImportFound(Dialog[bool]):
    """Returns whether to import."""

    CSS = """
    ImportFound > #box { width: 96; height: 80%; }
    ImportFound Reader { height: 1fr; margin: 1 0; background: $surface; }
    """

    def __init__(self, source: Path, report: ImportReport) -> None:
        super().__init__()
        self.source, self.report = source, report

    def compose(self) -> ComposeResult:
        """Question, what was seen, buttons."""
        kind = ", ".join(dict.fromkeys(self.report.formats))
        with Vertical(id="box"):
            yield Static(Content(f"Import {line(self.source.name or str(self.source), 80)} as {kind}?"), id="question")
            yield Static(Content(HINT), id="hint")
            yield Reader()
            yield from self.buttons("Import")

    def on_mount(self) -> None:
        """Show what was seen."""
        shown: list[Line] = [one for each in lines(self.report) for one in plain(each)]
        self.query_one(Reader).show(shown)

    def action_confirm(self) -> None:
        """Import."""
        self.dismiss(True)
