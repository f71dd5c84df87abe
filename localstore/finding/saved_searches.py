"""Saved searches: a find line under a name, on this machine; never synced, without undo."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from localstore import times, values
from localstore.errors import InvalidValue, NotFound, Taken
from localstore.filters import Filter

if TYPE_CHECKING:
    from localstore.store import Store


class SavedSearch(NamedTuple):
    """A name and the find line it stands for."""

    name: str
    at: str
    filter: str


class SavedSearches:
    """``store.saved_searches``."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def all(self) -> list[SavedSearch]:
        """Return the saved searches by name."""
        with self.store.database.reading() as connection:
            rows = connection.execute("SELECT name, at, filter FROM saved_searches ORDER BY fold(name)").fetchall()
        return [SavedSearch(*row) for row in rows]

    def save(self, name: str, line: str) -> None:
        """Keep a find line under a name, replacing what had it; InvalidValue when either cannot be used."""
        named = values.check_text(name.strip(), "name", values.MAX_INDEXED)
        if not named:
            raise InvalidValue("a saved search needs a name", "name")
        if not Filter.parse(values.check_text(line, "filter")):
            raise InvalidValue("an empty find line finds everything: write a filter first", "filter")
        with self.store.database.writing() as connection:
            connection.execute(
                "INSERT INTO saved_searches (name, at, filter) VALUES (?, ?, ?)"
                " ON CONFLICT (name) DO UPDATE SET at = excluded.at, filter = excluded.filter",
                (named, times.now(), line.strip()),
            )

    def rename(self, name: str, to: str) -> None:
        """Give a saved search another name; NotFound when there is none, Taken when another has it."""
        named = values.check_text(to.strip(), "name", values.MAX_INDEXED)
        if not named:
            raise InvalidValue("a saved search needs a name", "name")
        with self.store.database.writing() as connection:
            sql = "SELECT 1 FROM saved_searches WHERE name = ?"
            if named != name and connection.execute(sql, (named,)).fetchone():
                raise Taken(f"another saved search is called {named!r}: choose another name", "name")
            connection.execute("UPDATE saved_searches SET name = ?, at = ? WHERE name = ?", (named, times.now(), name))
            if not connection.changes():
                raise NotFound(f"There is no saved search {name!r}.")

    def remove(self, name: str) -> None:
        """Forget a saved search; NotFound when there is none of that name."""
        with self.store.database.writing() as connection:
            connection.execute("DELETE FROM saved_searches WHERE name = ?", (name,))
            if not connection.changes():
                raise NotFound(f"There is no saved search {name!r}.")
