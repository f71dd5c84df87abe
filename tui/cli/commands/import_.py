"""Take in files, folders, chat exports, vectors, or another store."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click

from tui.cli.output import emit
from tui.cli.program import command
from tui.cli.progress import bar
from tui.cli.session import Session

if TYPE_CHECKING:
    from localstore.importing import ImportReport
    from localstore.records import BadRecord
    from localstore.store import Store

CAME_IN = ("added", "updated", "skipped", "kept", "copied")
WORDS = {"items_made": "items made", "texts_made": "texts made", "unknown": "of unknown keys left out"}
SHOWN = 20
"""Records that are named one by one."""


@command(
    "localstore import notes/",
    "localstore import table.csv --title-column name --text-column body --type row --dry-run",
    "cat items.jsonl | localstore import - --source inbox",
)
@click.argument("sources", metavar="SOURCE...", nargs=-1, required=True, type=click.Path())
@click.option(
    "--format",
    metavar="F",
    help="jsonl, markdown, csv, chatgpt, claude, llm-logs, messages, sharegpt, alpaca, store; for vectors npz, npy, "
    "parquet, llm-embeddings, sqlite-vec, chroma (projector only goes out); else recognised.",
)
@click.option("--source", default="", metavar="NAME", help="What the keys are kept under; else the file's name.")
@click.option("--type", metavar="T", help="The type of items that name none.")
@click.option("--model", metavar="M", help="provider/name of the model that made the vectors.")
@click.option("--split", metavar="none|headings|N", help="Cut texts at headings, or after N characters.")
@click.option(
    "--on-conflict",
    type=click.Choice(["keep", "update", "copy"]),
    default="keep",
    help="What was changed there and here: ours stays (keep), theirs comes (update), or both (copy).",
)
@click.option("--dry-run", is_flag=True, help="Read and count; write nothing.")
@click.option("--strict", is_flag=True, help="Stop at the first bad record.")
@click.option("--title-column", metavar="C", help="CSV, vectors: the column or array of titles.")
@click.option("--text-column", metavar="C", help="CSV, vectors: the column or array of texts.")
@click.option("--id-column", metavar="C", help="CSV, vectors: the column or array of ids.")
@click.option("--tags-column", metavar="C", help="CSV: the column of tags.")
@click.option("--vector-column", metavar="C", help="Vectors: the column or array they are in.")
@click.option("--table", metavar="T", help="SQLite: the table (or collection) of the vectors.")
@click.option("--existing-only", is_flag=True, help="Vectors: leave out those of items that are not here.")
@click.option("--all-branches", is_flag=True, help="Chats: the answers that were regenerated, too.")
def entry(session: Session, sources: tuple[str, ...], split: str | None, **given: Any) -> None:
    """Take in files, folders, chat exports, vectors, or another store.

    SOURCE is a file, a folder, or - for stdin. Importing again skips what is there, so an import that was stopped
    goes on where it stopped. Records that cannot be read are named with file and line; the others come in.
    """
    from localstore.importing import ImportOptions, import_files

    session.stopped = "What was imported stays: run the same command again to go on."
    with rehearsing(session) if given["dry_run"] else session.writing() as store:
        options = ImportOptions(split=split or _split(store), **given)
        options.stream = sys.stdin.buffer if "-" in sources else None
        with bar(session, "import") as report:
            told = (lambda done: report(done.records, None)) if report else None
            found = import_files(store, list(map(Path, sources)), options, told)
        if not emit(session, document(found)):
            tell(session.say, found)
        if found.added and not found.dry_run and not session.machine and len(sources) == 1:
            _say_the_way_back(session, store, options.source or Path(sources[0]).resolve().name)
    if (found.bad_count or found.unknown_count) and not any(found.counts().get(word) for word in CAME_IN):
        raise click.exceptions.Exit(1)  # nothing came in: not a success


@contextmanager
def rehearsing(session: Session) -> Iterator[Store]:
    """Open the store to try an import on; where there is none, an empty one that is thrown away."""
    from localstore.errors import StoreMissing
    from localstore.store import Store

    with ExitStack() as stack:
        try:
            store = stack.enter_context(session.reading())
        except StoreMissing:
            folder = stack.enter_context(TemporaryDirectory(prefix="localstore-"))
            store = stack.enter_context(Store.open(Path(folder) / "store.db"))
        yield store


def _say_the_way_back(session: Session, store: Store, name: str) -> None:
    """Say how to delete what came from a source: ``undo`` would take back what was done before the import."""
    from localstore.filters import Filter
    from localstore.finding.tokens import quoted

    condition = f"meta_data.source.name={quoted(name)}"
    if store.items.rows(Filter.parse(condition), limit=1).rows:
        found = f"localstore list --ids --where {shlex.quote(condition)}"
        session.say(
            f"'undo' does not reach an import; all that came from {name!r} goes with: {found} | localstore rm - --yes"
        )


def _split(store: Store) -> str:
    return str(store.settings.get("import.split").value)


def document(found: ImportReport) -> dict[str, Any]:
    """Return a report as JSON: counts, and the records that were left out with place and reason."""
    counts = {name: 0 for name in ("added", "updated", "skipped", "kept", "copied", "duplicates", "bad")}
    return {
        "dry_run": found.dry_run,
        "formats": found.formats,
        "counts": counts | found.counts(),
        "bad": [asdict(record) for record in found.bad],
        "conflicts": [asdict(record) for record in found.conflicts],
        "notes": found.notes,
    }


def tell(say: Callable[[str], None], found: ImportReport) -> None:
    """Say what became of the records."""
    _name(say, "left out", found.bad, found.bad_count + found.duplicates)
    _name(say, "kept as it is here", found.conflicts, found.kept)
    for note in found.notes:
        say(note)
    counts = ", ".join(f"{number:,} {WORDS.get(word, word)}" for word, number in found.counts().items()) or "nothing"
    say(f"{'Would import' if found.dry_run else 'Imported'} ({', '.join(dict.fromkeys(found.formats))}): {counts}.")


def _name(say: Callable[[str], None], what: str, records: list[BadRecord], count: int) -> None:
    for record in records[:SHOWN]:
        say(f"{record.place}: {what}: {record.reason}")
    if count > SHOWN:
        say(f"… and {count - SHOWN:,} more {what}.")
