"""A conflict field by field, in Python's own values, as screens show them and people choose them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from localstore import tables
from localstore.errors import InvalidValue
from localstore.events import SECRET
from localstore.models import Row
from sync.local.images import same
from sync.shapes import Image, Kind

STAMPS = frozenset({"created_at", "updated_at"})


@dataclass(frozen=True, slots=True)
class Hidden:
    """A secret that is never shown; choosing it chooses that side's value."""

    side: str

    def __str__(self) -> str:
        return f"(hidden: {self.side})"


@dataclass(frozen=True, slots=True)
class FieldConflict:
    """One column of a conflict: as it was, mine, theirs, and as it is in the store now.

    None where a side has no value; a vector is its bytes, a secret ``Hidden``.
    """

    name: str
    base: Any
    ours: Any
    theirs: Any
    live: Any


def fields(
    model: type[Row], kind: Kind, images: Mapping[str, Image | None], live: Image | None
) -> tuple[FieldConflict, ...]:
    """Return the columns that a person looks at; *images* are ``base``, ``ours`` and ``theirs``.

    Of a whole row they are all but the audit times, without those that nobody ever set.
    """
    known = [n for n in tables.columns(model) if any(n in (image or {}) for image in images.values())]
    if kind is not Kind.COLUMNS:
        known = [n for n in known if n not in STAMPS and _is_set(images, n)]
    return tuple(_field(model, kind, name, images, live) for name in known)


def _is_set(images: Mapping[str, Image | None], name: str) -> bool:
    return any((image or {}).get(name) is not None for image in images.values())


def _field(
    model: type[Row], kind: Kind, name: str, images: Mapping[str, Image | None], live: Image | None
) -> FieldConflict:
    sides = {side: (image or {}).get(name) for side, image in images.items()} | {"live": (live or {}).get(name)}
    if name in SECRET:
        shown: dict[str, Any] = {side: None if value is None else Hidden(side) for side, value in sides.items()}
    elif kind is Kind.UNREADABLE:
        shown = sides | {"live": decoded(model, name, sides["live"])}
    else:
        shown = {side: decoded(model, name, value) for side, value in sides.items()}
    return FieldConflict(name, shown["base"], shown["ours"], shown["theirs"], shown["live"])


def decoded(model: type[Row], name: str, value: Any) -> Any:
    """Return the Python form of a stored value; what cannot be read stays as it is stored."""
    if value is None or name in tables.blobs(model):
        return value
    try:
        return tables.decode(model, {name: value})[name]
    except (InvalidValue, ValueError, TypeError):
        return value


def differs(model: type[Row], name: str, one: Image | None, other: Image | None) -> bool:
    """Tell whether two images disagree on a column."""
    return not same(model, name, (one or {}).get(name), (other or {}).get(name))
