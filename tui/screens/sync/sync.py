"""The Sync screen: the server, what waits, the round that runs, and those before."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import Screen

from tui import keymap, registry
from tui.lanes import Urgency
from tui.messages import Loaded, Written
from tui.screens.sync.link import LinkForm, Listed
from tui.syncing import RoundEnded, when
from tui.visible import line
from tui.widgets.bottom_lines import FooterLine, StatusLine
from tui.widgets.lists.list_source import ListSource
from tui.widgets.lists.virtual_table import VirtualTable
from tui.widgets.reading.reader import Line, Piece, Reader
from tui.widgets.sync.progress import SyncProgress
from tui.widgets.sync.rounds import RoundTable
from tui.widgets.sync.words import (
    NO_ROUNDS,
    NOT_LINKED,
    estimate_words,
    every,
    fact_lines,
    plan_words,
    verified_words,
)
from tui.words import how_many

if TYPE_CHECKING:
    from sync.comparing.verifying import VerifyReport
    from sync.linking import LinkPlan
    from sync.rounds import Estimate, Status
    from tui.app import LocalstoreApp

NAME = "sync"
ROUNDS = 200
WIDE = 100


class FactReader(Reader):
    """What is known of the link; the screen's keys work here too."""

    SCOPE: ClassVar = "sync"
    BINDINGS: ClassVar = keymap.bindings("sync")


class SyncScreen(Screen[None]):
    """How the store stands with its server. Nothing here asks the network unasked."""

    AUTO_FOCUS = "RoundTable"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]  # noqa: RUF012
    DEFAULT_CSS = """
    SyncScreen #body { height: 1fr; }
    SyncScreen #facts { height: 60%; padding: 0 1; border-bottom: hkey $border; }
    SyncScreen.-bare #facts { display: none; }
    SyncScreen #rounds { height: 1fr; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.status: Status | None = None

    @property
    def localstore(self) -> LocalstoreApp:
        """The app, with its store and its rounds."""
        return cast("LocalstoreApp", self.app)

    def compose(self) -> ComposeResult:
        """Facts above the rounds, or beside them; progress and two lines below."""
        with Vertical(id="body"):
            yield FactReader(id="facts")
            yield RoundTable(id="rounds")
        yield SyncProgress()
        yield StatusLine()
        yield FooterLine()

    @property
    def table(self) -> RoundTable:
        """The rounds."""
        return self.query_one(RoundTable)

    # -- reading ------------------------------------------------------------------------------------------

    def on_screen_resume(self) -> None:
        """Read anew how things stand, from the file."""
        self.reload()

    def reload(self) -> None:
        """Read the status and the log."""
        store, calls = self.localstore.store, self.localstore.syncing.calls
        work = lambda: Loaded("status", (calls.status(store), calls.rounds(store, ROUNDS)))  # noqa: E731
        self.localstore.reader.submit(self, work, key="status", urgency=Urgency.DETAIL)
        self.show_status()

    def on_loaded(self, message: Loaded) -> None:
        """Show how things stand."""
        message.stop()
        self.status, rounds = message.value
        self.set_class(not (self.status.linked or rounds), "-bare")
        self.table.empty = NO_ROUNDS if self.status.linked else NOT_LINKED
        self.table.load(ListSource(rounds, lambda row: str(row["seq"])), keep=True)
        self._show_facts()
        self.show_status()

    def _show_facts(self) -> None:
        if self.status and not self.status.linked:
            lines: list[Line] = [(Piece(words, "note" if at else "heading"),) for at, words in enumerate(NOT_LINKED)]
            self._put_facts(lines)
        elif self.status:
            syncing, keys = self.localstore.syncing, self.localstore.keys
            self._put_facts(fact_lines(self.status, syncing.minutes, syncing.offline, self._reached(), keys))

    def _put_facts(self, lines: list[Line]) -> None:
        """Show the facts in no more room than they need: the rounds get the rest."""
        facts = self.query_one(FactReader)
        facts.show(lines, stay=True)
        facts.styles.max_height = facts.virtual_size.height + 1

    def _reached(self) -> str:
        """Return when the server answered last."""
        rows = getattr(self.table.source, "rows", ())
        last = self.status.last if self.status else None
        if last and last.get("outcome") in ("done", "cancelled"):
            return when(str(last["at"]))
        found = next((row["at"] for row in rows if row["kind"] in ("done", "cancelled", "linked")), "")
        return when(found) if found else ""

    def show_status(self) -> None:
        """Write the status line."""
        status, length = self.status, self.table.blocks.length
        at = f"{min(self.table.cursor + 1, length):,} / {how_many(length, 'round')}"
        linked = "linked" if status and status.linked else "not linked" if status else ""
        self.query_one(StatusLine).show([(at, "bold"), (linked, ""), (self.localstore.path.name, "$muted")])

    def sync_moved(self) -> None:
        """Show how far the round is."""
        self.query_one(SyncProgress).draw()

    def sync_ended(self, message: RoundEnded) -> None:
        """Read how things stand now; go on with what was asked for."""
        self.reload()
        if message.key == "estimate" and message.value is not None:
            self._ask_first(message.value)
        elif message.key == "link" and message.value is not None:
            self.localstore.syncing.begin()
            self._estimate()
        elif message.key == "verify" and message.value is not None:
            self._say_verified(message.value)

    def written(self, message: Written) -> None:
        """Count again what waits."""
        self.reload()

    def changed_elsewhere(self) -> None:
        """Count again what waits."""
        self.reload()

    def on_virtual_table_moved(self) -> None:
        """Say where the cursor is."""
        self.show_status()

    def on_virtual_table_sized(self) -> None:
        """Say how many rounds there are."""
        self.show_status()

    # -- rounds -------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Do with a server only what a linked store can."""
        linked = bool(self.status and self.status.linked)
        needs = {"sync_now", "interval", "unlink", "verify"}
        return linked if action in needs else True

    def writable(self) -> bool:
        """Tell whether the file may be written, or say that it may not."""
        return self.localstore.may_write()

    def action_sync_now(self) -> None:
        """Begin a round; before the first one, show what it would carry."""
        if not self.writable():
            return
        if self.localstore.syncing.counts.synced:
            self.localstore.syncing.round()
        else:
            self._estimate()

    def _estimate(self) -> None:
        store, calls = self.localstore.store, self.localstore.syncing.calls
        self.localstore.syncing.run("estimate", "asking what would go", lambda: calls.estimate(store))

    def _ask_first(self, found: Estimate) -> None:
        words = [*estimate_words(found), "Edits go on meanwhile; x stops it, and the next round goes on."]
        self.app.push_screen(Listed("Begin the first round?", words, yes="Sync"), self._first)

    def _first(self, yes: bool | None) -> None:
        if yes:
            self.localstore.syncing.round()

    def action_stop(self) -> None:
        """Stop what runs."""
        if not self.localstore.syncing.stop():
            self.localstore.toast("No round runs.")

    def action_interval(self) -> None:
        """Take the next interval."""
        minutes = self.localstore.syncing.next_interval()
        self._show_facts()
        self.localstore.toast(f"Sync: {every(minutes)}.")

    def action_verify(self) -> None:
        """Compare every row with the server."""
        self._verify(repair=False)

    def _verify(self, *, repair: bool) -> None:
        syncing, store = self.localstore.syncing, self.localstore.store

        def work() -> VerifyReport:
            return syncing.calls.verify(store, syncing.report, syncing.given_up, repair=repair)

        syncing.run("verify", "repairing" if repair else "verifying", work)

    def _say_verified(self, found: VerifyReport) -> None:
        """Say what a comparison found; when rows differ, offer to make them as the server has them."""
        if found.is_well or found.repaired:
            self.localstore.toast(verified_words(found)[0])
        else:
            question = Listed("Repair what differs?", verified_words(found), yes="Repair")
            self.app.push_screen(question, lambda yes: self._verify(repair=True) if yes else None)

    # -- the link -----------------------------------------------------------------------------------------

    def action_link(self) -> None:
        """Ask for the address."""
        if self.status and self.status.linked:
            self.localstore.toast(f"Linked with {self.status.server}: L takes the link off first.")
        elif self.writable():
            self.app.push_screen(LinkForm(), self._link)

    def _link(self, given: tuple[str, str] | None) -> None:
        if given is None:
            return
        url, share = given
        syncing, store = self.localstore.syncing, self.localstore.store

        def agreed(plan: LinkPlan) -> bool:
            return syncing.ask(lambda heard: self._show_plan(plan, heard))

        syncing.run("link", "linking", lambda: syncing.calls.link(store, url, share, agreed))

    def _show_plan(self, plan: LinkPlan, heard: Callable[[bool | None], None]) -> None:
        self.app.push_screen(Listed("Link this store?", plan_words(plan), yes="Link"), heard)

    def action_unlink(self) -> None:
        """Ask first."""
        if not self.status or not self.writable():
            return
        waiting = sum(self.status.to_push.values())
        words = [
            f"{line(self.status.server, 200)} and this store keep what they have; nothing is deleted.",
            "Conflicts stay to be resolved. Changes are no longer noted; linking again compares all rows.",
        ]
        if waiting:
            words.insert(0, f"{how_many(waiting, 'changed row')} were not pushed yet: sync first to carry them.")
        self.app.push_screen(Listed("Take the link off?", words, yes="Unlink"), self._unlink)

    def _unlink(self, yes: bool | None) -> None:
        if yes:
            syncing, store = self.localstore.syncing, self.localstore.store
            syncing.run("unlink", "unlinking", lambda: syncing.calls.unlink(store, forget_unsent=True))

    # -- going elsewhere ----------------------------------------------------------------------------------

    def on_virtual_table_opened(self, message: VirtualTable.Opened) -> None:
        """Show the conflicts."""
        message.stop()
        self.action_conflicts()

    def action_conflicts(self) -> None:
        """Show what waits for the person."""
        from tui.screens.sync.conflicts import SyncConflicts

        if self.status and not self.status.conflicts:
            self.localstore.toast("No conflicts: nothing waits for you.")
        else:
            self.app.push_screen(SyncConflicts())

    def action_reload(self) -> None:
        """Count again."""
        self.reload()

    def action_back(self) -> None:
        """Stop what runs; else go back."""
        if not self.localstore.syncing.stop():
            self.app.pop_screen()


def show(app: LocalstoreApp) -> None:
    """Go back to the screen, or put it above the list."""
    registry.put_above(app, NAME, SyncScreen)
