"""One item with everything that hangs on it: as a card for a person, as a document for a program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from localstore.freshness import Freshness
from localstore.ids import short
from localstore.lists.item_vectors import ItemVector, item_vectors
from tui.cli.item_list import GLYPHS, hashed
from tui.cli.output import card, exact, size, to_json, write
from tui.cli.visible import lines

if TYPE_CHECKING:
    from localstore.store import Store
    from tui.cli.session import Session

PART = ("id", "role", "text", "meta_data", "created_at", "updated_at")
FILE = ("id", "path", "filename", "mime_type", "size_bytes", "checksum", "meta_data")


def document(store: Store, ref: str) -> dict[str, Any]:
    """Return an item as JSON: the keys of an export, vectors by model, dimension and freshness only."""
    with store.reading():
        item = store.items.get(ref)
        vectors = [_vector(each) for each in item_vectors(store, item.id)]
        return {
            "id": item.id,
            "type": item.type,
            "title": item.title,
            "description": item.description,
            "meta_data": item.meta_data,
            "tags": [tag.name for tag in item.tags],
            "organization": item.organization.slug if item.organization else None,
            "owner": item.owner.email,
            "contents": [{name: getattr(c, name) for name in PART} for c in store.contents.of(item.id)],
            "files": [{name: getattr(f, name) for name in FILE} for f in item.files],
            "embeddings": vectors,
            "created_at": item.created_at,
            "updated_at": item.updated_at,
        }


def _vector(each: ItemVector) -> dict[str, Any]:
    model = {"provider": each.provider, "name": each.name, "version": each.version}
    return {
        "id": each.id,
        "content_id": each.content_id,
        "model": model,
        "dim": each.dim,
        "freshness": each.state.name.lower(),
    }


def show(session: Session, found: dict[str, Any]) -> None:
    """Write the card of an item's document."""
    write(session.style(lines(found["title"]), bold=True))
    card(
        session,
        [
            ("id", found["id"]),
            ("type", found["type"]),
            ("tags", hashed(found["tags"])),
            ("organization", found["organization"]),
            ("owner", found["owner"]),
            ("created", exact(found["created_at"])),
            ("updated", exact(found["updated_at"])),
            ("description", found["description"]),
            ("metadata", to_json(found["meta_data"]) if found["meta_data"] else None),
            ("files", "\n".join(map(_file, found["files"]))),
            ("vectors", "\n".join(map(_model, found["embeddings"]))),
        ],
    )
    for number, content in enumerate(found["contents"], 1):
        head = f"{number} · {lines(content['role'])} · {short(content['id'])}"
        write("\n" + session.style(head, fg="cyan"))
        write(lines(content["text"]))


def _file(file: dict[str, Any]) -> str:
    return f"{file['filename']}  {size(file['size_bytes'])}  {file['path']}"


def _model(vector: dict[str, Any]) -> str:
    model = vector["model"]
    version = f"@{model['version']}" if model["version"] else ""
    state = Freshness[vector["freshness"].upper()]
    return f"{GLYPHS[state]} {vector['freshness']}  {model['provider']}/{model['name']}{version}  {vector['dim']}"
