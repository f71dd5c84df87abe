"""Embedding as a job: the vectors of some items that are missing or stale, or a sentence why they wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localstore.errors import NotFound
from tui import glyphs
from tui.jobs import Job, Stopped
from tui.messages import Written
from tui.targets import Targets
from tui.visible import line
from tui.words import how_many

if TYPE_CHECKING:
    from localstore.embedding import EmbedReport
    from localstore.store import Store
    from tui.app import LocalstoreApp


QUEUED = "○ queued"


def start(app: LocalstoreApp, targets: Targets) -> None:
    """Embed the texts of items; what is made stays when it is stopped, and the next time goes on."""
    store = app.store
    app.jobs.start(f"Embed {targets.words}", lambda job: embed(store, targets, job))


def embed(store: Store, targets: Targets, job: Job) -> Written:
    """Embed on the thread of jobs. No model and no service are no errors: the texts wait."""
    from localstore.embedding import chosen, run

    job.tell(0, 0, "reading which texts")
    try:
        model = chosen(store)
    except NotFound as error:
        words = str(error).replace("choose one with --model", "choose one in the settings (9), embed.model")
        return Written("embedded", targets.keys, f"{QUEUED}: {words}")

    def told(done: int, total: int) -> None:
        job.done, job.total, job.words = done, total, ""

    report = run(store, model, targets.filter(), progress=told, cancelled=lambda: job.stop_asked)
    job.details = lines(report)
    if job.stop_asked:
        raise Stopped(f"{job.name}: stopped. {said(report)}")
    return Written("embedded", targets.keys, said(report))


def said(report: EmbedReport) -> str:
    """Say in a sentence what became of the texts."""
    by = f"{line(report.model, 60)}{' (lexical)' if report.lexical else ''}"
    if not report.total:
        return f"Nothing to embed: every text has its vector of {by}."
    parts = [f"● embedded {how_many(report.embedded, 'text')} with {by}"] if report.embedded else []
    if report.queued:
        parts.append(
            f"{QUEUED}: {how_many(report.queued, 'text')}; {line(report.reason, 300).rstrip('.')}; embed again to go on"
        )
    if report.failed.count:
        parts.append(f"{glyphs.BAD} {how_many(report.failed.count, 'text')} refused by the model")
    return " · ".join(parts) or f"Nothing to embed: {how_many(report.skipped, 'text')} without a word."


def lines(report: EmbedReport) -> list[str]:
    """Return what else there is to say."""
    found = [f"{report.rate:,.0f} texts a second, {report.elapsed:.1f} s"] if report.embedded else []
    found += [f"{how_many(report.skipped, 'text')} empty, skipped"] if report.skipped else []
    found += (
        [f"{how_many(report.truncated.count, 'text')} longer than the model takes, embedded in part"]
        if (report.truncated.count)
        else []
    )
    found += (
        [f"{how_many(report.zeros, 'text')} got a vector of zeros, to which nothing is near"] if report.zeros else []
    )
    return found + [f"refused: {each.title}: {each.reason}" for each in report.failed.named]
