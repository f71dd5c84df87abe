"""Forgetting old events: before which day, how many, and only then for good."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from localstore import times
from localstore.errors import InvalidValue
from localstore.finding.event_filters import EventFilter
from tui.lanes import Urgency
from tui.messages import Failed, Loaded, Written
from tui.screens.dialogs.prompt import Prompt
from tui.screens.dialogs.question import Dialog
from tui.widgets.items.item_table import moment

if TYPE_CHECKING:
    from tui.app import LocalstoreApp
    from tui.jobs import Job


class PruneDialog(Dialog[None]):
    """Says how many events are before a time; ``y`` forgets them."""

    def __init__(self, before: str) -> None:
        super().__init__(classes="-danger")
        self.before = before
        self.count: int | None = None

    def compose(self) -> ComposeResult:
        """Question, number, buttons."""
        with Vertical(id="box"):
            yield Static(Content(f"Forget the events before {moment(self.before)}?"), id="question")
            yield Static(Content("counting…"), id="text")
            yield Static(
                Content("They do not go to Trash, u does not bring them back; once begun it cannot be stopped midway."),
                id="hint",
            )
            yield from self.buttons("Forget")

    def on_mount(self) -> None:
        """Count on the reader thread."""
        store, where = self.localstore.store, EventFilter(until=self.before)
        work = lambda: Loaded("count", (store.events.listing.count(where), store.events.count()))  # noqa: E731
        self.localstore.reader.submit(self, work, key="count", urgency=Urgency.DETAIL)

    def on_loaded(self, message: Loaded) -> None:
        """Show the number; from now on ``y`` works."""
        message.stop()
        self.count, all_of_them = message.value
        if not self.count:
            self.localstore.toast(f"No event is from before {moment(self.before)}: nothing to forget.")
            self.close(None)
            return
        words = f"{self.count:,} of {all_of_them:,} events go; the items stay as they are."
        self.query_one("#text", Static).update(Content(words))

    def on_failed(self, message: Failed) -> None:
        """Close: there is nothing to ask about."""
        self.close(None)

    def action_confirm(self) -> None:
        """Forget what was counted; not before."""
        if self.count is None:
            return
        store, before = self.localstore.store, self.before

        def work(_: Job) -> Written:
            gone = store.events.prune(before)
            return Written("events", (), f"Forgot {gone:,} events from before {moment(before)}.")

        self.localstore.jobs.start(f"Forget {self.count:,} events", work)
        self.close(None)


def ask_prune(app: LocalstoreApp) -> None:
    """Ask for a day or an age, then for a yes."""

    def take(typed: str | None) -> None:
        if not typed:
            return
        try:
            before = times.since(typed)
        except InvalidValue as error:
            app.toast(str(error), "error")
        else:
            app.push_screen(PruneDialog(before))

    app.push_screen(Prompt("Forget events before", "a date (2026-01-31) or an age (90d, 12w, 1y)", "90d"), take)
