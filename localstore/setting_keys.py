"""The settings this program knows: type, default, one line of help. A new one is a new ``register`` call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from localstore import values
from localstore.errors import InvalidValue
from localstore.filters import nearest
from localstore.models import SCOPES

_YES = {"true": True, "yes": True, "on": True, "1": True}
_NO = {"false": False, "no": False, "off": False, "0": False}


@dataclass(frozen=True)
class Known:
    """One setting: ``check`` returns a value or raises InvalidValue; ``read`` takes what a person types.

    ``choices`` are all values there are, when they are few.
    """

    key: str
    default: Any
    takes: str
    help: str
    check: Callable[[Any, str], Any]
    read: Callable[[str], Any]
    scopes: tuple[str, ...] = SCOPES
    choices: tuple[Any, ...] = ()


KNOWN: dict[str, Known] = {}


def register(known: Known) -> None:
    """Add a setting to those that are known."""
    KNOWN[known.key] = known


def need(key: str) -> Known:
    """Return a known setting, or raise InvalidValue with the nearest name."""
    if key not in KNOWN:
        raise InvalidValue(f"there is no setting {key!r}{nearest(key, KNOWN)}", "key")
    return KNOWN[key]


def read(key: str, text: str) -> Any:
    """Return the value a person typed for a setting; for an unknown one JSON when it parses, else the text."""
    if key in KNOWN:
        return KNOWN[key].read(text)
    try:
        return values.from_json(text)
    except ValueError:
        return text


def _refuse(value: object, takes: str, path: str) -> InvalidValue:
    return InvalidValue(f"{values.shown(value)} is not {takes}", path)


def _boolean(value: Any, path: str) -> bool:
    if isinstance(value, bool):
        return value
    raise _refuse(value, "true or false", path)


def _count(value: Any, path: str) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise _refuse(value, "a whole number from 0", path)


def _one_of(*choices: str) -> Callable[[Any, str], str]:
    def check(value: Any, path: str) -> str:
        if isinstance(value, str) and value in choices:
            return value
        raise _refuse(value, " or ".join(choices), path)

    return check


def _text_or_null(value: Any, path: str) -> str | None:
    if value is None or (isinstance(value, str) and value.strip()):
        return value
    raise _refuse(value, "a text or null", path)


def _typed_boolean(text: str) -> Any:
    return (_YES | _NO).get(text.strip().lower(), text)


def _typed_count(text: str) -> Any:
    bare = text.strip()
    return int(bare) if bare.isascii() and bare.isdigit() and len(bare) < 19 else text


def _typed_text(text: str) -> Any:
    return None if text.strip() == "null" else text


register(
    Known(
        "events.enabled",
        True,
        "true or false",
        "note every action as an event",
        _boolean,
        _typed_boolean,
        ("global",),
        (True, False),
    )
)
register(
    Known(
        "trash.keep_days",
        30,
        "days, from 0",
        "how long deleted rows can be restored before 'trash empty' forgets them",
        _count,
        _typed_count,
    )
)
register(
    Known(
        "import.split",
        "none",
        "none or headings",
        "how an import cuts long texts into contents",
        _one_of("none", "headings"),
        str.strip,
        choices=("none", "headings"),
    )
)
register(
    Known(
        "embed.model",
        None,
        "a model's name, or null",
        "the model that makes vectors when none is named",
        _text_or_null,
        _typed_text,
    )
)
