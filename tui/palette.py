"""The palette: every action of the place that has the focus, every screen, every theme, by name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from tui import keymap, themes
from tui.registry import destinations
from tui.widgets.bottom_lines import scope_of

if TYPE_CHECKING:
    from tui.app import LocalstoreApp

HIDDEN = {"everywhere.palette"}


class Entry(NamedTuple):
    """A name, a line of help, and what it does."""

    name: str
    help: str
    do: Callable[[], Awaitable[None] | None]


class Actions(Provider):
    """Finds entries by the letters of their names."""

    @property
    def localstore(self) -> LocalstoreApp:
        """The app."""
        return cast("LocalstoreApp", self.app)

    def entries(self) -> Iterator[Entry]:
        """Yield all there is to do here."""
        app = self.localstore
        scope = scope_of(self.focused or self.screen)
        for key in keymap.bound(scope, app.keys):
            if key.id not in HIDDEN:
                keys = " ".join(keymap.display(each) for each in key.all_keys)
                yield Entry(key.palette, f"{keys}  {key.help}", partial(app.press, key))
        for place in destinations() if app.check_action("visit", ()) else ():
            yield Entry(f"Screen: {place.name}", place.help, partial(place.show, app))
        for theme in themes.THEMES:
            yield Entry(f"Theme: {theme.name}", "Colours", partial(_use, app, theme.name))

    async def discover(self) -> Hits:
        """Offer everything before anything is typed."""
        for entry in self.entries():
            yield DiscoveryHit(Content(entry.name), entry.do, text=entry.name, help=entry.help)

    async def search(self, query: str) -> Hits:
        """Offer what fits the letters typed."""
        matcher = self.matcher(query)
        for entry in self.entries():
            score = matcher.match(entry.name)
            if score > 0:
                yield Hit(score, matcher.highlight(entry.name), entry.do, text=entry.name, help=entry.help)


def _use(app: LocalstoreApp, name: str) -> None:
    app.use_theme(name)
    for screen in app.screen_stack:
        getattr(screen, "remember", lambda: None)()
