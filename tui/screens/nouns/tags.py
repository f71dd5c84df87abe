"""All tags: how many items carry each; rename, colour, merge, delete."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from localstore.errors import NotFound, Taken
from localstore.filters import Filter
from localstore.finding.tokens import quoted
from localstore.lists import tag_list
from localstore.lists.tag_list import STATES, TagFilter, TagRow
from tui import colours, glyphs
from tui.messages import Written
from tui.screens.nouns.noun import NounScreen, show_noun
from tui.screens.nouns.tag_merge import MergeDialog, ask_name, merge_doubles
from tui.visible import line
from tui.widgets.finding.filter_line import Values
from tui.widgets.items.item_table import moment
from tui.widgets.lists.few_rows import FewRows
from tui.widgets.lists.virtual_table import VirtualTable
from tui.widgets.nouns.tag_table import TagReader, TagTable
from tui.widgets.reading.reader import Line, Piece

if TYPE_CHECKING:
    from localstore.store import Store
    from tui.app import LocalstoreApp

SAMPLE = 12
"""Items that the pane names."""
NOTES = {"tags": "to Trash", "item_tag_links": "the items themselves stay"}


class TagsScreen(NounScreen):
    """Every tag, those among it that other programs made twice."""

    place: ClassVar = "tags"
    hint: ClassVar = "tags   words of the name · is:double · is:unused · is:coloured"
    sorts: ClassVar = ("name", "-items", "items", "-created", "created", "-name")
    nothing: ClassVar = ("No tags yet", "Tags are labels that items carry, as many as you like.", "{key} makes one")

    def parse(self, line: str) -> TagFilter:
        """Read the line above the list."""
        return TagFilter.parse(line)

    def values(self) -> Values:
        """Complete the states."""
        return {"is": lambda: STATES}

    def new_table(self) -> VirtualTable:
        """Return the list."""
        return TagTable(id="rows")

    def new_pane(self) -> TagReader:
        """Return the pane."""
        return TagReader(id="pane")

    def source(self) -> FewRows:
        """Return the tags that the line finds."""
        store, where, sort = self.localstore.store, self.where, self.sort

        def read() -> list[TagRow]:
            return tag_list.ordered([row for row in tag_list.rows(store) if where.holds(row)], sort)

        return FewRows(read, lambda row: str(row.id))

    def about(self, row: TagRow) -> Callable[[], list[Line]]:
        """Tell of a tag and of the items that carry it."""
        return partial(tag_lines, self.localstore.store, row)

    @property
    def row(self) -> TagRow | None:
        """The tag under the cursor."""
        row: TagRow | None = self.table.row
        return row

    # -- items --------------------------------------------------------------------------------------------

    def on_virtual_table_opened(self, message: VirtualTable.Opened) -> None:
        """Show the items with this tag."""
        message.stop()
        row: TagRow | None = message.row
        if row is None:
            return
        if '"' in row.name:
            self.localstore.toast(f'A find line cannot hold the " of #{row.name}: rename the tag first.', "warning")
            return
        from tui.screens.items.items import ItemsScreen

        self.localstore.action_visit(1)
        items = next(each for each in self.app.screen_stack if isinstance(each, ItemsScreen))
        items.find_line.put(f"#{quoted(row.name)}")
        items.table.focus()

    # -- new, rename, colour ------------------------------------------------------------------------------

    def action_new(self) -> None:
        """Make a tag."""
        if self.writable:
            ask_name(self.localstore, "New tag", "", self._add)

    def _add(self, name: str) -> None:
        store = self.localstore.store

        def work() -> Written:
            made = store.tags.add(name)
            return Written("tags added", (str(made.id),), f"Added #{made.name} · u undo")

        self.localstore.write(work)

    def action_rename(self) -> None:
        """Give the tag another name; one that is taken offers to merge the two."""
        row = self.row
        if row is not None and self.writable:
            ask_name(self.localstore, f"Rename #{row.name}", row.name, partial(self._rename, row))

    def _rename(self, row: TagRow, name: str) -> None:
        store = self.localstore.store

        def work() -> Written:
            try:
                after = store.tags.rename(row.id, name)
            except Taken as error:
                return Written("ui", (), "", (row, error.holder))
            return Written("tags", (row.id,), f"Renamed #{row.name} to #{after.name} · u undo")

        self.localstore.write(work)

    def written(self, message: Written) -> None:
        """Catch up with an action; a name that was taken asks whether to merge."""
        if message.kind == "ui" and isinstance(message.value, tuple) and self.app.screen is self:
            row, holder = message.value
            self.app.push_screen(MergeDialog(lambda: [row.id], holder))
        super().written(message)

    def action_colour(self) -> None:
        """Choose a colour for the marked tags, or for the one under the cursor."""
        chosen, row = self.chosen(), self.row
        if chosen is None or row is None or not self.writable:
            return
        from tui.screens.nouns.tag_colour import TagColour

        words = f"#{row.name}" if chosen.count == 1 else f"{chosen.count:,} tags"

        def paint(colour: str | None) -> None:
            if colour is not None and chosen:
                self._paint(chosen.resolve, colour, words)

        self.app.push_screen(TagColour(words, row.color), paint)

    def _paint(self, resolve: Callable[[], list[str]], colour: str, words: str) -> None:
        store = self.localstore.store

        def work() -> Written:
            keys = resolve()
            tag_list.recolour(store, keys, colour or None)
            named = f"is {colours.word(colour)}" if colour else "has no colour"
            return Written("tags", tuple(keys), f"{words} {named} now · u undo")

        self.localstore.write(work)

    # -- merge --------------------------------------------------------------------------------------------

    def action_merge(self) -> None:
        """Choose the tag into which the marked ones go, or the one under the cursor."""
        chosen, row = self.chosen(), self.row
        if chosen is None or row is None or not self.writable:
            return
        from tui.screens.records.picker import pick

        words = f"#{line(row.name, 60)}" if chosen.count == 1 else f"{chosen.count:,} tags"

        def merge(target: str | None) -> None:
            if target and chosen:
                self.app.push_screen(MergeDialog(chosen.resolve, target))

        pick(self.app, "tags", merge, f"Merge {words} into which tag?")

    def action_doubles(self) -> None:
        """Merge tags of one name."""
        if self.writable:
            merge_doubles(self.localstore)

    # -- delete, copy -------------------------------------------------------------------------------------

    def action_delete(self) -> None:
        """Show what a deletion would take, and ask."""
        row = self.row
        if row is None or not self.writable:
            return
        first = self.table.marks.keys.get(next(iter(self.table.marks.keys), ""), row) or row
        self.delete_chosen(f"#{first.name}", self.localstore.store.tags, NOTES)

    def action_copy_name(self) -> None:
        """Copy the name."""
        if self.row is not None:
            self.copy(self.row.name, "Name")


def tag_lines(store: Store, row: TagRow) -> list[Line]:
    """Return what the pane tells of a tag."""
    try:
        tag = store.tags.get(row.id)
    except NotFound:
        return [(Piece("This tag is gone: r reads the list again.", "note"),)]
    colour = f"{glyphs.SQUARE} {colours.word(tag.color)}" if tag.color else "no colour"
    lines: list[Line] = [(Piece(f"#{line(str(tag.name), 300)}", "title"),)]
    facts = [("items", f"{row.items:,}"), ("colour", line(colour, 60)), ("created", moment(row.created_at))]
    lines += [(Piece(f"{name:<9}", "note"), Piece(value)) for name, value in [*facts, ("id", row.id)]]
    if row.doubles:
        words = f"{glyphs.WARNING} {row.doubles + 1} tags have this name, whatever the case: D merges them."
        lines += [(Piece(""),), (Piece(words, "warn"),)]
    if row.items and '"' not in row.name:
        found = store.items.rows(Filter(tags=(row.name,)), limit=SAMPLE).rows
        lines += [(Piece(""),), (Piece("Changed last · enter shows all", "heading"),)]
        lines += [(Piece(f"{line(item.type, 20)}  ", "note"), Piece(line(item.title, 200))) for item in found]
    return lines


def show(app: LocalstoreApp) -> None:
    """Go to the tags."""
    show_noun(app, "tags", TagsScreen)
