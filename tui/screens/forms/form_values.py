"""What forms hold, as text: read from the store or a draft, written to the store."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

from localstore import tags
from localstore.deeds import revision
from localstore.errors import InvalidValue
from tui import json_check

if TYPE_CHECKING:
    from collections.abc import Mapping

    from localstore.store import Store


@dataclass(frozen=True)
class Values:
    """The fields of a form as they are written; ``updated_at`` is the row's when it was read."""

    NAMES: ClassVar[tuple[str, ...]] = ()

    @property
    def by_name(self) -> dict[str, str]:
        """The fields that a person writes."""
        return {name: getattr(self, name) for name in self.NAMES}

    @property
    def stamp(self) -> str | None:
        """The row's ``updated_at`` when it was read."""
        found: str | None = getattr(self, "updated_at", None)
        return found

    def same(self, other: Values) -> bool:
        """Tell whether both hold the same."""
        return self.by_name == other.by_name

    def having(self, **given: Any) -> Self:
        """Return a copy with other fields."""
        return replace(self, **given)

    def to_text(self, base: Values | None = None) -> str:
        """Return the values as a draft keeps them, with those they started from."""
        document = {each.name: getattr(self, each.name) for each in fields(self)}
        if base is not None:
            document["base"] = {each.name: getattr(base, each.name) for each in fields(base)}
        return json.dumps(document, ensure_ascii=True)

    @classmethod
    def from_text(cls, text: str) -> tuple[Self, Self | None] | None:
        """Return the values of a draft and those they started from; None when another version wrote it otherwise."""
        try:
            document = json.loads(text)
            base = document.get("base")
            return cls._read(document), cls._read(base) if base else None
        except (ValueError, KeyError, TypeError, AttributeError):
            return None

    @classmethod
    def _read(cls, document: Mapping[str, Any]) -> Self:
        kept: dict[str, Any] = {name: str(document[name]) for name in cls.NAMES}
        kinds = {"updated_at": str, "content_id": str, "contents": int}
        for name, kind in kinds.items():
            if isinstance(document.get(name), kind) and name in {each.name for each in fields(cls)}:
                kept[name] = document[name]
        return cls(**kept)


@dataclass(frozen=True)
class FormValues(Values):
    """An item with its first text."""

    NAMES: ClassVar[tuple[str, ...]] = (
        "title", "type", "tags", "organization", "description", "meta_data", "role", "text",
    )  # fmt: skip

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
    content_id: str | None = None

    @property
    def document(self) -> dict[str, Any]:
        """The metadata; empty when it cannot be read."""
        return json_check.check(self.meta_data, {}).document or {}

    @property
    def tag_names(self) -> list[str]:
        """The tags, parted by commas, or by blanks when there is no comma."""
        parts = self.tags.split(",") if "," in self.tags else self.tags.split()
        return [name for part in parts if (name := part.strip().removeprefix("#").strip())]


FIELDS = FormValues.NAMES
BLANK = FormValues()


def read_start(store: Store, key: str | None) -> FormValues:
    """Return the stored values of an item, or those a new one starts with."""
    if key is not None:
        return from_item(revision.written(store, key))
    home = store.state.get("default_organization")
    return FormValues(organization=str(store.organizations.get(home).slug) if home else "")


def from_item(stored: dict[str, Any]) -> FormValues:
    """Return what a form shows of a stored item."""
    names = stored["tags"]
    apart = ", " if any(" " in name for name in names) else " "
    written = apart.join(names) + ("," if len(names) == 1 and " " in names[0] else "")
    plain = {name: stored[name] for name in ("title", "type", "organization", "description", "role", "text")}
    document = json.dumps(stored["meta_data"], ensure_ascii=False, indent=2)
    return FormValues(
        **plain,
        tags=written,
        meta_data=document,
        updated_at=stored["updated_at"],
        contents=stored["contents"],
        content_id=stored.get("content_id"),
    )


def problems(values: FormValues, slugs: list[str] | None) -> dict[str, str]:
    """Return a sentence for each field that the store would refuse, as far as can be told without asking it."""
    found: dict[str, str] = {}
    if not values.title.strip():
        found["title"] = "a title is needed: write one"
    wanted = values.organization.strip()
    if wanted and slugs is not None and wanted not in slugs:
        found["organization"] = f"there is no organization {wanted[:60]!r}: leave it empty, or make it first"
    for name in values.tag_names:
        try:
            tags.clean(name)
        except InvalidValue as error:
            found["tags"] = str(error)
            break
    for name in FIELDS:
        if "\0" in getattr(values, name):
            found.setdefault(name, "a NUL character has no place in text: remove it")
    return found


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
    return revision.revise(store, key, _changed(start, values, given), expected)


def _changed(start: FormValues, values: FormValues, given: dict[str, Any]) -> dict[str, Any]:
    """Return what a revision takes: only what differs from the start."""
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
    if start.content_id and ("text" in changed or "role" in changed):
        changed["content_id"] = start.content_id
    return changed
