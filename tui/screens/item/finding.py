"""Finding words in the texts of an item: every place, counted, one after the other."""

from __future__ import annotations

from functools import cached_property

from textual.widgets import Input

from localstore.lists.excerpts import MOST_FOUND, Found, occurrences
from tui.lanes import Urgency
from tui.messages import Loaded
from tui.pause import Pause
from tui.screens.item.texts import ItemTexts
from tui.widgets.fields import Field

SOON = 0.15
"""Seconds after the last key."""


class ItemFinding(ItemTexts):
    """A screen of one item, its part of finding."""

    places: tuple[Found, ...] = ()
    chosen = 0
    found_words = ""

    @cached_property
    def pending(self) -> Pause:
        """What waits for the next key."""
        return Pause(self)

    @property
    def sought(self) -> Field:
        """Where words are written."""
        return self.query_one("#sought", Field)

    def choose(self, tab: int) -> None:
        """Show a tab."""
        raise NotImplementedError

    def find(self) -> None:
        """Write in the find line of the item."""
        self.choose(0)
        self.sought.display = True
        self.sought.focus()

    def on_input_changed(self, message: Input.Changed) -> None:
        """Find a moment later."""
        message.stop()
        self.pending.then(SOON, self._seek)

    def _seek(self) -> None:
        store, key, words = self.localstore.store, self.row.id, self.sought.value
        work = lambda: Loaded("sought", (words, tuple(occurrences(store, key, words))))  # noqa: E731
        self.localstore.reader.submit(self, work, key="sought", urgency=Urgency.COUNT)

    def show_found(self, value: tuple[str, tuple[Found, ...]]) -> None:
        """Go to the first place at or after the text under the cursor."""
        self.words, self.places = value
        after = (at for at, each in enumerate(self.places) if each.content >= self.texts.cursor)
        self.chosen = next(after, 0)
        self.place_found = None
        if self.places:
            self._go()
        else:
            self.found_words = "nothing found" if self.words else ""
            self.write_again()
        self.show_status()

    def _go(self) -> None:
        place = self.places[self.chosen]
        many = f"{len(self.places):,}" + ("+" if len(self.places) >= MOST_FOUND else "")
        self.found_words = f"found {self.chosen + 1:,} / {many}"
        self.place_found = place
        self.texts.cursor = place.content
        self.ask_texts(place.content, place)
        self.show_status()

    def action_found(self, by: int) -> None:
        """Go to another place, round the end; without words, ask for some."""
        if not self.words:
            self.find()
        elif self.places:
            self.choose(0)
            self.chosen = (self.chosen + by) % len(self.places)
            self._go()

    def action_to_text(self) -> None:
        """Go to what was found; n and N go on from there."""
        self.sought.display = bool(self.sought.value)
        self.text.focus()

    def action_stop_finding(self) -> None:
        """Find no longer."""
        self.pending.stop()
        self.words, self.places, self.place_found, self.found_words = "", (), None, ""
        with self.prevent(Input.Changed):
            self.sought.value = ""
        self.sought.display = False
        self.write_again()
        self.text.focus()
        self.show_status()
