"""What every form does: waits for a pause in the writing, keeps drafts, saves, meets what others wrote, leaves."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from textual.app import SuspendNotSupported
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget

from localstore.errors import EditConflict, LocalstoreError, NotFound
from tui.editor import EditorFailed
from tui.lanes import Urgency
from tui.messages import Failed, Loaded, Written
from tui.screens.forms.early_keys import EarlyKeys
from tui.screens.forms.kept_draft import KeptDraft
from tui.three_ways import Difference, in_doubt

if TYPE_CHECKING:
    from pathlib import Path

    from textual.message_pump import MessagePump

    from localstore.drafts import Draft
    from tui.app import LocalstoreApp

CHECK, DRAFT = 0.2, 0.4
"""Seconds after the last key; both together stay within half a second of it."""
CHANGED = "Not saved: somebody changed it while you wrote. What you wrote is kept and comes back with the form."


class Form(EarlyKeys[Any]):
    """A screen that writes one thing. Subclasses say what they read, hold and save."""

    def __init__(self) -> None:
        super().__init__()
        self.saving_now = False
        self.submitted: dict[str, str] = {}
        """What was in the fields when they were saved last: what is written meanwhile is not in it."""
        self.drafted = False
        """Whether a draft is kept that is to be dropped when nothing is unsaved."""
        self.editor_failed = False
        self._waiting: dict[str, Timer] = {}
        self._kept: KeptDraft | None = None
        self._app_of_form: LocalstoreApp | None = None
        self._anew = False
        """Whether the person dropped the draft: another window's is not for this form, either."""
        self._focus_after: Widget | None = None

    # -- what subclasses say ------------------------------------------------------------------------------

    @property
    def name_of_draft(self) -> str:
        """Return under which name a draft is kept."""
        raise NotImplementedError

    @property
    def unsaved(self) -> bool:
        """Tell whether something was written that is not saved."""
        raise NotImplementedError

    def held(self) -> dict[str, str]:
        """Return what the fields hold, by name."""
        raise NotImplementedError

    def as_draft(self) -> str:
        """Return what is written, as a draft keeps it."""
        raise NotImplementedError

    def read_form(self) -> Any:
        """Return what ``fill`` takes: what is stored, and the draft; on a thread."""
        raise NotImplementedError

    async def fill(self, read: Any) -> None:
        """Write what was read into the fields."""
        raise NotImplementedError

    def heard(self, key: str, value: Any) -> None:
        """Take something else that was read."""

    def try_save(self) -> None:
        """Save with ``write`` unless a field is wrong."""
        raise NotImplementedError

    def result(self, message: Written) -> Any:
        """Return what the form is left with after it was saved."""
        raise NotImplementedError

    def saved(self, message: Written) -> None:
        """Hear that it was saved."""

    def read_saved(self, message: Written) -> Any:
        """Return what ``go_on`` takes: what is stored now; on a thread. From now on the form is for that."""
        raise NotImplementedError

    def go_on(self, stored: Any) -> None:
        """Take what is stored as what the form started from; fields written in since stay as they are."""
        raise NotImplementedError

    def refused(self, error: LocalstoreError) -> None:
        """Show where the store refuses what is written."""

    def read_theirs(self) -> Any:
        """Return what somebody else saved meanwhile; on a thread."""
        raise NotImplementedError

    def differing(self, theirs: Any) -> list[Difference]:
        """Return the fields in which theirs differs from mine."""
        raise NotImplementedError

    def merge(self, theirs: Any, chosen: list[Difference]) -> None:
        """Write what was chosen over theirs, and save it."""
        raise NotImplementedError

    # -- reading ------------------------------------------------------------------------------------------

    @property
    def localstore(self) -> LocalstoreApp:
        """The app, with its store and lanes; a thread may ask for it when the form is left already."""
        if self._app_of_form is None:
            self._app_of_form = cast("LocalstoreApp", self.app)
        return self._app_of_form

    def on_mount(self) -> None:
        """Read what is stored, and the draft."""
        self.localstore.reader.submit(
            self, lambda: Loaded("form", self.read_form()), key="form", urgency=Urgency.DETAIL
        )
        self.localstore.refresh_bindings()

    async def on_loaded(self, message: Loaded) -> None:
        """Fill the fields, then take keys; or meet what somebody else saved."""
        message.stop()
        if message.key in ("form", "restart"):
            await self.fill(message.value)
            if self._focus_after is not None and self._focus_after.is_attached:
                self.set_focus(self._focus_after)
            self._focus_after = None
            self.take_keys()
        elif message.key == "theirs":
            self.when_current(lambda: self._meet(message.value))
        elif message.key == "saved":
            self._go_on(message.value)
        else:
            self.heard(message.key, message.value)

    # -- while writing ------------------------------------------------------------------------------------

    def later(self, name: str, delay: float, do: Callable[[], Any]) -> None:
        """Do something a moment after the last key."""

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
        return super().pending or bool(self._waiting)

    # -- drafts -------------------------------------------------------------------------------------------

    @property
    def kept(self) -> KeptDraft:
        """The draft of this form."""
        if self._kept is None:
            self._kept = KeptDraft(self.localstore.store.drafts, self.name_of_draft)
        return self._kept

    def restore(self) -> Draft | None:
        """Return the draft to go on with, if any; on a thread."""
        return None if self._anew else self.kept.restore()

    def keep_draft(self) -> None:
        """Keep what is written, unless it is what is stored, or will be: what a save takes is no draft any more."""
        if not self.ready or self.localstore.read_only:
            return
        kept, answers = self.kept, cast("MessagePump", Answers(self))
        if self.unsaved:
            self.drafted, text = True, self.as_draft()
            self.localstore.writer.submit(answers, lambda: _spared(kept.keep(text)), key="draft")
        elif self.drafted:
            self.drafted = False
            self.localstore.writer.submit(answers, lambda: kept.drop(), key="draft")

    def remember(self) -> None:
        """Keep what is written before the program ends: now, for the threads may have no more time."""
        for timer in self._waiting.values():
            timer.stop()
        self._waiting.clear()
        if self.unsaved and not self.localstore.read_only:
            self.kept.keep(self.as_draft(), 0.5)

    def action_discard_draft(self) -> None:
        """Show what is stored; keys are held until it is there."""
        if self.localstore.read_only or self.saving_now or not self.ready:
            return
        kept = self.kept
        self._anew = True

        def read() -> Loaded:
            kept.drop()
            return Loaded("restart", self.read_form())

        self.ready = self.drafted = False
        self._focus_after = self.focused
        self.set_focus(None)
        self.localstore.writer.submit(self, read, key="restart")

    # -- saving -------------------------------------------------------------------------------------------

    def action_save(self) -> None:
        """Save; refused while a field is wrong."""
        self.after_keys(self._save_now)

    def _save_now(self) -> None:
        if self.ready and not self.saving_now and self.localstore.may_write():
            self.try_save()

    def write(self, save: Callable[[], Written]) -> None:
        """Save on the writer thread; the draft goes then, and what is written meanwhile stays."""
        self.saving_now, self.submitted = True, self.held()
        kept, text = self.kept, self.as_draft()

        def work() -> Written:
            done = save()
            kept.saved(text)
            return done

        self.localstore.writer.submit(cast("MessagePump", Answers(self)), work, key="save")

    def answered(self, message: Message) -> None:
        """Hear how saving or keeping a draft went; also when the form was left meanwhile."""
        here = self in self.localstore.screen_stack and not self._ended
        if isinstance(message, Failed):
            self._failed(message, here)
        elif isinstance(message, Written) and message.kind == "spared":
            self.localstore.toast(message.word, "warning")
        elif isinstance(message, Written) and here:
            self._written(message)
        elif isinstance(message, Written):
            self.localstore.on_written(message)
            self.saved(message)

    def _written(self, message: Written) -> None:
        """Go back to where the person was, unless they wrote on meanwhile."""
        if self.held() != self.submitted:
            self.localstore.on_written(message)
            self.saved(message)
            work = lambda: Loaded("saved", self.read_saved(message))  # noqa: E731
            self.localstore.reader.submit(self, work, key="saved", urgency=Urgency.DETAIL)
            return
        self.saving_now = False
        result = self.result(message)
        self.ready = False
        self.close(result)
        self.localstore.on_written(message)
        self.saved(message)

    def _go_on(self, stored: Any) -> None:
        """Go on with what was written since the save, which is not in it."""
        before, self.saving_now = self.kept, False
        self.go_on(stored)
        if self.name_of_draft != before.of:
            self._kept = None
            self.localstore.writer.submit(self, lambda: before.drop(), key="draft before")
        self.localstore.toast("Saved; what you wrote since then is not yet.")
        self.keep_draft()

    def _failed(self, message: Failed, here: bool) -> None:
        conflict = isinstance(message.error, EditConflict)
        if message.key == "save" and here and conflict:
            self.when_current(self._read_theirs)
            return
        if message.key == "save" and conflict:
            self.localstore.toast(CHANGED, "error")
            return
        self.localstore.on_failed(message)
        if message.key == "save":
            self.saving_now = False
            if here:
                self.refused(message.error)
                self.keep_draft()

    def _read_theirs(self) -> None:
        self.localstore.reader.submit(self, lambda: Loaded("theirs", self.read_theirs()), key="theirs")

    def on_failed(self, message: Failed) -> None:
        """Leave a form whose row is gone, which the app says; all else stays as it is."""
        if message.key == "form" or (message.key == "restart" and isinstance(message.error, NotFound)):
            self.close(None)
        elif message.key == "restart":
            self.take_keys()
        elif message.key in ("theirs", "saved"):
            self.saving_now = False
            self.keep_draft()

    def _meet(self, theirs: Any) -> None:
        """Save what only one of us changed; ask about the rest."""
        self.saving_now = False
        found = self.differing(theirs)

        def resolve(chosen: list[Difference] | None) -> None:
            if chosen is None:
                self.keep_draft()
            else:
                self.merge(theirs, chosen)

        if in_doubt(found):
            from tui.screens.forms.conflict import ThreeVersions

            self.app.push_screen(ThreeVersions(found), resolve)
        else:
            resolve(found)

    # -- leaving ------------------------------------------------------------------------------------------

    def action_leave(self) -> None:
        """Leave; a draft is kept when something is unsaved."""
        waits = self.saving_now and self.held() == self.submitted
        if self.unsaved and not waits and not self.localstore.read_only:
            self.localstore.toast("Not saved; the draft is kept and comes back with the form.")
        self.keep_draft()
        self.close(None)

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


class Answers:
    """Takes what the writer answers to a form, also when the form is not there any more: the app hears it then."""

    def __init__(self, form: Form) -> None:
        self.form, self.app = form, form.localstore

    def __eq__(self, other: object) -> bool:
        """Tell whether both answer the same form: a newer draft replaces an older one."""
        return isinstance(other, Answers) and other.form is self.form

    def __hash__(self) -> int:
        """Return the same for all of one form."""
        return hash(self.form)

    def post_message(self, message: Message) -> bool:
        """Let the form hear it, on the thread of the screen."""
        return self.app.call_later(self.form.answered, message)


def _spared(file: Path | None) -> Written | None:
    if file is None:
        return None
    return Written("spared", word=f"The store takes no draft now; it is kept in {file} and comes back with the form.")
