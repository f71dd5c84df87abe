"""Prepare a database for sync, or adopt one that has the thirteen tables."""

from __future__ import annotations

import os
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from tui.cli.output import emit, write
from tui.cli.program import command
from tui.cli.questions import confirm
from tui.cli.session import Session
from tui.cli.sync_server._options import mapping, server, tables

if TYPE_CHECKING:
    from sync.postgres.server.install import InitReport

PASSWORD = "LOCALSTORE_DEVICE_PASSWORD"


@command("localstore sync server init postgresql://admin@db.example.org/team --dry-run")
@server
@tables
@click.option("--dry-run", is_flag=True, help="Say what was found and what would be done; change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def entry(
    session: Session,
    url: str,
    insecure: bool,
    maps: tuple[str, ...],
    naive_timestamps: str | None,
    device_role: str | None,
    dry_run: bool,
    yes: bool,
) -> None:
    """Prepare the database at URL for sync, or adopt one that has the thirteen tables; harmless twice.

    It makes what is missing of the thirteen tables, and a schema localstore_sync; other programs go on as before. URL
    is an administrator's, such as postgresql://admin@host/database, or - for one line of stdin. The password of
    a --device-role is asked for, or read from LOCALSTORE_DEVICE_PASSWORD.
    """
    from sync.postgres.server.install import init

    session.stopped = "What was done stays; run it again to go on."
    given = {
        "mapping": mapping(maps),
        "naive_timestamps": naive_timestamps,
        "device_role": device_role,
        "insecure": insecure,
    }
    found = init(url, dry_run=True, **given)  # type: ignore[arg-type]
    if dry_run:
        _show(session, found)
        return
    for line in (each.line for each in found.survey.surveyed):
        session.say(line)
    if found.steps and session.terminal:
        confirm(session, f"Prepare this database ({len(found.steps)} steps)?", yes=yes)
    password = _password(session, device_role)
    done = init(url, device_password=password, report=session.say, **given)  # type: ignore[arg-type]
    if emit(session, _document(done)):
        return
    write("Prepared." if done.steps else "Nothing to do: the database is prepared.")
    session.say("'localstore sync server add-device URL --user EMAIL --name N' lets a device in.")


def _password(session: Session, device_role: str | None) -> str | None:
    if device_role is None or PASSWORD in os.environ or not session.terminal:
        return os.environ.get(PASSWORD) if device_role is not None else None
    asked = click.prompt(f"Password of {device_role}", hide_input=True, default="", show_default=False, err=True)
    return str(asked) or None


def _show(session: Session, found: InitReport) -> None:
    if emit(session, _document(found)):
        return
    for line in found.lines:
        write(line)
    if not found.steps:
        write("Nothing to do: the database is prepared.")


def _document(found: InitReport) -> dict[str, object]:
    return {
        "tables": [asdict(each) for each in found.survey.surveyed],
        "steps": list(found.steps),
        "dry_run": found.dry_run,
    }
