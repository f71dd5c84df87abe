"""A store with a row for every foreign key, and its rows as they can be compared."""

from __future__ import annotations

from typing import Any, NamedTuple

from localstore import Store, ids, values
from localstore.models import BY_NAME
from localstore.tables import columns

STAMP = "2026-01-01T00:00:00.000000Z"


class World(NamedTuple):
    """Keys of the rows, by table; the first of each is what the tests delete."""

    users: str
    organizations: str
    organization_memberships: str
    ai_models: str
    items: str
    contents: str
    embeddings: str
    file_assets: str
    events: str
    tags: str
    item_tag_links: str
    settings: str
    api_keys: str


def populate(store: Store) -> World:
    """Write a row of each table that points to the others, and a second item of the local user, without undo."""
    pk = {table: ids.new_id() for table in World._fields}
    pk["item_tag_links"] = f"{pk['items']}/{pk['tags']}"
    user, lab, item, content, model = (pk[t] for t in ("users", "organizations", "items", "contents", "ai_models"))
    vector: dict[str, Any] = {"model_id": model, "vector": [0.1, -2.5], "dim": 2}
    noted = {"meta_data": {"text_sha256": values.text_hash("words")}}
    rows: list[tuple[str, dict[str, Any]]] = [
        ("users", {"email": "bob@example.org", "hashed_password": "$argon2id$x", "extras": {"a": [None]}}),
        ("organizations", {"name": "Lab", "slug": "lab"}),
        ("organization_memberships", {"user_id": user, "organization_id": lab}),
        ("ai_models", {"name": "m", "provider": "p"}),
        ("items", {"owner_id": user, "organization_id": lab, "title": "Title", "meta_data": {"ü": 1.5}}),
        ("contents", {"item_id": item, "text": "words"}),
        ("embeddings", {"content_id": content, "item_id": item, **vector, **noted}),
        (
            "file_assets",
            {"owner_id": user, "item_id": item, "filename": "f", "path": "file://h/f", "size_bytes": 2**40},
        ),
        ("events", {"actor_id": user, "organization_id": lab, "item_id": item, "model_id": model, "event_type": "e"}),
        ("tags", {"name": "Tag"}),
        ("item_tag_links", {"item_id": item, "tag_id": pk["tags"]}),
        ("settings", {"scope": "user", "key": "k", "value": None, "user_id": user}),
        ("api_keys", {"user_id": user, "key_hash": "0" * 64, "scopes": ["a"], "expires_at": STAMP}),
    ]
    local = {"owner_id": store.local_user_id, "organization_id": lab, "title": "Mine"}
    second = ids.new_id()
    rows += [
        ("items", {"id": second, **local}),
        ("item_tag_links", {"item_id": second, "tag_id": pk["tags"]}),
        ("embeddings", {"id": ids.new_id(), "item_id": second, **vector}),
        (
            "file_assets",
            {"id": ids.new_id(), "owner_id": store.local_user_id, "item_id": item, "filename": "g", "path": "g"},
        ),
        ("settings", {"id": ids.new_id(), "scope": "organization", "key": "k", "value": {}, "organization_id": lab}),
        ("settings", {"id": ids.new_id(), "scope": "global", "key": "events.enabled", "value": False}),
    ]
    with store.action("made") as action:
        for table, given in rows:
            stamped = {} if table == "item_tag_links" else {"id": pk[table], "created_at": STAMP}
            action.insert(BY_NAME[table], stamped | given)
    with store.database.writing() as connection:
        connection.execute("DELETE FROM events WHERE event_type <> 'e'")
    return World(**pk)


Dump = dict[str, dict[str, dict[str, Any]]]


def dump(store: Store, *, stamps: bool = True) -> Dump:
    """All thirteen tables by key and column; without *stamps* what touching moves is left out."""
    with store.reading() as connection:
        found: Dump = {}
        for table, model in BY_NAME.items():
            names = columns(model)
            rows = [dict(zip(names, row, strict=True)) for row in connection.execute(f"SELECT * FROM {table}")]
            found[table] = {row.get("id") or f"{row['item_id']}/{row['tag_id']}": row for row in rows}
    if not stamps:
        [row.pop("updated_at", None) for rows in found.values() for row in rows.values()]
    return found


def counts(found: Dump) -> dict[str, int]:
    """How many rows of each table there are, of those that have any."""
    return {table: len(rows) for table, rows in found.items() if rows}
