"""What can be done with items, on every screen that shows some: new, edit, copy, similar, $EDITOR, and deeds."""

from __future__ import annotations

from localstore import ids
from tui.clipboard import copy
from tui.lanes import Urgency
from tui.messages import Loaded
from tui.screens.items.deeds import ItemDeeds


class ItemActions(ItemDeeds):
    """A screen that shows items. Subclasses say which one and which ones."""

    def one(self) -> tuple[str, str] | None:
        """Return id and title of the item under the cursor."""
        raise NotImplementedError

    # -- new and edit -------------------------------------------------------------------------------------

    def action_new_item(self) -> None:
        """Write a new item."""
        self._write_in_form(None)

    def action_edit_item(self) -> None:
        """Change the item under the cursor."""
        if found := self.one():
            self._write_in_form(found[0])

    def _write_in_form(self, key: str | None) -> None:
        from tui.screens.item.form import ItemForm

        if self.writable():
            self.app.push_screen(ItemForm(key, self.type_names(), self.tag_names()))

    def action_open_editor(self) -> None:
        """Read which is the item's first text, then hand that to the editor."""
        if (found := self.one()) and self.writable():
            from localstore.deeds.revision import written

            store, key = self.localstore.store, found[0]
            work = lambda: Loaded("text", written(store, key))  # noqa: E731
            self.localstore.reader.submit(self, work, key="text", urgency=Urgency.DETAIL)

    def on_loaded(self, message: Loaded) -> None:
        """Edit the text in $EDITOR, in the form that keeps what comes back."""
        if message.key == "text":
            from tui.screens.item.content_form import ContentForm

            message.stop()
            text = message.value
            self.app.push_screen(ContentForm(text["id"], text["content_id"], text["role"], outside=True))

    # -- similar ------------------------------------------------------------------------------------------

    def action_similar(self) -> None:
        """Show the items whose vectors are nearest."""
        if found := self.one():
            from tui.screens.vectors.similar import SimilarScreen

            self.app.push_screen(SimilarScreen(*found, self.type_names(), self.tag_names()))

    # -- copy ---------------------------------------------------------------------------------------------

    def action_copy_id(self) -> None:
        """Copy the id."""
        if found := self.one():
            self._copy(found[0], f"Id {ids.short(found[0])}")

    def action_copy_title(self) -> None:
        """Copy the title."""
        if found := self.one():
            self._copy(found[1], "Title")

    def _copy(self, text: str, what: str) -> None:
        copy(self.localstore, text, what)
