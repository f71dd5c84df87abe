"""Put a backup in the place of the store."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from tui.cli.output import emit
from tui.cli.program import command
from tui.cli.progress import bytes_bar
from tui.cli.questions import confirm
from tui.cli.session import Session


@command("localstore restore monday.db", "localstore restore monday.db --files --yes")
@click.argument("backup", metavar="BACKUP", type=click.Path())
@click.option("--files", is_flag=True, help="Copy the bytes of attached copies back, too.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def entry(session: Session, backup: str, files: bool, yes: bool) -> None:
    """Put a backup in the place of the store.

    The backup is checked first and stays where it is; the store that was there is kept beside the new one. Nobody
    else may have the store open.
    """
    from localstore.recovery.holdings import said
    from localstore.recovery.restore import plan, restore
    from localstore.store import default_path

    path = (Path(session.store_path).expanduser() if session.store_path else default_path()).absolute()
    session.stopped = "The store is as it was."
    looked = plan(path, backup)
    session.say(f"The store {path}: {said(looked.store) if looked.store else 'there is none'}.")
    session.say(f"The backup {looked.backup.path}: {said(looked.backup)}.")
    confirm(session, "Put the backup in the place of the store?", yes=yes)
    with bytes_bar(session, "restore") as progress:
        done = restore(path, backup, files=files, progress=progress)
    document = {
        "path": str(done.path),
        "kept": str(done.kept) if done.kept else None,
        "restored": asdict(done.restored) | {"path": str(done.restored.path)},
        "replaced": asdict(looked.store) | {"path": str(looked.store.path)} if looked.store else None,
        "files_copied": done.files_copied,
        "files_left": done.files_left,
        "files_damaged": done.files_damaged,
    }
    if not emit(session, document):
        session.say(
            f"Restored {done.path}; the store before is {done.kept}." if done.kept else f"Restored {done.path}."
        )
        if done.files_left:
            session.say(f"{done.files_left:,} kept files of the backup were left: add --files.")
        if done.restored.linked:
            session.say("It is linked: the next 'localstore sync' compares it with the server row by row.")
