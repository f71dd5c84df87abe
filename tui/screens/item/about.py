"""What an item is: its metadata, organization and owner, and its vectors made now."""

from __future__ import annotations

from localstore import values
from tui.embed_work import start as embed
from tui.messages import Written
from tui.screens.item.texts import ItemTexts
from tui.targets import one_item


class ItemAbout(ItemTexts):
    """A screen of one item, its part of columns."""

    def edit_meta(self) -> None:
        """Edit the metadata as JSON."""
        from tui.screens.item.meta_form import MetaForm

        if self.may_write():
            self.app.push_screen(MetaForm(self.row.id))

    def copy_meta(self) -> None:
        """Copy the metadata."""
        if self.view:
            self._copy(values.to_json(self.view.meta_data), "Metadata")

    def action_embed(self) -> None:
        """Make the item's vectors now, in the background."""
        if self.may_write():
            embed(self.localstore, one_item(self.row.id, self.view.row.title if self.view else ""))

    def action_organization(self) -> None:
        """Ask for an organization to move the item to."""
        self._pick("organizations", "organization_id", "Move the item to an organization")

    def action_owner(self) -> None:
        """Ask for another owner."""
        self._pick("users", "owner_id", "Give the item to another owner")

    def _pick(self, table: str, column: str, title: str) -> None:
        from tui.screens.records.picker import pick

        if self.may_write():
            pick(self.localstore, table, lambda key: self._set(column, key), title)

    def _set(self, column: str, key: str | None) -> None:
        store, item = self.localstore.store, self.row.id
        if key is None:
            return

        def work() -> Written:
            store.items.edit(item, **{column: key})
            word = "Moved to another organization" if column == "organization_id" else "It has another owner"
            return Written("edited", (item,), f"{word} · u undo")

        self.localstore.write(work)
