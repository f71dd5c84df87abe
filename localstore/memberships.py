"""Memberships: a user's role in an organization, one for each pair.

The schema allows several of a pair; the program makes none, and of those that come from elsewhere the highest role
counts. Roles rank owner > admin > member > viewer; an unknown one may read only, as the viewer, and ranks below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from localstore import ids, tables, times
from localstore.connection import Connection
from localstore.deeds.trash import TrashEntry
from localstore.errors import InvalidValue, NotFound, Taken
from localstore.filters import nearest
from localstore.models import OrganizationMembership
from localstore.rows import Rows

if TYPE_CHECKING:
    from localstore.deeds.actions import Action

ROLES = ("owner", "admin", "member", "viewer")
"""From the highest to the lowest."""


class Member(NamedTuple):
    """One user in one organization; ``id`` is the membership that counts, ``ids`` has every one of the pair."""

    id: str
    user_id: str
    email: str
    full_name: str | None
    role: str
    joined_at: str
    ids: tuple[str, ...]


class Memberships(Rows[OrganizationMembership]):
    """``store.memberships``."""

    model = OrganizationMembership

    def add(  # type: ignore[override]
        self, user: str, organization: str, role: str = "member", **columns: Any
    ) -> OrganizationMembership:
        """Make a user a member; Taken when they are one already."""
        pair = self._pair(user, organization)
        with self.store.action("membership.added", f"add {role} to organization") as action:
            found = _of_pair(action.connection, *pair)
            if found:
                message = f"{user!r} is in {organization!r} already, as {found[0][1]}: change the role instead"
                raise Taken(message, "user", found[0][0])
            stored = join(action, *pair, known(role), **columns)
            action.about = {"organization_id": pair[1]}
            action.payload = {"id": stored["id"], "user": pair[0], "role": role}
            return self.load(action.connection, stored["id"])

    def edit(self, ref: str, expected: Any = None, **columns: Any) -> OrganizationMembership:
        """Set only the given columns: a role that is known, a pair that has no other membership."""
        pk = self.resolve(ref)
        if "role" in columns:
            known(columns["role"])
        with self.store.action("membership.edited", "edit membership") as action:
            row = tables.need(action.connection, OrganizationMembership, pk) | columns
            others = [other for other, _ in _of_pair(action.connection, row["user_id"], row["organization_id"])]
            if columns.keys() & {"user_id", "organization_id"} and set(others) - {pk}:
                raise Taken("this user is in this organization already: change that role instead", "user_id")
            action.update(OrganizationMembership, pk, columns, expected)
            action.about = {"organization_id": row["organization_id"]}
            action.payload = {"id": pk}
            return self.load(action.connection, pk)

    def set_role(self, user: str, organization: str, role: str) -> OrganizationMembership:
        """Give a member another role; NotFound when the user is none."""
        pair = self._pair(user, organization)
        with self.store.action("membership.edited", f"make {role}") as action:
            found = self._need(action.connection, user, organization, pair)
            for pk, _ in found:
                action.update(OrganizationMembership, pk, {"role": known(role)})
            action.about = {"organization_id": pair[1]}
            action.payload = {"id": found[0][0], "user": pair[0], "role": role}
            return self.load(action.connection, found[0][0])

    def remove(self, user: str, organization: str) -> TrashEntry:
        """Take a user out of an organization; NotFound when they are not in it."""
        pair = self._pair(user, organization)
        with self.store.database.reading() as connection:
            found = self._need(connection, user, organization, pair)
        return self.delete(*(pk for pk, _ in found))

    def role(self, user: str, organization: str) -> str | None:
        """Return a user's role in an organization, None when they are no member."""
        with self.store.database.reading() as connection:
            found = _of_pair(connection, *self._pair(user, organization))
        return found[0][1] if found else None

    def members(self, organization: str) -> list[Member]:
        """Return an organization's members, highest role first, then by e-mail."""
        pk = self.store.organizations.resolve(organization)
        sql = (
            "SELECT m.id, m.user_id, u.email, u.full_name, m.role, m.joined_at FROM organization_memberships m"
            " JOIN users u ON u.id = m.user_id WHERE m.organization_id = ? ORDER BY m.created_at, m.id"
        )
        with self.store.database.reading() as connection:
            rows: list[Any] = connection.execute(sql, (pk,)).fetchall()
        pairs: dict[str, list[Any]] = {}
        for row in sorted(rows, key=lambda row: (rank(row[4]), row[2])):
            pairs.setdefault(row[1], []).append(row)
        return [Member._make((*group[0], tuple(row[0] for row in group))) for group in pairs.values()]

    def _pair(self, user: str, organization: str) -> tuple[str, str]:
        return self.store.users.resolve(user), self.store.organizations.resolve(organization)

    @staticmethod
    def _need(connection: Connection, user: str, organization: str, pair: tuple[str, str]) -> list[tuple[str, str]]:
        found = _of_pair(connection, *pair)
        if not found:
            raise NotFound(f"{user!r} is not in {organization!r}: add them first.")
        return found


def rank(role: str) -> int:
    """Return a role's place from the top, 0 for owners; unknown roles come last."""
    return ROLES.index(role) if role in ROLES else len(ROLES)


def known(role: str) -> str:
    """Return *role* when it is one of ``ROLES``, else raise InvalidValue with the nearest."""
    if role not in ROLES:
        raise InvalidValue(f"there is no role {role!r}{nearest(str(role), ROLES)}", "role")
    return role


def _of_pair(connection: Connection, user: str, organization: str) -> list[tuple[str, str]]:
    """Return (id, role) of every membership of a pair, the one that counts first."""
    sql = (
        "SELECT id, role FROM organization_memberships WHERE user_id = ? AND organization_id = ?"
        " ORDER BY created_at, id"
    )
    found: list[Any] = connection.execute(sql, (user, organization)).fetchall()
    return sorted(found, key=lambda row: rank(row[1]))


def join(action: Action, user: str, organization: str, role: str, **columns: Any) -> tables.Stored:
    """Insert a membership within an action; return its stored form."""
    given = {"user_id": user, "organization_id": organization, "role": role, "joined_at": times.now()}
    return action.insert(
        OrganizationMembership, given | {"id": _new_id(action.connection, user, organization)} | columns
    )


def _new_id(connection: Connection, user: str, organization: str) -> str:
    """Return the natural id, or a new one when another program gave that row to another pair."""
    natural = ids.natural_id("membership", user, organization)
    return ids.new_id() if tables.fetch(connection, OrganizationMembership, natural) else natural
