"""Secrets: a new key that is shown once; a password that is written blind; a key that is asked about."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from tui import keymap
from tui.clipboard import copy_secret
from tui.screens.dialogs.lines import take
from tui.screens.forms.early_keys import EarlyKeys
from tui.visible import line

if TYPE_CHECKING:
    from tui.app import LocalstoreApp


class SecretDialog(ModalScreen[None]):
    """Shows a new API key, this once."""

    SCOPE: ClassVar = "secret"
    BINDINGS: ClassVar = keymap.bindings("secret")
    DEFAULT_CSS = """
    SecretDialog #secret-text { margin: 1 0; text-style: bold; color: $accent; height: auto; }
    """

    def __init__(self, secret: str) -> None:
        super().__init__()
        self.secret = secret

    def compose(self) -> ComposeResult:
        """The key, and that it is never shown again."""
        with Vertical(id="box"):
            yield Static(Content("The new API key"), id="question")
            yield Static(Content(self.secret), id="secret-text")
            yield Static(Content("Keep it now: it is never shown again, for only its hash is kept."), id="text")
            yield Static(Content("c copies · esc closes"), id="hint")

    def action_copy(self) -> None:
        """Copy the key through the terminal."""
        copy_secret(cast("LocalstoreApp", self.app), self.secret, "The key")

    def action_cancel(self) -> None:
        """Close; the key is gone from here."""
        self.dismiss(None)


class PasswordPrompt(EarlyKeys[str], ModalScreen[str]):
    """Returns a password, None when the person left."""

    SCOPE: ClassVar = "answer"
    BINDINGS: ClassVar = keymap.bindings("answer")
    first = "#first"
    DEFAULT_CSS = """
    PasswordPrompt Input { margin-bottom: 1; }
    PasswordPrompt #said { color: $error; height: auto; }
    """

    def __init__(self, email: str) -> None:
        super().__init__()
        self.email = email

    def compose(self) -> ComposeResult:
        """Twice the same, written blind."""
        with Vertical(id="box"):
            yield Static(Content(f"New password of {line(self.email, 120)}"), id="question")
            yield Static(Content("Only its argon2 hash is kept. It cannot be undone."), id="text")
            yield Input(password=True, placeholder="password", id="first")
            yield Input(password=True, placeholder="the same again", id="second")
            yield Static(Content(""), id="said")
            hint = "enter sets it · esc leaves"
            yield Static(Content(hint), id="hint")

    def on_mount(self) -> None:
        """Take what was typed before the field was there."""
        self.take_keys()

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Go to the second line; from there return the password when both are the same."""
        message.stop()
        first, second = self.query_one("#first", Input), self.query_one("#second", Input)
        if not first.value:
            self.query_one("#said", Static).update(Content("Write a password: an empty one is none."))
            first.focus()
        elif message.input is first:
            second.focus()
        elif first.value != second.value:
            self.query_one("#said", Static).update(Content("The two are not the same: write them again."))
            first.value = second.value = ""
            first.focus()
        else:
            self.close(first.value)

    async def action_take(self) -> None:
        """Do what Enter does in a line."""
        await take(self)

    def action_cancel(self) -> None:
        """Leave the password as it was."""
        self.close(None)


class VerifyPrompt(EarlyKeys[tuple[str, str]], ModalScreen[tuple[str, str]]):
    """Returns an API key and a scope to ask about (empty: none); None when the person left."""

    SCOPE: ClassVar = "answer"
    BINDINGS: ClassVar = keymap.bindings("answer")
    first = "#key"
    DEFAULT_CSS = """
    VerifyPrompt Input { margin-bottom: 1; }
    """

    def compose(self) -> ComposeResult:
        """The key, written blind, and a scope."""
        with Vertical(id="box"):
            yield Static(Content("Whose API key is it?"), id="question")
            yield Static(Content("A key that opens says whose it is and what it may do; its use is noted."), id="text")
            yield Input(password=True, placeholder="lsk_…", id="key")
            yield Input(placeholder="a scope to ask about, such as items:read; or nothing", id="scope")
            yield Static(Content("enter asks · esc leaves"), id="hint")

    def on_mount(self) -> None:
        """Take what was typed before the field was there."""
        self.take_keys()

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Ask when there is a key."""
        message.stop()
        key = self.query_one("#key", Input).value.strip()
        if key:
            self.close((key, self.query_one("#scope", Input).value.strip()))

    async def action_take(self) -> None:
        """Do what Enter does in a line."""
        await take(self)

    def action_cancel(self) -> None:
        """Ask nothing."""
        self.close(None)
