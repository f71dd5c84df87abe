"""Kept bytes that no file and no trash refers to: how many, how large, and away with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tui.lanes import Urgency
from tui.messages import Failed, Loaded, Written
from tui.screens.dialogs.question import Dialog
from tui.visible import line
from tui.words import size

if TYPE_CHECKING:
    from pathlib import Path

    from localstore.store import Store
    from tui.jobs import Job

SHOWN = 8


class Leftover(Dialog[None]):
    """Lists what nothing refers to; ``y`` removes it."""

    def __init__(self) -> None:
        super().__init__(classes="-danger")
        self.found: list[tuple[Path, int]] | None = None

    def compose(self) -> ComposeResult:
        """Question, list, buttons."""
        with Vertical(id="box"):
            yield Static(Content("Remove kept bytes that nothing refers to?"), id="question")
            yield Static(Content("looking…"), id="text")
            yield Static(Content("Files in Trash count as referred to. u does not bring these bytes back."), id="hint")
            yield from self.buttons("Remove")

    def on_mount(self) -> None:
        """Look on the reader thread."""
        store = self.localstore.store
        self.localstore.reader.submit(self, lambda: Loaded("found", _sized(store)), key="found", urgency=Urgency.DETAIL)

    def on_loaded(self, message: Loaded) -> None:
        """Show what was found; from now on ``y`` works."""
        message.stop()
        found: list[tuple[Path, int]] = message.value
        if not found:
            self.localstore.toast("Every kept file is referred to: there is nothing to remove.")
            self.close(None)
            return
        self.found = found
        total = sum(count for _, count in found)
        words = [f"{len(found):,} file{'s' * (len(found) > 1)}, {size(total)}"]
        words += [f"{place.name[:16]}…  {size(count)}" for place, count in found[:SHOWN]]
        words += [f"and {len(found) - SHOWN:,} more"] if len(found) > SHOWN else []
        self.query_one("#text", Static).update(Content("\n".join(line(word, 100) for word in words)))

    def on_failed(self, message: Failed) -> None:
        """Close: there is nothing to ask about."""
        self.close(None)

    def action_confirm(self) -> None:
        """Remove what is unreferenced by then."""
        if self.found is None:
            return
        store = self.localstore.store

        def work(_: Job) -> Written:
            before = sum(count for _, count in _sized(store))
            gone = store.files.unreferenced(remove=True)
            return Written("files", (), f"Removed {len(gone):,} kept file{'s' * (len(gone) != 1)}, {size(before)}.")

        self.localstore.jobs.start("Remove unreferenced bytes", work)
        self.close(None)


def _sized(store: Store) -> list[tuple[Path, int]]:
    return [(place, place.stat().st_size) for place in store.files.unreferenced() if place.exists()]
