"""Compare every row with the server's; say what differs, and mend it when asked."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from tui.cli.output import emit, write
from tui.cli.program import command
from tui.cli.session import Session
from tui.cli.sync_bars import bars

if TYPE_CHECKING:
    from sync.comparing.verifying import TableReport, VerifyReport

DIFFERENT = 3
SHOWN = 10
"""Ids of a table that a person is shown."""


@command("localstore sync verify", "localstore sync verify --repair")
@click.option("--repair", is_flag=True, help="Make what differs here as it is there; ours is kept as conflicts.")
def entry(session: Session, repair: bool) -> None:
    """Compare every row with the server's; say what differs, and mend it when asked.

    What waits to be pushed or pulled is no difference. Exit code 3 when something differs and was not repaired.
    """
    from sync.comparing.verifying import verify

    session.stopped = "Nothing was changed, or is finished by the next 'localstore sync verify --repair'."
    with session.changing() as store, bars(session) as report:
        found = verify(store, repair=repair, report=report)
    if not emit(session, document(found)):
        _tell(session, found)
    if not found.is_well and not (found.repaired and not found.references):
        raise click.exceptions.Exit(DIFFERENT)


def document(found: VerifyReport) -> dict[str, Any]:
    """Return a report as JSON: what was compared, what differs, by table."""
    tables = {name: asdict(each) for name, each in found.tables.items()}
    return {
        "rows": found.rows,
        "differences": found.differences,
        "waiting": found.waiting,
        "repaired": found.repaired,
        "references": found.references,
        "tables": tables,
    }


def _tell(session: Session, found: VerifyReport) -> None:
    for name, table in found.tables.items():
        for line in _lines(name, table):
            write(line)
    for name, count in found.references.items():
        write(f"{name}: {count:,} rows point to rows that are not there: 'localstore check' says more")
    waits = f" {found.waiting:,} rows wait for the next 'localstore sync', or are set aside." if found.waiting else ""
    if found.differences:
        does = "Repaired: what was replaced waits in 'localstore sync conflicts'" if found.repaired else "Not the same"
        session.say(f"{does}: {found.differences:,} of {found.rows:,} rows.{waits}")
    else:
        session.say(f"The same on both sides: {found.rows:,} rows.{waits}")


def _lines(name: str, table: TableReport) -> list[str]:
    kinds = (
        ("differ", table.differ),
        ("are missing here", table.missing_here),
        ("are missing there", table.missing_there),
    )
    found = []
    for what, keys in kinds:
        if keys:
            more = ", …" if len(keys) > SHOWN else ""
            found.append(f"{name}: {len(keys):,} {what}: {', '.join(keys[:SHOWN])}{more}")
    return [*found, f"{name}: {table.more:,} more"] if table.more else found
