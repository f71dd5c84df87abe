"""Import: which source, read how; the dry pass that follows says what would happen before anything does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from textual.widgets import Input

from localstore.errors import LocalstoreError
from tui.import_work import further, rehearse
from tui.lanes import Urgency
from tui.messages import Failed, Loaded
from tui.pause import Pause
from tui.screens.work.path_form import Blank, PathForm
from tui.widgets.finding.completion import WordSuggester
from tui.widgets.finding.path_completion import path_of

if TYPE_CHECKING:
    from localstore.importing import ImportOptions
    from tui.app import LocalstoreApp

PAUSE = 0.2
CONFLICTS = ("keep", "update", "copy")
SPLITS = ("none", "headings")


class ImportForm(PathForm):
    """Asks what to import; the format is recognised while the path is typed."""

    heading = "Import a file, a folder, a chat export, vectors, or another store"

    def __init__(self) -> None:
        super().__init__()
        self.pending = Pause(self)

    def blanks(self) -> list[Blank]:
        """Return the options."""
        return [
            Blank("format", "Format", "recognised by content", WordSuggester(_readers)),
            Blank("type", "Type", "of items that name none: note"),
            Blank("source", "Source name", "what keys are kept under: the name of the file"),
            Blank("split", "Split texts", "none, headings, or after N characters", WordSuggester(lambda: SPLITS)),
            Blank("conflict", "On conflict", "changed there and here: keep ours, update to theirs, copy: both",
                  WordSuggester(lambda: CONFLICTS), "keep"),
            Blank("model", "Model", "of vectors that name none: provider/name"),
            Blank("more", "More", "title-column=name text-column=body all-branches existing-only strict"),
        ]  # fmt: skip

    # -- looking ------------------------------------------------------------------------------------------

    def on_input_changed(self, message: Input.Changed) -> None:
        """Recognise the format a moment after the last key."""
        message.stop()
        if message.input.id == "path":
            self.pending.then(PAUSE, self._look)

    def _look(self) -> None:
        path = path_of(self.value("path"))
        if self.value("path"):
            work = lambda: Loaded("format", _recognised(path))  # noqa: E731
            self.localstore.reader.submit(self, work, key="format", urgency=Urgency.DETAIL)
        else:
            self.say("")

    def on_loaded(self, message: Loaded) -> None:
        """Say what it looks like."""
        message.stop()
        self.say(message.value)

    def on_failed(self, message: Failed) -> None:
        """Say what is wrong with the path."""
        message.stop()
        self.say(str(message.error))

    # -- going on -----------------------------------------------------------------------------------------

    def go(self, path: Path) -> None:
        """Begin the dry pass."""
        try:
            options = self._options()
        except LocalstoreError as error:
            self.say(str(error))
            return
        self.dismiss(None)
        rehearse(self.localstore, path, options)

    def _options(self) -> ImportOptions:
        from localstore.bulk.decision import CONFLICTS as KNOWN
        from localstore.errors import InvalidValue
        from localstore.importing import ImportOptions
        from localstore.transfer import reader_named

        conflict = self.value("conflict") or "keep"
        if conflict not in KNOWN:
            raise InvalidValue(f"{conflict!r} is none of {', '.join(KNOWN)}", "On conflict")
        name = self.value("format") or None
        if name and name != "store":
            reader_named(name)
        options = ImportOptions(
            format=name,
            source=self.value("source"),
            type=self.value("type") or None,
            model=self.value("model") or None,
            split=self.value("split"),
            on_conflict=conflict,
            **further(self.value("more")),
        )
        return options


def _readers() -> list[str]:
    from localstore.transfer import readers

    return [*readers(), "store"]


def _recognised(path: Path) -> str:
    from localstore.store_source import is_store
    from localstore.transfer import detect

    if is_store(path):
        return "Looks like: store, another localstore"
    found = detect(path)
    return f"Looks like: {found.name}, {found.summary}"


def show(app: LocalstoreApp) -> None:
    """Ask what to import."""
    app.push_screen(ImportForm())
