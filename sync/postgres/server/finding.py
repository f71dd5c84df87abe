"""Which of a server's tables are the thirteen: by class name, plural, snake case, and matching columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from localstore import tables
from localstore.errors import Ambiguous, InvalidValue
from localstore.models import BY_NAME, TABLES, Row
from sync.errors import SyncError
from sync.postgres.server.relations import Relation

Place = tuple[str, str]
"""A schema and a table."""

_ALSO = {
    "organization_memberships": ("membership", "memberships"),
    "item_tag_links": ("itemtag", "itemtags"),
    "file_assets": ("file", "files"),
}
"""Short names that people give the tables with long ones."""


def find(relations: Sequence[Relation], mapping: Mapping[str, Place]) -> dict[str, Relation]:
    """Return the tables that are there by canonical name; *mapping* settles what it names.

    Raises Ambiguous with the candidates where several tables would do, InvalidValue where *mapping* names what is
    not there.
    """
    by_place = {(each.schema, each.table): each for each in relations}
    schemas = {schema for schema, _ in mapping.values()}
    found: dict[str, Relation] = {}
    for model in TABLES:
        name = str(model._meta.table_name)
        if name in mapping:
            found[name] = _mapped(by_place, name, mapping[name])
        elif chosen := _chosen(model, relations, schemas):
            found[name] = chosen
    _refuse_doubles(found)
    return found


def refuse_others(relations: Sequence[Relation], schema: str, missing: Sequence[str]) -> None:
    """Raise SyncError when another table has the name of one that is to be made in *schema*."""
    blocking = next((each for each in relations if each.schema == schema and each.table in missing), None)
    if blocking is not None:
        name = blocking.table
        lacks = [column for column in tables.columns(BY_NAME[name]) if column not in blocking.columns]
        raise SyncError(
            f"{blocking.place} is another table than ours of that name (it lacks {', '.join(lacks)}): say which table "
            f"is meant with --map {name}=SCHEMA.TABLE, or use another database"
        )


def _mapped(by_place: Mapping[Place, Relation], name: str, place: Place) -> Relation:
    if place not in by_place:
        raise InvalidValue(
            f"there is no table {'.'.join(place)} on the server, which {name} is said to be: say which is with "
            f"--map {name}=SCHEMA.TABLE"
        )
    return by_place[place]


def _chosen(model: type[Row], relations: Sequence[Relation], schemas: set[str]) -> Relation | None:
    name = str(model._meta.table_name)
    wanted, names = set(tables.columns(model)), _names(model)
    called = [each for each in relations if _normal(each.table) in names]
    whole = [each for each in called if wanted <= each.columns.keys()]
    if not whole and not called:
        whole = [each for each in relations if _ends(each.table, names) and wanted <= each.columns.keys()]
    whole = [each for each in whole if each.schema in schemas] or whole
    if len(whole) > 1:
        places = [each.place for each in whole]
        raise Ambiguous(
            f"{name} may be {' or '.join(places)}: say which with --map {name}={places[0]}",
            [(place, name) for place in places],
        )
    # One that has the name and half of the columns is meant: what it lacks is said when it is fitted.
    close = [each for each in called if len(wanted & each.columns.keys()) * 2 >= len(wanted)]
    return whole[0] if whole else close[0] if len(close) == 1 else None


def _names(model: type[Row]) -> set[str]:
    """Return the names a table may have, in lower case without underscores."""
    own = model.__name__.lower()
    canonical = str(model._meta.table_name)
    return {own, f"{own}s", _normal(canonical), *_ALSO.get(canonical, ())}


def _normal(name: str) -> str:
    return name.lower().replace("_", "")


def _ends(table: str, names: set[str]) -> bool:
    """Tell whether a table has one of the names behind an application's prefix (``app_items``)."""
    return any(_normal(table).endswith(name) for name in names)


def _refuse_doubles(found: Mapping[str, Relation]) -> None:
    seen: dict[int, str] = {}
    for name, relation in found.items():
        other = seen.setdefault(relation.oid, name)
        if other != name:
            raise InvalidValue(f"{relation.place} cannot be both {other} and {name}: give each its own with --map")
