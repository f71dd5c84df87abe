"""A screen that writes: fields, checks while one types, a draft that survives everything, two who wrote at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, cast

from textual.app import SuspendNotSupported
from textual.content import Content
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Input, Static, TextArea

from localstore.errors import EditConflict, LocalstoreError
from tui import glyphs, json_check, keymap
from tui.editor import EditorFailed
from tui.lanes import Urgency
from tui.messages import Failed, Loaded, Written
from tui.screens.forms.form_values import Values
from tui.screens.item.texts import READ_ONLY
from tui.three_ways import Difference, differences, in_doubt
from tui.visible import line
from tui.widgets.bottom_lines import StatusLine
from tui.widgets.fields import too_long
from tui.widgets.items.item_table import moment

if TYPE_CHECKING:
    from localstore.drafts import Draft
    from tui.app import LocalstoreApp

V = TypeVar("V", bound=Values)
CHECK, DRAFT = 0.2, 0.4
"""Seconds after the last key; both together stay within half a second of it."""
SHOWN = 2_000
"""Characters that are shown of a text too long for the screen."""


class Writing(Screen[Any], Generic[V]):
    """A form over ``Values``. Subclasses say what they read, save, and which fields they have."""

    SCOPE: ClassVar = "editor"
    BINDINGS: ClassVar = keymap.bindings("editor")
    main: ClassVar = "text"
    """The field that $EDITOR edits."""

    def __init__(self, blank: V) -> None:
        super().__init__()
        self.start: V = blank
        self.long: dict[str, str] = {}
        self.ready = False
        self.saving_now = False
        self.editor_failed = False
        self._waiting: dict[str, Timer] = {}
        self._merging: V | None = None

    # -- what subclasses say ------------------------------------------------------------------------------

    @property
    def name_of_draft(self) -> str:
        """Return under which name a draft is kept."""
        raise NotImplementedError

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

    def saved(self, message: Written) -> None:
        """Hear that all was saved."""

    def filled(self) -> None:
        """Hear that the fields were filled."""

    # -- reading ------------------------------------------------------------------------------------------

    @property
    def localstore(self) -> LocalstoreApp:
        """The app, with its store and lanes."""
        return cast("LocalstoreApp", self.app)

    def on_mount(self) -> None:
        """Read what is stored, and the draft."""
        drafts, name = self.localstore.store.drafts, self.name_of_draft
        work = lambda: Loaded("form", (self.read(), drafts.get(name)))  # noqa: E731
        self.localstore.reader.submit(self, work, key="form", urgency=Urgency.DETAIL)
        self.localstore.refresh_bindings()

    def on_loaded(self, message: Loaded) -> None:
        """Fill the fields; a draft goes over what is stored."""
        message.stop()
        if message.key == "theirs":
            self._meet(message.value)
        elif message.key == "form":
            self._fill(*message.value)

    def _fill(self, stored: V, draft: Draft | None) -> None:
        self.start = stored
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

    def _changed(self) -> None:
        if self.ready:
            self._later("check", CHECK, self.check)
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

    # -- drafts -------------------------------------------------------------------------------------------

    def keep_draft(self) -> None:
        """Keep what is written, unless it is what is stored."""
        if not self.ready or self.saving_now or self.localstore.read_only:
            return
        drafts, name = self.localstore.store.drafts, self.name_of_draft
        if self.unsaved:
            text = self.values().to_text(self.start)
            self.localstore.writer.submit(self, lambda: _kept(drafts.keep_somewhere(name, text)), key="draft")
        else:
            self.localstore.writer.submit(self, lambda: drafts.drop(name), key="draft")

    def remember(self) -> None:
        """Keep what is written before the program ends: now, for the threads may have no more time."""
        for timer in self._waiting.values():
            timer.stop()
        self._waiting.clear()
        if self.unsaved and not self.localstore.read_only:
            text = self.values().to_text(self.start)
            self.localstore.store.drafts.keep_somewhere(self.name_of_draft, text, 0.5)

    def say(self, words: str) -> None:
        """Write in the status line."""
        state = [("unsaved", "$warning")] if self.unsaved else []
        self.query_one(StatusLine).show([(self.word, "bold"), *state, (words, "$accent"), ("", "")])

    # -- saving -------------------------------------------------------------------------------------------

    def action_save(self) -> None:
        """Save; refused while a field is wrong."""
        if not self.ready or self.saving_now:
            return
        if self.localstore.read_only:
            self.localstore.toast(READ_ONLY, "warning")
            return
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
        self.saving_now = True
        drafts, name = self.localstore.store.drafts, self.name_of_draft

        def save() -> Written:
            done = self.save(values, expected)
            drafts.drop(name)
            return done

        self.localstore.writer.submit(self, save, key="save")

    def on_written(self, message: Written) -> None:
        """Go back to where the person was; a draft that was kept outside the store is told."""
        message.stop()
        if message.kind == "spared":
            self.localstore.toast(message.word, "warning")
            return
        self.start = self.values()
        self.dismiss(message.value)
        self.localstore.on_written(message)
        self.saved(message)

    def on_failed(self, message: Failed) -> None:
        """Say what the store refuses; the form stays as it is, and what is written is kept where it can be."""
        if message.key == "draft":
            return
        if message.key == "form":
            self.dismiss(None)
            return
        self.saving_now = False
        if isinstance(message.error, EditConflict):
            message.stop()
            self.localstore.reader.submit(self, lambda: Loaded("theirs", self.read()), key="theirs")
        else:
            self.keep_draft()

    # -- two who wrote at once ----------------------------------------------------------------------------

    def _meet(self, theirs: V) -> None:
        """Save what only one of us changed; ask about the rest."""
        found = differences(theirs.NAMES, self.values().by_name, self.start.by_name, theirs.by_name)
        self._merging = theirs
        if in_doubt(found):
            from tui.screens.forms.conflict import ThreeVersions

            self.app.push_screen(ThreeVersions(found), self._resolve)
        else:
            self._resolve(found)

    def _resolve(self, found: list[Difference] | None) -> None:
        theirs = self._merging
        if found is None or theirs is None:
            self.keep_draft()
            return
        self.start = theirs
        self.put(theirs.having(**{each.name: each.result for each in found}))
        if self.unsaved:
            self._save(self.values(), theirs.stamp)
        else:
            self.keep_draft()
            self.say("Theirs is what stands here now")

    # -- actions ------------------------------------------------------------------------------------------

    def action_discard_draft(self) -> None:
        """Show what is stored."""
        drafts, name = self.localstore.store.drafts, self.name_of_draft

        def read() -> Loaded:
            drafts.drop(name)
            return Loaded("form", (self.read(), None))

        self.ready = False
        self.localstore.writer.submit(self, read, key="form")

    def action_leave(self) -> None:
        """Leave; a draft is kept when something is unsaved."""
        if self.unsaved:
            self.localstore.toast("Not saved; the draft is kept and comes back with the form.")
        self.keep_draft()
        self.dismiss(None)

    def action_external(self) -> None:
        """Edit the field under the cursor, or the text, in $EDITOR."""
        focused = self.focused.id if isinstance(self.focused, TextArea) else None
        name = focused or self.main
        text = self.edit_outside(self.one(name), ".json" if name == "meta_data" else ".md")
        if text is not None:
            self.put_one(name, text)
            self.check()
            self.keep_draft()

    def edit_outside(self, text: str, suffix: str) -> str | None:
        """Return what $EDITOR made of a text; what it saved before it failed comes into the form, too."""
        self.editor_failed = True
        try:
            after = self.localstore.edit_text(text, suffix)
            self.editor_failed = False
            return after
        except EditorFailed as error:
            error.discard()
            words = str(error).partition(":")[0]
            self.localstore.toast(f"{words}: what it saved is in the form, and not yet in the store.", "warning")
            return error.text
        except SuspendNotSupported:
            self.localstore.toast("This terminal cannot be left for an editor: write here.", "error")
        except LocalstoreError as error:
            self.localstore.toast(str(error), "error")
        return None

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


def _kept(file: Any) -> Written | None:
    if file is None:
        return None
    return Written("spared", word=f"The store takes no draft now; it is kept in {file} and comes back with the form.")
