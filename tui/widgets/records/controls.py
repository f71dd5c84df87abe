"""Controls of a form that are not for writing: one of a few, and another row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from tui import glyphs, keymap
from tui.visible import line

HOLLOW = "○"
WIDE = 60
"""Cells from which there is room for a hint beside the name."""


class Control(Static, can_focus=True):
    """One line that has a value; letters do what the control says, and nothing else."""

    DEFAULT_CSS = """
    Control { height: 1; padding: 0 1; background: $panel; width: 1fr; }
    Control:focus { background: $panel-lighten-1; }
    """

    class Changed(Message):
        """Another value was chosen."""

        def __init__(self, sender: Control) -> None:
            super().__init__()
            self.sender = sender

        @property
        def control(self) -> Control:
            """Return the control."""
            return self.sender

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(markup=False, id=id)
        self.value = ""

    def put(self, value: str) -> None:
        """Hold another value, and show it."""
        if value != self.value:
            self.value = value
            self.post_message(self.Changed(self))
        self.draw()

    def draw(self) -> None:
        """Show the value."""
        raise NotImplementedError

    def typed(self, letter: str) -> None:
        """Hear a letter that no key of the control is."""

    def on_mount(self) -> None:
        """Show the value."""
        self.draw()

    def on_resize(self) -> None:
        """Fit the new width."""
        self.draw()

    def on_focus(self) -> None:
        """Show that keys go here."""
        self.draw()

    def on_blur(self) -> None:
        """Show that they do not any more."""
        self.draw()

    async def on_key(self, event: events.Key) -> None:
        """Keep letters from doing what they do on lists: a form is for writing."""
        if event.is_printable and event.key not in self._bindings.key_to_bindings:
            event.stop()
            self.typed(event.character or "")


class ChoiceLine(Control):
    """One of a few values, all of them on the line where they fit."""

    SCOPE: ClassVar = "recordchoice"
    BINDINGS: ClassVar = keymap.bindings("recordchoice")

    def __init__(self, options: Sequence[tuple[str, str]], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.options = list(options)

    def put(self, value: str) -> None:
        """Hold a value; one that no rule knows, for another program wrote it, is an option too."""
        if value not in (known for known, _ in self.options):
            self.options.append((value, line(value, 40) or "(empty)"))
        super().put(value)

    @property
    def at(self) -> int:
        """The place of the value among the options."""
        return next((at for at, (value, _) in enumerate(self.options) if value == self.value), 0)

    def draw(self) -> None:
        """Show all options, or the chosen one between arrows."""
        parts: list[tuple[str, str]] = []
        for value, word in self.options:
            chosen = value == self.value
            style = ("bold reverse" if self.has_focus else "bold") if chosen else "$muted"
            parts += [(f"{'●' if chosen else HOLLOW} {word}", style), ("   ", "")]
        shown = Content.assemble(*parts[:-1])
        if shown.cell_length > max(10, self.size.width - 2):
            shown = Content.assemble(("‹ ", "$muted"), (self.options[self.at][1], "bold"), (" ›", "$muted"))
        self.update(shown, layout=False)

    def action_next_choice(self) -> None:
        """Choose the next one."""
        self.put(self.options[(self.at + 1) % len(self.options)][0])

    def action_previous_choice(self) -> None:
        """Choose the one before."""
        self.put(self.options[self.at - 1][0])

    def typed(self, letter: str) -> None:
        """Choose the next one that begins so."""
        places = [*range(self.at + 1, len(self.options)), *range(self.at + 1)]
        found = [at for at in places if self.options[at][1].casefold().startswith(letter.casefold())]
        if found and letter:
            self.put(self.options[found[0]][0])

    def on_click(self) -> None:
        """Choose the next one."""
        self.action_next_choice()


class LinkLine(Control):
    """Another row, by what it is called."""

    SCOPE: ClassVar = "recordlink"
    BINDINGS: ClassVar = keymap.bindings("recordlink")

    class Picked(Message):
        """The person wants to choose; ``typed`` is the letter they began with."""

        def __init__(self, sender: LinkLine, typed: str = "") -> None:
            super().__init__()
            self.sender, self.typed = sender, typed

    def __init__(self, *, null: bool, id: str | None = None) -> None:
        super().__init__(id=id)
        self.null = null
        self.name_of_row = ""

    def show_row(self, key: str, name: str) -> None:
        """Hold another row."""
        self.name_of_row = name
        self.put(key)

    def draw(self) -> None:
        """Show the name and the end of the id, or that there is none."""
        hint = ("   enter chooses" + (" · del: none" if self.null and self.value else "")) if self._roomy else ""
        if not self.value:
            word = "none" if self.null else "not chosen"
            self.update(Content.assemble((word, "$muted"), (hint, "$muted")), layout=False)
            return
        name = line(self.name_of_row, 200) or "(empty)"
        room = max(8, self.size.width - 14 - len(hint))
        shown = Content(name).truncate(room, ellipsis=True)
        self.update(
            Content.assemble(shown, (f"  {glyphs.DOT}{self.value[-8:]}", "$muted"), (hint, "$muted")), layout=False
        )

    @property
    def _roomy(self) -> bool:
        return self.has_focus and self.size.width >= WIDE

    def action_clear(self) -> None:
        """Hold no row, where that may be."""
        if self.null:
            self.show_row("", "")

    def typed(self, letter: str) -> None:
        """Begin to search."""
        self.post_message(self.Picked(self, letter))

    def on_click(self) -> None:
        """Let the person choose."""
        self.post_message(self.Picked(self))
