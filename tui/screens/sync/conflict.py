"""A conflict, field by field: base, mine, theirs, and the result; applied as one edit once all is chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from localstore.errors import EditConflict, LocalstoreError
from tui import keymap
from tui.lanes import Urgency
from tui.messages import Failed, Loaded, Written
from tui.screens.sync.own_value import OwnValue
from tui.visible import line
from tui.widgets.bottom_lines import FooterLine, StatusLine
from tui.widgets.items.item_table import moment
from tui.widgets.lists.list_source import ListSource
from tui.widgets.lists.virtual_table import VirtualTable
from tui.widgets.sync.choices import Choices, How, Part, choices, shown
from tui.widgets.sync.parts import PartTable, VersionReader
from tui.widgets.sync.versions import part_lines

if TYPE_CHECKING:
    from localstore.store import Store
    from sync.conflicts import OpenConflict
    from tui.app import LocalstoreApp
    from tui.sync_calls import SyncCalls

WIDE = 100
CHOOSE = {"mine": "merge.mine", "theirs": "merge.theirs", "both": "merge.both", "your own": "merge.edit"}


class SyncConflict(Screen[None]):
    """Two versions of some columns of a row."""

    AUTO_FOCUS = "PartTable"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]  # noqa: RUF012
    DEFAULT_CSS = """
    SyncConflict #heading { height: 1; padding: 0 1; background: $surface; }
    SyncConflict #body { height: 1fr; }
    SyncConflict #left { width: 34; }
    SyncConflict #parts { height: 1fr; }
    SyncConflict #versions { width: 1fr; height: 1fr; padding: 0 1; border-left: vkey $border; }
    SyncConflict.-narrow #body { layout: vertical; }
    SyncConflict.-narrow #left { width: 1fr; height: 7; border-bottom: hkey $border; }
    SyncConflict.-narrow #versions { border-left: none; }
    """

    def __init__(self, ref: str) -> None:
        super().__init__()
        self.ref = ref
        self.conflict: OpenConflict | None = None
        self.choices = Choices()

    @property
    def localstore(self) -> LocalstoreApp:
        """The app, with its store."""
        return cast("LocalstoreApp", self.app)

    def compose(self) -> ComposeResult:
        """What it is about, the parts, their versions, two lines below."""
        yield Static(markup=False, id="heading")
        with Horizontal(id="body"):
            with Vertical(id="left"):
                yield PartTable(id="parts")
            yield VersionReader(id="versions")
        yield StatusLine()
        yield FooterLine()

    # -- parts of the screen ------------------------------------------------------------------------------

    @property
    def table(self) -> PartTable:
        """The parts."""
        return self.query_one(PartTable)

    @property
    def versions(self) -> VersionReader:
        """The versions of the part under the cursor."""
        return self.query_one(VersionReader)

    @property
    def part(self) -> Part | None:
        """The part under the cursor."""
        row: Part | None = self.table.row
        return row

    # -- reading ------------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Read the conflict."""
        self.reload()

    def reload(self) -> None:
        """Read it anew; what was chosen for values that are the same stays chosen."""
        store, calls, ref = self.localstore.store, self.localstore.syncing.calls, self.ref

        def work() -> Loaded:
            found = calls.conflict(store, ref)
            return Loaded("conflict", (found, choices(found.fields)))

        self.localstore.reader.submit(self, work, key="conflict", urgency=Urgency.DETAIL)

    def on_loaded(self, message: Loaded) -> None:
        """Show the parts."""
        message.stop()
        self.conflict, read = message.value
        read.keep(self.localstore.syncing.chosen.get(self.ref, self.choices))
        self.choices = self.localstore.syncing.chosen[self.ref] = read
        self.query_one("#heading", Static).update(Content.styled(self._heading(), "bold"))
        self.query_one("#left").styles.max_height = len(read.parts) + 2
        self.table.load(ListSource(read.parts, lambda part: part.label), keep=True, follow=self._first_open())
        self.show_status()

    def _first_open(self) -> str | None:
        """Return the part to go to: the first that lost its choice by a change, else that under the cursor."""
        following = self.choices.next_open(-1)
        if following is None or (self.part and self.part.how is None):
            return self.part.label if self.part else None
        return self.choices.parts[following].label

    def _heading(self) -> str:
        found = self.conflict
        assert found is not None
        return f"{line(found.label, 200)}  {line(found.reason, 200)}  {moment(found.at)}"

    def on_failed(self, message: Failed) -> None:
        """Say what went wrong; leave when the conflict is not open any more."""
        message.stop()
        self.localstore.toast(str(message.error), "error")
        if message.key == "conflict" and self.app.screen is self:
            self.dismiss()
        elif message.key == "apply":
            self.reload()

    def changed_elsewhere(self) -> None:
        """Read it anew: the live value may be another."""
        self.reload()

    def written(self, message: Written) -> None:
        """Leave when this was resolved; else read it anew."""
        if message.kind == "resolved" and self.ref in message.keys:
            self.localstore.syncing.chosen.pop(self.ref, None)
            self.dismiss()
        else:
            self.reload()

    # -- showing ------------------------------------------------------------------------------------------

    def on_virtual_table_moved(self) -> None:
        """Show the versions of the part under the cursor."""
        self.show_part()

    def on_virtual_table_opened(self, message: VirtualTable.Opened) -> None:
        """Go to the text of the versions."""
        message.stop()
        self.versions.focus()

    def on_resize(self) -> None:
        """Lay the versions out anew."""
        self.call_after_refresh(self.show_part)

    def show_part(self) -> None:
        """Show the versions of the part under the cursor."""
        if self.part:
            keys = {word: self._key(name) for word, name in CHOOSE.items()}
            width = self.versions.scrollable_content_region.width
            self.versions.show(part_lines(self.part, width, keys))
        self.show_status()

    def _key(self, name: str) -> str:
        return keymap.display(self.localstore.keys[name].all_keys[0])

    def show_status(self) -> None:
        """Write the status line."""
        whole = len(self.choices.parts)
        done = whole - self.choices.open
        facts = [(f"{done} / {whole} chosen", "bold")]
        if whole and not self.choices.open:
            facts.append((f"{self._key('merge.apply')} applies", "$success"))
        else:
            facts.append(("nothing is applied yet", "$muted"))
        self.query_one(StatusLine).show([*facts, (self.localstore.path.name, "$muted")])

    # -- choosing -----------------------------------------------------------------------------------------

    def action_mine(self) -> None:
        """Take mine."""
        self._choose(How.MINE)

    def action_theirs(self) -> None:
        """Take theirs."""
        self._choose(How.THEIRS)

    def action_both(self) -> None:
        """Take both, where both can stand."""
        if self.part:
            try:
                self.part.both()
            except LocalstoreError as error:
                self.localstore.toast(str(error), "warning")
            else:
                self._choose(How.BOTH)

    def _choose(self, how: How, own: Any = None) -> None:
        """Note a choice, and go to the next part without one."""
        if self.part is None:
            return
        self.part.how, self.part.own = how, own
        following = self.choices.next_open(self.table.cursor)
        self.table.refresh()
        if following is None:
            self.show_part()
        else:
            self.table.cursor = following

    def action_edit(self) -> None:
        """Write a value of one's own, from what is chosen or live."""
        part = self.part
        if part is None:
            return
        if not part.is_written:
            self.localstore.toast("Vectors and secrets are not written here: choose mine or theirs.", "warning")
            return
        start = part.result if part.how else part.theirs
        self.app.push_screen(OwnValue(part, shown(start, document=not part.is_text)), self._own)

    def _own(self, given: tuple[Any] | None) -> None:
        if given is not None:
            self._choose(How.OWN, given[0])

    def action_unchoose(self) -> None:
        """Take the choice back."""
        if self.part:
            self.part.how = None
            self.table.refresh()
            self.show_part()

    def action_next_open(self) -> None:
        """Go to the next part without a choice."""
        following = self.choices.next_open(self.table.cursor)
        if following is not None:
            self.table.cursor = following

    # -- applying -----------------------------------------------------------------------------------------

    def action_apply(self) -> None:
        """Apply all choices as one edit."""
        if self.conflict is None:
            return
        if self.choices.open:
            self.localstore.toast(f"{self.choices.open} of {len(self.choices.parts)} still to choose.", "warning")
            if self.part and self.part.how:
                self.action_next_open()
            return
        app, store, calls, seen = self.localstore, self.localstore.store, self.localstore.syncing.calls, self.conflict
        chosen = self.choices.values()
        app.writer.submit(self, lambda: applied(store, calls, seen, chosen), key="apply")

    def action_back(self) -> None:
        """Go to the parts; from there, leave. Choices are kept while the program runs."""
        if self.versions.has_focus:
            self.table.focus()
        else:
            self.dismiss()


def applied(store: Store, calls: SyncCalls, seen: OpenConflict, chosen: dict[str, Any]) -> Written:
    """Write the choices, unless a value is live by now that the person has not seen."""
    with store.database.writing():
        now = calls.conflict(store, seen.id)
        if [repr(each.live) for each in now.fields] != [repr(each.live) for each in seen.fields]:
            raise EditConflict("It was changed while you chose: look at what is live now, and choose again.", {}, {})
        calls.resolve_fields(store, seen.id, chosen)
    return Written("resolved", (seen.id,), f"Resolved {line(seen.label, 80)} · u undo")
