"""Export as a job: nothing half-written stays, whether it fails or is stopped."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tui.jobs import Job, Stopped
from tui.messages import Written
from tui.targets import Targets

if TYPE_CHECKING:
    from localstore.exporting import ExportReport
    from tui.app import LocalstoreApp


def start(app: LocalstoreApp, targets: Targets, dest: Path, format: str | None, model: str | None) -> None:
    """Write items, or the vectors of a model that stand for them, to *dest*."""
    store = app.store

    def work(job: Job) -> Written:
        from localstore.exporting import export

        job.tell(0, targets.count, "reading which ones")

        def told(done: int) -> None:
            job.tell(done, max(targets.count, done), f"writing {dest}")

        try:
            report = export(store, dest, format, targets.filter() or None, model=model, progress=told)
        except Stopped:
            raise Stopped(f"{job.name}: stopped; {dest} was not written.") from None
        job.done = job.total = report.vectors or report.items
        job.details = list(report.notes)
        return Written("exported", (), said(report))

    app.jobs.start(f"Export {targets.words}", work)


def said(report: ExportReport) -> str:
    """Say what went where."""
    count, what = (report.vectors, "vector") if report.model else (report.items, "item")
    of = f" of {report.model}" if report.model else ""
    return f"Exported {count:,} {what}{'s' if count != 1 else ''}{of} as {report.format} to {report.destination}"
