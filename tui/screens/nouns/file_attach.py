"""Attaching a file: its path with completion, a copy or only a reference, to an item or to none."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.suggester import Suggester
from textual.widgets import Input, Static

from localstore.attached.file_bytes import check_readable
from tui import glyphs, keymap
from tui.lanes import Urgency
from tui.messages import Failed, Loaded, Written
from tui.screens.forms.early_keys import EarlyKeys
from tui.screens.records.picker import pick
from tui.visible import line, text
from tui.widgets.bottom_lines import FooterLine
from tui.widgets.fields import Field

if TYPE_CHECKING:
    from tui.app import LocalstoreApp
    from tui.jobs import Job

MOST = 5_000
"""Entries of a folder that completion looks at."""
WAYS = {
    True: "copy: the store keeps the bytes",
    False: "refer: the file stays where it is",
}


class AttachForm(EarlyKeys[None], ModalScreen[None]):
    """Starts a job that reads the file; ``given`` is the item it hangs on, as id and title."""

    SCOPE: ClassVar = "attach"
    BINDINGS: ClassVar = keymap.bindings("attach")
    first = "Input"
    DEFAULT_CSS = """
    AttachForm > #box { width: 84; }
    AttachForm .field { height: 1; margin-top: 1; }
    AttachForm .label { width: 8; color: $muted; }
    AttachForm Field, AttachForm #way, AttachForm #item { width: 1fr; }
    AttachForm #said { height: auto; margin-top: 1; color: $warning; }
    """

    def __init__(self, given: tuple[str, str] | None = None) -> None:
        super().__init__()
        self.item = given
        self.copies = True

    @property
    def localstore(self) -> LocalstoreApp:
        """The app, with its store and lanes."""
        return cast("LocalstoreApp", self.app)

    def compose(self) -> ComposeResult:
        """Path, way, item, what is wrong, the keys."""
        with Vertical(id="box"):
            yield Static(Content("Attach a file"), id="question")
            with Horizontal(classes="field"):
                yield Static("path", classes="label")
                yield Field(placeholder="~/papers/attention.pdf", suggester=PathSuggester(), select_on_focus=False)
            with Horizontal(classes="field"):
                yield Static("bytes", classes="label")
                yield Static(id="way")
            with Horizontal(classes="field"):
                yield Static("item", classes="label")
                yield Static(id="item")
            yield Static(Content(""), id="said")
            yield Static(Content("→ takes the completion · enter attaches"), id="hint")
            yield FooterLine()

    def on_mount(self) -> None:
        """Show what is chosen."""
        self._show()
        self.take_keys()

    def _show(self) -> None:
        self.query_one("#way", Static).update(Content(f"{WAYS[self.copies]} · F2 changes"))
        words = f"{line(self.item[1], 120)} · F3 chooses another" if self.item else "none · F3 chooses one"
        self.query_one("#item", Static).update(Content(words))

    def action_toggle_copy(self) -> None:
        """Keep a copy, or only refer."""
        self.copies = not self.copies
        self._show()

    def action_choose_item(self) -> None:
        """Choose the item."""
        pick(self.app, "items", self._take_item, "Attach it to which item?")

    def _take_item(self, key: str | None) -> None:
        if key is not None:
            store = self.localstore.store
            work = lambda: Loaded("item", (key, str(store.items.get(key).title)))  # noqa: E731
            self.localstore.reader.submit(self, work, key="item", urgency=Urgency.DETAIL)

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Attach it."""
        message.stop()
        self.action_save()

    def action_save(self) -> None:
        """Look whether there is such a file; a path that is none stays here."""
        self.after_keys(self._look)

    def _look(self) -> None:
        typed = self.query_one(Field).value.strip().strip("'\"")
        if not typed:
            self._say("Write the path of a file.")
            return
        place = Path(typed).expanduser().absolute()

        def look() -> Loaded:
            check_readable(place)
            return Loaded("readable", place)

        self.localstore.reader.submit(self, look, key="readable", urgency=Urgency.DETAIL)

    def on_loaded(self, message: Loaded) -> None:
        """Take the item that was chosen, or start: the file is there."""
        message.stop()
        if message.key == "item":
            self.item = message.value
            self._show()
        else:
            self._start(message.value)
            self.close(None)

    def on_failed(self, message: Failed) -> None:
        """Say what is wrong with the path, here."""
        message.stop()
        self._say(str(message.error))

    def _say(self, words: str) -> None:
        self.query_one("#said", Static).update(Content(f"{glyphs.BAD} {line(words, 400)}"))

    def _start(self, place: Path) -> None:
        store, item, copies = self.localstore.store, self.item, self.copies

        def work(job: Job) -> Written:
            made = store.files.attach(item[0] if item else None, place, copy=copies, progress=job.tell)
            to = f" to “{item[1][:60]}”" if item else ""
            return Written("files added", (str(made.id),), f"Attached {made.filename}{to} · u undo")

        self.localstore.jobs.start(f"Attach {place.name[:60]}", work)

    def action_cancel(self) -> None:
        """Attach nothing."""
        self.close(None)


class PathSuggester(Suggester):
    """Completes the last part of a path; looks into the folder on another thread."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        """Return the path with its last part completed."""
        return await asyncio.to_thread(completed, value)


def completed(value: str) -> str | None:
    """Return a path completed by the first entry that fits: folders with a slash, hidden ones only when asked for."""
    folder, slash, begun = value.rpartition("/")
    if not slash and not begun:
        return None
    try:
        names = _names(Path(f"{folder}{slash}" or ".").expanduser(), begun)
    except (OSError, ValueError, RuntimeError):
        return None
    fitting = [name for name in names if text(name) == name and name != begun]
    return f"{folder}{slash}{min(fitting)}" if fitting else None


def _names(folder: Path, begun: str) -> list[str]:
    found = []
    with os.scandir(folder) as entries:
        for _, entry in zip(range(MOST), entries, strict=False):
            if entry.name.startswith(begun) and (begun or not entry.name.startswith(".")):
                found.append(entry.name + ("/" if entry.is_dir() else ""))
    return found
