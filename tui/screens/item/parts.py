"""What hangs on an item: its files and vectors; and what a key does on each tab."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui import glyphs
from tui.jobs import Job
from tui.messages import Written
from tui.screens.item.about import ItemAbout
from tui.visible import line
from tui.widgets.items.item_lists import FileList, FileRow, VectorList
from tui.widgets.lists.virtual_table import VirtualTable

if TYPE_CHECKING:
    from localstore.attached.file_checks import Verified

_WORDS = {"ok": (f"{glyphs.GOOD} same", "good"), "missing": (f"{glyphs.BAD} missing", "warn")}
_WORDS |= {"changed": (f"{glyphs.BAD} changed", "warn"), "elsewhere": (f"{glyphs.DOT} elsewhere", "muted")}


class ItemParts(ItemAbout):
    """A screen of one item, its part of files and vectors."""

    tab: int

    @property
    def files(self) -> FileList:
        """The files."""
        return self.query_one(FileList)

    @property
    def file(self) -> FileRow | None:
        """The file under the cursor."""
        row: FileRow | None = self.files.row
        return row

    # -- what a key does, by tab --------------------------------------------------------------------------

    def action_edit(self) -> None:
        """Edit what is shown."""
        if self.tab == 0:
            self.edit_text()
        elif self.tab == 1:
            self.edit_meta()
        else:
            self.action_edit_item()

    def action_remove(self) -> None:
        """Delete what is under the cursor, after a preview."""
        if self.tab == 0:
            self.delete_text()
        elif self.tab == 2 and self.file and self.may_write():
            self.delete_part("files", self.file.id, f"the file “{line(self.file.name, 60)}”")
        elif self.tab == 4 and (row := self.query_one(VectorList).row) and row.dim and self.may_write():
            self.delete_part("embeddings", row.id, f"the vector of {line(row.model, 40)}")

    def action_copy_shown(self) -> None:
        """Copy what is under the cursor."""
        if self.tab == 1:
            self.copy_meta()
        elif self.tab == 2 and self.file:
            self._copy(self.file.local or self.file.path, "Path")
        else:
            self.copy_text()

    def on_virtual_table_opened(self, message: VirtualTable.Opened) -> None:
        """Edit a text, copy a file's path, show all about a vector."""
        message.stop()
        if isinstance(message.table, FileList):
            self.action_copy_shown()
        elif isinstance(message.table, VectorList):
            self._open_vector(message.row)
        elif message.table is self.texts:
            self.edit_text()

    def _open_vector(self, row: Any) -> None:
        from tui.screens.vectors.embedding import EmbeddingScreen

        if row.dim:
            self.app.push_screen(EmbeddingScreen(row.id))
        else:
            self.action_embed()

    # -- files --------------------------------------------------------------------------------------------

    def action_attach(self) -> None:
        """Ask for a file's path, and whether the store keeps a copy."""
        from tui.screens.dialogs.choice import Choice
        from tui.screens.dialogs.prompt import Prompt

        if not self.may_write():
            return

        def named(path: str | None) -> None:
            if path:
                ways = ["Leave it where it is, and note its path", "Copy it into the store's folder"]
                chosen = lambda way: self._attach_file(path, copy=way == 1) if way is not None else None  # noqa: E731
                self.app.push_screen(Choice(f"Attach {Path(path).name}", ways), chosen)

        self.app.push_screen(Prompt("Attach a file", "The path of a file on this machine."), named)

    def _attach_file(self, path: str, *, copy: bool) -> None:
        store, item = self.localstore.store, self.row.id

        def work(job: Job) -> Written:
            asset = store.files.attach(item, path, copy=copy, progress=lambda done, total: job.tell(done, total))
            kept = "copied into the store" if copy else "left where it is"
            return Written("edited", (item,), f"Attached “{line(asset.filename, 60)}”, {kept} · u undo")

        self.localstore.jobs.start(f"Attach {line(Path(path).name, 40)}", work)

    def action_detach(self) -> None:
        """Take the file off the item; its row stays."""
        file, store, item = self.file, self.localstore.store, self.row.id
        if file is None or not self.may_write():
            return

        def work() -> Written:
            store.files.edit(file.id, item_id=None)
            return Written("edited", (item,), f"Detached “{line(file.name, 60)}”; Files has it · u undo")

        self.localstore.write(work)

    def action_verify(self) -> None:
        """Compare the item's files with what was noted of them."""
        store, item = self.localstore.store, self.row.id
        keys = [row.id for at in range(self.files.blocks.length) if (row := self.files.blocks.row(at))]

        def work(job: Job) -> Written:
            found = store.files.verify(keys, lambda done, total: job.tell(done, total))
            return Written("verified", (item,), _told(found), value={each.id: each.status for each in found})

        if keys:
            self.localstore.jobs.start("Verify files", work)

    def show_verified(self, message: Written) -> None:
        """Write beside each file what a check found."""
        self.files.states |= {key: _WORDS[status] for key, status in message.value.items()}
        self.files.refresh()


def _told(found: list[Verified]) -> str:
    bad = [each for each in found if each.status != "ok"]
    if not bad:
        return f"{len(found):,} files are what they were." if len(found) != 1 else "The file is what it was."
    return f"{len(bad):,} of {len(found):,}: “{line(bad[0].filename, 60)}” {line(bad[0].reason, 200)}"
