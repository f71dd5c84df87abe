"""Rows whose parents are lost: stand-ins take the parents' place, so that nothing readable is thrown away.

A stand-in has the id of what was lost, so that a server which still has the row puts it right. Where the schema lets
a link be empty and nothing is learnt from a stand-in, the link is emptied; of no use without their parent, and left
out, are tags of lost items, vectors of lost texts, keys of lost people, and the rows of a lost entry of the trash.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from localstore import ids, tables
from localstore.connection import Connection
from localstore.models import AIModel, Item, Organization, Row, Tag, User
from localstore.store import default_email

_MARK = {"recovered": True}
_TITLE = 60
_STANDING: tuple[tuple[str, str, type[Row]], ...] = (
    ("contents", "item_id", Item),
    ("items", "organization_id", Organization),
    ("organization_memberships", "organization_id", Organization),
    ("settings", "organization_id", Organization),
    ("items", "owner_id", User),
    ("file_assets", "owner_id", User),
    ("organization_memberships", "user_id", User),
    ("settings", "user_id", User),
    ("embeddings", "model_id", AIModel),
    ("item_tag_links", "tag_id", Tag),
)
_LEFT_OUT = (("item_tag_links", "item_id", "items"), ("api_keys", "user_id", "users"))
_EMPTIED = (
    ("file_assets", "item_id", "items"),
    ("events", "actor_id", "users"),
    ("events", "organization_id", "organizations"),
    ("events", "item_id", "items"),
    ("events", "model_id", "ai_models"),
    ("embeddings", "item_id", "items"),
)


@dataclass(slots=True)
class Mended:
    """How many stand-ins were made, rows left out and links emptied, by table."""

    stand_ins: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    emptied: Counter[str] = field(default_factory=Counter)


def mend(connection: Connection) -> Mended:
    """Leave no link that leads nowhere; the local user is there afterwards."""
    done = Mended()
    _local_user(connection, done)
    for table, column, parent in _LEFT_OUT:
        _leave_out(connection, done, table, _leads_nowhere(column, parent))
    for table, column, model in _STANDING:
        _stand_in(connection, done, table, column, model)
    _free_vectors(connection, done)
    for table, column, parent in _EMPTIED:
        connection.execute(f"UPDATE {table} SET {column} = NULL WHERE {_leads_nowhere(column, parent)}")
        done.emptied[table] += connection.changes()
    _leave_out(connection, done, "trash_rows", "trash_id NOT IN (SELECT id FROM trash)")
    _leave_out(connection, done, "trash", "id NOT IN (SELECT trash_id FROM trash_rows)")
    return Mended(+done.stand_ins, +done.left_out, +done.emptied)


def _leads_nowhere(column: str, parent: str) -> str:
    """Return the condition; without its first half, no value at all would count once the parent's table is empty."""
    return f"({column} IS NOT NULL AND {column} NOT IN (SELECT id FROM {parent}))"


def _local_user(connection: Connection, done: Mended) -> None:
    """The person whose machine this is: as the file noted, else who owns most items, else somebody new."""
    owner = "SELECT owner_id FROM items GROUP BY owner_id ORDER BY count(*) DESC, owner_id LIMIT 1"
    noted = "SELECT value FROM local_state WHERE key = 'local_user'"
    found = [str(row[0]) for sql in (noted, owner) for row in connection.execute(sql).fetchall()]
    user = next((each for each in found if ids.PATTERN.fullmatch(each)), None) or ids.new_id()
    if not connection.execute("SELECT 1 FROM users WHERE id = ?", (user,)).fetchone():
        email = default_email()
        taken = connection.execute("SELECT 1 FROM users WHERE email = ?", (email,)).fetchone()
        _insert(connection, done, User, {"id": user, "email": _address(user) if taken else email})
    connection.execute("DELETE FROM local_state WHERE key IN ('local_user', 'store_id', 'device_id')")
    rows = [("local_user", user), ("store_id", ids.new_id()), ("device_id", ids.new_id())]
    connection.executemany("INSERT INTO local_state (key, value) VALUES (?, ?)", rows)
    connection.execute(
        "DELETE FROM local_state WHERE key = 'default_organization' AND value NOT IN (SELECT id FROM organizations)"
    )


def _leave_out(connection: Connection, done: Mended, table: str, condition: str) -> None:
    connection.execute(f"DELETE FROM {table} WHERE {condition}")
    done.left_out[table] += connection.changes()


def _stand_in(connection: Connection, done: Mended, table: str, column: str, model: type[Row]) -> None:
    parent = model._meta.table_name
    sql = f"SELECT DISTINCT {column} FROM {table} WHERE {_leads_nowhere(column, str(parent))}"
    for (lost,) in connection.execute(sql).fetchall():
        _insert(connection, done, model, {"id": lost, **_FORMS[model](connection, str(lost))})


def _insert(connection: Connection, done: Mended, model: type[Row], given: dict[str, Any]) -> None:
    tables.insert(connection, model, tables.with_defaults(model, tables.encode(model, given)))
    done.stand_ins[str(model._meta.table_name)] += 1


def _free_vectors(connection: Connection, done: Mended) -> None:
    """A vector whose text is lost stays with its item, as that of another model does; without one it goes."""
    lost = _leads_nowhere("content_id", "contents")
    _leave_out(connection, done, "embeddings", f"{lost} AND (item_id IS NULL OR item_id NOT IN (SELECT id FROM items))")
    connection.execute(
        "UPDATE embeddings SET meta_data = json_set(meta_data, '$.content_id', content_id), content_id = NULL"
        f" WHERE {lost}"
    )
    done.emptied["embeddings"] += connection.changes()
    _leave_out(connection, done, "embeddings", f"content_id IS NULL AND {_leads_nowhere('item_id', 'items')}")


def _item(connection: Connection, lost: str) -> dict[str, Any]:
    """An item for texts that lost theirs: as old as they are, named by how they begin."""
    sql = "SELECT text, created_at FROM contents WHERE item_id = ? ORDER BY created_at, id LIMIT 1"
    text, created = connection.execute(sql, (lost,)).fetchone()
    words = " ".join(text[: 4 * _TITLE].replace("\0", " ").split())
    owner = connection.execute("SELECT value FROM local_state WHERE key = 'local_user'").fetchone()[0]
    title = f"Recovered: {words[:_TITLE] or ids.short(lost)}"
    return {"title": title, "owner_id": owner, "created_at": created, "meta_data": _MARK}


def _user(_: Connection, lost: str) -> dict[str, Any]:
    """Somebody who may not sign in."""
    return {"email": _address(lost), "is_active": False, "extras": _MARK}


def _address(lost: str) -> str:
    return f"recovered-{lost}@localhost"


def _organization(_: Connection, lost: str) -> dict[str, Any]:
    return {"name": f"Recovered {ids.short(lost)}", "slug": f"recovered-{lost}", "meta_data": _MARK}


def _model(_: Connection, lost: str) -> dict[str, Any]:
    return {"name": f"recovered-{ids.short(lost)}", "provider": "recovered", "meta_data": _MARK}


def _tag(_: Connection, lost: str) -> dict[str, Any]:
    return {"name": f"recovered-{ids.short(lost)}"}


_FORMS: dict[type[Row], Callable[[Connection, str], dict[str, Any]]] = {
    Item: _item,
    User: _user,
    Organization: _organization,
    AIModel: _model,
    Tag: _tag,
}
