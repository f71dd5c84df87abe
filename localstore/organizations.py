"""Organizations: teams that share items, found by slug; one of them may be this store's default."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any

from localstore import ids, tables, values
from localstore.connection import Connection
from localstore.errors import InvalidValue, Taken
from localstore.memberships import Member, Memberships, join
from localstore.models import Organization
from localstore.rows import Rows

if TYPE_CHECKING:
    from localstore.store import Store

DEFAULT = "default_organization"
LONGEST_SLUG = 100
_SLUG = re.compile(r"[a-z0-9]+(?:[-_.][a-z0-9]+)*")


class Organizations(Rows[Organization]):
    """``store.organizations``."""

    model = Organization
    label = "slug"

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.memberships = Memberships(store)

    def named(self, connection: Connection, ref: str) -> list[tuple[str]]:
        """Find an organization by slug, else by slug or name whatever the case."""
        sql = "SELECT id FROM organizations WHERE slug = ?"
        exact: list[Any] = connection.execute(sql, (ref.strip(),)).fetchall()
        if exact:
            return exact
        sql = "SELECT id FROM organizations WHERE ? IN (fold(slug), fold(name)) LIMIT 10"
        alike: list[Any] = connection.execute(sql, (ids.fold(ref.strip()),)).fetchall()
        return alike

    def add(  # type: ignore[override]
        self, name: str, slug: str | None = None, owner: str | None = None, **columns: Any
    ) -> Organization:
        """Add an organization; a slug that is not given is made from the name, with a number when taken.

        With the id of an *owner*, that user becomes its first member, as owner, in the same action. Raises
        InvalidValue, or Taken when the given slug belongs to another.
        """
        given = {"name": _name(name), **columns}
        with self.store.action("organization.added", f"add organization {given['name'][:60]!r}") as action:
            taken = action.connection
            given["slug"] = _free_slug(taken, slugified(name)) if slug is None else _own_slug(taken, slug)
            stored = action.insert(Organization, given)
            if owner:
                join(action, owner, stored["id"], "owner")
            action.about = {"organization_id": stored["id"]}
            action.payload = {"id": stored["id"], "slug": stored["slug"]}
            return self.load(action.connection, stored["id"])

    def edit(self, ref: str, expected: Any = None, **columns: Any) -> Organization:
        """Set only the given columns."""
        pk = self.resolve(ref)
        if "name" in columns:
            columns["name"] = _name(columns["name"])
        with self.store.action("organization.edited", "edit organization") as action:
            if "slug" in columns:
                columns["slug"] = _own_slug(action.connection, columns["slug"], pk)
            action.update(Organization, pk, columns, expected)
            action.about = {"organization_id": pk}
            action.payload = {"id": pk}
            return self.load(action.connection, pk)

    # -- who belongs to it --------------------------------------------------------------------------------

    def members(self, organization: str) -> list[Member]:
        """Return the members, highest role first; somebody who is noted twice counts once."""
        return self.memberships.members(organization)

    # -- the default --------------------------------------------------------------------------------------

    @property
    def default(self) -> Organization | None:
        """The organization that new items belong to when nobody says, if there is one."""
        pk = self.default_id()
        return self.get(pk) if pk else None

    def default_id(self) -> str | None:
        """Return the default's id; None when none was chosen or it was deleted since."""
        with self.store.database.reading() as connection:
            pk = self.store.state.get(DEFAULT)
            return pk if pk and tables.fetch(connection, Organization, pk) else None

    def set_default(self, ref: str | None) -> Organization | None:
        """Choose the default of this file, or none; other devices choose their own."""
        self.store.state.set(DEFAULT, self.resolve(ref) if ref else None)
        return self.default


def slugified(name: str) -> str:
    """Return a name in lower-case letters, digits and hyphens; ``organization`` when nothing of it remains."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST_SLUG].strip("-") or "organization"


def _name(name: str) -> str:
    if not values.check_text(name, "name", values.MAX_INDEXED).strip():
        raise InvalidValue("an organization needs a name", "name")
    return name.strip()


def _own_slug(connection: Connection, slug: str, own: str = "") -> str:
    """Check a slug that somebody chose."""
    if not _SLUG.fullmatch(values.check_text(slug, "slug", LONGEST_SLUG)):
        hint = f"write it in lower-case letters, digits and hyphens, such as {slugified(slug)!r}"
        raise InvalidValue(f"{slug[:60]!r} is no slug: {hint}", "slug")
    row = connection.execute("SELECT id, name FROM organizations WHERE slug = ? AND id <> ?", (slug, own)).fetchone()
    if row:
        message = f"{slug!r} is taken by the organization {ids.short(row[0])} ({row[1][:60]}): choose another"
        raise Taken(message, "slug", row[0])
    return slug


def _free_slug(connection: Connection, wanted: str) -> str:
    """Return *wanted*, or the first of wanted-2, wanted-3 … that nobody has."""
    sql = "SELECT slug FROM organizations WHERE slug = ?1 OR slug GLOB ?1 || '-[0-9]*'"
    taken = {row[0] for row in connection.execute(sql, (wanted,))}
    number = 2
    while wanted in taken and f"{wanted}-{number}" in taken:
        number += 1
    return f"{wanted}-{number}" if wanted in taken else wanted
