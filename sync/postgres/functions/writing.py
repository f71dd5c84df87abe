"""Who may write a row: conditions over the row as it is and as it would be, each with what is said to who may not."""

from __future__ import annotations

from collections.abc import Callable

from localstore import tables
from localstore.models import Item, Organization, OrganizationMembership
from localstore.sync_rules import Writes
from sync.postgres.functions.policies import Table, item_seen, item_written

REASONS = {
    Writes.ONESELF: "only the person's own devices change a user's row",
    Writes.ADMINISTRATORS: "only owners and admins of the organization change this, and only owners make owners",
    Writes.OWNER_AND_MEMBERS: "only its owner, and members of its organization above viewer, write an item; "
    "only its owner, and owners and admins of its organization, make it somebody else's",
    Writes.WITH_ITEM: "only who may write the item writes what hangs on it",
    Writes.OWNER_AND_ITEM: "only its owner, and who may write the item, write a file; "
    "only who may write an item hangs a file on it",
    Writes.ACTOR: "an event is noted by who did it, on an item they see",
    Writes.DEPENDENTS: "rows that are not yours to write depend on it: a superuser may change it",
    Writes.SCOPE: "global settings are a superuser's, an organization's its owners' and admins', a person's their own",
    Writes.USER: "only the person's own devices change this",
}
NOBODY_INSERTS = "users are made on the server, not by a device"
NOBODY_DELETES = {
    Writes.ONESELF: "users are deleted on the server, not by a device",
    Writes.ACTOR: "events stay: what was done is not undone by deleting it",
}


def may_write(table: Table, row: str) -> str:
    """Return the condition that a row that is there may be changed; *row* is its alias, its joins are there."""
    return _WRITES[table.rule.writes](table, row)


def may_become(table: Table, new: str, old: str | None) -> str:
    """Return the condition that a row may be as *new* is; *old* is None where it is inserted."""
    writes = table.rule.writes
    if writes is Writes.OWNER_AND_MEMBERS:
        person, organization = table.person(new), table.organization(new)
        same = f" OR ({person} = me AND {organization} = {table.organization(old)})" if old else ""
        known = _known(table, new, old, organization)
        written = f"({organization} = ANY (writable) AND {known}){same}"
        become = f"CASE WHEN {organization} IS NULL THEN {person} = me ELSE {written} END"
        return f"({become} AND {_may_give(table, new, old)})" if old else become
    if writes is Writes.OWNER_AND_ITEM:
        own = f"({table.person(new)} = me AND {_stays_or_goes_on(item_written, table, new, old)})"
        (path,) = table.paths(new)
        organization = table.of(Item).organization(path.item)
        known = _known(table, new, old, organization)
        return f"({own} OR ({_on_written_item(table, new)} AND {known}))"
    if writes is Writes.ACTOR:
        return f"({table.person(new)} = me AND {_stays_or_goes_on(item_seen, table, new, old)})"
    if writes is Writes.DEPENDENTS or (old is None and table.model is Organization):
        return "true"
    if writes is Writes.ONESELF and old is None:
        return "false"
    if writes is Writes.ADMINISTRATORS and table.model is not Organization:
        return _may_be_member(table, new, old)
    return may_write(table, new)


def _may_give(table: Table, new: str, old: str) -> str:
    """Return the condition that an item may be somebody else's: its owner's choice, and who governs it."""
    person = table.person(old)
    return f"({table.person(new)} = {person} OR {person} = me OR {table.organization(old)} = ANY (governed))"


def _may_be_member(table: Table, new: str, old: str | None) -> str:
    """Only people who are seen already: a membership shows who they are."""
    person = table.person(new)
    seen = f"({person} = me OR {_is_member(table, person, '= ANY (seen)')}{_unchanged(table, new, old)})"
    written = f"({may_write(table, new)} AND {seen})"
    if old is not None:
        return written
    first = f"({table.organization(new)} = ANY (founding) AND {person} = me AND {_role(new)} = 'owner')"
    return f"({first} OR {written})"


def _known(table: Table, new: str, old: str | None, organization: str) -> str:
    """Return the condition that a row's person is oneself, a member of the organization, or who it was."""
    person = table.person(new)
    return f"({person} = me OR {_is_member(table, person, f'= {organization}')}{_unchanged(table, new, old)})"


def _is_member(table: Table, person: str, organization: str) -> str:
    """Return the condition that a person is a member; naming somebody on a row of ours must not show a stranger."""
    members = table.of(OrganizationMembership).server.qualified
    return f'EXISTS (SELECT FROM {members} AS om WHERE om."user_id" = {person} AND om."organization_id" {organization})'


def _unchanged(table: Table, new: str, old: str | None) -> str:
    return f" OR {table.person(new)} = {table.person(old)}" if old else ""


def dependents(table: Table, row: str) -> str:
    """Return the condition that all that points to a row may be written."""
    found = []
    for at, (child, column, _) in enumerate(tables.children(table.model)):
        other, alias = table.of(child), f"d{at}"
        found.append(
            f"NOT EXISTS (SELECT FROM {other.server.qualified} AS {alias}{other.joins(alias)} "
            f'WHERE {alias}."{column}" = {row}."id" AND ({may_write(other, alias)}) IS NOT TRUE)'
        )
    return "(super OR (" + " AND ".join(found) + "))"


def _role(row: str) -> str:
    return f'lower({row}."role"::text)'


def _administrators(table: Table, row: str) -> str:
    organization = table.organization(row)
    if table.model is Organization:
        return f"({organization} = ANY (governed) OR {organization} = ANY (founded))"
    # A rank above one's own is neither given nor taken.
    return f"({organization} = ANY (governed) AND ({_role(row)} <> 'owner' OR {organization} = ANY (owned)))"


def _with_item(table: Table, row: str) -> str:
    paths = table.paths(row)
    if len(paths) == 1:
        return item_written(paths[0].item)
    each = [f'({row}."{path.column}" IS NULL OR {item_written(path.item)})' for path in paths]
    columns = ", ".join(f'{row}."{path.column}"' for path in paths)
    return f"(num_nonnulls({columns}) > 0 AND {' AND '.join(each)})"


def _on_written_item(table: Table, row: str) -> str:
    (path,) = table.paths(row)
    return item_written(path.item)


def _stays_or_goes_on(allowed: Callable[[str], str], table: Table, new: str, old: str | None) -> str:
    """Return the condition that a row hangs on no item, on one that is *allowed*, or on the one it hung on."""
    (path,) = table.paths(new)
    same = f' OR {new}."{path.column}" = {old}."{path.column}"' if old else ""
    return f'({new}."{path.column}" IS NULL OR {allowed(path.item)}{same})'


def _scope(table: Table, row: str) -> str:
    return (
        f"CASE lower({row}.\"scope\"::text) WHEN 'global' THEN super WHEN 'user' THEN {table.person(row)} = me "
        f"WHEN 'organization' THEN {table.organization(row)} = ANY (governed) ELSE false END"
    )


_WRITES: dict[Writes, Callable[[Table, str], str]] = {
    Writes.ONESELF: lambda table, row: f'{row}."id" = me',
    Writes.ADMINISTRATORS: _administrators,
    Writes.OWNER_AND_MEMBERS: lambda table, row: item_written(row),
    Writes.WITH_ITEM: _with_item,
    Writes.OWNER_AND_ITEM: lambda table, row: f"({table.person(row)} = me OR {_on_written_item(table, row)})",
    Writes.ACTOR: lambda table, row: f"{table.person(row)} = me",
    Writes.DEPENDENTS: dependents,
    Writes.SCOPE: _scope,
    Writes.USER: lambda table, row: f"{table.person(row)} = me",
}
