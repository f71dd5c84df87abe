"""Preferences of this machine: theme, keymap, what was on the screen last; never synced, without undo."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from localstore import values

if TYPE_CHECKING:
    from localstore.store import Store


class Preferences:
    """``store.preferences``: a JSON value by key."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def get(self, key: str, default: Any = None) -> Any:
        """Return a value, or *default*."""
        with self.store.database.reading() as connection:
            row = connection.execute("SELECT value FROM preferences WHERE key = ?", (key,)).fetchone()
        return json.loads(row[0]) if row else default

    def set(self, key: str, value: Any) -> None:
        """Keep a value; InvalidValue when it has no place in JSON."""
        text = values.to_json(values.check_json(value, key))
        with self.store.database.writing() as connection:
            connection.execute(
                "INSERT INTO preferences (key, value) VALUES (?, ?)"
                " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                (key, text),
            )

    def remove(self, key: str) -> None:
        """Forget a value."""
        with self.store.database.writing() as connection:
            connection.execute("DELETE FROM preferences WHERE key = ?", (key,))
