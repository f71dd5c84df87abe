"""Import as jobs: a dry pass that reads all and writes nothing, then the import itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from localstore.errors import InvalidValue
from localstore.finding.tokens import quoted
from tui.jobs import Job, Stopped
from tui.messages import Written

if TYPE_CHECKING:
    from localstore.importing import ImportOptions, ImportReport
    from localstore.records import BadRecord
    from tui.app import LocalstoreApp

SHOWN = 100
"""Bad records that are named; the others are counted."""
SWITCHES = ("existing-only", "all-branches", "strict")
VALUES = ("title-column", "text-column", "id-column", "tags-column", "vector-column", "table")
_WORDS = {
    "added": "added",
    "updated": "updated",
    "skipped": "there already, unchanged",
    "kept": "changed here too, ours stays",
    "copied": "changed here too, a second item",
    "duplicates": "twice in the source",
    "files_left": "without the file that another item has",
    "bad": "left out",
    "items_made": "items made for them",
    "texts_made": "texts made for them",
    "unknown": "of unknown keys, left out",
}
GOES_ON = "What was imported stays; the same import again goes on where this one stopped."


def rehearse(app: LocalstoreApp, source: Path, options: ImportOptions) -> None:
    """Read a source whole and write nothing; then show what would happen, and ask."""

    def work(job: Job) -> Written:
        report = _run(app, source, replace(options, dry_run=True), job)
        job.details = lines(report)
        job.words = f"{counted(report)}; enter shows it and asks"
        job.show = lambda: _ask(app, source, options, report, job)
        return Written("looked", (), "")

    app.jobs.start(f"Look at {source.name or source}", work)


def _ask(app: LocalstoreApp, source: Path, options: ImportOptions, report: ImportReport, job: Job) -> None:
    from tui.screens.work.import_found import ImportFound

    def go(yes: bool | None) -> None:
        if yes:
            job.show = None
            bring_in(app, source, options, report.records)

    app.push_screen(ImportFound(source, report), go)


def bring_in(app: LocalstoreApp, source: Path, options: ImportOptions, expected: int) -> None:
    """Import; *expected* records were seen by the dry pass."""

    def work(job: Job) -> Written:
        job.total = expected
        report = _run(app, source, options, job)
        job.done = job.total = max(expected, report.records)
        job.details = [*lines(report), "", f"To take it back, delete what {_found(source, options)} finds."]
        way = " u does not reach it: Jobs tells how to take it back." if report.added else ""
        return Written("imported", (), f"Imported {source.name or source}: {counted(report)}.{way}")

    app.jobs.start(f"Import {source.name or source}", work)


def _run(app: LocalstoreApp, source: Path, options: ImportOptions, job: Job) -> ImportReport:
    from localstore.importing import import_files

    if not options.split:
        options = replace(options, split=str(app.store.settings.get("import.split").value))
    seen: list[ImportReport] = []

    def told(report: ImportReport) -> None:
        seen[:] = [report]
        job.tell(report.records, max(job.total, report.records) if job.total else 0)

    job.tell(0, job.total, "reading")
    try:
        return import_files(app.store, [source], options, told)
    except Stopped:
        words = counted(seen[0]) if seen else "nothing"
        job.details = lines(seen[0]) if seen else []
        done = "Nothing was written." if options.dry_run else f"By then: {words}. {GOES_ON}"
        raise Stopped(f"{job.name}: stopped. {done}") from None


def _found(source: Path, options: ImportOptions) -> str:
    """Return the find line of what was imported."""
    return f"meta.source.name={quoted(options.source or source.resolve().name)}"


def counted(report: ImportReport) -> str:
    """Say in numbers what became of the records."""
    return ", ".join(f"{number:,} {_WORDS.get(word, word)}" for word, number in report.counts().items()) or "nothing"


def lines(report: ImportReport) -> list[str]:
    """Return what was seen, what became of it, and the first records that were left out, with file and line."""
    found = [*report.seen, *report.notes, "", *_counts(report)]
    found += _named("Left out", report.bad, report.bad_count + report.duplicates)
    return found + _named("Kept as it is here", report.conflicts, report.kept)


def _counts(report: ImportReport) -> list[str]:
    return [f"{number:>9,}  {_WORDS.get(word, word)}" for word, number in report.counts().items()]


def _named(what: str, records: list[BadRecord], count: int) -> list[str]:
    if not records:
        return []
    found = ["", f"{what}:", *(f"  {each.place}: {each.reason}" for each in records[:SHOWN])]
    return found + ([f"  … and {count - SHOWN:,} more"] if count > SHOWN else [])


def further(text: str) -> dict[str, Any]:
    """Read options written like ``title-column=name all-branches``; InvalidValue names what there is."""
    import shlex

    try:
        words = shlex.split(text)
    except ValueError as error:
        raise InvalidValue(f"{text!r} cannot be read ({error}): close the quotes", "more") from None
    found: dict[str, Any] = {}
    for word in words:
        name, equals, value = word.removeprefix("--").partition("=")
        if name in SWITCHES and not equals:
            found[name.replace("-", "_")] = True
        elif name in VALUES and value:
            found[name.replace("-", "_")] = value
        else:
            known = ", ".join([*(f"{each}=…" for each in VALUES), *SWITCHES])
            raise InvalidValue(f"{word!r} is no option: there is {known}", "more")
    return found
