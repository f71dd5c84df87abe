"""The fields of a row: read, shown, checked while one writes, kept as a draft. ``RecordForm`` saves them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Static

from localstore import tables
from localstore.errors import InvalidValue
from localstore.setting_keys import KNOWN
from tui import keymap
from tui.lanes import Urgency
from tui.messages import Loaded
from tui.record_fields import Kind, Spec, read, sentence
from tui.screens.records.values import Draft, FormStart, dimension_of, draft_name, read_start
from tui.visible import line
from tui.widgets.bottom_lines import FooterLine, StatusLine
from tui.widgets.items.item_table import moment
from tui.widgets.records.field import RecordField

if TYPE_CHECKING:
    from tui.app import LocalstoreApp

CHECK, DRAFT = 0.2, 0.5
SECRETS = {
    "hashed_password": ("Password", "p in the list of users sets it; it is never shown"),
    "key_hash": ("Key", "it was shown once, when it was made; only its hash is kept"),
}


class RecordWriting(Screen[str | None]):
    """Reads a row, shows a field for each column, checks what is written in them, and keeps it as a draft."""

    SCOPE: ClassVar = "recordform"
    BINDINGS: ClassVar = keymap.bindings("recordform")
    AUTO_FOCUS = ""
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
        self.base: dict[str, str] = {}
        """What the controls held before anything was written; editors have their own way with line ends."""
        self.expected: str | None = None
        self.dim: int | None = None
        self.drafted = False
        self.note = ""
        self.ready = False
        self.saving_now = False
        self._waiting: dict[str, Timer] = {}

    @property
    def localstore(self) -> LocalstoreApp:
        """The app, with its store and lanes."""
        return cast("LocalstoreApp", self.app)

    def compose(self) -> ComposeResult:
        """A title, room for the fields, two lines below."""
        yield Static(Content(f"{'Edit' if self.key else 'New'} {self.noun}"), id="form-title")
        yield VerticalScroll(id="form", can_focus=False)
        yield StatusLine()
        yield FooterLine()

    def on_mount(self) -> None:
        """Read the row, its draft, and what is offered while one writes."""
        self._read()
        self.localstore.refresh_bindings()

    def _read(self) -> None:
        store, table, key, given = self.localstore.store, self.table, self.key, self.given
        work = lambda: Loaded("form", read_start(store, table, key, given))  # noqa: E731
        self.localstore.reader.submit(self, work, key="form", urgency=Urgency.DETAIL)

    async def on_loaded(self, message: Loaded) -> None:
        """Show the fields, or take the length of another model's vectors."""
        message.stop()
        if message.key == "dim":
            self.dim = message.value
            self.check_all("vector")
        elif message.key == "name":
            field, key, name = message.value
            field.put(key, name)
        else:
            await self._show(message.value)

    async def _show(self, start: FormStart) -> None:
        self.start, self.dim, self.expected = start, start.dim, start.expected
        form = self.query_one("#form")
        await form.remove_children()
        await form.mount_all([self._field(spec, start) for spec in start.specs])
        await form.mount_all(self._secrets(start))
        self.base = {field.spec.column: field.text for field in self.fields}
        if start.draft:
            self.put(start.draft)
        if start.title:
            title = f"Edit {self.noun} “{line(start.title, 80)}”"
            self.query_one("#form-title", Static).update(Content(title))
        self.ready = True
        self.focus_field(next((field for field in self.fields if field.control), None))
        self.note = f"Draft of {moment(start.draft.at)} restored: ^r drops it" if start.draft else ""
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

    @property
    def texts(self) -> dict[str, str]:
        """What the fields hold that was changed."""
        held = {field.spec.column: field.text for field in self.fields if field.control is not None}
        return {column: text for column, text in held.items() if text != self.base.get(column)}

    @property
    def unsaved(self) -> bool:
        """Tell whether something was written that is not saved."""
        return self.ready and bool(self.texts)

    @property
    def pending(self) -> bool:
        """Tell whether a check or a draft waits for the next key."""
        return bool(self._waiting)

    # -- while writing ------------------------------------------------------------------------------------

    def on_record_field_edited(self, message: RecordField.Edited) -> None:
        """Check the field, and keep a draft, a moment later."""
        message.stop()
        if not self.ready:
            return
        column = message.field.spec.column
        self._later(f"check {column}", CHECK, lambda: self.check_all(column))
        self._later("draft", DRAFT, self.keep_draft)
        if (self.table, column) == ("embeddings", "model_id"):
            store, model = self.localstore.store, message.field.text
            self.localstore.reader.submit(self, lambda: Loaded("dim", dimension_of(store, model)), key="dim")

    def _later(self, name: str, delay: float, do: Callable[[], Any]) -> None:
        def fire() -> None:
            if self._waiting.get(name) is timer:  # a stopped timer may have fired already
                del self._waiting[name]
                do()

        if name in self._waiting:
            self._waiting[name].stop()
        self._waiting[name] = timer = self.set_timer(self.localstore.delay(delay), fire)

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

    def keep_draft(self) -> None:
        """Keep what is written, unless it is what is stored."""
        if not self.ready or self.saving_now or self.localstore.read_only:
            return
        drafts, name = self.localstore.store.drafts, draft_name(self.table, self.key)
        if self.unsaved:
            text = Draft(self.texts, self.expected).to_text()
            self.drafted = True
            self.localstore.writer.submit(self, lambda: drafts.keep(name, text), key="draft")
        elif self.drafted:
            self.drafted = False
            self.localstore.writer.submit(self, lambda: drafts.drop(name), key="draft")

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
