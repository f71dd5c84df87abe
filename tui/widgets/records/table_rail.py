"""The tables of the store and how many rows each has, those of administration first."""

from __future__ import annotations

from typing import ClassVar

from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tui import glyphs, keymap
from tui.visible import fit

NAMES = {
    "users": "Users",
    "organizations": "Organizations",
    "organization_memberships": "Members",
    "ai_models": "AI models",
    "api_keys": "API keys",
    "items": "Items",
    "contents": "Contents",
    "embeddings": "Embeddings",
    "file_assets": "Files",
    "tags": "Tags",
    "item_tag_links": "Tag links",
    "events": "Events",
    "settings": "Settings",
}
RARE = 5
"""How many stand above the rule."""
NAME, COUNT = 14, 10


class TableRail(OptionList):
    """Says which table is listed."""

    SCOPE: ClassVar = "tables"
    BINDINGS: ClassVar = [*keymap.bindings("motion"), *keymap.bindings("tables")]
    DEFAULT_CSS = """
    TableRail { border: none; background: $surface; padding: 0; height: 1fr; &:focus { border: none; } }
    """

    def __init__(self, *, id: str | None = None) -> None:
        options: list[Option | None] = [Option(_shown(table, None), id=table) for table in NAMES]
        options.insert(RARE, None)
        super().__init__(*options, markup=False, id=id)

    def count(self, table: str, rows: int) -> None:
        """Show how many rows a table has."""
        self.replace_option_prompt(table, _shown(table, rows))

    @property
    def chosen(self) -> str:
        """The table under the cursor."""
        at = self.highlighted
        return str(self.get_option_at_index(at).id) if at is not None else next(iter(NAMES))

    def choose(self, table: str) -> None:
        """Put the cursor on a table."""
        self.highlighted = self.get_option_index(table)

    def action_down(self) -> None:
        """Go to the next table."""
        self.action_cursor_down()

    def action_up(self) -> None:
        """Go to the table before."""
        self.action_cursor_up()

    def action_top(self) -> None:
        """Go to the first table."""
        self.action_first()

    def action_bottom(self) -> None:
        """Go to the last table."""
        self.action_last()


def _shown(table: str, rows: int | None) -> Content:
    number = glyphs.LOADING if rows is None else f"{rows:,}"
    return Content.assemble((fit(f" {NAMES[table]}", NAME + 1), ""), (number.rjust(COUNT), "$muted"))
