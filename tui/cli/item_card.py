"""One item with everything that hangs on it: as a card for a person, as a document for a program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from localstore.freshness import Freshness
from localstore.ids import short
from tui.cli.item_list import GLYPHS, hashed
from tui.cli.output import card, exact, size, to_json, write
from tui.cli.visible import lines

if TYPE_CHECKING:
    from localstore.store import Store
    from tui.cli.session import Session

PART = ("id", "role", "text", "meta_data", "created_at", "updated_at")
FILE = ("id", "path", "filename", "mime_type", "size_bytes", "checksum", "meta_data")
_VECTORS = (
    "SELECT e.id, e.content_id, m.provider, m.name, m.version, e.dim, COALESCE(s.state, -1) FROM embeddings e"
    " JOIN ai_models m ON m.id = e.model_id LEFT JOIN embedding_states s ON s.embedding_id = e.id"
    " WHERE e.item_id = ?1 OR e.content_id IN (SELECT id FROM contents WHERE item_id = ?1)"
    " ORDER BY e.created_at, e.id"
)


def document(store: Store, ref: str) -> dict[str, Any]:
    """Return an item as JSON: the keys of an export, vectors by model, dimension and freshness only."""
    with store.reading() as connection:
        item = store.items.get(ref)
        vectors = [_vector(row) for row in connection.execute(_VECTORS, (item.id,))]
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


def _vector(row: tuple[Any, ...]) -> dict[str, Any]:
    pk, content, provider, name, version, dim, state = row
    model = {"provider": provider, "name": name, "version": version}
    return {"id": pk, "content_id": content, "model": model, "dim": dim, "freshness": Freshness(state).name.lower()}


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
