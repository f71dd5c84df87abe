"""One row of many: searched on the reader thread while the person types."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual.app import App, ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.timer import Timer
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from localstore import tables
from tui import keymap
from tui.lanes import Urgency
from tui.messages import Failed, Loaded
from tui.visible import line
from tui.widgets.fields import Field

if TYPE_CHECKING:
    from tui.app import LocalstoreApp

DEBOUNCE = 0.08
MOST = 50
"""Rows that are offered at once."""


@dataclass(frozen=True)
class Choice:
    """What can be chosen: its key, what it is called, a few words more."""

    key: str
    label: str
    note: str = ""


Search = Callable[[str], Sequence[Choice]]


class Picker(ModalScreen[str | None]):
    """Returns the key of what was chosen, None when the person left."""

    SCOPE: ClassVar = "picker"
    BINDINGS: ClassVar = keymap.bindings("picker")
    AUTO_FOCUS = "Input"
    DEFAULT_CSS = """
    Picker OptionList {
        height: auto; max-height: 14; border: none; background: $surface; padding: 0; margin: 1 0;
        &:focus { border: none; }
    }
    """

    def __init__(self, title: str, search: Search, typed: str = "") -> None:
        super().__init__()
        self.heading, self.search, self.typed = title, search, typed
        self.choices: list[Choice] = []
        self.pending: Timer | bool | None = True
        """What waits for the next key or for rows."""

    @property
    def localstore(self) -> LocalstoreApp:
        """The app, with its reader thread."""
        return cast("LocalstoreApp", self.app)

    def compose(self) -> ComposeResult:
        """A question, a line to search, what was found."""
        with Vertical(id="box"):
            yield Static(Content(line(self.heading, 120)), id="question")
            yield Field(self.typed, placeholder="type a part of it", select_on_focus=False)
            yield OptionList(markup=False)
            yield Static(Content(""), id="hint")

    def on_mount(self) -> None:
        """Offer the likeliest before anything is typed; the focus stays in the line."""
        self.query_one(OptionList).can_focus = False
        self._ask()

    # -- searching ----------------------------------------------------------------------------------------

    def on_input_changed(self, message: Input.Changed) -> None:
        """Search a moment after the last key."""
        message.stop()
        if isinstance(self.pending, Timer):
            self.pending.stop()
        self.pending = self.set_timer(self.localstore.delay(DEBOUNCE), self._ask)

    def _ask(self) -> None:
        self.pending = True
        words, search = self.query_one(Input).value, self.search
        self.localstore.reader.submit(
            self, lambda: Loaded("choices", list(search(words))), key="choices", urgency=Urgency.DETAIL
        )

    def on_loaded(self, message: Loaded) -> None:
        """Show what was found, the first one chosen."""
        message.stop()
        if not isinstance(self.pending, Timer):
            self.pending = None
        self.choices = message.value
        found = self.query_one(OptionList)
        found.clear_options()
        found.add_options([Option(_shown(choice)) for choice in self.choices])
        found.highlighted = 0 if self.choices else None
        more = f"the first {MOST} · type more to narrow" if len(self.choices) >= MOST else f"{len(self.choices)} found"
        hint = f"{more} · enter chooses · esc leaves" if self.choices else "Nothing is called so · esc leaves"
        self.query_one("#hint", Static).update(Content(hint))

    def on_failed(self, message: Failed) -> None:
        """Say what went wrong, here."""
        message.stop()
        self.pending = None
        self.query_one("#hint", Static).update(Content(line(str(message.error), 300)))

    # -- choosing -----------------------------------------------------------------------------------------

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Return what is highlighted, unless a search for what was typed still waits."""
        message.stop()
        at = self.query_one(OptionList).highlighted
        if at is not None and not self.pending:
            self.dismiss(self.choices[at].key)

    def on_option_list_option_selected(self, message: OptionList.OptionSelected) -> None:
        """Return what was clicked."""
        message.stop()
        self.dismiss(self.choices[message.option_index].key)

    def action_down(self) -> None:
        """Go to the next one."""
        self.query_one(OptionList).action_cursor_down()

    def action_up(self) -> None:
        """Go to the one before."""
        self.query_one(OptionList).action_cursor_up()

    def action_page_down(self) -> None:
        """Go a page on."""
        self.query_one(OptionList).action_page_down()  # type: ignore[no-untyped-call]

    def action_page_up(self) -> None:
        """Go a page back."""
        self.query_one(OptionList).action_page_up()  # type: ignore[no-untyped-call]

    def action_cancel(self) -> None:
        """Choose nothing."""
        self.dismiss(None)


def _shown(choice: Choice) -> Content:
    note = f"  {line(choice.note, 60)}" if choice.note else ""
    return Content.assemble((line(choice.label, 160) or "(empty)", ""), (note, "$muted"))


def pick(app: App[Any], table: str, answer: Callable[[str | None], None], title: str = "", typed: str = "") -> None:
    """Let the person choose a row of a table; *answer* gets its key, None when they left."""
    store = cast("LocalstoreApp", app).store

    def search(words: str) -> list[Choice]:
        return [Choice(*named) for named in store.table(table).search(words, MOST)]

    heading = title or f"Choose {_article(tables.noun(tables.model_of(table)))}"
    app.push_screen(Picker(heading, search, typed), answer)


def pick_value(app: App[Any], title: str, values: Sequence[str], answer: Callable[[str | None], None]) -> None:
    """Let the person choose one of some texts."""

    def search(words: str) -> list[Choice]:
        return [Choice(value, value) for value in values if words.casefold() in value.casefold()]

    app.push_screen(Picker(title, search), answer)


def _article(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeioA' else 'a'} {noun}"
