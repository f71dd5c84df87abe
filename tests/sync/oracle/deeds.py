"""What an actor does to rows, in SQL that both databases take; every value carries the token it is given."""

from __future__ import annotations

import json
import struct
from typing import Any

from localstore import ids
from localstore.values import text_hash
from tests.sync.oracle.actors import Refused
from tests.sync.sides import Record, Side

LINES = 6
VECTORS = 4


def keys(side: Side, table: str) -> list[str]:
    """The keys of a table's rows, the same on every side that has the same rows."""
    return [str(row["id"]) for row in side.run(f"SELECT CAST(id AS TEXT) AS id FROM {table} ORDER BY 1")]


def pick(side: Side, table: str, number: int) -> str:
    """One of the rows, or Refused when there is none."""
    found = keys(side, table)
    if not found:
        raise Refused(table)
    return found[number % len(found)]


def cell(side: Side, table: str, column: str, pk: str) -> str:
    """A value as text."""
    row = side.run(f"SELECT CAST({column} AS TEXT) AS value FROM {table} WHERE id = ?", [pk])[0]
    return str(row["value"] or "")


def put(side: Side, table: str, row: Record) -> None:
    """Insert a row, all its values given."""
    marks = ", ".join("?" for _ in row)
    side.run(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", list(row.values()))


def change(side: Side, table: str, pk: str, **columns: Any) -> None:
    """Set columns of one row."""
    sets = ", ".join(f"{name} = ?" for name in columns)
    side.run(f"UPDATE {table} SET {sets} WHERE id = ?", [*columns.values(), pk])


def add_item(side: Side, token: str, owner: str, organization: str | None) -> None:
    meta = json.dumps({"a": "1", "b": "2"})
    row = {"owner_id": owner, "organization_id": organization, "title": f"item {token}", "meta_data": meta}
    put(side, "items", {"id": ids.new_id(), **row})


def add_content(side: Side, token: str, number: int) -> None:
    text = "\n".join([f"line {line}" for line in range(LINES)] + [f"last {token}"])
    put(side, "contents", {"id": ids.new_id(), "item_id": pick(side, "items", number), "text": text})


def edit_title(side: Side, token: str, number: int) -> None:
    change(side, "items", pick(side, "items", number), title=f"title {token}")


def edit_description(side: Side, token: str, number: int) -> None:
    change(side, "items", pick(side, "items", number), description=f"about {token}")


def edit_line(side: Side, token: str, number: int, line: int) -> None:
    """Replace one line, or add one at the end."""
    pk = pick(side, "contents", number)
    lines = cell(side, "contents", "text", pk).split("\n")
    lines[line : line + 1] = [f"line {line} {token}"]
    change(side, "contents", pk, text="\n".join(lines))


def drop_line(side: Side, number: int, line: int) -> None:
    pk = pick(side, "contents", number)
    lines = cell(side, "contents", "text", pk).split("\n")
    del lines[line : line + 1]
    change(side, "contents", pk, text="\n".join(lines))


def rewrite(side: Side, token: str, number: int) -> None:
    change(side, "contents", pick(side, "contents", number), text=f"all new {token}")


def set_key(side: Side, token: str, table: str, number: int, name: str) -> None:
    column = "parameters" if table == "ai_models" and name == "a" else "meta_data"
    pk = pick(side, table, number)
    document = json.loads(cell(side, table, column, pk)) | {name: token, f"new {token}": {"in": [token]}}
    change(side, table, pk, **{column: json.dumps(document)})


def drop_key(side: Side, table: str, number: int, name: str) -> None:
    pk = pick(side, table, number)
    document = json.loads(cell(side, table, "meta_data", pk))
    document.pop(name, None)
    change(side, table, pk, meta_data=json.dumps(document))


def delete(side: Side, table: str, number: int) -> None:
    side.run(f"DELETE FROM {table} WHERE id = ?", [pick(side, table, number)])


def move_content(side: Side, number: int, to: int) -> None:
    change(side, "contents", pick(side, "contents", number), item_id=pick(side, "items", to))


def give(side: Side, number: int, organization: str | None) -> None:
    """Move an item to an organization, or out of all."""
    change(side, "items", pick(side, "items", number), organization_id=organization)


def tag(side: Side, name: str, token: str, number: int) -> None:
    """Put a tag on an item; the tag is the same row whoever makes it."""
    pk, item = ids.tag_id(name), pick(side, "items", number)
    if not side.run("SELECT 1 FROM tags WHERE id = ?", [pk]):
        put(side, "tags", {"id": pk, "name": name, "color": token})
    if not side.run("SELECT 1 FROM item_tag_links WHERE item_id = ? AND tag_id = ?", [item, pk]):
        put(side, "item_tag_links", {"item_id": item, "tag_id": pk})


def untag(side: Side, name: str, number: int) -> None:
    pair = [pick(side, "items", number), ids.tag_id(name)]
    side.run("DELETE FROM item_tag_links WHERE item_id = ? AND tag_id = ?", pair)


def color(side: Side, token: str, number: int) -> None:
    change(side, "tags", pick(side, "tags", number), color=token)


def model(side: Side, token: str) -> None:
    """Register the one AI model of the histories, or change it."""
    pk = ids.natural_id("ai_model", "local", "mini", "1")
    if side.run("SELECT 1 FROM ai_models WHERE id = ?", [pk]):
        set_key(side, token, "ai_models", keys(side, "ai_models").index(pk), "a")
    else:
        row = {"name": "mini", "provider": "local", "version": "1", "meta_data": json.dumps({"made": token})}
        put(side, "ai_models", {"id": pk, **row})


def embed(side: Side, number: int, value: int) -> None:
    """Put a vector on a content; vectors are derived and carry no token."""
    content, by = pick(side, "contents", number), pick(side, "ai_models", 0)
    item = cell(side, "contents", "item_id", content)
    noted = json.dumps({"text_sha256": text_hash(cell(side, "contents", "text", content))})
    vector: Any = [float(value + place) for place in range(VECTORS)]
    sent = json.dumps(vector) if isinstance(side.vector, str) else struct.pack(f"<{VECTORS}f", *vector)
    there = side.run("SELECT CAST(id AS TEXT) AS id FROM embeddings WHERE content_id = ?", [content])
    if there:
        change(side, "embeddings", there[0]["id"], vector=sent, meta_data=noted)
    else:
        pk = ids.natural_id("embedding", by, content)
        row = {"model_id": by, "content_id": content, "item_id": item, "vector": sent, "dim": VECTORS}
        put(side, "embeddings", {"id": pk, **row, "meta_data": noted})


def set_setting(side: Side, token: str, name: str, scope: str, user: str, organization: str) -> None:
    """Set a value; the row is the same one whoever makes it."""
    owner = user if scope == "user" else None
    group = organization if scope == "organization" else None
    pk = ids.natural_id("setting", scope, name, owner, group)
    value = json.dumps({"is": token})
    if side.run("SELECT 1 FROM settings WHERE id = ?", [pk]):
        change(side, "settings", pk, value=value)
    else:
        row = {"scope": scope, "key": name, "value": value, "user_id": owner, "organization_id": group}
        put(side, "settings", {"id": pk, **row})


def attach(side: Side, token: str, path: str, owner: str, number: int) -> None:
    row = {"owner_id": owner, "item_id": pick(side, "items", number), "filename": token, "path": path}
    put(side, "file_assets", {"id": ids.new_id(), **row, "checksum": token})


def key(side: Side, token: str, user: str) -> None:
    put(side, "api_keys", {"id": ids.new_id(), "key_hash": f"hash {token}", "user_id": user, "description": token})


def rename_user(side: Side, token: str, user: str) -> None:
    change(side, "users", user, full_name=token)


def rename_organization(side: Side, token: str, number: int) -> None:
    change(side, "organizations", pick(side, "organizations", number), name=token)


def new_slug(side: Side, slug: str, number: int) -> None:
    change(side, "organizations", pick(side, "organizations", number), slug=slug)


def swap_slugs(side: Side) -> None:
    """Exchange the slugs of the first two organizations, as a person would: over a third name."""
    one, two = pick(side, "organizations", 0), pick(side, "organizations", 1)
    if one == two:
        raise Refused
    first, second = (cell(side, "organizations", "slug", pk) for pk in (one, two))
    change(side, "organizations", one, slug=f"{first}~")
    change(side, "organizations", two, slug=first)
    change(side, "organizations", one, slug=second)


def join(side: Side, user: str, organization: str, role: str) -> None:
    pk = ids.natural_id("membership", user, organization)
    if side.run("SELECT 1 FROM organization_memberships WHERE id = ?", [pk]):
        change(side, "organization_memberships", pk, role=role)
    else:
        row = {"id": pk, "user_id": user, "organization_id": organization, "role": role}
        put(side, "organization_memberships", row)


def leave(side: Side, user: str, organization: str) -> None:
    sql = "DELETE FROM organization_memberships WHERE user_id = ? AND organization_id = ?"
    side.run(sql, [user, organization])
