"""What changed since a cursor: the rows noted after its snapshot, and what came into view or went out of it.

The log holds keys, the function gives the rows as they are now. What a device wrote itself is not sent back to it.
Whether a row is seen can change without a change of its own: the user's organizations (``gained``, ``lost``), an item
that changes hands (``moved``, noted as S), a content that changes its item. What hangs below by a key that deletes
along needs no word when it goes: the file deletes it with what it hangs on.
"""

from __future__ import annotations

from collections.abc import Callable

from localstore import tables
from localstore.models import Item, Organization, Row
from localstore.quoting import quoted
from localstore.sync_rules import RULES, Sees
from sync.postgres.functions import images, keys
from sync.postgres.functions.function import TEXTS, WHOLE, Function, table_of
from sync.postgres.functions.pages import seen_rows
from sync.postgres.functions.policies import Table, people_of
from sync.postgres.functions.rights import REPEATABLE, declared
from sync.postgres.server.adoption import literal

ARGUMENTS = [("cursor", "text"), ("orgs", "uuid[]")]
_VARIABLES = (
    'old pg_snapshot := "cursor"::pg_snapshot',
    "gained uuid[] := ARRAY(SELECT unnest(seen) EXCEPT SELECT unnest(orgs))",
    "lost uuid[] := ARRAY(SELECT unnest(orgs) EXCEPT SELECT unnest(seen))",
)
_WINDOW = "l.xid >= pg_snapshot_xmin(old) AND NOT pg_visible_in_snapshot(l.xid, old)"
_OTHERS = "l.device IS DISTINCT FROM mine"


def functions(table: Table) -> list[Function]:
    """Return ``pull_T``, and ``changed_T`` which counts what it would give."""
    listed = table_of(images.names(table), "gone boolean")
    return [
        Function(f"pull_{table.name}", ARGUMENTS, listed, _pull(table), stable=True, settings=TEXTS + WHOLE),
        Function(f"changed_{table.name}", ARGUMENTS, "bigint", _changed(table), stable=True, settings=WHOLE),
    ]


def _pull(table: Table) -> str:
    gone = f"WHERE k.told AND NOT EXISTS (SELECT FROM there AS t WHERE {keys.same(table.model, 't', 'k')})"
    return f"""{_begun(table)}
  RETURN QUERY {_changed_rows(table)}
  SELECT false, {", ".join(images.texts(table, "x"))}
    FROM there AS t JOIN {table.server.qualified} AS x ON {keys.same(table.model, "x", "t")}
  UNION ALL SELECT true, {", ".join(images.key_only(table, "k"))} FROM k {gone};
END"""


def _changed(table: Table) -> str:
    gone = f"WHERE k.told AND NOT EXISTS (SELECT FROM there AS t WHERE {keys.same(table.model, 't', 'k')})"
    return f"""{_begun(table).replace("RETURN;", "RETURN 0;")}
  RETURN ({_changed_rows(table)} SELECT (SELECT count(*) FROM there) + (SELECT count(*) FROM k {gone}));
END"""


def _begun(table: Table) -> str:
    """Return the beginning: most tables have nothing new, and that is seen at once."""
    names = ", ".join(literal(name) for name in sorted({table.name, *_sources(table)}))
    return f"""{declared(REPEATABLE, ("me", "mine", "founded", "seen"), *_VARIABLES)}BEGIN
  IF gained = '{{}}' AND lost = '{{}}' AND NOT EXISTS (SELECT FROM localstore_sync.log AS l
    WHERE {_WINDOW} AND l.tbl IN ({names}) AND (l.op = 'D' OR {_OTHERS})) THEN
    RETURN;
  END IF;"""


def _changed_rows(table: Table) -> str:
    """Return the CTEs: ``k``, the keys to look at, and ``there``, those whose rows are seen.

    ``told`` tells that a key is told when its row is gone. A row that nothing moved and that is not seen was not seen
    before: keys of what others write elsewhere do not travel.
    """
    # Who sees a setting depends on its scope too, which is no key.
    told = "true" if table.rule.sees is Sees.SCOPE else "l.op IN ('D', 'S')"
    logged = (
        f"SELECT {keys.parsed(table.model, 'l.pk')}, {told} AS told FROM localstore_sync.log AS l "
        f"WHERE l.tbl = {literal(table.name)} AND {_WINDOW} AND (l.op = 'D' OR {_OTHERS})"
    )
    listed = keys.listed(table.model, "w")
    parts = "\n    UNION ALL ".join([logged, *_also(table)])
    return f"""WITH k AS MATERIALIZED (SELECT {listed}, bool_or(w.told) AS told FROM (
    {parts}) AS w GROUP BY {listed}),
  {seen_rows(table, "k")}"""


def _noted(tbl: str, ops: str) -> str:
    """Return the part of the log in which others noted *ops* of a table, with its condition."""
    return f"localstore_sync.log AS l WHERE l.tbl = {literal(tbl)} AND l.op IN ({ops}) AND {_WINDOW} AND {_OTHERS}"


def _sources(table: Table) -> list[str]:
    """Return the other tables whose changes bring or take rows of this one."""
    if table.rule.sees is Sees.COLLEAGUES:
        return sorted({str(child._meta.table_name) for child, _ in people_of(table)} | {_ITEMS})
    return [_ITEMS, *(str(parent._meta.table_name) for parent in _parents_between(table))] if table.paths("x") else []


_ITEMS = str(Item._meta.table_name)


def _parents_between(table: Table) -> list[type[Row]]:
    """Return the parents between a row and its item: a content, for a vector."""
    return [
        parent
        for _, parent, _ in tables.references(table.model)
        if parent is not Item and RULES[str(parent._meta.table_name)].sees is Sees.WITH_ITEM
    ]


def _also(table: Table) -> list[str]:
    return _ALSO[table.rule.sees](table)


def _select(table: Table, told: str, source: str, where: str) -> str:
    return f"SELECT {keys.listed(table.model, 'x')}, {told} FROM {source} WHERE {where}"


def _of_organizations(table: Table) -> list[str]:
    """Rows that belong to organizations that came into view; an organization itself and items also when it went."""
    source, organization = f"{table.server.qualified} AS x", table.organization("x")
    found = [_select(table, "false", source, _among(organization, "gained"))]
    if table.model is Organization:
        found.append("SELECT o.id, true FROM unnest(lost) AS o (id)")
    elif table.model is Item:
        found.append(_select(table, "true", source, _among(organization, "lost")))
    return found


def _among(organization: str, array: str) -> str:
    """Return the condition that a row's organization is in an array; for an empty one the table is not looked at."""
    return f"cardinality({array}) > 0 AND {organization} = ANY ({array})"


def _of_items(table: Table) -> list[str]:
    """Rows below items that changed hands, or whose organization came into view or went out of it."""
    found = []
    cascades = table.rule.sees is Sees.WITH_ITEM
    items = table.of(Item)
    for path in table.paths("x"):
        between = path.joins.replace("LEFT JOIN", "JOIN")
        source = f"{table.server.qualified} AS x{between}"
        told = "false" if cascades else "true"
        moved = f"(SELECT l.pk::uuid FROM {_noted(items.name, _quoted('S'))})"
        found.append(_select(table, told, source, f'{path.item}."id" IN {moved}'))
        found.append(_select(table, told, source, _among(items.organization(path.item), "gained || lost")))
    for column, parent, _ in tables.references(table.model):
        if parent in _parents_between(table):
            moved = f"(SELECT l.pk::uuid FROM {_noted(str(parent._meta.table_name), _quoted('S'))})"
            found.append(_select(table, "false", f"{table.server.qualified} AS x", f"x.{quoted(column)} IN {moved}"))
    return found


def _of_people(table: Table) -> list[str]:
    """Users of rows that came into view or went out of it: new, changed hands, deleted, of organizations."""
    found = []
    for child, column in people_of(table):
        other = table.of(child)
        source = f"{other.server.qualified} AS p"
        person = f"SELECT p.{quoted(column)}"
        new = f'p."id" IN (SELECT l.pk::uuid FROM {_noted(other.name, _quoted("I", "S"))})'
        found.append(f"{person}, false FROM {source} WHERE {new}")
        paths = other.paths("p")
        joins, holder = (paths[0].joins.replace("LEFT JOIN", "JOIN"), paths[0].item) if paths else ("", "p")
        organization = (table.of(Item) if paths else other).organization(holder)
        found.append(f"{person}, true FROM {source}{joins} WHERE {_among(organization, 'gained || lost')}")
        if paths:
            moved = f"(SELECT l.pk::uuid FROM {_noted(_ITEMS, _quoted('S'))})"
            found.append(f'{person}, true FROM {source} WHERE p."{paths[0].column}" IN {moved}')
        found.append(
            f"SELECT (d.image ->> {literal(column)})::uuid, true FROM localstore_sync.log AS l "
            f"JOIN localstore_sync.tombstone AS d ON d.tbl = l.tbl AND d.pk = l.pk AND d.xid = l.xid "
            f"WHERE l.tbl = {literal(other.name)} AND l.op = 'D' AND {_WINDOW}"
        )
    return found


def _quoted(*ops: str) -> str:
    return ", ".join(f"'{op}'" for op in ops)


def _of_scope(table: Table) -> list[str]:
    where = _among(table.organization("x"), "gained || lost")
    return [_select(table, "true", f"{table.server.qualified} AS x", where)]


def _nothing(_: Table) -> list[str]:
    return []


_ALSO: dict[Sees, Callable[[Table], list[str]]] = {
    Sees.COLLEAGUES: _of_people,
    Sees.MEMBERS: _of_organizations,
    Sees.OWNER_AND_MEMBERS: _of_organizations,
    Sees.WITH_ITEM: _of_items,
    Sees.OWNER_AND_ITEM: _of_items,
    Sees.ACTOR_AND_ITEM: _of_items,
    Sees.EVERYONE: _nothing,
    Sees.SCOPE: _of_scope,
    Sees.USER: _nothing,
}
