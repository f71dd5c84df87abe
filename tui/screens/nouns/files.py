"""All files: what they hang on, where their bytes are, whether these are still what they were."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from localstore.errors import NotFound
from localstore.finding.file_filters import FIELDS, STATES, VERIFIED, FileFilter
from tui.lanes import Urgency
from tui.messages import Loaded, Written
from tui.screens.nouns.noun import NounScreen, show_noun
from tui.visible import line
from tui.widgets.finding.filter_line import Values
from tui.widgets.lists.page_source import PageSource
from tui.widgets.lists.virtual_table import VirtualTable
from tui.widgets.nouns.file_table import FileReader, FileTable, verdicts
from tui.widgets.nouns.file_view import file_lines
from tui.widgets.reading.reader import Line

if TYPE_CHECKING:
    from localstore.attached.files import FileRow
    from localstore.store import Store
    from tui.app import LocalstoreApp
    from tui.jobs import Job

NOTES = {"file_assets": "to Trash; the bytes stay"}


class FilesScreen(NounScreen):
    """Every file of the store; nothing is read from the disk but what the pane shows and V verifies."""

    DEFAULT_CSS = """
    FilesScreen #pane { width: 30%; }
    """
    place: ClassVar = "files"
    hint: ClassVar = (
        "files   words of the name · kind:image/* · item:ID · is:kept · is:referred · is:loose · is:missing"
    )
    sorts: ClassVar = ("-created", "created", "name", "-name", "-size", "size", "kind", "-kind")
    nothing: ClassVar = (
        "No files yet",
        "Files hang on items: left where they are, or kept as copies beside the store.",
        "{key} attaches one",
    )

    def parse(self, line: str) -> FileFilter:
        """Read the line above the list."""
        return FileFilter.parse(line)

    def values(self) -> Values:
        """Complete the fields, and the states."""
        return {name: (lambda: (*STATES, *VERIFIED)) if name == "is" else tuple for name in FIELDS}

    def new_table(self) -> VirtualTable:
        """Return the list."""
        return FileTable(id="rows")

    def new_pane(self) -> FileReader:
        """Return the pane."""
        return FileReader(id="pane")

    def source(self) -> PageSource:
        """Return the files that the line finds, by what is verified so far."""
        store = self.localstore.store
        found: dict[str, tuple[str, ...]] = {}
        for key, verdict in list(verdicts(store).items()):
            found[verdict.status] = (*found.get(verdict.status, ()), key)
        return PageSource(store.files.listing, self.where.given(found), self.sort)

    def about(self, row: FileRow) -> Callable[[], list[Line]]:
        """Tell all of a file."""
        return partial(file_lines, self.localstore.store, row)

    def reread(self, *, follow: str | None = None, keep: bool = False) -> None:
        """Read the list anew; say so when the line asks for what only V finds out."""
        super().reread(follow=follow, keep=keep)
        if self.where.needs_verifying:
            verified = f"{len(verdicts(self.localstore.store)):,} files are verified"
            self.table.empty = ("Nothing found", f"{verified}: {self.key_of('verify')} reads the bytes of all.")

    def facts(self) -> list[tuple[str, str]]:
        """Say what the verification found."""
        found = [verdict.status for verdict in list(verdicts(self.localstore.store).values())]
        bad = {status: found.count(status) for status in ("missing", "changed") if status in found}
        return [(f"{count:,} {status}", "$warning") for status, count in bad.items()]

    @property
    def row(self) -> FileRow | None:
        """The file under the cursor."""
        row: FileRow | None = self.table.row
        return row

    def on_virtual_table_opened(self, message: VirtualTable.Opened) -> None:
        """Show all of the file."""
        message.stop()
        if message.row is not None:
            self.show_pane()

    # -- attach, edit, delete -----------------------------------------------------------------------------

    def action_attach(self) -> None:
        """Attach a file."""
        from tui.screens.nouns.file_attach import AttachForm

        if self.writable:
            self.app.push_screen(AttachForm())

    def action_edit(self) -> None:
        """Change the row of the file."""
        from tui.screens.records.form import RecordForm

        if self.row is not None and self.writable:
            self.app.push_screen(RecordForm("file_assets", self.row.id))

    def action_delete(self) -> None:
        """Show what a deletion would take, and ask."""
        row = self.row
        if row is None or not self.writable:
            return
        self.delete_chosen(f"“{line(row.filename, 80)}”", self.localstore.store.files, NOTES)

    # -- item, path ---------------------------------------------------------------------------------------

    def action_open_item(self) -> None:
        """Show the item on a screen of its own."""
        from tui.screens.item.item import show_item

        if self.row is None or self.row.item_id is None:
            self.localstore.toast(f"This file hangs on no item: {self.key_of('edit')} gives it one.", "warning")
        else:
            show_item(self.localstore, self.row.item_id, title=self.row.item or "")

    def action_copy_path(self) -> None:
        """Find where the bytes lie, then copy that; of another machine's file, its address."""
        if self.row is not None:
            store, row = self.localstore.store, self.row
            work = lambda: Loaded("path", str(store.files.local_path(row.id) or row.path))  # noqa: E731
            self.localstore.reader.submit(self, work, key="path", urgency=Urgency.DETAIL)

    def on_loaded(self, message: Loaded) -> None:
        """Copy the path that was found, or show what was read of the row."""
        if message.key == "path":
            message.stop()
            self.copy(message.value, "Path")

    # -- the bytes ----------------------------------------------------------------------------------------

    def action_verify(self) -> None:
        """Read the bytes of the marked files, or of all in the list, as a job."""
        marked, source, store = self.table.marks, self.table.source, self.localstore.store
        chosen = self.chosen() if marked else None
        from tui.screens.nouns.noun import all_keys

        resolve = chosen.resolve if chosen else lambda: all_keys(source, set())
        name = f"Verify {chosen.count:,} files" if chosen else "Verify the files of this list"
        self.localstore.jobs.start(name, lambda job: verify(store, resolve(), job))

    def jobs_moved(self) -> None:
        """Show what is found out so far."""
        self.table.refresh()
        self.show_status()

    def action_leftover(self) -> None:
        """List the kept bytes that nothing refers to, and offer to remove them."""
        from tui.screens.nouns.file_leftover import Leftover

        if self.writable:
            self.app.push_screen(Leftover())


def verify(store: Store, keys: list[str], job: Job) -> Written:
    """Compare files with what is noted of them; each verdict stands as soon as it is known, also of a stopped job."""
    found, counts = verdicts(store), dict.fromkeys(VERIFIED, 0)
    for number, key in enumerate(keys):
        job.tell(number, len(keys))
        try:
            verdict = store.files.verify([key], partial(_go_on, job))[0]
        except NotFound:
            continue
        found[key] = verdict
        counts[verdict.status] += 1
    job.tell(len(keys), len(keys))
    words = [f"{counts[status]:,} {status}" for status in ("missing", "changed", "elsewhere") if counts[status]]
    told = ", ".join([f"{counts['ok']:,} as they were", *words])
    return Written("files", (), f"Verified {len(keys):,} files: {told}.")


def _go_on(job: Job, _done: int, _total: int) -> None:
    """Look, between two megabytes, whether the person asked to stop."""
    job.tell(job.done, job.total)


def show(app: LocalstoreApp) -> None:
    """Go to the files."""
    show_noun(app, "files", FilesScreen)
