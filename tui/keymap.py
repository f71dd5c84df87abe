"""Keys: the bindings of every widget, a person's own merged in, and the table of them all.

Each binding has an id, its keys, its help and its name in the palette; they are in ``tui.keys``, a file for each
place. A person's ``keymap.json`` (in the platform's folder for configuration) changes keys by id and merges with
these::

    {"items.delete": "x", "motion.down": ["down", "ctrl+n"], "vim": false}

``vim`` false drops the letters that move.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from localstore.errors import InvalidValue
from tui import keys as places
from tui.keys.key import KEYS, SCOPES, Key, display

if TYPE_CHECKING:
    from textual.binding import BindingType

    from tui.keys.key import Scope

__all__ = ["KEYS", "SCOPES", "Key", "display"]

Keys = Mapping[str, Key]
places.load_all()


def bindings(scope: str) -> list[BindingType]:
    """Return the Textual bindings of one scope, for a widget's BINDINGS."""
    from textual.binding import Binding

    return [
        Binding(",".join(key.all_keys), key.action, key.help, id=key.id, show=bool(key.footer), priority=key.priority)
        for key in KEYS.values()
        if key.scope == scope
    ]


def bound(scope: str, keys: Keys) -> list[Key]:
    """Return the keys of a scope and of those that hold with it, those that hold everywhere last."""
    scopes = {scope, *_within(scope)} - {"everywhere"}
    own = [key for key in keys.values() if key.scope in scopes]
    return own + [key for key in keys.values() if key.scope == "everywhere"]


def title(scope: str) -> str:
    """Return what a scope is called."""
    return SCOPES[scope].title if scope in SCOPES else "Here"


def writes(scope: str) -> bool:
    """Tell whether letters are text there."""
    return scope in SCOPES and SCOPES[scope].writes


def _within(scope: str) -> tuple[str, ...]:
    return SCOPES[scope].within if scope in SCOPES else ()


def clashes(scope: str, keys: Keys) -> list[str]:
    """Return a sentence for each key that one scope uses twice in itself."""
    seen: dict[str, str] = {}
    found = []
    for key in (key for key in keys.values() if key.scope == scope):
        for name in key.all_keys:
            if name in seen:
                found.append(f"{display(name)} is bound to {seen[name]} and {key.id}: change one of them")
            seen[name] = key.id
    return found


# -- what a person changes -----------------------------------------------------------------------------------


def user_file() -> Path:
    """Return where a person's keymap is."""
    import platformdirs

    return Path(platformdirs.user_config_dir("localstore", appauthor=False)) / "keymap.json"


def load(path: Path | None = None) -> dict[str, Key]:
    """Return all keys by id, a person's file merged in.

    Raises InvalidValue, naming the file and the entry, for what cannot be used.
    """
    where = path or user_file()
    return merge(_read(where), str(where)) if where.exists() else dict(KEYS)


def _read(where: Path) -> dict[str, Any]:
    try:
        document = json.loads(where.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidValue(f"{where} cannot be read as JSON ({error}): correct it, or delete it") from None
    if not isinstance(document, dict):
        raise InvalidValue(f'{where} holds no object: write it like {{"items.delete": "x"}}')
    return document


def merge(changes: Mapping[str, Any], where: str = "keymap") -> dict[str, Key]:
    """Return KEYS with a person's changes; refuse unknown ids and keys used twice in a scope."""
    changed = dict(changes)
    vim = changed.pop("vim", True)
    merged = dict(KEYS)
    for name, given in changed.items():
        if name not in KEYS:
            raise InvalidValue(f"there is no key {name!r}: 'localstore ui --keys' lists them", where)
        merged[name] = replace(KEYS[name], keys=_keys(given, f"{where}: {name}"), letters=())
    if not vim:
        merged = {name: replace(key, letters=()) for name, key in merged.items()}
    twice = [sentence for scope in SCOPES for sentence in clashes(scope, merged)]
    if twice:
        raise InvalidValue(twice[0], where)
    return merged


def for_textual(keys: Keys) -> dict[str, str]:
    """Return keys by id as Textual's ``set_keymap`` takes them: all of them, for it replaces the defaults."""
    return {key.id: ",".join(key.all_keys) for key in keys.values()}


def _keys(given: Any, where: str) -> tuple[str, ...]:
    names = [given] if isinstance(given, str) else given
    if not isinstance(names, list) or not names or not all(isinstance(n, str) and n.strip() for n in names):
        raise InvalidValue('expected a key like "x" or a list like ["x", "ctrl+x"]', where)
    return tuple(name.strip() for name in names)


# -- shown ----------------------------------------------------------------------------------------------------


def ordered() -> list[tuple[str, Scope]]:
    """Return the scopes in the order of the table."""
    return sorted(SCOPES.items(), key=lambda each: each[1].order)


class KeyRow(NamedTuple):
    """One line of the key table."""

    scope: str
    keys: str
    id: str
    help: str


def table(keys: Keys | None = None) -> list[KeyRow]:
    """Return all keys, as ``localstore ui --keys`` prints them; a person's keymap when *keys* is ``load()``."""
    return [
        KeyRow(title, " ".join(display(k) for k in key.all_keys), key.id, key.help)
        for scope, (title, *_) in ordered()
        for key in (KEYS if keys is None else keys).values()
        if key.scope == scope
    ]
