"""One item on the whole screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult

from tui import glyphs
from tui.messages import Written
from tui.screens.item_actions import ItemActions
from tui.targets import Targets
from tui.widgets.bottom_lines import FooterLine, StatusLine
from tui.widgets.detail_pane import DetailPane

if TYPE_CHECKING:
    from localstore.items import ItemRow
    from tui.app import LocalstoreApp


class ItemScreen(ItemActions):
    """Shows contents, metadata, files and history of one item; its keys are those of the list."""

    AUTO_FOCUS = "ItemReader"

    def __init__(self, row: ItemRow, types: list[str], tags: list[str]) -> None:
        super().__init__()
        self.row = row
        self._types = types
        self._tags = tags

    def compose(self) -> ComposeResult:
        """The item and the lines below."""
        yield DetailPane(id="item")
        yield StatusLine()
        yield FooterLine()

    def on_mount(self) -> None:
        """Read the item."""
        self.reload()

    def reload(self) -> None:
        """Read the item again."""
        self.query_one(DetailPane).ask(self.row.id)
        self.show_status()

    def one(self) -> tuple[str, str]:
        """Return the item."""
        view = self.query_one(DetailPane).view
        return (self.row.id, view.row.title if view else self.row.title)

    def targets(self) -> Targets:
        """Return the item."""
        view = self.query_one(DetailPane).view
        row = view.row if view else self.row
        return Targets((row.id,), 1, row.title[:60], row.tags)

    def type_names(self) -> list[str]:
        """Return the known types."""
        return self._types

    def tag_names(self) -> list[str]:
        """Return the known tags."""
        return self._tags

    def show_status(self) -> None:
        """Write where this is."""
        saved = self.localstore.writer.idle
        state = (f"{glyphs.GOOD} saved", "$success") if saved else (f"{glyphs.ELLIPSIS} saving", "$warning")
        self.query_one(StatusLine).show(
            [("item", "bold"), state, ("esc back to the list", "$muted"), (self.localstore.path.name, "$muted")]
        )

    def saving(self) -> None:
        """Say that an action runs or ended."""
        self.show_status()

    def written(self, message: Written) -> None:
        """Show the item as it is now; leave when it was deleted."""
        if message.kind == "deleted" and self.row.id in message.keys:
            if self.app.screen is self:
                self.dismiss()
        elif message.kind != "draft":
            self.reload()

    def changed_elsewhere(self) -> None:
        """Read the item again: nothing stands under a cursor here."""
        self.reload()

    def find(self) -> None:
        """Go back to the list and write in its find line."""
        self.dismiss()
        self.app.call_later(self.localstore.action_find)

    def action_reload(self) -> None:
        """Read the item again."""
        self.reload()

    def action_back(self) -> None:
        """Go back to the list."""
        self.dismiss()


def show_item(app: LocalstoreApp, key: str, kind: str = "", title: str = "") -> None:
    """Show an item that no list holds on a screen of its own."""
    from localstore.freshness import Freshness
    from localstore.items import ItemRow

    around = [each for each in app.screen_stack if isinstance(each, ItemActions)]
    types = next((names for each in around if (names := each.type_names())), [])
    tags = next((names for each in around if (names := each.tag_names())), [])
    app.push_screen(ItemScreen(ItemRow(key, kind, title, "", None, (), Freshness.NONE), types, tags))
