"""How the store stands with its server; the network is not asked."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from tui.cli.output import card, emit, exact, write
from tui.cli.program import command
from tui.cli.questions import counted
from tui.cli.session import Session

if TYPE_CHECKING:
    from sync.rounds import Status


@command("localstore sync status", "localstore sync status --json")
def entry(session: Session) -> None:
    """Show the server, what waits to be pushed, what is set aside and what waits for you.

    Exit code 3 when conflicts wait.
    """
    from sync.standing import status

    with session.reading() as store:
        found = status(store)
    if not emit(session, asdict(found)):
        _show(session, found)
    if found.conflicts:
        raise SystemExit(3)


def _show(session: Session, found: Status) -> None:
    if not found.linked:
        write("Not linked: 'localstore sync link URL' shares this store through a PostgreSQL server.")
        return
    rows = [("server", found.server), ("device", found.device), ("as", found.user), ("shares", found.share)]
    rows.append(("to push", counted(found.to_push) or "nothing"))
    if found.kept:
        rows.append(("stays here", f"{found.kept:,} rows"))
    if found.held:
        rows.append(("set aside", f"{found.held:,} rows until they change: 'localstore sync conflicts'"))
    rows.append(("conflicts", f"{found.conflicts:,}"))
    if found.unfinished:
        rows.append(("unfinished", "a batch waits for its acknowledgement: 'localstore sync'"))
    if found.last:
        told = found.last["outcome"] + (f": {found.last['error']}" if found.last.get("error") else "")
        rows.append(("last round", f"{exact(found.last['at'])} {told}"))
    card(session, rows)
