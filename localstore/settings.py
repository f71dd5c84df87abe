"""Settings: a value that holds for a user, else their organization, else everyone, else by default.

A setting is one row of (scope, key, user, organization). The program makes no second; of those that come from
elsewhere the one written last counts. Values of known keys (``setting_keys``) are checked when set and when read:
an invalid one that another program wrote is passed over, with a note.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from localstore import ids, tables, values
from localstore.connection import Connection
from localstore.deeds.trash import TrashEntry
from localstore.errors import InvalidValue, NotFound
from localstore.filters import nearest
from localstore.models import SCOPES, Setting
from localstore.rows import Rows
from localstore.setting_keys import KNOWN, need


class Place(NamedTuple):
    """Where a setting holds."""

    scope: str
    user_id: str | None = None
    organization_id: str | None = None


@dataclass(frozen=True)
class Effective:
    """The value that holds, where it comes from (a scope, or ``default``), and the row that holds it.

    ``note`` says which stored value was passed over, and why.
    """

    key: str
    value: Any
    origin: str
    row: Setting | None = None
    note: str = ""


class Settings(Rows[Setting]):
    """``store.settings``."""

    model = Setting
    label = "key"

    def row(self, ref: str) -> Setting:
        """Return one stored setting by id or a unique part of it."""
        return super().get(ref)

    def get(  # type: ignore[override]
        self, key: str, user: str | None = None, organization: str | None = None
    ) -> Effective:
        """Return the value that holds for a user within an organization.

        None means the local user and the default organization, ``-`` none. An unknown key that is set nowhere
        raises NotFound with the nearest.
        """
        with self.store.database.reading() as connection:
            found, notes = self._find(connection, key, self._places(user, organization))
        if found:
            return Effective(key, found.value, found.scope, found, notes)
        if key not in KNOWN:
            raise NotFound(f"There is no setting {key!r}{nearest(key, KNOWN)}")
        return Effective(key, KNOWN[key].default, "default", None, notes)

    def _find(self, connection: Connection, key: str, places: list[Place]) -> tuple[Setting | None, str]:
        notes = []
        for place in places:
            for pk in _rows_at(connection, key, place):
                row = self.load(connection, pk)
                try:
                    _check(key, row.value)
                except InvalidValue as error:
                    notes.append(f"the {place.scope} value was passed over: {error}")
                else:
                    return row, "; ".join(notes)
        return None, "; ".join(notes)

    def effective(self, user: str | None = None, organization: str | None = None) -> list[Effective]:
        """Return every setting that is known or stored for these places, by key."""
        with self.store.database.reading() as connection:
            places = self._places(user, organization)
            stored = {key for place in places for key in _keys_at(connection, place)}
            return [self.get(key, user, organization) for key in sorted(stored | set(KNOWN))]

    def set(
        self,
        key: str,
        value: Any,
        scope: str | None = None,
        *,
        user: str | None = None,
        organization: str | None = None,
        known: bool = True,
    ) -> Setting:
        """Set a value at one place; None is the value null.

        Without a scope it is the user's or organization's that is named, else global. With ``known=False`` a
        key that this program does not know is taken too. Raises InvalidValue with the nearest key, or with what
        the setting takes.
        """
        place = self._place(scope, user, organization)
        _check_settable(key, place.scope, known)
        checked = _check(key, value)
        with self.store.action("setting.set", f"set {key[:60]}") as action:
            pk = self._write(action, key, checked, place)
            action.about = {"organization_id": place.organization_id}
            action.payload = {"id": pk, "key": key, "scope": place.scope}
            return self.load(action.connection, pk)

    @staticmethod
    def _write(action: Any, key: str, value: Any, place: Place) -> str:
        found = _rows_at(action.connection, key, place)
        if found:
            action.update(Setting, found[0], {"value": value})
            return found[0]
        natural = ids.natural_id("setting", place.scope, key, place.user_id, place.organization_id)
        if tables.fetch(action.connection, Setting, natural):
            natural = ids.new_id()  # another program gave that row to another place
        action.insert(Setting, {"id": natural, "key": key, "value": value} | place._asdict())
        return natural

    def unset(
        self,
        key: str,
        scope: str | None = None,
        *,
        user: str | None = None,
        organization: str | None = None,
    ) -> TrashEntry:
        """Forget a value at one place, so that the next place's holds; NotFound when none is set there."""
        place = self._place(scope, user, organization)
        with self.store.database.reading() as connection:
            found = _rows_at(connection, key, place)
            near = nearest(key, _keys_at(connection, place))
        if not found:
            raise NotFound(f"There is no {place.scope} setting {key!r}{near}")
        return self.delete(*found)

    def add(self, **columns: Any) -> Setting:
        """Add a row by its columns; the same as ``set`` with a key this program need not know."""
        given = {"scope": "global", "value": None} | columns
        where = {"user": given.get("user_id"), "organization": given.get("organization_id")}
        return self.set(given["key"], given["value"], given["scope"], known=False, **where)

    def edit(self, ref: str, expected: Any = None, **columns: Any) -> Setting:
        """Set the value of one stored setting; its key and place stay."""
        pk = self.resolve(ref)
        for column in columns.keys() - {"value"}:
            raise InvalidValue("only the value can be edited: set another setting instead", column)
        _check(self.row(pk).key, columns.get("value"))
        return super().edit(pk, expected, **columns)

    # -- places -------------------------------------------------------------------------------------------

    def places(self, user: str | None = None, organization: str | None = None) -> list[Place]:
        """Return where a user of an organization finds values, nearest first; None and ``-`` as in ``get``."""
        return self._places(user, organization)

    def stored_at(self, place: Place) -> dict[str, list[tuple[str, Any]]]:
        """Return ids and values of all rows of one place by key, the one that counts first."""
        sql = (
            "SELECT key, id, value FROM settings WHERE scope = ? AND user_id IS ? AND organization_id IS ?"
            " ORDER BY updated_at DESC, id DESC"
        )
        found: dict[str, list[tuple[str, Any]]] = {}
        with self.store.database.reading() as connection:
            for key, pk, value in connection.execute(sql, place):
                found.setdefault(key, []).append((pk, values.from_json(value)))
        return found

    def counts(self) -> dict[str, int]:
        """Return how many rows each key has, for whomever."""
        with self.store.database.reading() as connection:
            return dict(connection.execute("SELECT key, count(*) FROM settings GROUP BY key").fetchall())

    def _places(self, user: str | None, organization: str | None) -> list[Place]:
        """Return where to look, nearest first."""
        found = [Place("global")]
        home = self.store.organizations.default_id() if organization is None else self._organization(organization)
        if home:
            found.insert(0, Place("organization", None, home))
        person = self.store.local_user_id if user is None else self._user(user)
        return [Place("user", person), *found] if person else found

    def _user(self, ref: str) -> str | None:
        return None if ref == "-" else self.store.users.resolve(ref)

    def _organization(self, ref: str) -> str | None:
        return None if ref == "-" else self.store.organizations.resolve(ref)

    def _place(self, scope: str | None, user: str | None, organization: str | None) -> Place:
        """Return the one place a setting is written to."""
        scope = scope or ("user" if user else "organization" if organization else "global")
        if scope not in SCOPES:
            raise InvalidValue(f"there is no scope {scope!r}: choose {', '.join(SCOPES)}", "scope")
        for word, named in (("user", user), ("organization", organization)):
            if named and scope != word:
                raise InvalidValue(f"a setting of scope {scope} names no {word}", "scope")
        if scope == "global":
            return Place("global")
        if scope == "user":
            return Place("user", self.store.users.resolve(user) if user else self.store.local_user_id)
        home = self._organization(organization) if organization else self.store.organizations.default_id()
        if home is None:
            raise InvalidValue("name the organization: this store has no default one", "organization")
        return Place("organization", None, home)


def _check(key: str, value: Any) -> Any:
    return KNOWN[key].check(value, key) if key in KNOWN else value


def _check_settable(key: str, scope: str, known: bool) -> None:
    if not values.check_text(key, "key", values.MAX_INDEXED).strip():
        raise InvalidValue("a setting needs a name", "key")
    if key not in KNOWN and not known:
        return
    allowed = need(key).scopes
    if scope not in allowed:
        raise InvalidValue(f"{key} holds for everyone: set it with the scope {' or '.join(allowed)}", "scope")


def _rows_at(connection: Connection, key: str, place: Place) -> list[str]:
    """Return the rows of one setting, the one that counts first: the program makes one, others may make more."""
    sql = (
        "SELECT id FROM settings WHERE key = ? AND scope = ? AND user_id IS ? AND organization_id IS ?"
        " ORDER BY updated_at DESC, id DESC"
    )
    return [row[0] for row in connection.execute(sql, (key, *place))]


def _keys_at(connection: Connection, place: Place) -> Iterator[str]:
    sql = "SELECT DISTINCT key FROM settings WHERE scope = ? AND user_id IS ? AND organization_id IS ?"
    return iter([row[0] for row in connection.execute(sql, place)])
