"""The palette: every action of the place that has the focus, every screen, every theme, by name; and every item.

``items type:paper`` writes in the find line of the list, ``search attention`` in that of the search screen. Anything
else finds actions by the letters of their names, then items by their titles or ids.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from localstore import ids
from localstore.errors import Interrupted, LocalstoreError
from tui import keymap, themes
from tui.lanes import Urgency
from tui.registry import destinations
from tui.visible import line
from tui.widgets.bottom_lines import scope_of

if TYPE_CHECKING:
    from textual.fuzzy import Matcher

    from localstore.finding.titles import Titled
    from tui.app import LocalstoreApp

HIDDEN = {"everywhere.palette"}
DEBOUNCE = 0.08
PATIENCE = 2.0
"""Seconds after which items are not waited for."""
JUMPS = 30
TITLE = 300
WORDS, HELP = 2_000.0, 1_000.0
"""What words of an action's name, or of its help, weigh more than letters do."""
MOTION = 0.001
"""Weight of the keys that move: nobody looks for them by name."""
ITEMS_BELOW = 0.5
"""Actions that fit as well come before items: there are few of them, and they are meant more often."""


class Entry(NamedTuple):
    """A name, a line of help, and what it does."""

    name: str
    help: str
    do: Callable[[], Awaitable[None] | None]
    weight: float = 1.0


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
                weight = MOTION if key.scope == "motion" else 1.0
                yield Entry(key.palette, f"{keys}  {key.help}", partial(app.press, key), weight)
        for place in destinations() if app.check_action("visit", ()) else ():
            yield Entry(f"Screen: {place.name}", place.help, partial(place.show, app))
        for theme in themes.THEMES:
            yield Entry(f"Theme: {theme.name}", "Colours", partial(_use, app, theme.name))

    async def discover(self) -> Hits:
        """Offer everything before anything is typed."""
        for entry in self.entries():
            yield DiscoveryHit(Content(entry.name), entry.do, text=entry.name, help=entry.help)

    async def search(self, query: str) -> Hits:
        """Offer what fits the letters typed; items come a moment later, from the reader thread."""
        matcher = self.matcher(query)
        for hit in self._lines(query):
            yield hit
        for entry in self.entries():
            score = _fits(matcher, entry)
            if score > 0:
                shown = _highlit(matcher, entry.name)
                yield Hit(score, shown, entry.do, text=entry.name, help=entry.help)
        for hit in await self._items(query, matcher):
            yield hit

    def _lines(self, query: str) -> Iterator[Hit]:
        """Offer the find lines that may be meant."""
        word, _, rest = query.strip().lstrip(":").partition(" ")
        if not self.localstore.check_action("visit", ()):
            return
        for name, show in _LINES.items():
            if word.casefold() == name:
                words = line(f"{name} {rest}", 200)
                do = partial(show, self.localstore, rest)
                yield Hit(3 * WORDS, Content(words), do, text=words, help=_LINES_HELP[name])

    async def _items(self, query: str, matcher: Matcher) -> list[Hit]:
        """Find items by title or id: candidates from the store, ranked here by how well the letters fit."""
        app = self.localstore
        if len(query.strip()) < 2 or not app.check_action("visit", ()):
            return []
        await asyncio.sleep(app.delay(DEBOUNCE))
        found = await asked(app, query)
        ranked = sorted(((_score(matcher, each), each) for each in found), key=lambda pair: -pair[0])[:JUMPS]
        return [_hit(app, matcher, score, each) for score, each in ranked]


async def asked(app: LocalstoreApp, query: str) -> list[Titled]:
    """Ask the store on the reader thread for items that may be meant; nothing when it takes too long or fails."""
    from localstore.finding.titles import titled

    loop = asyncio.get_running_loop()
    answer: asyncio.Future[list[Titled]] = loop.create_future()

    def tell(found: list[Titled]) -> None:
        if not answer.done():
            answer.set_result(found)

    def work() -> None:
        found: list[Titled] = []
        try:
            found = titled(app.store, query)
        except Interrupted:
            raise
        except LocalstoreError:
            pass  # the actions are there all the same
        with suppress(RuntimeError):  # the loop is closed: nobody listens
            loop.call_soon_threadsafe(tell, found)

    app.reader.submit(app, work, key="jump", urgency=Urgency.DETAIL)
    try:
        return await asyncio.wait_for(answer, PATIENCE)
    except TimeoutError:
        app.reader.cancel(app, "jump")
        return []


def _fits(matcher: Matcher, entry: Entry) -> float:
    """Return how well an action fits: its words as they were typed, then words of its help, then letters of its name.

    The first two are above every item, for somebody who types a word of an action means that.
    """
    asked = matcher.query.casefold().split()
    letters = matcher.match(entry.name)
    if asked and _begins(asked, entry.name):
        return (WORDS + letters) * entry.weight
    if asked and _begins(asked, entry.help):
        return (HELP + letters) * entry.weight
    return letters * entry.weight


def _begins(asked: list[str], words: str) -> bool:
    """Tell whether each word asked for is the beginning of one of these."""
    known = re.findall(r"[\w$]+", words.casefold())
    return all(any(each.startswith(word) for each in known) for word in asked)


def _score(matcher: Matcher, item: Titled) -> float:
    """Return how well a title fits: an id that was typed wins; words in another order are behind all letters."""
    return 5 * WORDS if item.by_id else matcher.match(item.title[:TITLE]) or 0.01


def _hit(app: LocalstoreApp, matcher: Matcher, score: float, item: Titled) -> Hit:
    title = line(item.title, TITLE)
    help = Content(f"{line(item.type, 64)} · {ids.short(item.id)}")
    shown = _highlit(matcher, title)
    return Hit(score * ITEMS_BELOW, shown, partial(_open, app, item), text=title, help=help)  # type: ignore[arg-type]


def _highlit(matcher: Matcher, title: str) -> Content:
    """Underline the letters that fit. The matcher's own way takes a title for markup, and so does a help of str."""
    shown = Content(title)
    for at in matcher.fuzzy_search.match(matcher.query, title)[1]:
        if not title[at].isspace():
            shown = shown.stylize(matcher.match_style, at, at + 1)
    return shown


def _open(app: LocalstoreApp, item: Titled) -> None:
    from tui.screens.item.item import show_item

    show_item(app, item.id, item.type, item.title)


def _show_items(app: LocalstoreApp, rest: str) -> None:
    from tui.screens.items.items import open_items

    open_items(app, rest)


def _show_search(app: LocalstoreApp, rest: str) -> None:
    from tui.screens.items.search import open_search

    open_search(app, rest)


_LINES = {"items": _show_items, "search": _show_search}
_LINES_HELP = {"items": "Filter the list of items", "search": "Search by words or meaning"}


def _use(app: LocalstoreApp, name: str) -> None:
    app.use_theme(name)
    for screen in app.screen_stack:
        getattr(screen, "remember", lambda: None)()
