"""Write items to a file or folder that other programs read."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from localstore.errors import TransferError
from tui.cli.filtering import filter_options, with_line
from tui.cli.output import to_json, write
from tui.cli.program import command
from tui.cli.progress import bar
from tui.cli.session import Session

if TYPE_CHECKING:
    from localstore.filters import Filter


@command(
    "localstore export all.jsonl",
    "localstore export vault/ '#todo' --format markdown",
    "localstore export - --type paper | wc -l",
    "localstore export vectors.npz --model local/hash-8",
)
@click.argument("dest", metavar="DEST", type=click.Path())
@click.argument("find", nargs=-1)
@click.option(
    "--format",
    metavar="F",
    help="jsonl, csv, messages or markdown; for vectors npz, npy, parquet or projector; else by the name of DEST.",
)
@click.option("--overwrite", is_flag=True, help="Replace a file that is no export of items made before.")
@filter_options
def entry(
    session: Session, dest: str, find: tuple[str, ...], format: str | None, overwrite: bool, where: Filter
) -> None:
    """Write items to a file or folder that other programs read.

    DEST is a file (mode 0600), a new folder, or - for stdout. Items, contents, tags, vectors and records of files
    go into JSON lines whole: imported into an empty store and exported again they are the same bytes.
    Formats of vectors take those of --model, or of the only model there is, with ids, titles and texts.
    FIND is a find line, as 'localstore list' takes it.
    """
    from localstore.exporting import export, is_replaceable

    session.stopped = "Nothing half-written stays."
    if dest != "-" and Path(dest).is_file() and not (overwrite or is_replaceable(Path(dest))):
        raise TransferError(f"{dest} is there already: name a new file, or say --overwrite.")
    with session.reading() as store, bar(session, "export") as report:
        told = (lambda count: report(count, None)) if report else None
        stream = sys.stdout.buffer if dest == "-" else None
        done = export(store, dest, format, with_line(where, find) or None, stream=stream, progress=told)
    if session.machine and stream is None:
        write(to_json(done.document()))
        return
    for note in done.notes:
        session.say(note)
    if done.model:
        word = "vector" if done.vectors == 1 else "vectors"
        session.say(f"Exported {done.vectors:,} {word} of {done.model} as {done.format} to {done.destination}.")
    else:
        word = "item" if done.items == 1 else "items"
        session.say(f"Exported {done.items:,} {word} as {done.format} to {done.destination}.")
