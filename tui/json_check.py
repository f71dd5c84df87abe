"""Metadata as a person writes it: is it JSON, where does it go wrong, which keys came and went."""

from __future__ import annotations

import json
from typing import Any, NamedTuple, NoReturn

from localstore import values
from localstore.errors import InvalidValue


class Checked(NamedTuple):
    """The document when it can be saved, else the words that say why not."""

    document: dict[str, Any] | None
    words: str


def read(text: str) -> Any:
    """Read JSON; the words of an InvalidValue are ``4:12 expecting ','``."""
    try:
        return json.loads(text, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        raise InvalidValue(f"{error.lineno}:{error.colno} {_words(error.msg)}") from None
    except (RecursionError, ValueError):
        raise InvalidValue(f"nested deeper than {values.MAX_DEPTH} levels, or a number too long: flatten it") from None


def check(text: str, before: dict[str, Any]) -> Checked:
    """Read metadata; an empty text is an empty object. The words are ``4:12 expecting ','`` or ``+2 −1 keys``."""
    try:
        document = read(text or "{}")
        if not isinstance(document, dict):
            return Checked(None, "1:1 expecting an object: {…}")
        values.check_json(document, "meta_data")
    except InvalidValue as error:
        return Checked(None, str(error))
    return Checked(document, difference(before, document))


def _refuse(name: str) -> NoReturn:
    raise InvalidValue(f"{name} has no place in JSON: use null")


def _words(message: str) -> str:
    """Python's words in lower case, the same in every version: ``expecting ','``."""
    return (
        message.replace(" delimiter", "").replace("Expecting", "expecting").replace("Extra data", "text after the end")
    )


def difference(before: dict[str, Any], after: dict[str, Any]) -> str:
    """Return how many keys came, went and changed; empty when none did."""
    came, went = len(after.keys() - before.keys()), len(before.keys() - after.keys())
    changed = sum(before[key] != after[key] for key in before.keys() & after.keys())
    parts = [f"+{came}" if came else "", f"−{went}" if went else "", f"~{changed}" if changed else ""]
    shown = " ".join(part for part in parts if part)
    return f"{shown} keys" if shown else ""


def formatted(document: dict[str, Any]) -> str:
    """Return a document with one key a line."""
    return json.dumps(document, ensure_ascii=False, indent=2)
