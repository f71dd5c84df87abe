"""What can be done with items, on every screen that shows some: new, edit, tag, copy, similar, delete, $EDITOR."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from textual.screen import Screen

from localstore import ids
from tui.lanes import Urgency
from tui.messages import Loaded, Written
from tui.targets import Targets

if TYPE_CHECKING:
    from tui.app import LocalstoreApp

COPIED = "sent to the terminal's clipboard (OSC 52); if it does not arrive, allow that in your terminal or tmux"


class ItemActions(Screen[None]):
    """A screen that shows items. Subclasses say which one and which ones."""

    @property
    def localstore(self) -> LocalstoreApp:
        """The app, with its store and lanes."""
        return cast("LocalstoreApp", self.app)

    def one(self) -> tuple[str, str] | None:
        """Return id and title of the item under the cursor."""
        raise NotImplementedError

    def targets(self) -> Targets | None:
        """Return the marked items, else the one under the cursor."""
        raise NotImplementedError

    def type_names(self) -> list[str]:
        """Return the known types, for completion."""
        return []

    def tag_names(self) -> list[str]:
        """Return the known tags, for completion."""
        return []

    # -- new and edit -------------------------------------------------------------------------------------

    def action_new_item(self) -> None:
        """Write a new item."""
        self._write_in_form(None)

    def action_edit_item(self) -> None:
        """Change the item under the cursor."""
        if found := self.one():
            self._write_in_form(found[0])

    def _write_in_form(self, key: str | None) -> None:
        from tui.screens.item_form import ItemForm

        if self.localstore.read_only:
            self.localstore.toast("The store is open for reading only: start without --read-only to write.", "warning")
            return
        self.app.push_screen(ItemForm(key, self.type_names(), self.tag_names()))

    def action_open_editor(self) -> None:
        """Read the item's first text, then hand it to the editor."""
        if found := self.one():
            from localstore.revision import written

            store, key = self.localstore.store, found[0]
            work = lambda: Loaded("text", written(store, key))  # noqa: E731
            self.localstore.reader.submit(self, work, key="text", urgency=Urgency.DETAIL)

    def on_loaded(self, message: Loaded) -> None:
        """Edit the text that was read, and save what came back."""
        if message.key == "text":
            message.stop()
            self._edit(message.value)

    def _edit(self, before: dict[str, Any]) -> None:
        from localstore.errors import LocalstoreError
        from localstore.revision import revise

        app, key = self.localstore, before["id"]
        try:
            text = app.edit_text(before["text"], ".md")
        except LocalstoreError as error:
            app.toast(str(error), "error")
            return
        if text is None:
            app.toast("The text is as it was.")
            return
        store = app.store
        done = Written("edited", (key,), "Saved the text · u undo")

        def save() -> Written:
            revise(store, key, {"text": text}, before["updated_at"])
            return done

        app.write(save)

    # -- tag ----------------------------------------------------------------------------------------------

    def action_tag_items(self) -> None:
        """Ask for tags to put on or take off."""
        targets = self.targets()
        if targets is None:
            return
        from tui.screens.tag_prompt import TagPrompt

        def tag(answer: tuple[list[str], list[str]] | None) -> None:
            if answer and targets:
                self._tag(targets, *answer)

        self.app.push_screen(TagPrompt(targets, self.tag_names()), tag)

    def _tag(self, targets: Targets, add: list[str], remove: list[str]) -> None:
        from localstore.revision import retag

        store = self.localstore.store

        def work() -> Written:
            keys = targets.resolve()
            changed = retag(store, keys, add, remove)
            return Written("tagged", tuple(keys), f"Tags changed on {_items(changed)} · u undo")

        self.localstore.write(work)

    # -- similar ------------------------------------------------------------------------------------------

    def action_similar(self) -> None:
        """Show the items whose vectors are nearest."""
        if found := self.one():
            from tui.screens.similar import SimilarScreen

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
        self.app.copy_to_clipboard(text)
        self.localstore.toast(f"{what} {COPIED}.")

    # -- delete -------------------------------------------------------------------------------------------

    def action_delete_items(self) -> None:
        """Show what a deletion would take, and ask."""
        targets = self.targets()
        if targets is None:
            return
        from tui.screens.delete import DeleteDialog

        self.app.push_screen(DeleteDialog(targets), self._delete)

    def _delete(self, keys: list[str] | None) -> None:
        if not keys:
            return
        store = self.localstore.store

        def work() -> Written:
            with store.action("items.deleted"):  # one transaction for the checks of all ids
                store.items.delete(*keys)
            return Written("deleted", tuple(keys), f"{_items(len(keys))} in Trash · u undo")

        self.localstore.write(work)


def _items(count: int) -> str:
    return f"{count:,} item{'s' if count != 1 else ''}"
