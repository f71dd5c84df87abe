"""What every form does: waits for a pause in the writing, keeps drafts, saves, meets what others wrote, leaves."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from textual.app import SuspendNotSupported
from textual.timer import Timer

from localstore.errors import EditConflict, LocalstoreError
from tui.editor import EditorFailed
from tui.lanes import Urgency
from tui.messages import Failed, Loaded, Written
from tui.screens.forms.early_keys import EarlyKeys
from tui.three_ways import Difference, in_doubt

if TYPE_CHECKING:
    from tui.app import LocalstoreApp

CHECK, DRAFT = 0.2, 0.4
"""Seconds after the last key; both together stay within half a second of it."""


class Form(EarlyKeys[Any]):
    """A screen that writes one thing. Subclasses say what they read, hold and save."""

    def __init__(self) -> None:
        super().__init__()
        self.saving_now = False
        self.drafted = False
        """Whether a draft is kept that is to be dropped when nothing is unsaved."""
        self.editor_failed = False
        self._waiting: dict[str, Timer] = {}

    # -- what subclasses say ------------------------------------------------------------------------------

    @property
    def name_of_draft(self) -> str:
        """Return under which name a draft is kept."""
        raise NotImplementedError

    @property
    def unsaved(self) -> bool:
        """Tell whether something was written that is not saved."""
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
        """Hear that all was saved, and the form is left."""

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
        """The app, with its store and lanes."""
        return cast("LocalstoreApp", self.app)

    def on_mount(self) -> None:
        """Read what is stored, and the draft."""
        self.localstore.reader.submit(
            self, lambda: Loaded("form", self.read_form()), key="form", urgency=Urgency.DETAIL
        )
        self.localstore.refresh_bindings()

    async def on_loaded(self, message: Loaded) -> None:
        """Fill the fields, then take keys; or meet what somebody else saved."""
        message.stop()
        if message.key == "form":
            await self.fill(message.value)
            self.take_keys()
        elif message.key == "theirs":
            self._meet(message.value)
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

    def keep_draft(self) -> None:
        """Keep what is written, unless it is what is stored."""
        if not self.ready or self.saving_now or self.localstore.read_only:
            return
        drafts, name = self.localstore.store.drafts, self.name_of_draft
        if self.unsaved:
            self.drafted, text = True, self.as_draft()
            self.localstore.writer.submit(self, lambda: _kept(drafts.keep_somewhere(name, text)), key="draft")
        elif self.drafted:
            self.drafted = False
            self.localstore.writer.submit(self, lambda: drafts.drop(name), key="draft")

    def remember(self) -> None:
        """Keep what is written before the program ends: now, for the threads may have no more time."""
        for timer in self._waiting.values():
            timer.stop()
        self._waiting.clear()
        if self.unsaved and not self.localstore.read_only:
            self.localstore.store.drafts.keep_somewhere(self.name_of_draft, self.as_draft(), 0.5)

    def action_discard_draft(self) -> None:
        """Show what is stored."""
        if self.localstore.read_only:
            return
        drafts, name = self.localstore.store.drafts, self.name_of_draft

        def read() -> Loaded:
            drafts.drop(name)
            return Loaded("form", self.read_form())

        self.ready = self.drafted = False
        self.localstore.writer.submit(self, read, key="form")

    # -- saving -------------------------------------------------------------------------------------------

    def action_save(self) -> None:
        """Save; refused while a field is wrong."""
        self.after_keys(self._save_now)

    def _save_now(self) -> None:
        if self.ready and not self.saving_now and self.localstore.may_write():
            self.try_save()

    def write(self, save: Callable[[], Written]) -> None:
        """Save on the writer thread; the draft goes then."""
        self.saving_now = True
        drafts, name = self.localstore.store.drafts, self.name_of_draft

        def work() -> Written:
            done = save()
            drafts.drop(name)
            return done

        self.localstore.writer.submit(self, work, key="save")

    def on_written(self, message: Written) -> None:
        """Go back to where the person was; a draft that was kept outside the store is told."""
        message.stop()
        if message.kind == "spared":
            self.localstore.toast(message.word, "warning")
            return
        result = self.result(message)
        self.ready = False
        self.dismiss(result)
        self.localstore.on_written(message)
        self.saved(message)

    def on_failed(self, message: Failed) -> None:
        """Say what the store refuses; the form stays as it is, and what is written is kept where it can be."""
        if message.key == "draft":
            return
        if message.key == "form":
            self.dismiss(None)  # the row is gone; the app says so
            return
        self.saving_now = False
        if isinstance(message.error, EditConflict):
            message.stop()
            self.localstore.reader.submit(self, lambda: Loaded("theirs", self.read_theirs()), key="theirs")
        else:
            self.refused(message.error)
            self.keep_draft()

    def _meet(self, theirs: Any) -> None:
        """Save what only one of us changed; ask about the rest."""
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
        if self.unsaved and not self.localstore.read_only:
            self.localstore.toast("Not saved; the draft is kept and comes back with the form.")
        self.keep_draft()
        self.dismiss(None)

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


def _kept(file: Any) -> Written | None:
    if file is None:
        return None
    return Written("spared", word=f"The store takes no draft now; it is kept in {file} and comes back with the form.")
