"""Look for damage, duplicates and what is out of step; mend what can be."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from tui.cli.output import Column, Listing, emit_list
from tui.cli.program import command
from tui.cli.progress import bar
from tui.cli.session import Session

if TYPE_CHECKING:
    from localstore.checking.finding import Finding

FINDINGS = 3


@command("localstore check", "localstore check --repair --deep")
@click.option("--repair", is_flag=True, help="Merge duplicates, and build anew what is derived from rows.")
@click.option("--deep", is_flag=True, help="Read the bytes of every attached file, too.")
def entry(session: Session, repair: bool, deep: bool) -> None:
    """Look for damage, duplicates and what is out of step; mend what can be.

    Exit code 3 when something is found that waits for you.
    """
    from localstore.checks import check

    with session.reading() as store, bar(session, "check") as report:
        told = (lambda name, done, whole: report(done, whole)) if report else None
        found = check(store, repair=repair, deep=deep, progress=told)
    columns: list[Column[Finding]] = [
        Column("STATE", lambda each: "repaired" if each.repaired else "found"),
        Column("KIND", lambda each: each.kind),
        Column("WHAT", lambda each: each.message, elastic=True, whole=True),
    ]
    emit_list(session, Listing.of(found), columns, _document, "All is well.")
    if not all(each.repaired for each in found):
        click.get_current_context().exit(FINDINGS)


def _document(each: Finding) -> dict[str, Any]:
    return asdict(each)
