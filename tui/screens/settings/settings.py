"""Settings: the value that holds for somebody, where it comes from, what each level says; and this machine's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.widget import Widget

from localstore import setting_levels
from localstore.models import SCOPES
from localstore.setting_levels import STATES, SettingFilter, SettingRow
from tui.lanes import Urgency
from tui.messages import Loaded
from tui.screens.dialogs.choice import Choice
from tui.screens.nouns.noun import NounScreen, show_noun
from tui.screens.records.picker import pick
from tui.screens.settings.machine import act, machine_rows
from tui.screens.settings.setting_form import Holders, SettingForm, unset
from tui.widgets.finding.filter_line import Values
from tui.widgets.lists.few_rows import FewRows
from tui.widgets.lists.virtual_table import VirtualTable
from tui.widgets.nouns.setting_table import (
    ORIGINS,
    MachineTable,
    SettingReader,
    SettingTable,
    machine_lines,
    setting_lines,
    written,
)
from tui.widgets.reading.reader import Line

if TYPE_CHECKING:
    from localstore.store import Store
    from tui.app import LocalstoreApp


class SettingsScreen(NounScreen):
    """Every setting that is known or stored, as one person in one organization sees it."""

    place: ClassVar = "settings"
    hint: ClassVar = "settings   words · is:set · is:unknown · is:wrong · from:user"
    nothing: ClassVar = ("No settings", "", "{key} sets one")
    DEFAULT_CSS = """
    SettingsScreen #machine { height: 8; border-top: hkey $border; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.holders = Holders()
        self.models: list[str] = []

    def parse(self, line: str) -> SettingFilter:
        """Read the line above the list."""
        return SettingFilter.parse(line)

    def values(self) -> Values:
        """Complete states and origins."""
        return {"is": lambda: STATES, "from": lambda: (*SCOPES, "default")}

    def new_table(self) -> VirtualTable:
        """Return the list."""
        return SettingTable(id="rows")

    def new_pane(self) -> SettingReader:
        """Return the pane."""
        return SettingReader(id="pane")

    def below(self) -> Sequence[Widget]:
        """Return what this machine keeps."""
        return (MachineTable(id="machine"),)

    def source(self) -> FewRows:
        """Return the settings that the line finds."""
        store, where, holders = self.localstore.store, self.where, self.holders
        user, organization = holders.user, holders.organization
        work = lambda: [r for r in setting_levels.rows(store, user, organization) if where.holds(r)]  # noqa: E731
        return FewRows(work, lambda row: str(row.key))

    def about(self, row: SettingRow) -> Callable[[], list[Line]]:
        """Tell what each level says."""
        return partial(setting_lines, row, self.holders.names)

    def facts(self) -> list[tuple[str, str]]:
        """Say through whose eyes they are seen."""
        named = [self.holders.names.get(scope, "") for scope in ("user", "organization")]
        own = self.holders.user is None and self.holders.organization is None
        return [(f"as {' in '.join(name for name in named if name)}", "" if own else "$accent")] if any(named) else []

    @property
    def row(self) -> SettingRow | None:
        """The setting under the cursor."""
        row: SettingRow | None = self.table.row
        return row

    @property
    def machine(self) -> MachineTable:
        """What this machine keeps."""
        return self.query_one(MachineTable)

    # -- reading ------------------------------------------------------------------------------------------

    def reread(self, *, follow: str | None = None, keep: bool = False) -> None:
        """Read the settings, for whom they are, and what this machine keeps."""
        super().reread(follow=follow, keep=keep)
        self.machine.load(machine_rows(self.localstore), keep=True)
        store, holders = self.localstore.store, self.holders
        work = lambda: Loaded("holders", _holders(store, holders))  # noqa: E731
        self.localstore.reader.submit(self, work, key="holders", urgency=Urgency.DETAIL)

    def on_loaded(self, message: Loaded) -> None:
        """Take the names of those for whom settings are seen, or show what was read of the row."""
        if message.key == "holders":
            message.stop()
            self.holders.names, self.models = message.value
            self.show_status()
            self.tell_later()

    def on_virtual_table_moved(self, message: VirtualTable.Moved) -> None:
        """Tell of the row under the cursor of the list that has the focus."""
        if message.table is self.table or self.machine.has_focus:
            self.show_status()
            self.tell_later()

    def on_descendant_focus(self, message: events.DescendantFocus) -> None:
        """Tell of the other list's row."""
        if isinstance(message.widget, VirtualTable):
            self.tell_later()

    def tell(self) -> None:
        """Say in the pane what is known of the row."""
        if self.machine.has_focus:
            self.pane.show(machine_lines(self.machine.row) if self.machine.row else [])
        else:
            super().tell()

    # -- setting ------------------------------------------------------------------------------------------

    def on_virtual_table_opened(self, message: VirtualTable.Opened) -> None:
        """Set the value; on this machine's own, do what the row says."""
        message.stop()
        if message.row is None:
            return
        if message.table is self.table:
            self.action_edit()
        else:
            act(self.localstore, message.row.name)

    def action_edit(self) -> None:
        """Set the value."""
        if self.row is not None and self.writable:
            self.app.push_screen(SettingForm(self.row, self.holders, self.models))

    def action_new(self) -> None:
        """Set a key that this program does not know."""
        if self.writable:
            self.app.push_screen(SettingForm(None, self.holders, self.models))

    def action_unset(self) -> None:
        """Unset it where it is set; ask where, when there are several places."""
        row = self.row
        if row is None or not self.writable:
            return
        scopes = [level.scope for level in row.levels]
        if not scopes:
            self.localstore.toast(f"{row.key} is not set for those you look at: its default holds.", "warning")
        elif len(scopes) == 1:
            self._unset(row, scopes[0])
        else:
            names = [
                f"{ORIGINS[scope]}: {self.holders.called(scope)} = {written(level.value)}"
                for scope, level in zip(scopes, row.levels, strict=True)
            ]

            def take(number: int | None) -> None:
                if number is not None:
                    self._unset(row, scopes[number])

            self.app.push_screen(Choice(f"Unset {row.key} where?", names), take)

    def _unset(self, row: SettingRow, scope: str) -> None:
        store, holders = self.localstore.store, self.holders
        self.localstore.write(lambda: unset(store, row, scope, holders))

    # -- through whose eyes -------------------------------------------------------------------------------

    def action_person(self) -> None:
        """See the settings as another person."""
        pick(self.app, "users", partial(self._see, "user"), "Whose settings?")

    def action_team(self) -> None:
        """See the settings within another organization."""
        pick(self.app, "organizations", partial(self._see, "organization"), "In which organization?")

    def _see(self, scope: str, key: str | None) -> None:
        if key is not None:
            setattr(self.holders, scope, key)
            self.refresh_list()

    def action_own(self) -> None:
        """See them as oneself again."""
        self.holders.user = self.holders.organization = None
        self.refresh_list()

    # -- copying ------------------------------------------------------------------------------------------

    def action_copy_value(self) -> None:
        """Copy the value that holds."""
        if self.row is not None:
            self.copy(written(self.row.value), "Value")

    def action_copy_machine(self) -> None:
        """Copy what stands in the row of this machine."""
        if self.machine.row is not None:
            self.copy(self.machine.row.value, "Value")


def _holders(store: Store, holders: Holders) -> tuple[dict[str, str], list[str]]:
    """Return the names of person and organization, and those of all models."""
    with store.reading():
        names: dict[str, str] = {}
        for place in store.settings.places(holders.user, holders.organization):
            if place.user_id:
                names["user"] = str(store.users.get(place.user_id).email)
            if place.organization_id:
                names["organization"] = str(store.organizations.get(place.organization_id).slug)
        return names, sorted({str(model.name) for model in store.ai_models.all()})


def show(app: LocalstoreApp) -> None:
    """Go to the settings."""
    show_noun(app, "settings", SettingsScreen)
