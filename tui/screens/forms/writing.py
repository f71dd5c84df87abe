"""A screen that writes: fields, checks while one types, a draft that survives everything, two who wrote at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, cast

from textual.content import Content
from textual.widgets import Input, Static, TextArea

from tui import glyphs, json_check, keymap
from tui.messages import Written
from tui.screens.forms.form import CHECK, DRAFT, Form
from tui.screens.forms.form_values import Values
from tui.three_ways import Difference, differences
from tui.visible import line
from tui.widgets.bottom_lines import StatusLine
from tui.widgets.editor import Editor, too_long
from tui.widgets.items.item_table import moment

if TYPE_CHECKING:
    from localstore.drafts import Draft

V = TypeVar("V", bound=Values)
SHOWN = 2_000
"""Characters that are shown of a text too long for the screen."""


class Writing(Form, Generic[V]):
    """A form over ``Values``. Subclasses say what they read, save, and which fields they have."""

    SCOPE: ClassVar = "editor"
    BINDINGS: ClassVar = keymap.bindings("editor")
    main: ClassVar = "text"
    """The field that $EDITOR edits."""

    def __init__(self, blank: V) -> None:
        super().__init__()
        self.start: V = blank
        self.long: dict[str, str] = {}

    # -- what subclasses say ------------------------------------------------------------------------------

    @property
    def word(self) -> str:
        """Return what is written, for the status line."""
        raise NotImplementedError

    def read(self) -> V:
        """Return what is stored now; on a thread."""
        raise NotImplementedError

    def save(self, values: V, expected: str | None) -> Written:
        """Save, and say so; on the writer thread."""
        raise NotImplementedError

    def problems(self, values: V) -> dict[str, str]:
        """Return a sentence for each field that would be refused."""
        return {}

    def filled(self) -> None:
        """Hear that the fields were filled."""

    def offers(self, key: str) -> bool:
        """Tell whether the footer names a key: those of JSON and of Markdown do where the person is in such a text."""
        within = self.focused.id if self.focused else ""
        where = {"editor.format": "meta_data", "editor.preview": "text"}
        return key not in where or within == where[key]

    # -- reading ------------------------------------------------------------------------------------------

    def read_form(self) -> tuple[V, Draft | None]:
        """Return what is stored, and the draft."""
        return self.read(), self.restore()

    async def fill(self, read: tuple[V, Draft | None]) -> None:
        """Fill the fields; a draft goes over what is stored."""
        stored, draft = read
        self.start, self.drafted = stored, draft is not None
        restored = type(stored).from_text(draft.text) if draft else None
        words = ""
        if restored and draft:
            values, base = restored
            self.start = base or stored.having(updated_at=values.stamp or stored.stamp)
            moved = "; somebody changed it since" if self.start.stamp != stored.stamp else ""
            words = f"Draft of {moment(draft.at)} restored{moved}: ^r drops it"
            self.put(values)
        else:
            self.put(stored)
        self.ready = True
        self.filled()
        self.say(words)

    def put(self, values: V) -> None:
        """Write values into the fields."""
        for name, value in values.by_name.items():
            self.put_one(name, value)
        self.check()

    def put_one(self, name: str, value: str) -> None:
        """Write one field; of a text that is too long for the screen its beginning is shown."""
        widget = self.query_one(f"#{name}")
        if isinstance(widget, Input):
            widget.value = value
        elif isinstance(widget, TextArea):
            long = too_long(value)
            self.long.pop(name, None)
            if long:
                self.long[name] = value
            widget.read_only = long
            widget.text = value[:SHOWN] if long else value
            self.say_length(name, len(value) if long else 0)

    def say_length(self, name: str, length: int) -> None:
        """Say beside a field that it is too long for the screen; 0 is not."""

    def one(self, name: str) -> str:
        """Return what a field holds."""
        if name in self.long:
            return self.long[name]
        widget = self.query_one(f"#{name}")
        return widget.text if isinstance(widget, TextArea) else cast("Input", widget).value

    def values(self) -> V:
        """Return what the fields hold."""
        return self.start.having(**{name: self.one(name) for name in self.start.NAMES})

    def held(self) -> dict[str, str]:
        """Return what the fields hold, by name."""
        return self.values().by_name

    @property
    def unsaved(self) -> bool:
        """Tell whether something was written that is not saved."""
        return self.ready and not self.values().same(self.start)

    # -- while writing ------------------------------------------------------------------------------------

    def on_input_changed(self, message: Input.Changed) -> None:
        """Check, and keep a draft, a moment later."""
        message.stop()
        self._changed()

    def on_text_area_changed(self, message: TextArea.Changed) -> None:
        """Check, and keep a draft, a moment later."""
        message.stop()
        self._changed()

    def on_editor_too_long(self, message: Editor.TooLong) -> None:
        """Put aside what was pasted: it is saved whole, and $EDITOR edits it."""
        message.stop()
        self.put_one(message.editor.id or "", message.text)
        self._changed()

    def _changed(self) -> None:
        if self.ready:
            self.later("check", CHECK, self.check)
            self.later("draft", DRAFT, self.keep_draft)

    def check(self) -> dict[str, str]:
        """Show a sentence at each field that would be refused; return them."""
        found = self.problems(self.values())
        for each in self.query(".said").results(Static):
            words = found.get((each.id or "").removesuffix("-said"), "")
            each.display = bool(words) and self.ready
            each.update(Content(f"{glyphs.BAD} {line(words, 300)}"))
        return found | self.check_meta()

    def check_meta(self) -> dict[str, str]:
        """Say whether the metadata is JSON, where it goes wrong, or which keys came and went."""
        if "meta_data" not in self.start.NAMES:
            return {}
        before = json_check.check(self.start.by_name["meta_data"], {}).document or {}
        checked = json_check.check(self.one("meta_data"), before)
        good = checked.document is not None
        words = f"{glyphs.GOOD if good else glyphs.BAD} {line(checked.words or 'valid')}"
        style = "$success" if good else "$error"
        self.query_one("#meta-state", Static).update(Content.assemble((words, style)))
        return {} if good else {"meta_data": checked.words}

    def as_draft(self) -> str:
        """Return what is written, and what it started from."""
        return self.values().to_text(self.start)

    def say(self, words: str) -> None:
        """Write in the status line."""
        state = [("unsaved", "$warning")] if self.unsaved else []
        facts = [(words, "$accent"), (self.word, "bold")] if words else [(self.word, "bold")]
        self.query_one(StatusLine).show([*facts, *state, ("", "")])

    # -- saving -------------------------------------------------------------------------------------------

    def try_save(self) -> None:
        """Save, or go to the first field that is wrong."""
        found = self.check()
        if not found:
            self._save(self.values(), self.start.stamp)
            return
        self.keep_draft()
        name, words = next(iter(found.items()))
        sentence = f"{name}: {words}"
        if name == "meta_data":
            sentence = f"Not saved: the metadata is not valid ({words}); the draft is kept."
        self.localstore.toast(sentence, "error")
        self.query_one(f"#{name}").focus()

    def _save(self, values: V, expected: str | None) -> None:
        self.write(lambda: self.save(values, expected))

    def result(self, message: Written) -> Any:
        """Return what the save says."""
        self.start = self.values()
        return message.value

    def read_saved(self, message: Written) -> V:
        """Return what is stored now."""
        self.take_saved(message)
        return self.read()

    def take_saved(self, message: Written) -> None:
        """Note what a new one is called from now on."""

    def go_on(self, stored: V) -> None:
        """Start from what is stored; fields written in since the save stay as they are."""
        for name, value in stored.by_name.items():
            if self.one(name) == self.submitted.get(name) != value:
                self.put_one(name, value)
        self.start = stored
        self.filled()
        self.check()
        self.say("")

    # -- two who wrote at once ----------------------------------------------------------------------------

    def read_theirs(self) -> V:
        """Return what is stored now."""
        return self.read()

    def differing(self, theirs: V) -> list[Difference]:
        """Return the fields that differ."""
        return differences(theirs.NAMES, self.values().by_name, self.start.by_name, theirs.by_name)

    def merge(self, theirs: V, chosen: list[Difference]) -> None:
        """Write what was chosen over theirs, and save it."""
        self.start = theirs
        self.put(theirs.having(**{each.name: each.result for each in chosen}))
        if self.unsaved:
            self._save(self.values(), theirs.stamp)
        else:
            self.keep_draft()
            self.say("Theirs is what stands here now")

    # -- actions ------------------------------------------------------------------------------------------

    def action_external(self) -> None:
        """Edit the field under the cursor, or the text, in $EDITOR."""
        focused = self.focused.id if isinstance(self.focused, TextArea) else None
        name = focused or self.main
        text = self.edit_outside(self.one(name), ".json" if name == "meta_data" else ".md")
        if text is not None:
            self.put_one(name, text)
            self.check()
            self.keep_draft()

    def action_format_json(self) -> None:
        """Write the metadata with one key a line."""
        if "meta_data" not in self.start.NAMES:
            return
        checked = json_check.check(self.one("meta_data"), {})
        if checked.document is not None:
            self.put_one("meta_data", json_check.formatted(checked.document))

    def action_preview(self) -> None:
        """Show the text as Markdown reads, or the editor again."""

    def action_save_and_embed(self) -> None:
        """Save, and make vectors afterwards."""
        self.action_save()
