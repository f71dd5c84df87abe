"""Writing by columns: what each noun calls the columns of its table when a row is added or edited."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from localstore import tables
from localstore.errors import InvalidValue

if TYPE_CHECKING:
    from localstore.store import Store

NOUNS = {
    "users": "users",
    "organizations": "organizations",
    "organization_memberships": "memberships",
    "ai_models": "ai_models",
    "items": "items",
    "contents": "contents",
    "embeddings": "embeddings",
    "file_assets": "files",
    "events": "events",
    "tags": "tags",
    "item_tag_links": "tag_links",
    "settings": "settings",
    "api_keys": "api_keys",
}
"""The noun behind the Store's door, by table."""
FIXED = {
    "settings": frozenset({"key", "scope", "user_id", "organization_id"}),
    "embeddings": frozenset({"model_id", "content_id", "item_id"}),
    "api_keys": frozenset({"user_id"}),
}
"""Columns that are chosen when a row is made, and stay."""
BY_STORE = {
    "embeddings": frozenset({"dim"}),
    "api_keys": frozenset({"key_hash", "last_used_at"}),
    "users": frozenset({"hashed_password"}),
}
"""Columns that nobody writes by hand."""
OWNED = {"items": "owner_id", "file_assets": "owner_id", "api_keys": "user_id"}
"""Where the local user stands when nobody says who."""

Columns = dict[str, Any]


class Added(NamedTuple):
    """The key of a new row, and a secret that is seen this once."""

    key: str
    secret: str = ""


def required(table: str) -> frozenset[str]:
    """Return the columns that a new row needs: not null, and nothing fills them in."""
    model = tables.model_of(table)
    filled = {OWNED.get(table, ""), "id", "created_at", "updated_at"} | BY_STORE.get(table, frozenset())
    filled |= {"slug"} if table == "organizations" else frozenset()
    return frozenset(
        field.column_name
        for field in model._meta.sorted_fields
        if not field.null and not getattr(field, "has_server_default", False) and field.column_name not in filled
    )


def add(store: Store, table: str, columns: Columns) -> Added:
    """Add a row; InvalidValue, Taken or NotFound as the noun says it."""
    for column in required(table):
        if columns.get(column) is None and column != "value":
            raise InvalidValue("a value is needed: write one", column)
    given = dict(columns)
    if table in OWNED:
        given[OWNED[table]] = given.get(OWNED[table]) or store.local_user_id
    if table in _ADD:
        return _ADD[table](store, given)
    return Added(str(getattr(store, NOUNS[table]).add(**given).id))


def edit(store: Store, table: str, key: str, expected: Any, columns: Columns) -> str:
    """Set columns of a row; return its key. Raises as the noun does, EditConflict among it."""
    for column in columns.keys() & FIXED.get(table, frozenset()):
        raise InvalidValue("it is chosen when the row is made, and stays: make another row instead", column)
    done = getattr(store, NOUNS[table]).edit(key, expected, **columns)
    return tables.key_of(tables.model_of(table), {name: getattr(done, name) for name in _key(table)})


def _key(table: str) -> tuple[str, ...]:
    return tables.key_columns(tables.model_of(table))


def _organization(store: Store, given: Columns) -> Added:
    """Add one, of which the local user becomes the owner."""
    made = store.organizations.add(given.pop("name"), given.pop("slug", None), owner=store.local_user_id, **given)
    return Added(str(made.id))


def _membership(store: Store, given: Columns) -> Added:
    pair = given.pop("user_id"), given.pop("organization_id")
    return Added(str(store.memberships.add(*pair, given.pop("role", "member"), **given).id))


def _item(store: Store, given: Columns) -> Added:
    home = given.pop("organization_id", None) or "-"  # none means none here, not this store's default
    return Added(str(store.items.add(given.pop("title"), organization=home, **given).id))


def _content(store: Store, given: Columns) -> Added:
    return Added(str(store.contents.add(given.pop("item_id"), **given).id))


def _embedding(store: Store, given: Columns) -> Added:
    where = {"content": given.pop("content_id", None), "item": given.pop("item_id", None)}
    made = store.embeddings.put_one(given.pop("model_id"), given.pop("vector"), **where, **given)
    return Added(str(made.id))


def _link(store: Store, given: Columns) -> Added:
    made = store.tag_links.add(given.pop("item_id"), given.pop("tag_id"))
    return Added(f"{made.item_id}/{made.tag_id}")


def _api_key(store: Store, given: Columns) -> Added:
    made = store.api_keys.new(given.pop("user_id"), **given)
    return Added(str(made.row.id), made.secret)


_ADD: dict[str, Callable[[Any, Columns], Added]] = {
    "organizations": _organization,
    "organization_memberships": _membership,
    "items": _item,
    "contents": _content,
    "embeddings": _embedding,
    "item_tag_links": _link,
    "api_keys": _api_key,
}
