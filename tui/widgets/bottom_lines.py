"""The two lines at the bottom: where things stand, and which keys there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.content import Content
from textual.widgets import Static

from tui import keymap
from tui.keymap import Key, display
from tui.visible import line

if TYPE_CHECKING:
    from textual import events
    from textual.dom import DOMNode

    from tui.app import LocalstoreApp

GAP = "   "


class StatusLine(Static):
    """Facts about the list, the most important first: what does not fit is left out."""

    DEFAULT_CSS = """
    StatusLine { height: 1; padding: 0 1; background: $surface; color: $foreground; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(markup=False, id=id)
        self.facts: list[tuple[str, str]] = []

    def show(self, facts: list[tuple[str, str]]) -> None:
        """Show facts as (text, style), user's text among it."""
        self.facts = [(line(text, 200), style) for text, style in facts if text]
        self._draw()

    @property
    def text(self) -> str:
        """All facts, without style."""
        return GAP.join(text for text, _ in self.facts)

    def on_resize(self) -> None:
        """Fit the new width."""
        self._draw()

    def _draw(self) -> None:
        parts: list[tuple[str, str]] = []
        room = self.size.width - 2
        for text, style in self.facts:
            cells = Content(text).cell_length + (len(GAP) if parts else 0)
            if cells <= room:
                if parts:
                    parts[-1] = (parts[-1][0] + GAP, parts[-1][1])
                parts.append((text, style))
                room -= cells
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
        """Follow the focus."""
        self.watch(self.screen, "focused", self.follow)

    def on_resize(self) -> None:
        """Fit the new width."""
        self._draw()

    def follow(self) -> None:
        """Show the keys of the widget that has the focus now."""
        self.scope = scope_of(self.screen.focused or self.screen)
        self._draw()

    def _draw(self) -> None:
        editing = self.scope in ("find", "editor")
        chip = "EDIT" if editing else "LIST"
        palette = self.localstore.keys["everywhere.palette"]
        tail = f"{display(palette.all_keys[0])} palette"
        room = self.size.width - 2 - len(chip) - len(tail) - 2
        parts: list[tuple[str, str]] = []
        self._places, at = [], 1
        for key in self._shown():
            word = f"{display(key.all_keys[0])} {key.footer}  "
            if len(word) <= room:
                parts += [(f"{display(key.all_keys[0])} ", "bold $accent"), (f"{key.footer}  ", "")]
                self._places.append((at, at + len(word), key))
                room, at = room - len(word), at + len(word)
        parts += [(" " * max(0, room), ""), (chip, "bold reverse $accent" if editing else "bold $primary")]
        parts += [("  ", ""), (f"{display(palette.all_keys[0])} ", "bold $accent"), ("palette", "")]
        self._places.append((self.size.width - len(tail) - 1, self.size.width, palette))
        self.update(Content.assemble(*parts), layout=False)

    def _shown(self) -> list[Key]:
        keys = [key for key in keymap.bound(self.scope, self.localstore.keys) if key.footer]
        alone = self.scope in ("find", "editor", "first")
        own = [key for key in keys if key.scope != "everywhere"]
        general = [key for key in keys if key not in own and key.id != "everywhere.palette" and not alone]
        return sorted([*own, *general], key=lambda key: key.id != "everywhere.find")

    async def on_click(self, event: events.Click) -> None:
        """Do what the key under the mouse does."""
        for start, end, key in self._places:
            if start <= event.x < end:
                await self.localstore.press(key)
                return


def scope_of(widget: DOMNode | None) -> str:
    """Return the scope of keys that holds in a widget: its own ``SCOPE``, or the nearest around it."""
    around = widget.ancestors_with_self if widget is not None else []
    return next((scope for each in around if (scope := getattr(each, "SCOPE", ""))), "everywhere")
