"""Local state: what one file knows about itself and its machine; never synced."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localstore import ids, tables
from localstore.models import User

if TYPE_CHECKING:
    from localstore.store import Store


class LocalState:
    """Keys and values: ``store_id``, ``device_id``, ``local_user``, ``default_organization``, ``applying``."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def get(self, key: str) -> str | None:
        """Return a value, or None."""
        with self.store.database.reading() as connection:
            row = connection.execute("SELECT value FROM local_state WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    def set(self, key: str, value: str | None) -> None:
        """Set a value; None forgets it."""
        with self.store.database.writing() as connection:
            connection.execute("DELETE FROM local_state WHERE key = ?", (key,))
            if value is not None:
                connection.execute("INSERT INTO local_state (key, value) VALUES (?, ?)", (key, value))

    def initialise(self, email: str, name: str | None) -> None:
        """Give a new file its ids and its local user, once, whichever process comes first."""
        with self.store.database.writing() as connection:
            if self.get("local_user") is not None:
                return
            stored = tables.with_defaults(User, tables.encode(User, {"email": email, "full_name": name}))
            tables.insert(connection, User, stored)
            self.set("store_id", ids.new_id())
            self.set("device_id", ids.new_id())
            self.set("local_user", stored["id"])
