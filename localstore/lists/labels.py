"""Labels: what people call a row of each table, in SQL over an alias, for lists, pickers and questions."""

from __future__ import annotations

from typing import NamedTuple

from localstore import tables
from localstore.models import Row

LONGEST = 200
"""Characters of a text that a list or a label reads."""


class Label(NamedTuple):
    """SQL over the alias ``{t}``: the name of a row, a few words more, and the order in which rows are offered."""

    name: str
    note: str = "NULL"
    order: str = "2 COLLATE NOCASE, {t}.id"


def _name_of(table: str, column: str) -> str:
    return f"(SELECT {LABELS[table].name.format(t='p')} FROM {table} p WHERE p.id = {{t}}.{column})"


_NEWEST = "{t}.id DESC"  # a UUIDv7 begins with its time, and the key has an index
LABELS: dict[str, Label] = {
    "users": Label("{t}.email", "{t}.full_name"),
    "organizations": Label("{t}.name", "{t}.slug"),
    "items": Label("{t}.title", "{t}.type", "{t}.updated_at DESC, {t}.id DESC"),
    "tags": Label("{t}.name", "{t}.color"),
    "ai_models": Label("{t}.provider || '/' || {t}.name || COALESCE('@' || {t}.version, '')"),
    "events": Label("{t}.event_type", "substr({t}.created_at, 1, 16)", _NEWEST),
    "file_assets": Label("{t}.filename", "{t}.mime_type", _NEWEST),
    "settings": Label("{t}.key", "{t}.scope"),
    "api_keys": Label("COALESCE({t}.description, substr({t}.id, -8))"),
}
LABELS |= {
    "contents": Label(f"substr({{t}}.text, 1, {LONGEST})", _name_of("items", "item_id"), _NEWEST),
    "organization_memberships": Label(
        f"{_name_of('users', 'user_id')} || ' in ' || {_name_of('organizations', 'organization_id')}", "{t}.role"
    ),
    "item_tag_links": Label(
        f"{_name_of('items', 'item_id')} || ' #' || {_name_of('tags', 'tag_id')}", order="{t}.item_id, {t}.tag_id"
    ),
    "embeddings": Label(
        f"{_name_of('ai_models', 'model_id')} || ' of ' || COALESCE({_name_of('items', 'item_id')},"
        f" (SELECT substr(c.text, 1, {LONGEST}) FROM contents c WHERE c.id = {{t}}.content_id), '')",
        "{t}.dim || ' numbers'",
        _NEWEST,
    ),
}
"""By the name of the table; every one of them has a label."""


def name(model: type[Row], alias: str = "t") -> str:
    """Return the SQL of a row's name."""
    return LABELS[str(model._meta.table_name)].name.format(t=alias)


def parents(model: type[Row]) -> dict[str, type[Row]]:
    """Return what each foreign key of a model points to, by column."""
    return {column: parent for column, parent, _ in tables.references(model)}


def name_of_parent(model: type[Row], column: str, alias: str = "t") -> str:
    """Return the SQL of the name of the row that a foreign key points to; null without one."""
    parent = parents(model)[column]
    return f"(SELECT {name(parent, 'p')} FROM {parent._meta.table_name} p WHERE p.id = {alias}.{column})"
