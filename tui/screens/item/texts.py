"""What can be done with the texts of an item: read, add, edit, move, delete, give another role."""

from __future__ import annotations

from typing import Any

from localstore.contents import ROLES
from localstore.errors import LocalstoreError
from localstore.lists.excerpts import CLIP, Excerpts, Found, Outline
from tui.lanes import Urgency
from tui.messages import Loaded, Written
from tui.screens.items.actions import ItemActions
from tui.visible import line
from tui.widgets.items.content_list import ContentList
from tui.widgets.items.detail_parts import MarkedReader, TextReader
from tui.widgets.items.item_text import NO_TEXT, ItemText, read_texts, write_texts
from tui.widgets.lists.virtual_table import VirtualTable
from tui.widgets.reading.reader import plain


class ItemTexts(ItemActions):
    """A screen of one item, its part of texts."""

    row: Any
    view: Any
    read: Excerpts | None = None
    written_text = ItemText()
    raw = False
    words = ""
    place_found: Found | None = None
    following: str | None = None
    _following_scroll = False

    @property
    def texts(self) -> ContentList:
        """The list of texts; hidden when there is one, or none."""
        return self.query_one(ContentList)

    @property
    def text(self) -> TextReader:
        """The texts as one."""
        return self.query_one(TextReader)

    @property
    def content(self) -> Outline | None:
        """The text under the cursor."""
        row: Outline | None = self.texts.row
        return row

    def may_write(self) -> bool:
        """Tell whether the store can be written; say so when it cannot."""
        return self.localstore.may_write()

    # -- reading ------------------------------------------------------------------------------------------

    def ask_texts(self, at: int | None = None, found: Found | None = None) -> None:
        """Read the texts around one of them."""
        store, key = self.localstore.store, self.row.id
        index = self.texts.cursor if at is None else at
        work = lambda: Loaded("texts", (index, found, read_texts(store, key, index, found)))  # noqa: E731
        self.localstore.reader.submit(self, work, key="texts", urgency=Urgency.DETAIL)

    def show_texts(self, value: tuple[int, Found | None, Excerpts]) -> None:
        """Show texts that were read."""
        index, found, self.read = value
        self.place_found = found or self.place_found
        self.write_again()
        if found is None and self.texts.display and self.written_text.line_of(index) is not None:
            self._reveal(index)

    def write_again(self) -> None:
        """Write the texts that were read, as Markdown or as they are."""
        if self.read is None:
            return
        description = self.view.description if self.view else ""
        self.written_text = write_texts(
            self.read, description=description, raw=self.raw, words=self.words, found=self.place_found
        )
        self.text.show(self.written_text.lines or plain(NO_TEXT, "note"), stay=True)
        if self.words and self.written_text.mark is not None:
            self.text.show_line(self.written_text.mark)

    def _reveal(self, index: int) -> None:
        start = self.written_text.line_of(index)
        if start is None:
            if self.read and index < self.read.total:
                self.ask_texts(index)
        elif start or self.text.scroll_offset.y:
            self.text.go_to(start if index else 0)

    def on_virtual_table_moved(self, message: VirtualTable.Moved) -> None:
        """Show the text under the cursor, unless the person came here by scrolling."""
        if message.table is not self.texts:
            return
        self.show_status()
        if self.texts.has_focus and self.read is not None:
            self._reveal(self.texts.cursor)

    def on_marked_reader_scrolled(self, message: MarkedReader.Scrolled) -> None:
        """Let the cursor of the list follow the text that is read."""
        if self.texts.display:
            self.texts.cursor = self.written_text.index_at(message.line)

    def on_marked_reader_beyond(self, message: MarkedReader.Beyond) -> None:
        """Read on where the texts that were read end."""
        read = self.read
        if read is None or len(read.shown) >= read.total:
            return
        edge = read.at + len(read.shown) if message.by > 0 else read.at - 1
        if 0 <= edge < read.total:
            self.texts.cursor = edge
            self.ask_texts(edge)

    def action_raw(self) -> None:
        """Show Markdown as it reads, or as it is written."""
        self.raw = not self.raw
        self.write_again()
        self.show_status()

    def show_status(self) -> None:
        """Write the status line."""
        raise NotImplementedError

    # -- writing ------------------------------------------------------------------------------------------

    def action_add(self) -> None:
        """Write a text after the last."""
        from tui.screens.item.content_form import ContentForm

        if self.may_write():
            role = "assistant" if self.content and self.content.role == "user" else "user"
            self.app.push_screen(ContentForm(self.row.id, None, role), self.follow)

    def follow(self, key: str | None) -> None:
        """Go to a text that was added."""
        if key:
            self.following = key
            self.reload()

    def reload(self) -> None:
        """Read the item again."""
        raise NotImplementedError

    def edit_text(self) -> None:
        """Edit the text under the cursor; write the first one when there is none."""
        from tui.screens.item.content_form import ContentForm

        content = self.content
        if content is None:
            self.action_add()
        elif self.may_write():
            self.app.push_screen(ContentForm(self.row.id, content.id, content.role))

    def action_move(self, by: int) -> None:
        """Move the text among its neighbours."""
        content, store = self.content, self.localstore.store
        if content is None or not self.may_write():
            return
        to = content.place + by
        if not 1 <= to <= self.texts.blocks.length:
            return
        self.following = content.id

        def work() -> Written:
            store.contents.move(content.id, to)
            return Written("edited", (self.row.id,), f"Moved the text to place {to:,} · u undo")

        self.localstore.write(work)

    def action_role(self) -> None:
        """Ask for another role."""
        from tui.screens.dialogs.prompt import Prompt
        from tui.widgets.finding.completion import WordSuggester

        content, store = self.content, self.localstore.store
        if content is None or not self.may_write():
            return

        def change(role: str | None) -> None:
            if role is None or role == content.role:
                return

            def work() -> Written:
                store.contents.edit(content.id, role=role)
                return Written("edited", (self.row.id,), f"The role is {line(role, 40)} now · u undo")

            self.localstore.write(work)

        words = f"Chats use {', '.join(ROLES)}; any other word is a role too."
        self.app.push_screen(Prompt("Role of the text", words, content.role, WordSuggester(lambda: ROLES)), change)

    def delete_text(self) -> None:
        """Ask, with counts, whether the text shall go."""
        content = self.content
        if content is None or not self.may_write():
            return
        self.delete_part("contents", content.id, f"the text “{line(content.begin, 40)}” ({line(content.role, 20)})")

    def delete_part(self, noun: str, ref: str, words: str) -> None:
        """Ask whether a part of the item shall go, and let it go to the trash."""
        from tui.screens.dialogs.delete import DeletePreview

        store, item = self.localstore.store, self.row.id
        rows = getattr(store, noun)
        named = words.split(" ")[1] if words.startswith("the ") else "part"

        def delete(yes: bool | None) -> None:
            def work() -> Written:
                rows.delete(ref)
                return Written("edited", (item,), f"The {named} is in Trash · u undo")

            if yes:
                self.localstore.write(work)

        self.app.push_screen(DeletePreview(f"Delete {words}?", lambda: rows.preview(ref)), delete)

    # -- outside ------------------------------------------------------------------------------------------

    def action_open_editor(self) -> None:
        """Edit the text under the cursor in $EDITOR, in the form that keeps what comes back."""
        from tui.screens.item.content_form import ContentForm

        content = self.content
        if self.may_write():
            key, role = (content.id, content.role) if content else (None, "user")
            self.app.push_screen(ContentForm(self.row.id, key, role, outside=True))

    def copy_text(self) -> None:
        """Copy the whole text under the cursor."""
        content, store = self.content, self.localstore.store
        if content is None:
            return

        def work() -> Loaded:
            try:
                return Loaded("copy", store.contents.get(content.id).text)
            except LocalstoreError:
                return Loaded("copy", "")

        self.localstore.reader.submit(self, work, key="copy", urgency=Urgency.DETAIL)

    def copy_loaded(self, text: str) -> None:
        """Copy a text that was read; terminals refuse long ones."""
        cut = "" if len(text) <= CLIP * 5 else f" (its first {CLIP * 5:,} characters)"
        self._copy(text[: CLIP * 5], f"Text{cut}")
