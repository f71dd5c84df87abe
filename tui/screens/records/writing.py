"""The fields of a row: read, shown, checked while one writes, kept as a draft. ``RecordForm`` saves them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from localstore import tables
from localstore.errors import InvalidValue
from localstore.setting_keys import KNOWN
from tui import keymap
from tui.messages import Loaded
from tui.record_fields import Kind, Spec, read, sentence
from tui.screens.forms.form import CHECK, DRAFT, Form
from tui.screens.records.values import Draft, FormStart, dimension_of, draft_name, read_start
from tui.visible import line
from tui.widgets.bottom_lines import FooterLine, StatusLine
from tui.widgets.items.item_table import moment
from tui.widgets.records.field import RecordField

SECRETS = {
    "hashed_password": ("Password", "p in the list of users sets it; it is never shown"),
    "key_hash": ("Key", "it was shown once, when it was made; only its hash is kept"),
}


class RecordWriting(Form):
    """Reads a row, shows a field for each column, checks what is written in them, and keeps it as a draft."""

    SCOPE: ClassVar = "recordform"
    BINDINGS: ClassVar = keymap.bindings("recordform")
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012
    DEFAULT_CSS = """
    RecordWriting #form-title { height: 1; padding: 0 1; text-style: bold; color: $primary; background: $surface; }
    RecordWriting #form { height: 1fr; padding: 1 1 0 1; }
    RecordWriting.-narrow RecordField { margin-bottom: 0; }
    RecordWriting #secrets { height: auto; color: $muted; margin-bottom: 1; }
    """

    def __init__(self, table: str, key: str | None = None, given: Mapping[str, Any] | None = None) -> None:
        super().__init__()
        self.table, self.key, self.given = table, key, dict(given or {})
        self.noun = tables.noun(tables.model_of(table))
        self.start: FormStart | None = None
        self.origin: dict[str, str] = {}
        """What the fields held when somebody began to write: of a draft, that may be long ago."""
        self.base: dict[str, str] = {}
        """What the controls held before anything was written; editors have their own way with line ends."""
        self.expected: str | None = None
        self.dim: int | None = None
        self.note = ""

    @property
    def name_of_draft(self) -> str:
        """Return under which name a draft is kept."""
        return draft_name(self.table, self.key)

    def compose(self) -> ComposeResult:
        """A title, room for the fields, two lines below."""
        yield Static(Content(f"{'Edit' if self.key else 'New'} {self.noun}"), id="form-title")
        yield VerticalScroll(id="form", can_focus=False)
        yield StatusLine()
        yield FooterLine()

    def read_form(self) -> FormStart:
        """Return the row, its draft, and what is offered while one writes."""
        return read_start(self.localstore.store, self.table, self.key, self.given, self.restore())

    def heard(self, key: str, value: Any) -> None:
        """Take the length of another model's vectors, or what a chosen row is called."""
        if key == "dim":
            self.dim = value
            self.check_all("vector")
        else:
            field, chosen, name = value
            field.put(chosen, name)

    async def fill(self, read: FormStart) -> None:
        """Show a field for each column; a draft goes over what is stored."""
        self.start, self.dim, self.expected = read, read.dim, read.expected
        form = self.query_one("#form")
        await form.remove_children()
        await form.mount_all([self._field(spec, read) for spec in read.specs])
        await form.mount_all(self._secrets(read))
        self.base = {field.spec.column: field.text for field in self.fields}
        self.origin = dict(self.base)
        if read.draft:
            self.put(read.draft)
        if read.title:
            title = f"Edit {self.noun} “{line(read.title, 80)}”"
            self.query_one("#form-title", Static).update(Content(title))
        self.ready = True
        first = next((field.control for field in self.fields if field.control), None)
        self.set_focus(first)
        self.note = f"Draft of {moment(read.draft.at)} restored: ^r drops it" if read.draft else ""
        self.show_status()

    def _field(self, spec: Spec, start: FormStart) -> RecordField:
        text = start.texts[spec.column]
        made = RecordField(spec, text, start.names.get(f"{spec.column}={text}", ""))
        made.words = start.words.get(spec.column, [])
        return made

    @staticmethod
    def _secrets(start: FormStart) -> list[Static]:
        words = [
            f"{SECRETS[name][0]}: {'set' if kept else 'none'}; {SECRETS[name][1]}"
            for name, kept in start.secrets.items()
        ]
        return [Static(Content("\n".join(words)), id="secrets")] if words else []

    def put(self, draft: Draft) -> None:
        """Write a draft over what is stored."""
        self.drafted = True
        self.expected = draft.expected or self.expected
        self.origin |= draft.base
        for field in self.fields:
            text = draft.texts.get(field.spec.column)
            if text is not None and self.start:
                field.put(text, self.start.names.get(f"{field.spec.column}={text}", ""))

    # -- what is written ----------------------------------------------------------------------------------

    @property
    def fields(self) -> list[RecordField]:
        """All fields, in order."""
        return list(self.query(RecordField))

    def field(self, column: str) -> RecordField | None:
        """The field of a column."""
        return next((field for field in self.fields if field.spec.column == column), None)

    def held(self) -> dict[str, str]:
        """Return what the fields hold that can be written in."""
        return {field.spec.column: field.text for field in self.fields if field.control is not None}

    @property
    def texts(self) -> dict[str, str]:
        """What the fields hold that was changed."""
        return {column: text for column, text in self.held().items() if text != self.base.get(column)}

    @property
    def unsaved(self) -> bool:
        """Tell whether something was written that is not saved."""
        return self.ready and bool(self.texts)

    # -- while writing ------------------------------------------------------------------------------------

    def on_record_field_edited(self, message: RecordField.Edited) -> None:
        """Check the field, and keep a draft, a moment later."""
        message.stop()
        if not self.ready:
            return
        column = message.field.spec.column
        self.later(f"check {column}", CHECK, lambda: self.check_all(column))
        self.later("draft", DRAFT, self.keep_draft)
        if (self.table, column) == ("embeddings", "model_id"):
            store, model = self.localstore.store, message.field.text
            self.localstore.reader.submit(self, lambda: Loaded("dim", dimension_of(store, model)), key="dim")

    def check_all(self, *columns: str) -> dict[str, Any]:
        """Say what is wrong with the fields of these columns, or with all; return the values of the others."""
        found = {}
        for field in self.fields:
            if field.control is not None and (not columns or field.spec.column in columns):
                try:
                    found[field.spec.column] = self._value(field)
                except InvalidValue as error:
                    field.say(sentence(error, field.spec.column))
                else:
                    field.say("", self._praise(field))
        self.show_status()
        return found

    def _value(self, field: RecordField) -> Any:
        value = read(field.spec, field.text)
        if field.spec.kind is Kind.VECTOR and self.dim not in (None, len(value)):
            raise InvalidValue(f"{len(value)} numbers, but vectors of this model have {self.dim}")
        if (self.table, field.spec.column) == ("settings", "value"):
            key = self.field("key")
            known = KNOWN.get(key.text if key else "")
            return known.check(value, known.key) if known else value
        return value

    def _praise(self, field: RecordField) -> str:
        if field.spec.kind is Kind.VECTOR and field.text.strip():
            return f"{len(read(field.spec, field.text)):,} numbers"
        changed = field.text != self.base.get(field.spec.column)
        return "valid" if changed and field.spec.kind is Kind.JSON else ""

    def as_draft(self) -> str:
        """Return what is written, and what it started from."""
        texts = self.texts
        return Draft(texts, self.expected, base={column: self.origin[column] for column in texts}).to_text()

    def show_status(self) -> None:
        """Write the status line."""
        bad = sum(bool(field.problem) for field in self.fields)
        state = [("unsaved", "$warning")] if self.unsaved else []
        state += [(f"{bad} field{'s' if bad > 1 else ''} to correct", "$error")] if bad else []
        state += [("read only", "$warning")] if self.localstore.read_only else []
        head = f"{'edit' if self.key else 'new'} {self.noun}"
        self.query_one(StatusLine).show([(head, "bold"), *state, (self.note, "$accent")])

    def focus_field(self, field: RecordField | None) -> None:
        """Go to a field."""
        if field is not None and field.control is not None:
            field.control.focus()

    @property
    def focused_field(self) -> RecordField | None:
        """The field in which the person is."""
        around = self.focused.ancestors_with_self if self.focused else []
        return next((each for each in around if isinstance(each, RecordField)), None)
