"""Copy the store while it is in use."""

from __future__ import annotations

import click

from tui.cli.output import emit, size
from tui.cli.program import command
from tui.cli.progress import bytes_bar
from tui.cli.session import Session


@command("localstore backup monday.db", "localstore backup monday.db --files --overwrite")
@click.argument("dest", metavar="DEST", type=click.Path())
@click.option("--files", is_flag=True, help="Copy the bytes of attached copies, too.")
@click.option("--overwrite", is_flag=True, help="Take the place of a file that is there.")
def entry(session: Session, dest: str, files: bool, overwrite: bool) -> None:
    """Copy the store while it is in use.

    The copy is one state of the store, checked, mode 0600: a store like any other, opened with --store, and put
    back with 'localstore restore'.
    """
    from localstore.backup import backup

    session.stopped = "Nothing half-written stays."
    with session.reading() as store, bytes_bar(session, "backup") as progress:
        done = backup(store, dest, files=files, overwrite=overwrite, progress=progress)
    document = {
        "path": str(done.path),
        "size": done.size,
        "files_copied": done.files_copied,
        "files_left": done.files_left,
        "files_damaged": done.files_damaged,
    }
    if not emit(session, document):
        left = f"; {done.files_left:,} kept files were left: add --files" if done.files_left else ""
        session.say(f"Backed up to {done.path}, {size(done.size)}, {done.files_copied:,} files{left}.")
        if done.files_damaged:
            session.say(f"{done.files_damaged:,} kept files are not what was attached, and were not copied.")
