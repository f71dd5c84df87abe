"""Keys: the bindings of every widget, a person's own merged in, and the table of them all.

Each binding has an id, its keys, its help and its name in the palette; they are in ``tui.keys``, a file for each
place. A person's ``keymap.json`` (in the platform's folder for configuration) changes keys by id and merges with
these::

    {"items.delete": "x", "motion.down": ["down", "ctrl+n"], "vim": false}

``vim`` false drops the letters that move. An entry that cannot be used is said and left out; the others hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tui import keymap_file
from tui import keys as places
from tui.keymap_file import Merged, clashes, merge
from tui.keys.key import ABOUT, KEYS, SCOPES, Key, display

if TYPE_CHECKING:
    from textual.binding import BindingType

    from tui.keys.key import Scope

__all__ = ["KEYS", "SCOPES", "Key", "Merged", "clashes", "display", "merge"]

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
    without = SCOPES[scope].without if scope in SCOPES else ()
    own = [key for key in keys.values() if key.scope in scopes and key.id not in without]
    return own + [key for key in keys.values() if key.scope == "everywhere"]


def nearest_first(scope: str, keys: Keys) -> list[Key]:
    """Return the same keys, the place's own first, then those of lists, of moving, and those that hold everywhere."""
    places = {scope: -1, "list": 1, "motion": 2, "everywhere": 3}
    return sorted(bound(scope, keys), key=lambda key: (places.get(key.scope, 0), SCOPES[key.scope].order))


def for_footer(scope: str, keys: Keys) -> list[Key]:
    """Return the same keys as the footer names them: nearest first, or those of the scope it extends first."""
    extends = scope in SCOPES and SCOPES[scope].extends
    return bound(scope, keys) if extends else nearest_first(scope, keys)


def title(scope: str) -> str:
    """Return what a scope is called."""
    return SCOPES[scope].title if scope in SCOPES else "Here"


def about(scope: str) -> str:
    """Return a sentence or two on what a place is for: its own, else those of the scope around it."""
    return next((ABOUT[name] for name in (scope, *_within(scope)) if name in ABOUT), "")


def writes(scope: str) -> bool:
    """Tell whether letters are text there."""
    return scope in SCOPES and SCOPES[scope].writes


def _within(scope: str) -> tuple[str, ...]:
    return SCOPES[scope].within if scope in SCOPES else ()


# -- what a person changes -----------------------------------------------------------------------------------


def user_file() -> Path:
    """Return where a person's keymap is."""
    import platformdirs

    return Path(platformdirs.user_config_dir("localstore", appauthor=False)) / "keymap.json"


def load(path: Path | None = None) -> Merged:
    """Return all keys by id, a person's file merged in, and a sentence for each entry that cannot be used."""
    return keymap_file.read(path or user_file())


_SPLITS = {",": "comma"}
"""Textual parts its keys by commas."""


def for_textual(keys: Keys) -> dict[str, str]:
    """Return keys by id as Textual's ``set_keymap`` takes them: all of them, for it replaces the defaults."""
    return {key.id: ",".join(_SPLITS.get(name, name) for name in key.all_keys) for key in keys.values()}


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
    """Return all keys, as ``localstore ui --keys`` prints them; a person's with ``load().keys``."""
    return [
        KeyRow(title, " ".join(display(k) for k in key.all_keys), key.id, key.help)
        for scope, (title, *_) in ordered()
        for key in (KEYS if keys is None else keys).values()
        if key.scope == scope
    ]
