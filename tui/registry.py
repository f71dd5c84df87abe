"""Destinations: screens a person can go to by name or digit. A place registers its own beside its keys (``tui.keys``).

A destination names its screen's module; that is imported when somebody goes there.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.screen import Screen

    from tui.app import LocalstoreApp


class Destination(NamedTuple):
    """A screen: its digit orders it, from 10 on without a key; ``where`` is ``module:function``."""

    digit: int
    name: str
    help: str
    where: str

    @property
    def module(self) -> str:
        """The module of the screen."""
        return self.where.partition(":")[0]

    def show(self, app: LocalstoreApp) -> None:
        """Go there."""
        getattr(import_module(self.module), self.where.partition(":")[2])(app)


_KNOWN: dict[str, Destination] = {}


def destination(digit: int, name: str, help: str, where: str) -> None:
    """Add a screen."""
    _KNOWN[name] = Destination(digit, name, help, where)


def destinations() -> list[Destination]:
    """Return all screens in the order of their digits."""
    return sorted(_KNOWN.values())


def name_of(screen: object) -> str:
    """Return the name of a screen, empty when it is none a person can go to."""
    module = type(screen).__module__
    return next((place.name for place in _KNOWN.values() if place.module == module), "")


def show(app: LocalstoreApp, name: str) -> None:
    """Go to the screen of a name."""
    _KNOWN[name].show(app)


def put_above(app: LocalstoreApp, name: str, made: Callable[[], Screen[Any]]) -> bool:
    """Go back to a screen, or put it above the list of items, as it was left; tell whether it had been away."""
    if app.is_screen_installed(name) and app.get_screen(name) in app.screen_stack:
        while app.screen is not app.get_screen(name):
            app.pop_screen()
        return False
    show(app, "Items")
    known = app.is_screen_installed(name)
    if not known:
        app.install_screen(made(), name)
    app.push_screen(name)
    return known
