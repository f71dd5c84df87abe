"""A key, a scope of keys, and all there are of both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Scope(NamedTuple):
    """A place in which keys hold: ``order`` is its place in the key table.

    The keys of the scopes ``within`` hold there at the same time, besides those that hold everywhere. Where a
    person ``writes``, letters are text. Keys ``without`` effect there are not shown for it. The keys of the scope it
    ``extends`` are in the footer before its own.
    """

    title: str
    order: int
    within: tuple[str, ...] = ()
    writes: bool = False
    without: tuple[str, ...] = ()
    extends: str = ""


@dataclass(frozen=True, slots=True)
class Key:
    """One binding: ``footer`` is its word in the footer, empty when it is not shown there.

    One that ``writes`` does nothing in a store that is open for reading only.
    """

    id: str
    keys: tuple[str, ...]
    action: str
    help: str
    palette: str
    footer: str = ""
    letters: tuple[str, ...] = ()
    priority: bool = False
    writes: bool = False

    @property
    def scope(self) -> str:
        """Return where the key holds: the front of the id."""
        return self.id.partition(".")[0]

    @property
    def all_keys(self) -> tuple[str, ...]:
        """Return the keys with the letters of vim."""
        return (*self.keys, *self.letters)


KEYS: dict[str, Key] = {}
SCOPES: dict[str, Scope] = {}
ABOUT: dict[str, str] = {}
"""By scope: a sentence or two on what one sees there and does there, for the help."""


MARKS = ("list.mark", "list.all")


def scope(
    name: str,
    title: str,
    order: int,
    *,
    within: tuple[str, ...] = (),
    writes: bool = False,
    without: tuple[str, ...] = (),
    extends: str = "",
    about: str = "",
) -> None:
    """Add a scope; *about* is what the help says of the place, *without* the ids of keys that do nothing there."""
    SCOPES[name] = Scope(title, order, within, writes, without, extends)
    if about:
        ABOUT[name] = about


def register(*keys: Key) -> None:
    """Add bindings; a later one of the same id replaces the earlier."""
    KEYS.update({key.id: key for key in keys})


_SHOWN = {"pagedown": "PgDn", "pageup": "PgUp", "escape": "esc", "down": "↓", "up": "↑", "left": "←", "right": "→"}


def display(name: str) -> str:
    """Return a key as people write it: ``^p``, ``esc``, ``F2``."""
    if name.startswith("ctrl+"):
        return f"^{name[5:]}"
    if name.startswith("f") and name[1:].isdigit():
        return name.upper()
    return _SHOWN.get(name, name)
