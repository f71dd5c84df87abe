"""What the file derives from its rows: the states of vectors, and the flag that silences triggers."""

from __future__ import annotations

from collections.abc import Iterator

from localstore import freshness, ids, text
from localstore.checking.finding import Finding, Inquiry

_ANEW = "'check --repair' works them out anew"


def flag(asked: Inquiry) -> Iterator[Finding]:
    """A flag left behind keeps the triggers silent: what was written since is neither indexed nor stamped."""
    with asked.reading() as connection:
        left = connection.execute("SELECT value FROM local_state WHERE key = 'applying'").fetchall()
    if not left:
        return
    message = "the triggers were left silent, so full text and states missed changes: 'check --repair' wakes them"
    found = Finding("flag", "local_state", 1, message, row="applying")
    if asked.repair:
        with asked.store.database.writing() as connection:
            connection.execute("DELETE FROM local_state WHERE key = 'applying'")
            text.rebuild(connection)
            freshness.rebuild(connection)
        found = found.mended()
    yield found


def states(asked: Inquiry) -> Iterator[Finding]:
    """States of vectors that are missing or belong to nothing; *deep*: that are not what the texts say."""
    asked.store.catch_up()
    with asked.reading() as connection:
        count = freshness.out_of_step(connection)
        wrong = freshness.differing(connection) if asked.deep else []
    if not count + len(wrong):
        return
    shown = f", such as {ids.short(wrong[0])}" if wrong else ""
    message = f"the states of {count + len(wrong)} vectors are out of step{shown}: {_ANEW}"
    found = Finding("state", "embedding_states", count + len(wrong), message, row=wrong[0] if wrong else "")
    if asked.repair:
        with asked.store.database.writing() as connection:
            freshness.rebuild(connection)
        found = found.mended()
    yield found
