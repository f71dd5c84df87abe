"""Jobs: what runs, what waits, how the last ones ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.jobs import Job, JobState
from tui.screens.dialogs.sheet import Sheet
from tui.screens.work.plain_list import PlainList, visit
from tui.syncing import RoundEnded
from tui.widgets.lists.list_source import ListSource
from tui.widgets.lists.virtual_table import VirtualTable
from tui.widgets.nouns.job_table import JobTable, amount, round_job, times
from tui.widgets.reading.reader import Line, Piece, plain

if TYPE_CHECKING:
    from tui.app import LocalstoreApp

NONE = (
    "No jobs yet",
    "What takes long runs here: import, export, embedding, and actions on many items.",
    "* marks all in the list of items, I imports",
)


class JobsScreen(PlainList):
    """Shows the jobs, newest first; a round with the server is one of them."""

    noun = "jobs"
    _shown: tuple[int, ...] = ()

    def make_table(self) -> JobTable:
        """Return the list."""
        table = JobTable(id="jobs")
        table.empty = NONE
        return table

    def rows(self) -> list[Job]:
        """Return the jobs, and the round that runs."""
        found = round_job(self.localstore.syncing)
        return [*([found] if found else []), *reversed(self.localstore.jobs.all)]

    def reload(self) -> None:
        """Show the jobs there are now."""
        rows = self.rows()
        self._shown = tuple(job.number for job in rows)
        self.table.load(ListSource(rows, lambda job: str(job.number)), follow=self.table.key, keep=True)
        self.show_status()

    def facts(self) -> list[tuple[str, str]]:
        """Say how to stop one."""
        return [("x stops what runs; what it has done stays", "$muted")] if self.localstore.jobs.running else []

    def jobs_moved(self) -> None:
        """Show how far they are."""
        rows = self.rows()
        if tuple(job.number for job in rows) != self._shown:
            self.reload()
        else:
            self.table.patch({str(job.number): job for job in rows})

    def sync_moved(self) -> None:
        """Show how far the round is."""
        self.jobs_moved()

    def sync_ended(self, message: RoundEnded) -> None:
        """Show that it is over."""
        self.jobs_moved()

    def on_virtual_table_opened(self, message: VirtualTable.Opened) -> None:
        """Show all about a job."""
        message.stop()
        job = message.row
        if job is not None and job.show is not None and job.state is JobState.DONE:
            job.show()
        elif job is not None:
            self.app.push_screen(Sheet(job.name, details(job)))

    def action_stop(self) -> None:
        """Stop the job under the cursor."""
        job = self.table.row
        if job is None or job.state.ended:
            self.localstore.toast("This job does not run.")
        elif not job.number:
            self.localstore.syncing.stop()
        else:
            self.localstore.jobs.stop(job)


def details(job: Job) -> list[Line]:
    """Return all there is to say about a job."""
    took = f"{times(job)}" if job.began else "not begun"
    found: list[Line] = [(Piece("state  ", "note"), Piece(job.state.value, _tone(job.state)))]
    found.append((Piece("time   ", "note"), Piece(took)))
    if amount(job):
        found.append((Piece("done   ", "note"), Piece(amount(job))))
    found += [(Piece(""),), *plain(job.words or "Nothing to say yet.")]
    if job.details:
        found += [(Piece(""),), *(one for each in job.details for one in plain(each, "note"))]
    return found


def _tone(state: JobState) -> str:
    return {JobState.DONE: "good", JobState.FAILED: "bad", JobState.STOPPED: "warn"}.get(state, "accent")


def show(app: LocalstoreApp) -> None:
    """Go to the jobs."""
    visit(app, JobsScreen)
