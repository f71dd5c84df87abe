"""The door checks that all readers share: identity, stamps, tags, names of models, extra keys."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from localstore import ids, times
from localstore.errors import InvalidValue
from localstore.records import TagRecord
from localstore.values import MAX_INDEXED, check_json, check_text

UNKNOWN_PROVIDER = "unknown"
_WORDS = re.compile(r"[\s,]+")


class BadLine(InvalidValue):
    """A fault in one line of a file that is read whole."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


def key_of(raw: bytes) -> str:
    """Return the key of a record that has no id: a hash of its bytes.

    A line number would give one line's id to another as soon as a line is put in above.
    """
    return hashlib.sha256(raw.strip()).hexdigest()[:32]


def identity(value: Any, path: str = "id") -> tuple[str | None, str | None]:
    """Return ``(id, key)`` of what a source calls an id: a UUID is an id, any other text or number a key."""
    if value is None or value == "":
        return None, None
    if isinstance(value, str):
        if ids.is_id(value):
            return value, None
        text = check_text(value, path, MAX_INDEXED)
    elif isinstance(value, int) and not isinstance(value, bool):
        return None, str(value)
    else:
        raise InvalidValue(f"expected text or a whole number, got {type(value).__name__} {str(value)[:60]!r}", path)
    found = ids.as_id(text)
    return (found, None) if found else (None, text)


def short_text(value: Any, path: str) -> str:
    """Return an indexed text (a title, a role, a name); InvalidValue for none or too much."""
    if value is None:
        raise InvalidValue("a value is needed, got none", path)
    return check_text(value, path, MAX_INDEXED)


def optional_short(value: Any, path: str) -> str | None:
    """Return an indexed text, or None."""
    return None if value is None else check_text(value, path, MAX_INDEXED)


def optional_stamp(value: Any, path: str) -> str | None:
    """Return a time as stored text, or None."""
    return None if value is None else times.stamp(value, path)


def lenient_stamp(value: Any) -> str | None:
    """Return a foreign time as stored text; one without a zone counts as UTC, an unreadable one as none."""
    try:
        return times.stamp(_with_zone(value), "")
    except InvalidValue:
        return None


def _with_zone(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    text = value.strip()
    try:
        times.stamp(text)
    except InvalidValue:
        return f"{text}+00:00" if "T" in text or " " in text else f"{text}T00:00:00+00:00"
    return text


def check_object(value: Any, path: str) -> dict[str, Any]:
    """Return *value* when it is a JSON object, else InvalidValue."""
    if isinstance(value, dict):
        return value
    raise InvalidValue(f"expected an object, got {type(value).__name__} {str(value)[:60]!r}", path)


def check_list(value: Any, path: str) -> list[Any]:
    """Return a list, an empty one for none, else InvalidValue."""
    if value is None:
        return []
    if isinstance(value, list):
        return value
    raise InvalidValue(f"expected a list, got {type(value).__name__} {str(value)[:60]!r}", path)


def meta_with_extras(value: dict[str, Any], known: frozenset[str]) -> dict[str, Any]:
    """Return ``meta_data`` with the unknown keys of *value*; one that stands in both is refused."""
    given = value.get("meta_data")
    meta: dict[str, Any] = check_json(check_object(given, "meta_data"), "meta_data") if given else {}
    if given is not None and not given:
        check_object(given, "meta_data")
    if value.keys() <= known:
        return meta
    for key in value:
        if key in known:
            continue
        if key in meta:
            raise InvalidValue("stands beside meta_data and inside it: remove one", key)
        meta.update(check_json({key: value[key]}, "meta_data"))
    return meta


def model_name(text: str) -> tuple[str, str]:
    """Return ``(provider, name)`` of a model written ``provider/name`` or ``name``."""
    provider, slash, name = text.partition("/")
    return (provider, name) if slash and provider and name else (UNKNOWN_PROVIDER, text)


def split_tags(text: str) -> list[str]:
    """Return the tag names in a text: ``a, b c``, or ``#a #b``; with commas, names may hold spaces."""
    names = text.split(",") if "," in text else _WORDS.split(text)
    return [name for name in (part.strip().lstrip("#").strip() for part in names) if name]


def read_tags(value: Any, path: str = "tags") -> list[TagRecord]:
    """Return the tags in a list (of names, or of objects with name and color) or in a text, each once."""
    given = split_tags(check_text(value, path)) if isinstance(value, str) else check_list(value, path)
    found: dict[str, TagRecord] = {}
    for index, entry in enumerate(given):
        tag = TagRecord(entry) if _is_plain(entry) else _tag(entry, f"{path}[{index}]")
        found.setdefault(ids.fold(tag.name), tag)
    return list(found.values())


def _is_plain(entry: Any) -> bool:
    """Tell whether a tag's name needs no closer look, as nearly all do."""
    return isinstance(entry, str) and entry.isascii() and entry.isprintable() and 0 < len(entry.strip()) <= MAX_INDEXED


def _tag(entry: Any, path: str) -> TagRecord:
    if isinstance(entry, dict):
        if unknown := sorted(entry.keys() - {"name", "color"}, key=str):
            raise InvalidValue(f"unknown key {unknown[0][:60]!r}: a tag has name and color", path)
        color = optional_short(entry.get("color"), f"{path}.color")
        return TagRecord(_tag_name(entry.get("name"), f"{path}.name"), color)
    return TagRecord(_tag_name(entry, path))


def _tag_name(value: Any, path: str) -> str:
    name = short_text(value, path)
    if not name.strip():
        raise InvalidValue("a tag needs a name", path)
    return name
