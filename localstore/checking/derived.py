"""What the file derives from its rows: full text, the states of vectors, and the flag that silences triggers."""

from __future__ import annotations

from collections.abc import Iterator

from localstore import freshness, text
from localstore.checking.finding import Finding, Inquiry


def flag(asked: Inquiry) -> Iterator[Finding]:
    """A flag left behind keeps the triggers silent: what was written since is neither indexed nor stamped."""
    with asked.store.reading() as connection:
        left = connection.execute("SELECT value FROM local_state WHERE key = 'applying'").fetchall()
    if not left:
        return
    found = Finding("flag", "local_state", 1, "the triggers were left silent: full text and states missed changes")
    if asked.repair:
        with asked.store.database.writing() as connection:
            connection.execute("DELETE FROM local_state WHERE key = 'applying'")
            text.rebuild(connection)
            freshness.rebuild(connection)
        found = found.mended()
    yield found


def full_text(asked: Inquiry) -> Iterator[Finding]:
    """Rows that the index lacks or has too many."""
    asked.store.catch_up()
    with asked.store.reading() as connection:
        count = text.out_of_step(connection)
    if count:
        found = Finding("text", "text_index", count, f"full text is out of step with {count} rows")
        if asked.repair:
            with asked.store.database.writing() as connection:
                text.rebuild(connection)
            found = found.mended()
        yield found


def states(asked: Inquiry) -> Iterator[Finding]:
    """States of vectors that are missing or belong to nothing."""
    with asked.store.reading() as connection:
        count = freshness.out_of_step(connection)
    if count:
        found = Finding("state", "embedding_states", count, f"the states of {count} vectors are out of step")
        if asked.repair:
            with asked.store.database.writing() as connection:
                freshness.rebuild(connection)
            found = found.mended()
        yield found
