"""Which events: ``type:item.* who:ada org:lab item:ID since:7d words``, read as a person types it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from localstore import times
from localstore.connection import Connection
from localstore.errors import Ambiguous, InvalidFilter, InvalidValue, NotFound
from localstore.filters import FEW, nearest
from localstore.finding.find_fields import NOTHING, Asked, FindFields, like, read_fields

if TYPE_CHECKING:
    from localstore.store import Store

FIELDS = {
    "type": "type:item.*",
    "who": "who:ada@example.org",
    "org": "org:lab",
    "item": "item:0198c0de",
    "since": "since:7d",
    "until": "until:2026-01-31",
}
Clause = tuple[str, str, list[Any]]
"""A column with an index, the condition after it, its bindings."""


@dataclass(frozen=True)
class EventFilter:
    """All conditions hold at once; several types are alternatives. ``since`` and ``until`` are stored times."""

    asked: FindFields = NOTHING
    since: str | None = None
    until: str | None = None

    @classmethod
    def parse(cls, line: str) -> EventFilter:
        """Read a find line; InvalidFilter says where it went wrong."""
        asked = read_fields(line, FIELDS)
        return cls(asked, _time(asked.one("since")), _time(asked.one("until")))

    def __bool__(self) -> bool:
        return bool(self.asked or self.since or self.until)

    @property
    def types(self) -> tuple[str, ...]:
        """The types that are asked for, ``*`` standing for anything."""
        return tuple(each.value for each in self.asked.all("type"))

    def without_types(self) -> EventFilter:
        """Return the filter for any type: what a facet of types counts in."""
        fields = {name: found for name, found in self.asked.fields.items() if name != "type"}
        return EventFilter(FindFields(self.asked.words, fields), self.since, self.until)

    def sql(self, store: Store, connection: Connection) -> tuple[str, list[Any]]:
        """Return a condition over ``events t`` and its bindings.

        A column of which up to ``FEW`` rows answer is read through its index, then sorted; the others are denied
        theirs (``+t.item_id``), so that a page of a million is a walk in the order of the list.
        """
        conditions: list[str] = []
        bindings: list[Any] = []
        clauses = self._clauses(store, connection)
        few = _fewest(connection, clauses)
        for column, condition, values in clauses:
            conditions.append(f"{'' if column == few else '+'}t.{column} {condition}")
            bindings += values
        for operator, moment in ((">=", self.since), ("<", self.until)):
            if moment is not None:
                conditions.append(f"t.created_at {operator} ?")
                bindings.append(moment)
        for word in self.asked.words:
            conditions.append("(t.payload LIKE ? ESCAPE '\\' OR t.event_type LIKE ? ESCAPE '\\')")
            bindings += [like(word)] * 2
        return " AND ".join(conditions) or "1", bindings

    def _clauses(self, store: Store, connection: Connection) -> list[Clause]:
        found: list[Clause] = []
        if self.types:
            found.append(_typed(connection, self.types))
        if who := self.asked.one("who"):
            found.append(_one_of("actor_id", _people(connection, who)))
        if organization := self.asked.one("org"):
            found.append(_one_of("organization_id", _organizations(connection, organization)))
        if item := self.asked.one("item"):
            found.append(_one_of("item_id", [_item(store, item)]))
        return found


def _time(asked: Asked | None) -> str | None:
    if asked is None:
        return None
    try:
        return times.since(asked.value)
    except InvalidValue as error:
        raise InvalidFilter(str(error), asked.position) from None


def _typed(connection: Connection, patterns: tuple[str, ...]) -> Clause:
    """Turn patterns into the types there are: of those there are few, and their index knows them."""
    if not any("*" in pattern for pattern in patterns):
        return _one_of("event_type", list(patterns))
    sql = f"SELECT DISTINCT event_type FROM events WHERE {' OR '.join('event_type GLOB ?' for _ in patterns)}"
    globs = ["".join(f"[{char}]" if char in "[?" else char for char in pattern) for pattern in patterns]
    return _one_of("event_type", [row[0] for row in connection.execute(sql, globs)])


def _one_of(column: str, values: list[Any]) -> Clause:
    if values == [None]:
        return column, "IS NULL", []
    return column, f"IN ({', '.join('?' for _ in values)})", values


def _fewest(connection: Connection, clauses: list[Clause]) -> str:
    """Return the column whose condition fewest rows answer, when they are few."""
    counts: dict[str, int] = {}
    for column, condition, values in clauses:
        sql = f"SELECT count(*) FROM (SELECT 1 FROM events WHERE {column} {condition} LIMIT ?)"
        counts[column] = int(connection.execute(sql, (*values, FEW + 1)).fetchone()[0])
    few = min(counts, key=lambda column: counts[column], default="")
    return few if few and counts[few] <= FEW else ""


def _people(connection: Connection, asked: Asked) -> list[Any]:
    if asked.value == "-":
        return [None]
    sql = "SELECT id FROM users WHERE email LIKE ?1 ESCAPE '\\' OR full_name LIKE ?1 ESCAPE '\\' OR id = ?2 LIMIT 500"
    found = [row[0] for row in connection.execute(sql, (like(asked.value), asked.value))]
    if not found:
        emails = [str(row[0]) for row in connection.execute("SELECT email FROM users LIMIT 500")]
        raise InvalidFilter(f"there is no user {asked.value!r}{nearest(asked.value, emails)}", asked.position)
    return found


def _organizations(connection: Connection, asked: Asked) -> list[Any]:
    if asked.value == "-":
        return [None]
    sql = "SELECT id FROM organizations WHERE slug = ?1 OR name = ?1 OR id = ?1 LIMIT 500"
    found = [row[0] for row in connection.execute(sql, (asked.value,))]
    if not found:
        slugs = [str(row[0]) for row in connection.execute("SELECT slug FROM organizations LIMIT 500")]
        raise InvalidFilter(f"there is no organization {asked.value!r}{nearest(asked.value, slugs)}", asked.position)
    return found


def _item(store: Store, asked: Asked) -> str | None:
    if asked.value == "-":
        return None
    try:
        return store.items.resolve(asked.value)
    except (NotFound, Ambiguous) as error:
        raise InvalidFilter(str(error), asked.position) from None
