"""Whether a store and the server have the same rows: compared here anew, with none of the program's own sync code.

The server is read with plain SQL, and who sees what is said once more in Python, after ``schema.md``.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from localstore import Store, tables
from localstore.errors import InvalidValue
from localstore.fields import JsonField
from localstore.models import BY_NAME, TABLES
from sync.postgres.connection import TEXT_FORMS, Connection
from sync.postgres.values import from_postgres

Rows = dict[str, dict[str, Any]]
Dump = dict[str, Rows]

ASIDE = ("refused", "taken", "unreadable", "parked", "parent gone")
"""Kinds of conflicts whose row is on one side alone until a person, or the next change, decides."""


def server_rows(connection: Connection) -> Dump:
    """All rows of the server as a store would keep them; rows that it could not keep are left out."""
    found: Dump = {}
    with connection.transaction():
        connection.execute(TEXT_FORMS)
        for model in TABLES:
            table, names = str(model._meta.table_name), tables.columns(model)
            readers = [from_postgres(tables.field_of(model, name)) for name in names]
            rows = connection.execute(f"SELECT {', '.join(f'{name}::text' for name in names)} FROM {table}").fetchall()
            found[table] = {}
            for row in rows:
                try:
                    stored = {name: read(text) for name, read, text in zip(names, readers, row, strict=True)}
                except InvalidValue:
                    continue
                found[table][tables.key_of(model, stored)] = stored
        made = connection.execute("SELECT organization::text, user_id::text FROM localstore_sync.made").fetchall()
        found["made"] = {pk: {"user_id": user} for pk, user in made}
    return found


def store_rows(store: Store) -> Dump:
    """All rows of a store."""
    found: Dump = {}
    with store.reading() as connection:
        for model in TABLES:
            table, names = str(model._meta.table_name), tables.columns(model)
            rows = connection.execute(f"SELECT {', '.join(names)} FROM {table}").fetchall()
            stored = [dict(zip(names, row, strict=True)) for row in rows]
            found[table] = {tables.key_of(model, row): row for row in stored}
    return found


def tie(here: Dump, there: Dump, store: Store) -> None:
    """Fill in foreign keys that are empty here because what they name is not, where the server still has them."""
    with store.reading() as connection:
        for table, pk, column, value in connection.execute("SELECT tbl, pk, col, value FROM sync_loose"):
            mine, theirs = here[table].get(pk), there[table].get(pk)
            if mine and theirs and mine[column] is None and theirs[column] == value:
                mine[column] = value


def visible(whole: Dump, user: str) -> Dump:
    """What a person may see of the server's rows."""
    memberships = whole["organization_memberships"].values()
    groups = {m["organization_id"] for m in memberships if m["user_id"] == user}
    ruled = {m["organization_id"] for m in memberships}
    groups |= {pk for pk, row in whole["made"].items() if row["user_id"] == user and pk not in ruled}
    items = {pk for pk, row in whole["items"].items() if row["owner_id"] == user or row["organization_id"] in groups}
    contents = {pk for pk, row in whole["contents"].items() if row["item_id"] in items}
    sees: dict[str, Callable[[dict[str, Any]], bool]] = {
        "organizations": lambda row: row["id"] in groups,
        "organization_memberships": lambda row: row["organization_id"] in groups,
        "ai_models": lambda row: True,
        "items": lambda row: row["id"] in items,
        "contents": lambda row: row["id"] in contents,
        # with all that it names, so that all of that is there
        "embeddings": lambda row: row["content_id"] in {None, *contents} and row["item_id"] in {None, *items},
        "file_assets": lambda row: row["owner_id"] == user or row["item_id"] in items,
        "tags": lambda row: True,
        "item_tag_links": lambda row: row["item_id"] in items,
        "settings": lambda row: row["scope"] == "global" or row["user_id"] == user or row["organization_id"] in groups,
        "api_keys": lambda row: row["user_id"] == user,
        "events": lambda row: row["actor_id"] == user or row["item_id"] in items,
    }
    found = {
        table: {pk: row for pk, row in rows.items() if sees[table](row)}
        for table, rows in whole.items()
        if table in sees
    }
    people = {user} | {m["user_id"] for m in found["organization_memberships"].values()}
    people |= {row["owner_id"] for table in ("items", "file_assets") for row in found[table].values()}
    found["users"] = {pk: _masked(row, user) for pk, row in whole["users"].items() if pk in people}
    return found


def _masked(row: dict[str, Any], user: str) -> dict[str, Any]:
    return row if row["id"] == user else row | {"hashed_password": "", "extras": "{}"}


def aside(store: Store) -> set[tuple[str, str]]:
    """Rows that may differ: kept at home, held, or waiting for a person."""
    marks = ", ".join(f"'{kind}'" for kind in ASIDE)
    sql = (
        "SELECT tbl, pk FROM sync_kept UNION SELECT tbl, pk FROM sync_dirty WHERE held IS NOT NULL"
        f" UNION SELECT tbl, pk FROM sync_conflict WHERE resolved_at IS NULL AND kind IN ({marks})"
    )
    with store.reading() as connection:
        return {(str(table), str(pk)) for table, pk in connection.execute(sql)}


def differences(name: str, store: Store, whole: Dump) -> list[str]:
    """What a store has otherwise than the server, one line each; nothing when they agree."""
    there, here, free = visible(whole, store.local_user_id), store_rows(store), aside(store)
    tie(here, there, store)
    for side in (there, here):
        _read_documents(side)
    lines = []
    for table in there:
        for pk in sorted({*there[table], *here[table]}):
            one, two = there[table].get(pk), here[table].get(pk)
            if one == two or (table, pk) in free or _may_stay(table, pk, one, two, whole, free):
                continue
            lines.append(f"{name}: {table} {pk}: {_told(one, two)}")
    return lines


def _read_documents(side: Dump) -> None:
    """Documents are the same when they say the same, in whatever order and spacing."""
    for table, rows in side.items():
        documents = [each.column_name for each in BY_NAME[table]._meta.sorted_fields if isinstance(each, JsonField)]
        side[table] = {
            pk: row | {name: json.loads(row[name]) for name in documents if isinstance(row[name], str)}
            for pk, row in rows.items()
        }


def _may_stay(table: str, pk: str, there: Any, here: Any, whole: Dump, free: set[tuple[str, str]]) -> bool:
    """People linger as others' rows name them, events stay where they were pruned, children stay with what is aside."""
    if table == "users":
        return there is None
    if table == "events":
        return here is None or there is None
    parents = [("items", "item_id"), ("contents", "content_id"), ("organizations", "organization_id")]
    row = here or there
    return any((parent, row.get(column)) in free for parent, column in parents)


def _told(there: Any, here: Any) -> str:
    if there is None:
        return f"only in the store: {here}"
    if here is None:
        return f"only on the server: {there}"
    names = [name for name in there if there[name] != here[name]]
    return "; ".join(f"{name} is {there[name]!r} on the server, {here[name]!r} in the store" for name in names)
