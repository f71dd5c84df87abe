"""A value for a setting: at which scope, checked while it is typed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from localstore import setting_keys, values
from localstore.errors import InvalidValue
from localstore.models import SCOPES
from localstore.setting_keys import KNOWN
from tui import glyphs, keymap
from tui.messages import Failed, Written
from tui.screens.forms.early_keys import EarlyKeys
from tui.visible import line
from tui.widgets.bottom_lines import FooterLine
from tui.widgets.fields import Field
from tui.widgets.finding.completion import WordSuggester
from tui.widgets.nouns.setting_table import ORIGINS, written

if TYPE_CHECKING:
    from collections.abc import Callable

    from localstore.setting_levels import SettingRow
    from localstore.store import Store
    from tui.app import LocalstoreApp

NULL = "null"
LONGEST = 20_000
"""Characters that the field takes at a good pace; more are for $EDITOR."""
KINDS = {bool: "true or false", int: "a number", float: "a number", str: "a text", list: "a list", dict: "an object"}


class Holders:
    """For whom settings are looked at: ids, None for oneself or the default; and what they are called."""

    def __init__(self, user: str | None = None, organization: str | None = None) -> None:
        self.user, self.organization = user, organization
        self.names: dict[str, str] = {}

    def place(self, scope: str) -> dict[str, str | None]:
        """Return what the store's methods take for a scope."""
        return {scope: getattr(self, scope)} if scope != "global" else {}

    def has(self, scope: str) -> bool:
        """Tell whether there is somebody of this scope."""
        return scope == "global" or bool(self.names.get(scope))

    def called(self, scope: str) -> str:
        """Return for whom a scope is, in words."""
        return "everyone" if scope == "global" else self.names.get(scope) or ORIGINS[scope]


class SettingForm(EarlyKeys[None], ModalScreen[None]):
    """Sets one value; what the setting does not take is not saved."""

    SCOPE: ClassVar = "settingform"
    BINDINGS: ClassVar = keymap.bindings("settingform")
    first = "Field"
    DEFAULT_CSS = """
    SettingForm > #box { width: 84; }
    SettingForm .field { height: 1; margin-top: 1; }
    SettingForm .label { width: 8; color: $muted; }
    SettingForm Field, SettingForm #scope { width: 1fr; }
    SettingForm #takes { color: $muted; height: auto; }
    SettingForm #said { height: auto; margin: 1 0; }
    """

    def __init__(self, row: SettingRow | None, holders: Holders, models: list[str]) -> None:
        super().__init__()
        self.row, self.holders, self.models = row, holders, models
        self.long: str | None = None
        """What is too long for the field, and holds while this is empty."""
        known = row.known if row else None
        self.scopes = [scope for scope in (known.scopes if known else SCOPES) if holders.has(scope)]
        nearest = row.origin if row and row.origin in self.scopes else self.scopes[0]
        self.at = self.scopes.index(nearest)

    @property
    def localstore(self) -> LocalstoreApp:
        """The app, with its store and lanes."""
        return cast("LocalstoreApp", self.app)

    @property
    def key(self) -> str:
        """The setting's name."""
        return self.row.key if self.row else self.query_one("#key", Field).value.strip()

    @property
    def scope(self) -> str:
        """Where it is set."""
        return self.scopes[self.at]

    @property
    def choices(self) -> list[str]:
        """The values it takes as they are typed, when these are known."""
        known = self.row.known if self.row else None
        if known and known.choices:
            return [_typed(value) for value in known.choices]
        return [*self.models, NULL] if self.key == "embed.model" else []

    def compose(self) -> ComposeResult:
        """Key, scope, value, what is wrong with it, the keys."""
        with Vertical(id="box"):
            yield Static(Content(line(f"Set {self.row.key}" if self.row else "New setting", 120)), id="question")
            yield Static(Content(self._takes()), id="takes")
            if self.row is None:
                with Horizontal(classes="field"):
                    yield Static("key", classes="label")
                    yield Field(placeholder="lab.colour", select_on_focus=False, id="key")
            with Horizontal(classes="field"):
                yield Static("for", classes="label")
                yield Static(id="scope")
            with Horizontal(classes="field"):
                yield Static("value", classes="label")
                suggester = WordSuggester(lambda: self.choices)
                yield Field(placeholder="a text, or JSON", suggester=suggester, select_on_focus=False, id="value")
            yield Static(id="said")
            yield FooterLine()

    def on_mount(self) -> None:
        """Begin with what the scope says, or with what holds."""
        self._show_scope()
        if self.row is not None:
            level = self.row.at(self.scope)
            self._put(_typed(level.value if level else self.row.value))
        self._check()
        self.take_keys()

    def _put(self, typed: str) -> None:
        self.long = typed if len(typed) > LONGEST else None
        self.value.value = "" if self.long else typed

    @property
    def value(self) -> Field:
        """The field of the value."""
        return self.query_one("#value", Field)

    @property
    def typed(self) -> str:
        """What stands for the value now."""
        return self.value.value or self.long or ""

    def _takes(self) -> str:
        known = self.row.known if self.row else None
        if known is None:
            return "JSON when it reads as JSON, else a text. This program keeps it and does not use it."
        chosen = " · F3 goes through them" if self.choices else ""
        return f"{known.help}; takes {known.takes}{chosen}"

    def _show_scope(self) -> None:
        words = self.holders.called(self.scope)
        more = " · F2 the next scope" if len(self.scopes) > 1 else ""
        self.query_one("#scope", Static).update(Content(f"{line(words, 80)}{more}"))

    # -- checking -----------------------------------------------------------------------------------------

    def on_input_changed(self, message: Input.Changed) -> None:
        """Say what the value is, or why it cannot be."""
        message.stop()
        self._check()

    def read(self) -> Any:
        """Return the value that is typed; raise InvalidValue for what the setting does not take."""
        key = self.key
        found = setting_keys.read(key, self.typed)
        if key in KNOWN:
            return KNOWN[key].check(found, "")
        return values.check_json(found, "")

    def _check_model(self, found: Any) -> None:
        """Refuse a model's name that no model of the store has."""
        bare = str(found or "").rpartition("/")[2].partition("@")[0]
        if self.key == "embed.model" and found is not None and bare not in self.models and found not in self.models:
            raise InvalidValue(f"there is no model {line(str(found), 60)!r} here: F3 goes through those there are")

    def _check(self) -> None:
        try:
            found = self.read()
        except InvalidValue as error:
            words = f"{glyphs.BAD} {error}"
        else:
            kind = "nothing" if found is None else KINDS.get(type(found), "")
            words = f"{glyphs.GOOD} {kind}: {written(found)}"
            if self.long and not self.value.value:
                words = f"{len(self.long):,} characters are too many for this line: ^g writes them in $EDITOR"
        self.query_one("#said", Static).update(Content(line(words, 300)))

    # -- actions ------------------------------------------------------------------------------------------

    def action_next_scope(self) -> None:
        """Set it for somebody else; the value typed stays."""
        self.at = (self.at + 1) % len(self.scopes)
        self._show_scope()

    def action_next_choice(self) -> None:
        """Write the next value it takes."""
        if choices := self.choices:
            now = choices.index(self.value.value) if self.value.value in choices else -1
            self.value.value = choices[(now + 1) % len(choices)]
            self.value.cursor_position = len(self.value.value)

    def action_external(self) -> None:
        """Write the value in the person's own editor, as JSON on many lines."""
        typed = setting_keys.read(self.key, self.typed)
        text = typed if isinstance(typed, str) else json.dumps(typed, ensure_ascii=False, indent=2)
        try:
            after = self.localstore.edit_text(text, ".json")
        except InvalidValue as error:
            self.localstore.toast(str(error), "error")
            return
        if after is not None:
            self._put(_typed(setting_keys.read(self.key, after.strip())))
            self._check()

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Go from the key to the value; from there, save."""
        message.stop()
        if message.input.id == "key":
            self.value.focus()
        else:
            self.action_save()

    def action_save(self) -> None:
        """Set it; what cannot be stays here."""
        if self.ready:
            self.after_keys(self._save)

    def _save(self) -> None:
        try:
            found = self.read()
            if not self.key:
                raise InvalidValue("a setting needs a name")
            self._check_model(found)
        except InvalidValue as error:
            self.query_one("#said", Static).update(Content(line(f"{glyphs.BAD} {error}", 300)))
            return
        self.ready = False  # what is typed while it is saved waits, too
        self.set_focus(None)
        self.localstore.writer.submit(self, self._work(found), key="save")

    def on_written(self, message: Written) -> None:
        """Close: it is saved."""
        message.stop()
        self.close(None)
        self.localstore.on_written(message)

    def on_failed(self, message: Failed) -> None:
        """Stay with what is typed."""
        self.take_keys()

    def _work(self, value: Any) -> Callable[[], Written]:
        store, key, scope, holders = self.localstore.store, self.key, self.scope, self.holders
        who = holders.called(scope)

        def work() -> Written:
            store.settings.set(key, value, scope, known=False, **holders.place(scope))
            return Written("settings added", (key,), f"Set {key} for {who}: {line(written(value), 60)} · u undo")

        return work

    def action_cancel(self) -> None:
        """Leave it as it is, unless it is set just now."""
        if self.ready:
            self.close(None)


def _typed(value: Any) -> str:
    """Return a value as a person types it: texts without quotes, unless they would read as something else."""
    if not isinstance(value, str):
        return written(value)
    try:
        values.from_json(value)
    except ValueError:
        return value
    return written(value)


def unset(store: Store, row: SettingRow, scope: str, holders: Holders) -> Written:
    """Unset a setting at one scope, and say which value holds now."""
    who, place = holders.called(scope), holders.place(scope)
    store.settings.unset(row.key, scope, **place)
    from localstore.setting_levels import rows

    now = next((r for r in rows(store, holders.user, holders.organization) if r.key == row.key), None)
    holds = f"{line(written(now.value), 60)} holds now ({ORIGINS[now.origin]})" if now else "nothing holds now"
    return Written("settings", (row.key,), f"Unset {row.key} for {who}: {holds} · u undo")
