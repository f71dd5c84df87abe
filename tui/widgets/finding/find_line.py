"""The find line: what the list shows, in the language of filters, what may be meant, and what is wrong with it."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.message import Message
from textual.widgets import Input

from localstore.errors import InvalidFilter
from localstore.filters import Filter
from localstore.finding.tokens import split
from tui import keymap
from tui.widgets.finding.ask_line import AskLine
from tui.widgets.finding.completion import FindSuggester, Offer, Offers, Words, offers, taken
from tui.widgets.finding.completion_list import CompletionList

HINT = "find   words · #tag · type:paper · ~meaning · like:ID · org:lab · meta.lang=en · since:7d · no:embedding"


class FindInput(Input):
    """The field itself; the line around it hears of its keys first."""

    SCOPE: ClassVar = "find"
    BINDINGS: ClassVar = keymap.bindings("find")

    @property
    def around(self) -> FindLine:
        """The line it is the field of."""
        return next(each for each in self.ancestors if isinstance(each, FindLine))

    def action_offer_next(self) -> None:
        """Choose the next completion; without a list, go to the rows."""
        self.around.move(1)

    def action_offer_before(self) -> None:
        """Choose the completion before."""
        self.around.move(-1)

    def action_offer_take(self) -> None:
        """Take the chosen completion; the first with the key that completes; without one, go to the rows."""
        self.around.take()

    def action_offer_complete(self) -> None:
        """Choose the next completion, or take the only one."""
        self.around.complete()

    def action_offer_leave(self) -> None:
        """Close the list; else clear the line; else leave."""
        self.around.leave()


class FindLine(AskLine):
    """Says what to find; posts Changed with a Filter a moment after the last key."""

    class Changed(AskLine.Changed):
        """There is another filter."""

        where: Filter

    class Left(Message):
        """The person goes on to the rows; ``cleared`` tells that nothing is typed."""

        def __init__(self, *, cleared: bool = False) -> None:
            super().__init__()
            self.cleared = cleared

    def __init__(self, words: Words | None = None, *, id: str | None = None, hint: str = HINT) -> None:
        super().__init__(id=id)
        self.words = words or Words()
        self.hint = hint
        self._offers = Offers(())

    def compose(self) -> ComposeResult:
        """The field, a list of completions, and a place for what is wrong."""
        yield from super().compose()
        yield CompletionList()

    def field(self) -> FindInput:
        """Return the field."""
        return FindInput(placeholder=self.hint, suggester=FindSuggester(self.words), select_on_focus=False)

    def read(self, text: str) -> Filter:
        """Return the filter that is typed."""
        return Filter.parse(text)

    @property
    def list(self) -> CompletionList:
        """The completions."""
        return self.query_one(CompletionList)

    def put(self, text: str) -> None:
        """Write another find line, as if it had been typed, without a list of completions."""
        super().put(text)
        self.list.hide()

    def on_input_changed(self, message: Input.Changed) -> None:
        """Offer completions; Textual has the base wait for the next key."""
        if self.input.has_focus:
            self.offer()

    # -- completions --------------------------------------------------------------------------------------

    def offer(self) -> None:
        """Show what the token under the cursor may become."""
        self._offers = offers(self.value, self.input.cursor_position, self.words)
        self.list.show(self._offers.found)

    def enter(self) -> None:
        """Go to the field; on an empty line the searches used before are offered."""
        self.input.focus()
        if not self.value.strip():
            self.offer()

    def on_descendant_blur(self) -> None:
        """Show no list for a line that nobody writes in."""
        self.list.hide()

    def move(self, way: int) -> None:
        """Move the choice; without a list, go to the rows, or offer what there is."""
        if self.list.is_open:
            self.list.move(way)
        elif way > 0:
            self.post_message(self.Left())

    def complete(self) -> None:
        """Choose the next completion; take it when there is no other."""
        if not self.list.is_open:
            self.offer()
        if len(self.list.offers) == 1:
            self.list.move(1)
            self.take()
        elif self.list.chosen == len(self.list.offers) - 1:
            self.list.move(-len(self.list.offers) + 1)
        else:
            self.list.move(1)

    def take(self) -> None:
        """Take what is chosen; when nothing is, go to the rows."""
        offer = self.list.offer
        if offer is None:
            self.list.hide()
            self.post_message(self.Left())
        else:
            self._take(offer)

    def on_completion_list_taken(self, message: CompletionList.Taken) -> None:
        """Take what was clicked."""
        message.stop()
        self._take(message.offer)

    def _take(self, offer: Offer) -> None:
        self.list.hide()
        text, at = taken(self.value, offer, self._offers.start, self._offers.end)
        self.input.value = text
        self.input.cursor_position = at
        self.input.focus()
        if offer.whole:
            self.call_later(self.list.hide)

    def leave(self) -> None:
        """Close the list; when there is none, clear the line; when that is empty, go to the rows."""
        if self.list.is_open and self.value.strip():
            self.list.hide()
        elif self.value:
            self.put("")
            self.call_later(self.list.hide)
        else:
            self.list.hide()
            self.post_message(self.Left(cleared=True))

    # -- what is wrong ------------------------------------------------------------------------------------

    def place_of(self, error: InvalidFilter) -> int:
        """Return the place an error names, or that of the value it quotes."""
        return error.position or _place_of(self.value, str(error))


def _place_of(text: str, sentence: str) -> int:
    """Return where the value stands that a sentence about an unknown name quotes; 0 when nowhere."""
    try:
        fields = [token for token in split(text) if token.kind in ("field", "tag", "condition")]
    except InvalidFilter:
        return 0
    said = [token for token in fields if token.value and repr(token.value) in sentence]
    return said[0].position + len(said[0].key) + 1 if said else 0
