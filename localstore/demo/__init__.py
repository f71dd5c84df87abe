"""Sample data of every kind: two people, two organizations, and what they keep. Written for this project."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from localstore import ids, tags, times
from localstore.embedders import embedder
from localstore.errors import InvalidValue
from localstore.models import Content, Embedding, Item
from localstore.values import text_hash

if TYPE_CHECKING:
    from localstore.deeds.actions import Action
    from localstore.models import AIModel
    from localstore.store import Store

EMAIL, NAME = "mira@example.org", "Mira Halloran"
"""Who a demo store belongs to."""
UNEMBEDDED = {"todo", "draft", "meeting"}
"""Tags of items that are left without a vector, so that every state of freshness is there to see."""
MARK = "demo"


def fill(store: Store) -> int:
    """Fill an empty store with the demo; return the number of items. All of it or nothing.

    Raises InvalidValue when the store has items.
    """
    if store.items.count():
        raise InvalidValue(f"{store.path} holds items already: the demo goes into an empty store")
    world = json.loads(_read("world.json"))
    with store.database.writing() as connection:
        _people(store, world)
        count = _items(store)
        _keep(store, world)
        _embed(store, store.ai_models.get("hashing-384"))
        connection.execute("DELETE FROM undo_log")  # undo begins with what a person did
        _history(store)
        store.state.set(MARK, "1")
    return count


def is_demo(store: Store) -> bool:
    """Tell whether the store was filled with the demo."""
    return store.state.get(MARK) is not None


def _read(name: str) -> str:
    return files(__name__).joinpath(name).read_text(encoding="utf-8")


def _records() -> Iterator[dict[str, Any]]:
    for line in _read("items.jsonl").splitlines():
        yield json.loads(line)


def _people(store: Store, world: dict[str, Any]) -> None:
    for user in world["users"]:
        if user["email"] == store.local_user.email:
            store.users.edit(store.local_user_id, full_name=user["full_name"], extras=user["extras"])
        else:
            store.users.add(**user)
    for organization in world["organizations"]:
        store.organizations.add(**organization)
    for membership in world["memberships"]:
        store.organizations.memberships.add(**membership)
    for tag in world["tags"]:
        store.tags.add(**tag)
    for model in world["ai_models"]:
        store.ai_models.add(**model)


def _items(store: Store) -> int:
    owners = {user.email: user.id for user in store.users.all()}
    homes = {organization.slug: organization.id for organization in store.organizations.all()}
    records = list(_records())
    with store.action("demo.filled") as action:
        for record in records:
            _item(action, record, owners[record["owner"]], homes.get(record["organization"] or ""))
        action.payload = {"items": len(records)}
    return len(records)


def _item(action: Action, record: dict[str, Any], owner: str, organization: str | None) -> None:
    pk = ids.natural_id("demo", record["title"])
    kept = ("type", "title", "description", "meta_data", "created_at", "updated_at")
    columns = {name: record[name] for name in kept}
    action.insert(Item, {"id": pk, "owner_id": owner, "organization_id": organization, **columns})
    for number, content in enumerate(record["contents"]):
        at = times.to_text(times.from_text(record["created_at"]) + timedelta(seconds=20 * number))
        stamps = {"item_id": pk, "created_at": at, "updated_at": at}
        action.insert(Content, {"id": ids.natural_id("demo", record["title"], str(number)), **stamps, **content})
    for name in record["tags"]:
        tags.link(action, pk, name)


def _keep(store: Store, world: dict[str, Any]) -> None:
    for setting in world["settings"]:
        store.settings.set(**setting)
    with tempfile.TemporaryDirectory() as folder:
        for file in world["files"]:
            path = Path(folder) / file["filename"]
            path.write_text(file["text"], encoding="utf-8")
            store.files.attach(ids.natural_id("demo", file["item"]), path, copy=True, mime_type=file["mime_type"])
    store.api_keys.new(EMAIL, description="notebook on the laptop", scopes=["items:read"])
    old = store.api_keys.new(EMAIL, description="old import script", scopes=["items:write"])
    store.api_keys.revoke(old.row.id)


def _embed(store: Store, model: AIModel) -> None:
    """Give most texts a vector, then change a few of the texts, whose vectors are stale from then on."""
    skip = "SELECT l.item_id FROM item_tag_links l JOIN tags g ON g.id = l.tag_id WHERE g.name IN (?, ?, ?)"
    with store.action("demo.embedded") as action:
        sql = f"SELECT id, text, created_at FROM contents WHERE text <> '' AND item_id NOT IN ({skip})"
        rows: list[Any] = action.connection.execute(sql, sorted(UNEMBEDDED)).fetchall()
        vectors = embedder(model).embed([text for _, text, _ in rows])
        for (content, text, at), vector in zip(rows, vectors, strict=True):
            columns: dict[str, Any] = {"id": ids.natural_id("embedding", model.id, content), "model_id": model.id}
            columns |= {"content_id": content, "vector": vector, "dim": len(vector)}
            columns |= {"meta_data": {"text_sha256": text_hash(text)}, "created_at": at, "updated_at": at}
            action.insert(Embedding, columns)
        action.about = {"model_id": model.id}
        action.payload = {"embeddings": len(rows)}


def _history(store: Store) -> None:
    """Leave a few ordinary edits, so that history, undo and the trash have something to show."""
    recent = [row.id for row in store.items.rows(limit=40).rows]
    for number, pk in enumerate(recent[5:30:6]):
        contents = store.contents.of(pk)
        if contents:
            store.contents.edit(contents[0].id, text=contents[0].text + _ADDED[number % len(_ADDED)])
    store.items.tag(["todo"], recent[3])
    gone = store.items.add("Scratch: numbers to throw away", text="Nothing here is worth keeping.", tags=["draft"])
    store.items.delete(gone.id)


_ADDED = (
    "\n\nChecked again this week: still true.",
    "\n\nOpen question: does it hold for long inputs?",
    "\n\nTomas measured the same on his data, within the noise.",
)
