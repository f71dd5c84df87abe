"""Triggers that note changes: there where changes are noted, whole and of this version, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator

from localstore.checking.finding import Finding, Inquiry
from localstore.connection import Connection
from sync import state
from sync.local import capture, dirty
from sync.local.sharing import Share

COMPARE = "compare"
"""The note with which the next round compares every row of both sides."""


def triggers(asked: Inquiry) -> Iterator[Finding]:
    """Look for triggers that are missing, old or left over, and for the flag that keeps them silent."""
    with asked.reading() as connection:
        noting, present = is_noting(connection), capture.present(connection)
        silent = connection.execute(
            "SELECT 1 FROM local_state WHERE key = 'applying' AND value = ?", (capture.APPLYING,)
        ).fetchone()
    if noting and present != capture.statements():
        yield _missing(asked, present)
    elif present and not noting:
        message = f"{len(present)} triggers note changes, but no server and no change file wants them"
        found = Finding("sync", "sync_dirty", len(present), f"{message}: 'check --repair' drops them")
        if asked.repair:
            with asked.store.database.writing() as connection:
                capture.remove(connection)
            found = found.mended()
        yield found
    if noting and silent:
        yield _silent(asked)


def is_noting(connection: Connection) -> bool:
    """Tell whether changes are noted: for a server, or for change files."""
    return state.is_linked(connection) or state.get(connection, "share") is not None


def _missing(asked: Inquiry, present: dict[str, str]) -> Finding:
    wanted = capture.statements()
    wrong = sorted(name for name in wanted.keys() | present.keys() if wanted.get(name) != present.get(name))
    message = f"{len(wrong)} triggers that note changes are missing or other than they should be, such as {wrong[0]}"
    advice = "'check --repair' makes them anew, and the next round compares every row"
    found = Finding("sync", "sync_dirty", len(wrong), f"{message}: {advice}", row=wrong[0])
    if not asked.repair:
        return found
    with asked.store.database.writing() as connection:
        if capture.ensure(connection):
            note_comparison(connection)
    return found.mended()


def _silent(asked: Inquiry) -> Finding:
    message = "the triggers that note changes were left silent: changes may have gone unnoticed"
    found = Finding("sync", "local_state", 1, f"{message}: 'check --repair' has the next round compare every row")
    if not asked.repair:
        return found
    with asked.store.database.writing() as connection:
        note_comparison(connection)
    return found.mended()


def note_comparison(connection: Connection) -> None:
    """See to it that what went unnoticed is found: by comparing with the server, or by sending everything again."""
    if state.is_linked(connection):
        state.put(connection, COMPARE, "yes")
    else:
        dirty.mark_all(connection)
        Share.write(connection, Share.read(connection))
