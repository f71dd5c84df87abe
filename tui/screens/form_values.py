"""What a form holds, as text; read from an item or a draft, written to the store."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from localstore import revision
from localstore.errors import InvalidValue
from tui import json_check

if TYPE_CHECKING:
    from localstore.store import Store

FIELDS = ("title", "type", "tags", "organization", "description", "meta_data", "role", "text")


@dataclass(frozen=True)
class FormValues:
    """The fields as they are written; ``updated_at`` is the item's when it was read."""

    title: str = ""
    type: str = "note"
    tags: str = ""
    organization: str = ""
    description: str = ""
    meta_data: str = "{}"
    role: str = "user"
    text: str = ""
    updated_at: str | None = None
    contents: int = 1

    def same(self, other: FormValues) -> bool:
        """Tell whether both hold the same."""
        return all(getattr(self, name) == getattr(other, name) for name in FIELDS)

    def to_text(self) -> str:
        """Return the values as a draft keeps them."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @property
    def document(self) -> dict[str, Any]:
        """The metadata; empty when it cannot be read."""
        return json_check.check(self.meta_data, {}).document or {}

    @property
    def tag_names(self) -> list[str]:
        """The tags, parted by commas, or by blanks when there is no comma."""
        parts = self.tags.split(",") if "," in self.tags else self.tags.split()
        return [name for part in parts if (name := part.strip().removeprefix("#").strip())]


BLANK = FormValues()


def from_text(text: str) -> FormValues | None:
    """Return the values of a draft; None when another version wrote it otherwise."""
    try:
        document = json.loads(text)
        kept: dict[str, Any] = {name: str(document[name]) for name in FIELDS}
    except (ValueError, KeyError, TypeError):
        return None
    stamp = document.get("updated_at")
    return FormValues(**kept, updated_at=stamp if isinstance(stamp, str) else None)


def read_form(store: Store, key: str | None, draft: str) -> tuple[FormValues, list[str], FormValues | None, str]:
    """Return the stored values, the slugs of all organizations, the draft if any, and when it was kept."""
    with store.reading():
        slugs = {o.id: str(o.slug) for o in store.organizations.all()}
        kept = store.drafts.get(draft)
        if key is None:
            start = FormValues(organization=slugs.get(store.state.get("default_organization") or "", ""))
        else:
            start = from_item(revision.written(store, key))
    restored = from_text(kept.text) if kept else None
    return start, list(slugs.values()), restored, kept.at if kept else ""


def from_item(stored: dict[str, Any]) -> FormValues:
    """Return what a form shows of a stored item."""
    names = stored["tags"]
    apart = ", " if any(" " in name for name in names) else " "
    tags = apart.join(names) + ("," if len(names) == 1 and " " in names[0] else "")
    plain = {name: stored[name] for name in ("title", "type", "organization", "description", "role", "text")}
    document = json.dumps(stored["meta_data"], ensure_ascii=False, indent=2)
    return FormValues(
        **plain, tags=tags, meta_data=document, updated_at=stored["updated_at"], contents=stored["contents"]
    )


def save_form(store: Store, key: str | None, start: FormValues, values: FormValues, expected: str | None) -> str:
    """Add or change an item; return its id. Raises InvalidValue, NotFound, Taken or EditConflict."""
    if not values.title.strip():
        raise InvalidValue("a title is needed: write one", "title")
    given: dict[str, Any] = {
        "title": values.title.strip(),
        "type": values.type.strip() or "note",
        "description": values.description or None,
        "meta_data": values.document,
    }
    if key is None:
        added = store.items.add(
            **given,
            organization=values.organization.strip() or "-",
            tags=values.tag_names,
            text=values.text or None,
            role=values.role.strip() or "user",
        )
        return str(added.id)
    changed: dict[str, Any] = {name: given[name] for name in given if getattr(start, name) != getattr(values, name)}
    if "description" in changed:
        changed["description"] = values.description
    if start.tags != values.tags:
        changed["tags"] = values.tag_names
    for name in ("organization", "role"):
        if getattr(start, name) != getattr(values, name):
            changed[name] = getattr(values, name).strip() or ("user" if name == "role" else "")
    if start.text != values.text:
        changed["text"] = values.text
    return revision.revise(store, key, changed, expected)
