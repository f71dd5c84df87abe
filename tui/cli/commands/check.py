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
    from pathlib import Path

    from localstore.checking.finding import Finding
    from localstore.errors import StoreError
    from localstore.store import Store

FINDINGS = 3


@command("localstore check", "localstore check --repair --deep")
@click.option("--repair", is_flag=True, help="Mend what can be; a copy of the store is kept before rows are changed.")
@click.option("--deep", is_flag=True, help="Read every attached file, text and vector, too.")
@click.option("--no-copy", is_flag=True, help="Keep no copy of the store before rows are changed.")
def entry(session: Session, repair: bool, deep: bool, no_copy: bool) -> None:
    """Look for damage, duplicates and what is out of step; mend what can be.

    A repair loses nothing: what it takes away is in the trash, merges can be undone, the rest is derived from rows.
    Exit code 3 when something is found that waits for you.
    """
    from localstore.errors import NotAStore, StoreDamaged

    session.stopped = "What was mended stays; run the same command again."
    try:
        with session.reading() as store:
            found = _look(session, store, repair=repair, deep=deep, copy=not no_copy)
    except (StoreDamaged, NotAStore) as error:
        found = _salvaged(session, error, deep=deep)
    columns: list[Column[Finding]] = [
        Column("STATE", lambda each: "repaired" if each.repaired else "found"),
        Column("KIND", lambda each: each.kind),
        Column("WHAT", lambda each: each.message, elastic=True, whole=True),
    ]
    emit_list(session, Listing.of(found), columns, _document, "All is well.")
    if not all(each.repaired for each in found):
        click.get_current_context().exit(FINDINGS)


def _look(session: Session, store: Store, *, repair: bool, deep: bool, copy: bool) -> list[Finding]:
    from localstore.checks import check
    from sync.checking import CHECKS

    def kept(path: Path) -> None:
        session.say(f"A copy from before is {path}: delete it once all is well.")

    with bar(session, "check") as report:
        told = (lambda name, done, whole: report(done, whole)) if report else None
        return check(store, repair=repair, deep=deep, copy=copy, further=CHECKS, progress=told, told=kept)


def _salvaged(session: Session, error: StoreError, *, deep: bool) -> list[Finding]:
    """Look at what can be read of a store that does not open as one; nothing of it can be mended."""
    from localstore.checking.finding import Finding
    from localstore.checking.opening import opened_damaged

    opened = opened_damaged(session.place, error)
    if isinstance(opened, Finding):
        return [opened]
    with opened as store:
        return _look(session, store, repair=False, deep=deep, copy=False)


def _document(each: Finding) -> dict[str, Any]:
    return asdict(each)
