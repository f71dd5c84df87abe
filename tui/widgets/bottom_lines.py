"""The two lines at the bottom: where things stand, and which keys there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from textual.content import Content
from textual.widgets import Static

from tui import keymap
from tui.keymap import Key, display
from tui.visible import line

if TYPE_CHECKING:
    from textual import events
    from textual.dom import DOMNode
    from textual.screen import Screen

    from tui.app import LocalstoreApp

GAP = "   "
FOREIGN = ("", "everywhere", "jump")
"""Scopes of screens above that say nothing of their own: the footer below stays as it is."""
LASTING = ("everywhere.help", "everywhere.undo")
"""Keys for which there is always room, the first the longest."""


class StatusLine(Static):
    """Facts about the list, the most important first, what waits for sync, what runs: what does not fit is left out."""

    DEFAULT_CSS = """
    StatusLine { height: 1; padding: 0 1; background: $surface; color: $foreground; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(markup=False, id=id)
        self.facts: list[tuple[str, str]] = []

    def show(self, facts: list[tuple[str, str]]) -> None:
        """Show facts as (text, style), user's text among it."""
        self.facts = [(line(text, 200), style) for text, style in facts if text]
        self.draw()

    @property
    def all_facts(self) -> list[tuple[str, str]]:
        """The screen's facts, those of sync before the last, which is the file's name."""
        app = cast("LocalstoreApp", self.app)
        synced = [*app.syncing.facts(), *app.jobs.facts()]
        return [*self.facts[:-1], *synced, *self.facts[-1:]] if synced else self.facts

    @property
    def text(self) -> str:
        """All facts, without style."""
        return GAP.join(text for text, _ in self.all_facts)

    def on_resize(self) -> None:
        """Fit the new width."""
        self.draw()

    def draw(self) -> None:
        """Show the facts that fit: the first, then those of sync, then the others, each in its place."""
        facts = self.all_facts
        synced = range(len(self.facts) - 1, len(facts) - 1)
        room = self.size.width - 2
        shown: set[int] = set()
        for at in sorted(range(len(facts)), key=lambda at: (at != 0, at not in synced, at)):
            cells = Content(facts[at][0]).cell_length + (len(GAP) if shown else 0)
            if cells <= room:
                shown.add(at)
                room -= cells
        last = max(shown, default=0)
        parts = [(text + GAP * (at != last), style) for at, (text, style) in enumerate(facts) if at in shown]
        self.update(Content.assemble(*parts), layout=False)


class FooterLine(Static):
    """The keys of the place that has the focus; a click does what a key says."""

    DEFAULT_CSS = """
    FooterLine { height: 1; padding: 0 1; background: $panel; color: $foreground; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(markup=False, id=id)
        self.scope = ""
        self._places: list[tuple[int, int, Key]] = []

    @property
    def localstore(self) -> LocalstoreApp:
        """The app, with its keys."""
        return cast("LocalstoreApp", self.app)

    def on_mount(self) -> None:
        """Follow the focus, also into a dialog over the screen."""
        self.watch(self.screen, "focused", self.follow)
        self.app.screen_change_signal.subscribe(self, self._over)

    def _over(self, screen: Screen[Any]) -> None:
        if screen.is_modal and self.screen in self.app.screen_stack:
            self.watch(screen, "focused", self.follow)
        elif screen is self.screen:
            self.follow()

    def on_resize(self) -> None:
        """Fit the new width."""
        self._draw()

    def follow(self) -> None:
        """Show the keys of the widget that has the focus now."""
        top = self.app.screen
        scope = scope_of(top.focused or top) if top.is_modal else ""
        self.scope = scope if scope not in FOREIGN else scope_of(self.screen.focused or self.screen)
        self._draw()

    def _draw(self) -> None:
        editing = keymap.writes(self.scope)
        chip = "EDIT" if editing else "LIST"
        palette = self.localstore.keys["everywhere.palette"]
        tail = f"{display(palette.all_keys[0])} palette"
        shown, room = self._fitting(self.size.width - 2 - len(chip) - len(tail) - 2)
        parts: list[tuple[str, str]] = []
        self._places, at = [], 1
        for key in shown:
            name, word = self._word(key)
            parts += [(name, "bold $accent"), (word, "")]
            self._places.append((at, at + len(name + word), key))
            at += len(name + word)
        parts += [(" " * max(0, room), ""), (chip, "bold reverse $accent" if editing else "bold $primary")]
        parts += [("  ", ""), (f"{display(palette.all_keys[0])} ", "bold $accent"), ("palette", "")]
        self._places.append((self.size.width - len(tail) - 1, self.size.width, palette))
        self.update(Content.assemble(*parts), layout=False)

    def _fitting(self, room: int) -> tuple[list[Key], int]:
        """Return the keys that fit: help and undo for certain, of the others the first; and the cells that are left."""
        keys = self._shown()
        chosen: set[str] = set()
        for key in sorted(keys, key=lambda key: LASTING.index(key.id) if key.id in LASTING else len(LASTING)):
            cells = sum(map(len, self._word(key)))
            if cells <= room:
                chosen.add(key.id)
                room -= cells
        return [key for key in keys if key.id in chosen], max(0, room)

    def _word(self, key: Key) -> tuple[str, str]:
        """Return a key and its word; where letters are text, a key that is none."""
        names = [each for each in key.all_keys if len(each) > 1] if keymap.writes(self.scope) else []
        return f"{display((names or key.all_keys)[0])} ", f"{key.footer}  "

    def _shown(self) -> list[Key]:
        """Return the place's own keys that do something now, then undo and help."""
        app, top = self.localstore, self.app.screen
        offers = getattr(top if top.is_modal else self.screen, "offers", lambda _: True)
        keys = [
            key for key in keymap.for_footer(self.scope, app.keys) if key.footer and not (key.writes and app.read_only)
        ]
        alone = keymap.writes(self.scope) or self.scope == "first" or top.is_modal
        own = [key for key in keys if key.scope != "everywhere" and offers(key.id)]
        general = [key for key in keys if key.scope == "everywhere" and key.id != "everywhere.palette"]
        general = [key for key in general if not alone or (key.id == "everywhere.help" and self.scope != "jump")]
        last = ("everywhere.undo", "everywhere.help")
        return sorted([*own, *general], key=lambda key: _place(key.id, ("everywhere.find",), last))

    def spots(self) -> list[tuple[int, int]]:
        """Return where each key begins, for the jump overlay."""
        return [(start, 0) for start, *_ in self._places]

    async def on_click(self, event: events.Click) -> None:
        """Do what the key under the mouse does."""
        for start, end, key in self._places:
            if start <= event.x < end:
                await self.localstore.press(key)
                return


def _place(name: str, first: tuple[str, ...], last: tuple[str, ...]) -> int:
    return -1 if name in first else last.index(name) + 1 if name in last else 0


def scope_of(widget: DOMNode | None) -> str:
    """Return the scope of keys that holds in a widget: its own ``SCOPE``, or the nearest around it."""
    around = widget.ancestors_with_self if widget is not None else []
    return next((scope for each in around if (scope := getattr(each, "SCOPE", ""))), "everywhere")
