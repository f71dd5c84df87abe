"""The link form: the address that an administrator gave, and what is shared; and questions of several lines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from tui import keymap
from tui.screens.dialogs.lines import take
from tui.screens.dialogs.question import Question
from tui.visible import line
from tui.widgets.fields import Field
from tui.widgets.finding.completion import WordSuggester

WORDS = (
    "Linked, this store and a shared PostgreSQL carry changes to each other. The address comes from the "
    "administrator's 'sync server add-device'; its secret is kept in the keyring or a private file, never shown."
)
SHARES = ("org", "all")
_SECRETS = re.compile(
    r"(?<=://)[^/@]*?:(?P<password>[^/@]+)(?=@)|#(?:[^:]*:)?(?P<device>.+)$|password=(?P<named>[^&#]+)"
)
HIDDEN = "•"


class AddressField(Field):
    """An address whose secrets are dots on the screen."""

    @property
    def _value(self) -> Text:
        text = super()._value
        text.plain = without_secrets(text.plain)
        return text


def without_secrets(url: str) -> str:
    """Return an address of the same length with dots for what is secret."""
    shown = list(url)
    for match in _SECRETS.finditer(url):
        for name in match.re.groupindex:
            start, end = match.span(name)
            shown[start:end] = HIDDEN * (end - start)
    return "".join(shown)


class LinkForm(ModalScreen[tuple[str, str]]):
    """Returns the address and what is shared, None when the person left."""

    SCOPE: ClassVar = "answer"
    BINDINGS: ClassVar = keymap.bindings("answer")
    AUTO_FOCUS = "#url"
    DEFAULT_CSS = """
    LinkForm .field { height: 1; margin-bottom: 1; }
    LinkForm .label { width: 10; height: 1; color: $muted; }
    LinkForm .field Field { width: 1fr; }
    LinkForm #shares { color: $muted; height: auto; margin-bottom: 1; }
    LinkForm #said { color: $warning; height: auto; }
    """

    def compose(self) -> ComposeResult:
        """What linking is, two fields."""
        with Vertical(id="box"):
            yield Static(Content("Link this store with a server"), id="question")
            yield Static(Content(WORDS), id="text")
            with Horizontal(classes="field"):
                yield Static(Content("Address"), classes="label")
                yield AddressField(placeholder="postgresql://…#DEVICE:SECRET", id="url", select_on_focus=False)
            with Horizontal(classes="field"):
                yield Static(Content("Share"), classes="label")
                yield Field("org", suggester=WordSuggester(lambda: SHARES), id="share", select_on_focus=False)
            hint = "org: items of an organization · all: everything · or a filter such as #shared type:paper"
            yield Static(Content(hint), id="shares")
            yield Static(Content(""), id="said")
            yield Static(Content("enter goes on: it shows what would happen, and asks · esc leaves"), id="hint")

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Go on when there is an address."""
        message.stop()
        url = self.query_one("#url", Input).value.strip()
        share = self.query_one("#share", Input).value.strip() or SHARES[0]
        if url:
            self.dismiss((url, share))
        else:
            self.query_one("#said", Static).update(Content("Paste the address first: it begins with postgresql://"))
            self.query_one("#url", Input).focus()

    async def action_take(self) -> None:
        """Do what Enter does in a line."""
        await take(self)

    def action_cancel(self) -> None:
        """Return nothing."""
        self.dismiss(None)


class Listed(Question):
    """A question with several lines of what it is about."""

    def __init__(self, question: str, lines: Sequence[str], *, yes: str) -> None:
        super().__init__(question, "", yes=yes)
        self.lines = lines

    def compose(self) -> ComposeResult:
        """Question, lines, buttons."""
        with Vertical(id="box"):
            yield Static(Content(line(self.question)), id="question")
            yield Static(Content("\n".join(line(each, 600) for each in self.lines)), id="text")
            yield from self.buttons(self.yes)
