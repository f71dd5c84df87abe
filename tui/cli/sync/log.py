"""What the last rounds carried, and how they ended."""

from __future__ import annotations

from typing import Any

import click

from tui.cli.output import Column, Listing, emit_list, exact
from tui.cli.program import command
from tui.cli.questions import counted
from tui.cli.session import Session


@command("localstore sync log", "localstore sync log --limit 5 --json")
@click.option("--limit", type=click.IntRange(min=1), default=20, metavar="N", help="Entries; 20 unless said.")
def entry(session: Session, limit: int) -> None:
    """Show the newest rounds that carried something or failed."""
    from sync.round_log import rounds

    with session.reading() as store:
        found = rounds(store, limit)
    columns: list[Column[dict[str, Any]]] = [
        Column("WHEN", lambda each: exact(each["at"]) or ""),
        Column("HOW", lambda each: str(each["kind"])),
        Column("WHAT", lambda each: _told(each["summary"]), elastic=True),
    ]
    emit_list(session, Listing.of(found), columns, dict, "No round yet: 'localstore sync' does one.")


def _told(summary: dict[str, Any]) -> str:
    parts = [summary[key] for key in ("error", "what") if key in summary]
    for key, word in (("pushed", "pushed"), ("pulled", "pulled"), ("deleted_here", "deleted here")):
        if summary.get(key):
            parts.append(f"{word} {counted(summary[key])}")
    parts += [f"{summary[key]:,} {key}" for key in ("conflicts", "refused", "busy", "parked") if summary.get(key)]
    return "; ".join(str(part) for part in parts)
