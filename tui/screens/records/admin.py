"""Admin: users, organizations, members, AI models and API keys; below them every other table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.widget import Widget
from textual.widgets import OptionList

from localstore import ids
from localstore.lists.labels import parents
from localstore.models import BY_NAME
from tui import registry
from tui.lanes import Urgency
from tui.messages import Loaded, OverBudget, Written
from tui.pause import Pause
from tui.screens.records.admin_actions import AdminActions
from tui.widgets.records.table_rail import NAMES, TableRail

if TYPE_CHECKING:
    from tui.app import LocalstoreApp

NAME = "admin"
BUDGET = 0.5
"""Seconds that counting one table may take."""
DEBOUNCE = 0.08


class AdminScreen(AdminActions):
    """A rail of tables beside the rows of the chosen one; when it is narrow, one of the two."""

    AUTO_FOCUS = "TableRail"
    DEFAULT_CSS = """
    AdminScreen #tables { width: 28; border-right: vkey $border; }
    AdminScreen.-narrow #tables { width: 1fr; border-right: none; }
    AdminScreen.-narrow #middle { display: none; }
    AdminScreen.-narrow.-rows #tables { display: none; }
    AdminScreen.-narrow.-rows #middle { display: block; }
    """

    def __init__(self) -> None:
        super().__init__(next(iter(NAMES)))
        self.pause = Pause(self)
        self._away = False

    def beside(self) -> list[Widget]:
        """Return the rail."""
        return [TableRail(id="tables")]

    @property
    def rail(self) -> TableRail:
        """The tables."""
        return self.query_one(TableRail)

    @property
    def pending(self) -> bool:
        """Tell whether a line or the rail waits for its next key."""
        return super().pending or bool(self.pause)

    def on_mount(self) -> None:
        """Begin on the first table, and count them all."""
        self.rail.choose(self.table_name)
        self.count()

    def on_screen_suspend(self) -> None:
        """Note that the screen was left: what is written meanwhile is not told to it."""
        self._away = self not in self.app.screen_stack

    def on_screen_resume(self) -> None:
        """Catch up after a time away; the cursor stays on its row."""
        if self._away:
            self._away = False
            self.action_reload()

    # -- reading ------------------------------------------------------------------------------------------

    def count(self) -> None:
        """Count all tables, when nothing else is to be read."""
        lane = self.localstore.reader
        lane.submit(self, self._count_all, key="counts", urgency=Urgency.FACETS, budget=BUDGET)
        lane.submit(self, self._read_own, key="own", urgency=Urgency.FACETS)

    def _count_all(self) -> Loaded:
        store = self.localstore.store
        with store.reading():
            return Loaded("counts", {name: store.table(name).count() for name in NAMES})

    def on_over_budget(self, message: OverBudget) -> None:
        """Count one by one what takes too long together; what takes too long alone stays open."""
        message.stop()
        store, lane = self.localstore.store, self.localstore.reader
        for name in NAMES if message.key == "counts" else ():
            work = lambda name=name: Loaded("counts", {name: store.table(name).count()})  # noqa: E731
            lane.submit(self, work, key=f"count {name}", urgency=Urgency.FACETS, budget=BUDGET)

    def _read_own(self) -> Loaded:
        store = self.localstore.store
        default = store.organizations.default_id()
        own = {store.state.get("local_user") or "": "you"} | ({default: "default"} if default else {})
        return Loaded("own", own)

    def on_loaded(self, message: Loaded) -> None:
        """Show counts, or which rows are special, or go on with what a row is called."""
        message.stop()
        if message.key == "counts":
            for table, rows in message.value.items():
                self.rail.count(table, rows)
        elif message.key == "own":
            self.table.starred = message.value
            self.table.refresh()
        elif message.key == "named":
            self.named(*message.value)

    def written(self, message: Written) -> None:
        """Catch up with an action, in the list and in the counts."""
        super().written(message)
        if message.kind not in ("draft", "search"):
            self.count()

    # -- choosing a table ---------------------------------------------------------------------------------

    def use(self, table: str, line: str = "") -> None:
        """List another table, the cursor of the rail on it."""
        super().use(table, line)
        if self.rail.chosen != table:
            self.rail.choose(table)

    def on_option_list_option_highlighted(self, message: OptionList.OptionHighlighted) -> None:
        """Show the rows of the table a moment later."""
        message.stop()
        self.pause.then(DEBOUNCE, self._settle)

    def _settle(self) -> None:
        if self.rail.chosen != self.table_name:
            self.use(self.rail.chosen)

    def on_option_list_option_selected(self, message: OptionList.OptionSelected) -> None:
        """Go to the rows of the table that was clicked."""
        message.stop()
        self.action_to_list()

    def action_to_list(self) -> None:
        """Go to the rows of the chosen table."""
        if self.pause.stop():
            self._settle()
        self.add_class("-rows")
        super().action_to_list()

    def find(self) -> None:
        """Go to the filter of the rows."""
        self.add_class("-rows")
        super().find()

    def leave(self) -> None:
        """Go back to the rail."""
        self.remove_class("-rows")
        self.rail.focus()

    def action_to_rail(self) -> None:
        """Go back to the rail."""
        self.leave()

    def action_leave(self) -> None:
        """Go back to where the person was."""
        self.app.pop_screen()

    def action_reload(self) -> None:
        """Read the list and its counts again."""
        super().action_reload()
        self.count()

    def given(self) -> dict[str, Any]:
        """Return what a new row begins with: the rows that the filter names by their ids."""
        links = parents(BY_NAME[self.table_name])
        tests = (test for test in self.where.tests if test.sign == "=" and test.column in links)
        return {test.column: test.value for test in tests if ids.is_id(test.value)}


def show(app: LocalstoreApp) -> None:
    """Go back to the screen, or put it above the list."""
    registry.put_above(app, NAME, AdminScreen)
