"""The form: a new item, or an item that is changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Input, Static, TextArea

from localstore.contents import ROLES
from localstore.errors import EditConflict, LocalstoreError
from tui import glyphs, json_check, keymap
from tui.lanes import Urgency
from tui.messages import Failed, Loaded, Written
from tui.screens.form_values import BLANK, FIELDS, FormValues, read_form, save_form
from tui.visible import line
from tui.widgets.bottom_lines import FooterLine, StatusLine
from tui.widgets.completion import WordSuggester
from tui.widgets.fields import LONGEST, Editor, Field
from tui.widgets.item_table import moment

if TYPE_CHECKING:
    from tui.app import LocalstoreApp

CHECK = 0.2
DRAFT = 0.5


class ItemForm(Screen[None]):
    """Writes one item; what is not saved is kept as a draft."""

    SCOPE: ClassVar = "editor"
    BINDINGS: ClassVar = keymap.bindings("editor")
    AUTO_FOCUS = "#title"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012

    def __init__(self, key: str | None, types: list[str], tags: list[str]) -> None:
        super().__init__()
        self.key = key
        self.types = types
        self.tags = tags
        self.organizations: list[str] = []
        self.start: FormValues = BLANK
        self.expected: str | None = None
        self.long_text: str | None = None
        self.ready = False
        self.saving_now = False
        self._waiting: dict[str, Timer] = {}

    @property
    def localstore(self) -> LocalstoreApp:
        """The app, with its store and lanes."""
        return cast("LocalstoreApp", self.app)

    @property
    def name_of_draft(self) -> str:
        """Return under which name a draft is kept."""
        return f"item:{self.key}" if self.key else "new"

    def compose(self) -> ComposeResult:
        """Fields on the left, the text on the right; below each other when it is narrow."""
        yield Static(Content("Edit item" if self.key else "New item"), id="form-title")
        with VerticalScroll(id="form", can_focus=False):
            with Vertical(id="facts"):
                yield from self._field("title", "Title")
                yield from self._field("type", "Type", WordSuggester(lambda: self.types))
                yield from self._field("tags", "Tags", WordSuggester(lambda: self.tags, last_word=True))
                yield from self._field("organization", "Organization", WordSuggester(lambda: self.organizations))
                yield from self._field("description", "Description")
            with Vertical(id="writing"):
                yield from self._field("role", "Role", WordSuggester(lambda: ROLES))
                yield Static(Content("Text"), classes="label", id="text-label")
                yield Editor(id="text")
            with Vertical(id="metadata"):
                yield Static(Content("Metadata (JSON)"), classes="label")
                yield Editor(id="meta_data", json=True)
                yield Static(Content(""), id="meta-state")
        yield StatusLine()
        yield FooterLine()

    def _field(self, name: str, label: str, suggester: WordSuggester | None = None) -> ComposeResult:
        with Horizontal(classes="field"):
            yield Static(Content(label), classes="label")
            yield Field(id=name, suggester=suggester, select_on_focus=False)

    def on_mount(self) -> None:
        """Read the item, its draft, and what completion needs."""
        store, key, name = self.localstore.store, self.key, self.name_of_draft
        work = lambda: Loaded("form", read_form(store, key, name))  # noqa: E731
        self.localstore.reader.submit(self, work, key="form", urgency=Urgency.DETAIL)
        self.localstore.refresh_bindings()

    def on_loaded(self, message: Loaded) -> None:
        """Fill the fields; a draft goes over what is stored."""
        message.stop()
        self.start, self.organizations, draft, at = message.value
        self.expected = self.start.updated_at
        if draft:
            self.expected = draft.updated_at or self.expected
        self.put(draft or self.start)
        if self.start.contents > 1 and self.long_text is None:
            label = f"Text: the first of {self.start.contents:,}"
            self.query_one("#text-label", Static).update(Content(label))
        self.ready = True
        self.say(f"Draft of {moment(at)} restored: ^r drops it" if draft else "")

    def put(self, values: FormValues) -> None:
        """Write values into the fields."""
        for name in FIELDS:
            self._put_one(name, getattr(values, name))
        self.check_meta()

    def _put_one(self, name: str, value: str) -> None:
        widget = self.query_one(f"#{name}")
        if isinstance(widget, Input):
            widget.value = value
        elif isinstance(widget, TextArea):
            if name == "text":
                value = self._put_long(value, widget)
            widget.text = value

    def _put_long(self, value: str, widget: TextArea) -> str:
        """Keep a text that is too long for the screen aside, and show its beginning."""
        long = len(value) > LONGEST or any(len(each) > LONGEST // 10 for each in value.split("\n", 5_000))
        self.long_text = value if long else None
        widget.read_only = long
        note = f"Text: the first 2,000 of {len(value):,} characters; ^g edits all of it in $EDITOR" if long else "Text"
        self.query_one("#text-label", Static).update(Content(note))
        return value[:2_000] if long else value

    def values(self) -> FormValues:
        """Return what the fields hold."""
        found: dict[str, Any] = {name: self._one(name) for name in FIELDS}
        return FormValues(**found, updated_at=self.expected)

    def _one(self, name: str) -> str:
        widget = self.query_one(f"#{name}")
        if name == "text" and self.long_text is not None:
            return self.long_text
        return widget.text if isinstance(widget, TextArea) else cast("Input", widget).value

    @property
    def unsaved(self) -> bool:
        """Tell whether something was written that is not saved."""
        return self.ready and not self.values().same(self.start)

    # -- while writing ------------------------------------------------------------------------------------

    def on_input_changed(self, message: Input.Changed) -> None:
        """Keep a draft a moment later."""
        message.stop()
        self._later("draft", DRAFT, self.keep_draft)

    def on_text_area_changed(self, message: TextArea.Changed) -> None:
        """Check the metadata and keep a draft a moment later."""
        message.stop()
        if message.text_area.id == "meta_data":
            self._later("check", CHECK, self.check_meta)
        self._later("draft", DRAFT, self.keep_draft)

    def _later(self, name: str, delay: float, do: Callable[[], Any]) -> None:
        def fire() -> None:
            if self._waiting.get(name) is timer:  # a stopped timer may have fired already
                del self._waiting[name]
                do()

        if name in self._waiting:
            self._waiting[name].stop()
        self._waiting[name] = timer = self.set_timer(self.localstore.delay(delay), fire)

    @property
    def pending(self) -> bool:
        """Tell whether a check or a draft waits for the next key."""
        return bool(self._waiting)

    def check_meta(self) -> json_check.Checked:
        """Say whether the metadata is JSON, and where it goes wrong."""
        checked = json_check.check(self._one("meta_data"), self.start.document)
        state = self.query_one("#meta-state", Static)
        sign = glyphs.GOOD if checked.document is not None else glyphs.BAD
        style = "$success" if checked.document is not None else "$error"
        state.update(Content.assemble((f"{sign} {line(checked.words or 'valid')}", style)))
        return checked

    def keep_draft(self) -> None:
        """Keep what is written, unless it is what is stored."""
        if not self.ready or self.saving_now or self.localstore.read_only:
            return
        drafts, name = self.localstore.store.drafts, self.name_of_draft
        if self.unsaved:
            text = self.values().to_text()
            self.localstore.writer.submit(self, lambda: drafts.keep(name, text), key="draft")
        else:
            self.localstore.writer.submit(self, lambda: drafts.drop(name), key="draft")

    def say(self, words: str) -> None:
        """Write in the status line."""
        state = [("unsaved", "$warning")] if self.unsaved else []
        self.query_one(StatusLine).show(
            [("new item" if not self.key else "edit item", "bold"), *state, (words, "$accent")]
        )

    # -- actions ------------------------------------------------------------------------------------------

    def action_save(self) -> None:
        """Save; refused while the metadata is no JSON."""
        if not self.ready or self.saving_now:
            return
        checked = self.check_meta()
        if checked.document is None:
            self.keep_draft()
            words = f"Not saved: the metadata is not valid ({checked.words}); the draft is kept."
            self.localstore.toast(words, "error")
            self.query_one("#meta_data").focus()
            return
        self._save(self.values(), self.expected)

    def _save(self, values: FormValues, expected: str | None) -> None:
        self.saving_now = True
        store, key, start, name = self.localstore.store, self.key, self.start, self.name_of_draft

        def save() -> Written:
            saved = save_form(store, key, start, values, expected)
            store.drafts.drop(name)
            return Written("edited" if key else "added", (saved,), f"Saved “{line(values.title, 60)}” · u undo")

        self.localstore.writer.submit(self, save)

    def on_written(self, message: Written) -> None:
        """Go back to where the person was."""
        message.stop()
        self.start = self.values()
        self.dismiss()
        self.localstore.on_written(message)

    def on_failed(self, message: Failed) -> None:
        """Say what the store refuses; the form stays as it is."""
        self.saving_now = False
        if isinstance(message.error, EditConflict):
            message.stop()
            from tui.screens.conflict import ConflictDialog

            self.app.push_screen(ConflictDialog(message.error), self._resolve)
        else:
            self.keep_draft()

    def _resolve(self, choice: str | None) -> None:
        if choice == "mine":
            self._save(self.values(), None)
        elif choice == "theirs":
            self._start_over()

    def action_discard_draft(self) -> None:
        """Show what is stored."""
        self._start_over()

    def _start_over(self) -> None:
        store, key, name = self.localstore.store, self.key, self.name_of_draft

        def read() -> Loaded:
            store.drafts.drop(name)
            return Loaded("form", read_form(store, key, name))

        self.ready = False
        self.localstore.writer.submit(self, read)

    def action_leave(self) -> None:
        """Leave; a draft is kept when something is unsaved."""
        if self.unsaved:
            self.localstore.toast("Not saved; the draft is kept and comes back with the form.")
        self.keep_draft()
        self.dismiss()

    def action_external(self) -> None:
        """Edit the text in $EDITOR."""
        try:
            text = self.localstore.edit_text(self._one("text"), ".md")
        except LocalstoreError as error:
            self.localstore.toast(str(error), "error")
            return
        if text is not None:
            self._put_one("text", text)
            self.keep_draft()

    def action_format_json(self) -> None:
        """Write the metadata with one key a line."""
        checked = self.check_meta()
        if checked.document is not None:
            self._put_one("meta_data", json.dumps(checked.document, ensure_ascii=False, indent=2))
