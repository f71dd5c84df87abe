"""Destinations: screens a person can go to by name or digit. A screen's module registers itself."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from tui import screens

if TYPE_CHECKING:
    from tui.app import LocalstoreApp


class Destination(NamedTuple):
    """A screen: its digit orders it."""

    digit: int
    name: str
    help: str
    show: Callable[[LocalstoreApp], None]


_KNOWN: dict[str, Destination] = {}


def register(digit: int, name: str, help: str, show: Callable[[LocalstoreApp], None]) -> None:
    """Add a screen."""
    _KNOWN[name] = Destination(digit, name, help, show)


def name_of(screen: object) -> str:
    """Return the name under which a screen registered itself, empty when it is none a person can go to."""
    module = type(screen).__module__
    return next((place.name for place in _KNOWN.values() if place.show.__module__ == module), "")


@cache
def _import_all() -> None:
    for module in pkgutil.iter_modules(screens.__path__):
        import_module(f"{screens.__name__}.{module.name}")


def destinations() -> list[Destination]:
    """Return all screens in the order of their digits; imports them when first asked."""
    _import_all()
    return sorted(_KNOWN.values())
