"""Export: which items, where to, in which format."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from localstore.errors import LocalstoreError
from tui.export_work import start
from tui.screens.dialogs.question import Question
from tui.screens.work.path_form import Blank, PathForm
from tui.targets import Targets
from tui.widgets.finding.completion import WordSuggester

if TYPE_CHECKING:
    from tui.app import LocalstoreApp

ALL = "all"
THIS = "this"


class ExportForm(PathForm):
    """Asks where to; ``every`` is all in the filter, for who has marked nothing."""

    def __init__(self, targets: Targets, every: Targets | None = None) -> None:
        super().__init__()
        self.targets, self.every = targets, every
        self.heading = f"Export {targets.words}" + (f", or all {every.count:,} in the list" if every else "")

    def blanks(self) -> list[Blank]:
        """Return the options."""
        which = Blank("which", "Which", "this one, or all in the list", WordSuggester(lambda: (THIS, ALL)), THIS)
        return [
            *([which] if self.every else []),
            Blank("format", "Format", "by the name: .jsonl .csv .npz .npy .parquet; a folder: markdown",
                  WordSuggester(_writers)),
            Blank("model", "Model", "formats of vectors: whose; else the only one there is"),
        ]  # fmt: skip

    def go(self, path: Path) -> None:
        """Export, after a question when something is there."""
        from localstore.transfer import for_destination, writer_named

        name = self.value("format") or None
        try:
            chosen = writer_named(name) if name else for_destination(path)
        except LocalstoreError as error:
            self.say(str(error).replace("Say --format with", "Fill in Format:"))
            return
        if path.is_file():
            words = "The export takes its place when it is whole; what was there is gone then."
            question = Question(f"Replace {path}?", words, yes="Replace")
            self.app.push_screen(question, lambda yes: self._start(path, chosen.name) if yes else None)
        else:
            self._start(path, chosen.name)

    def _start(self, path: Path, name: str) -> None:
        every = self.every if self.every and self.value("which") == ALL else None
        start(self.localstore, every or self.targets, path.absolute(), name, self.value("model") or None)
        self.dismiss(None)


def _writers() -> list[str]:
    from localstore.transfer import writers

    return list(writers())


def show(app: LocalstoreApp, targets: Targets, every: Targets | None = None) -> None:
    """Ask where to export to."""
    app.push_screen(ExportForm(targets, every))
