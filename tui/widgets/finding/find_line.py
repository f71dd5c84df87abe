"""The find line: what the list shows, in the language of filters, what may be meant, and what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input, Static

from localstore.errors import InvalidFilter, LocalstoreError
from localstore.filters import Filter
from localstore.tokens import split
from tui import keymap
from tui.visible import line
from tui.widgets.finding.completion import FindSuggester, Offer, Offers, Words, offers, taken
from tui.widgets.finding.completion_list import CompletionList

if TYPE_CHECKING:
    from tui.app import LocalstoreApp

DEBOUNCE = 0.08
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


class FindLine(Vertical):
    """Says what to find; posts Changed with a Filter a moment after the last key."""

    DEFAULT_CSS = """
    FindLine { height: auto; }
    FindLine > Horizontal { height: 1; }
    FindLine #slash { width: 3; padding: 0 1; color: $accent; text-style: bold; }
    FindLine Input {
        border: none; height: 1; padding: 0; background: $surface; width: 1fr;
        &:focus { border: none; background: $panel; }
    }
    FindLine Horizontal { background: $surface; }
    FindLine #wrong { height: auto; display: none; color: $error; padding: 0 0 0 3; background: $surface; }
    FindLine.-wrong #wrong { display: block; }
    """

    class Changed(Message):
        """There is another filter; ``line`` is as it was typed."""

        def __init__(self, where: Filter, line: str) -> None:
            super().__init__()
            self.where = where
            self.line = line

    class Left(Message):
        """The person goes on to the rows; ``cleared`` tells that nothing is typed."""

        def __init__(self, *, cleared: bool = False) -> None:
            super().__init__()
            self.cleared = cleared

    def __init__(self, words: Words | None = None, *, id: str | None = None, hint: str = HINT) -> None:
        super().__init__(id=id)
        self.words = words or Words()
        self.hint = hint
        self._timer: Timer | None = None
        self._sent = ""
        self._offers = Offers(())

    def compose(self) -> ComposeResult:
        """The field, a list of completions, and a place for what is wrong."""
        with Horizontal():
            yield Static("/", id="slash")
            yield FindInput(placeholder=self.hint, suggester=FindSuggester(self.words), select_on_focus=False)
        yield CompletionList()
        yield Static(markup=False, id="wrong")

    @property
    def input(self) -> FindInput:
        """The field."""
        return self.query_one(FindInput)

    @property
    def list(self) -> CompletionList:
        """The completions."""
        return self.query_one(CompletionList)

    @property
    def value(self) -> str:
        """What is typed."""
        return self.input.value

    def start(self, text: str) -> None:
        """Write what the list shows already."""
        self._sent = text
        with self.prevent(Input.Changed):
            self.put(text)

    def put(self, text: str) -> None:
        """Write another find line, as if it had been typed, without a list of completions."""
        self._write(text, len(text))
        self.list.hide()

    def _write(self, text: str, cursor: int) -> None:
        self.input.value = text
        self.input.cursor_position = cursor

    def on_input_changed(self, message: Input.Changed) -> None:
        """Offer completions, and wait for the next key."""
        message.stop()
        if self.input.has_focus:
            self.offer()
        delay = cast("LocalstoreApp", self.app).delay(DEBOUNCE)
        if self._timer:
            self._timer.stop()
        self._timer = self.set_timer(delay, self._parse)

    def flush(self) -> None:
        """Do at once what waits for the next key."""
        if self._timer:
            self._timer.stop()
            self._parse()

    def _parse(self) -> None:
        self._timer = None
        text = self.value
        try:
            where = Filter.parse(text)
        except InvalidFilter as error:
            self.show_error(error)
            return
        self.show_error(None)
        if text.strip() != self._sent.strip():
            self._sent = text
            self.post_message(self.Changed(where, text))

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
        self._write(*taken(self.value, offer, self._offers.start, self._offers.end))
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

    def show_error(self, error: LocalstoreError | None) -> None:
        """Say what is wrong, of a filter under its place; None takes it away."""
        self.set_class(error is not None, "-wrong")
        if error is None:
            return
        if not isinstance(error, InvalidFilter):
            self.query_one("#wrong", Static).update(Content(line(str(error), 600)))
            return
        at = error.position or _place_of(self.value, str(error))
        cells = cell_len(line(self.value[:at], 4_000)) - int(self.input.scroll_offset.x)
        pointer = " " * max(0, min(cells, self.size.width - 5)) + "^"
        words = line(f"character {at + 1}: {error}")
        self.query_one("#wrong", Static).update(Content(f"{pointer}\n{words}"))


def _place_of(text: str, sentence: str) -> int:
    """Return where the value stands that a sentence about an unknown name quotes; 0 when nowhere."""
    try:
        fields = [token for token in split(text) if token.kind in ("field", "tag", "condition")]
    except InvalidFilter:
        return 0
    said = [token for token in fields if token.value and repr(token.value) in sentence]
    return said[0].position + len(said[0].key) + 1 if said else 0
