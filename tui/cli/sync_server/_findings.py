"""Findings of a server as a list, and the exit code that a script reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from tui.cli.output import Column, Listing, emit_list
from tui.cli.session import Session

if TYPE_CHECKING:
    from sync.postgres.server.findings import Finding

FINDINGS = 3


def show(session: Session, found: Sequence[Finding], nothing: str) -> None:
    """Write findings; exit with 3 when one of them is more than a note."""
    columns: list[Column[Finding]] = [
        Column("WEIGHT", lambda each: str(each.weight)),
        Column("KIND", lambda each: each.kind),
        Column("WHAT", lambda each: each.message, elastic=True, whole=True),
    ]
    emit_list(session, Listing.of(found), columns, asdict, nothing)
    if any(each.repairable for each in found):
        session.say("'localstore sync server repair URL' sets right what it can.")
    if any(str(each.weight) != "note" for each in found):
        click.get_current_context().exit(FINDINGS)
