"""Who sees a row and who may write it, as conditions: from ``localstore.sync_rules``, which says both in words.

Conditions read variables that a function fills once: ``me``, and arrays of organizations: ``seen``, ``writable`` (from
member up), ``governed`` (admin, owner), ``owned``. A condition may be NULL, which is no yes: ``IS TRUE`` decides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from localstore import tables
from localstore.models import BY_NAME, Item, Organization, Row, User
from localstore.sync_rules import RULES, Sees, SyncRule
from sync.postgres.server.adoption import ServerTable

Model = type[Row]


@dataclass(frozen=True)
class Path:
    """The way from a row to an item: its own column, and the parent between them, if there is one."""

    column: str
    item: str
    joins: str


@dataclass(frozen=True)
class Table:
    """One of the thirteen tables with what its functions are made from."""

    model: Model
    server: ServerTable
    whole: Mapping[str, ServerTable]

    @property
    def name(self) -> str:
        """The canonical name."""
        return self.server.name

    @property
    def rule(self) -> SyncRule:
        """How the table syncs."""
        return RULES[self.name]

    def of(self, model: Model) -> Table:
        """Return another table of the same server."""
        return table_of(self.whole, model)

    # -- columns that rights go by --------------------------------------------------------------------------

    def person(self, alias: str) -> str:
        """Return the column that names the user a row belongs to."""
        return next(f'{alias}."{column}"' for column, parent, _ in tables.references(self.model) if parent is User)

    def organization(self, alias: str) -> str:
        """Return the column that names the organization of a row; an organization's is its key."""
        if self.model is Organization:
            return f'{alias}."id"'
        found = (column for column, parent, _ in tables.references(self.model) if parent is Organization)
        return f'{alias}."{next(found)}"'

    def paths(self, alias: str) -> list[Path]:
        """Return the ways from a row to the items it hangs on."""
        found = []
        for column, parent, _ in tables.references(self.model):
            if parent is Item:
                item = f"{alias}_{column}"
                found.append(Path(column, item, self._join(Item, item, f'{alias}."{column}"')))
            elif self._hangs_on_item(parent):
                middle, item = f"{alias}_{column}", f"{alias}_{column}_item"
                above = next(name for name, grand, _ in tables.references(parent) if grand is Item)
                joins = self._join(parent, middle, f'{alias}."{column}"')
                found.append(Path(column, item, joins + self._join(Item, item, f'{middle}."{above}"')))
        return found

    def _hangs_on_item(self, parent: Model) -> bool:
        return RULES[str(parent._meta.table_name)].sees is Sees.WITH_ITEM

    def _join(self, model: Model, alias: str, key: str) -> str:
        return f' LEFT JOIN {self.of(model).server.qualified} AS {alias} ON {alias}."id" = {key}'

    def joins(self, alias: str) -> str:
        """Return the joins that the conditions over rows called *alias* need."""
        return "".join(path.joins for path in self.paths(alias))

    # -- seeing ---------------------------------------------------------------------------------------------

    def ways(self, alias: str) -> list[str]:
        """Return the ways to see a row: conditions of which at most one holds, each with its own index."""
        return _WAYS[self.rule.sees](self, alias)

    def sees(self, alias: str) -> str:
        """Return the condition that a row is seen."""
        return "(" + " OR ".join(self.ways(alias)) + ")"


def table_of(whole: Mapping[str, ServerTable], model: Model) -> Table:
    """Return a table of a server."""
    return Table(model, whole[str(model._meta.table_name)], whole)


def all_tables(whole: Mapping[str, ServerTable]) -> list[Table]:
    """Return the thirteen tables of a server, parents first."""
    return [table_of(whole, BY_NAME[name]) for name in BY_NAME]


def item_seen(alias: str) -> str:
    """Return the condition that an item is seen."""
    return f'({alias}."owner_id" = me OR {alias}."organization_id" = ANY (seen))'


def item_written(alias: str) -> str:
    """Return the condition that an item may be written."""
    return f'({alias}."owner_id" = me OR {alias}."organization_id" = ANY (writable))'


def _with_item(table: Table, alias: str) -> list[str]:
    """A row that points to several items is seen with all of them, so that what it points to is always there."""
    paths = table.paths(alias)
    if len(paths) == 1:
        return [item_seen(paths[0].item)]
    found = []
    for at, path in enumerate(paths):
        empty = [f'{alias}."{each.column}" IS NULL' for each in paths[:at]]
        others = [f'({alias}."{each.column}" IS NULL OR {item_seen(each.item)})' for each in paths[at + 1 :]]
        found.append(" AND ".join([*empty, item_seen(path.item), *others]))
    return [f"({each})" for each in found]


def _person_and_item(table: Table, alias: str) -> list[str]:
    (path,) = table.paths(alias)
    person = table.person(alias)
    return [f"{person} = me", f"({person} IS DISTINCT FROM me AND {item_seen(path.item)})"]


def _scope(table: Table, alias: str) -> list[str]:
    cases = (
        f"WHEN 'global' THEN true WHEN 'user' THEN {table.person(alias)} = me "
        f"WHEN 'organization' THEN {table.organization(alias)} = ANY (seen) ELSE false"
    )
    return [f'CASE lower({alias}."scope"::text) {cases} END']


def _colleagues(table: Table, alias: str) -> list[str]:
    """Oneself, the people of one's organizations, owners of items and files that one sees."""
    found = [f'{alias}."id" = me']
    for model, column in people_of(table):
        other = table.of(model)
        where = f'p."{column}" = {alias}."id" AND ({_shown(other)})'
        found.append(f"EXISTS (SELECT FROM {other.server.qualified} AS p{other.joins('p')} WHERE {where})")
    return ["(" + " OR ".join(found) + ")"]


def people(table: Table) -> str:
    """Return a query of the users that are seen, for functions that look through all of them."""
    found = ["SELECT me"]
    for model, column in people_of(table):
        other = table.of(model)
        found.append(f'SELECT p."{column}" FROM {other.server.qualified} AS p{other.joins("p")} WHERE {_shown(other)}')
    return " UNION ".join(found)


def people_of(table: Table) -> list[tuple[Model, str]]:
    """Return what needs its user to be seen: columns that may not be empty, of rows that others see."""
    shared = (Sees.MEMBERS, Sees.OWNER_AND_MEMBERS, Sees.OWNER_AND_ITEM)
    return [
        (child, column)
        for child, column, _ in tables.children(table.model)
        if RULES[str(child._meta.table_name)].sees in shared
    ]


def _shown(table: Table) -> str:
    """Return the condition that a row of somebody else is seen: oneself is seen anyway."""
    if table.rule.sees is Sees.OWNER_AND_ITEM:
        (path,) = table.paths("p")
        return item_seen(path.item)
    return f"{table.organization('p')} = ANY (seen)"


_WAYS: dict[Sees, Callable[[Table, str], list[str]]] = {
    Sees.COLLEAGUES: _colleagues,
    Sees.MEMBERS: lambda table, alias: [f"{table.organization(alias)} = ANY (seen)"],
    Sees.OWNER_AND_MEMBERS: lambda table, alias: [item_seen(alias)],
    Sees.WITH_ITEM: _with_item,
    Sees.OWNER_AND_ITEM: _person_and_item,
    Sees.ACTOR_AND_ITEM: _person_and_item,
    Sees.EVERYONE: lambda table, alias: ["true"],
    Sees.SCOPE: _scope,
    Sees.USER: lambda table, alias: [f"{table.person(alias)} = me"],
}
