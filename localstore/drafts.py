"""Drafts: what somebody was writing when they left; on this machine, never synced, without undo."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from localstore import times, values

if TYPE_CHECKING:
    from localstore.store import Store


class Draft(NamedTuple):
    """A text under a name (``new``, ``item:ID``) and when it was kept."""

    name: str
    at: str
    text: str


class Drafts:
    """``store.drafts``."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def get(self, name: str) -> Draft | None:
        """Return a draft, or None."""
        with self.store.database.reading() as connection:
            row = connection.execute("SELECT name, at, text FROM drafts WHERE name = ?", (name,)).fetchone()
        return Draft(*row) if row else None

    def keep(self, name: str, text: str) -> None:
        """Keep a text under a name, replacing the one before."""
        values.check_text(text, "draft")
        with self.store.database.writing() as connection:
            connection.execute(
                "INSERT INTO drafts (name, at, text) VALUES (?, ?, ?)"
                " ON CONFLICT (name) DO UPDATE SET at = excluded.at, text = excluded.text",
                (name, times.now(), text),
            )

    def drop(self, name: str) -> None:
        """Forget a draft; harmless when there is none."""
        with self.store.database.writing() as connection:
            connection.execute("DELETE FROM drafts WHERE name = ?", (name,))
