"""An event noted or changed by hand: its type, the item it tells of, its payload."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static, TextArea

from tui import glyphs, json_check, keymap
from tui.lanes import Urgency
from tui.messages import Failed, Loaded, Written
from tui.screens.dialogs.question import Question
from tui.screens.forms.early_keys import EarlyKeys
from tui.screens.records.picker import pick
from tui.visible import line
from tui.widgets.bottom_lines import FooterLine
from tui.widgets.editor import LONGEST, Editor
from tui.widgets.fields import Field
from tui.widgets.finding.completion import WordSuggester

if TYPE_CHECKING:
    from tui.app import LocalstoreApp


class EventForm(EarlyKeys[None], ModalScreen[None]):
    """Saves with ``^s``; a payload that is no JSON object is not saved."""

    SCOPE: ClassVar = "eventform"
    BINDINGS: ClassVar = keymap.bindings("eventform")
    first = "Input"
    DEFAULT_CSS = """
    EventForm > #box { width: 90; height: 80%; padding: 1 2 0 2; }
    EventForm .field { height: 1; margin-top: 1; }
    EventForm .label { width: 9; color: $muted; }
    EventForm .field Field { width: 1fr; }
    EventForm #item { width: 1fr; }
    EventForm #json { height: 1fr; margin-top: 1; border: none; padding: 0 1; background: $panel; }
    EventForm #said { height: auto; color: $muted; }
    """

    def __init__(self, key: str | None, types: list[str]) -> None:
        super().__init__()
        self.key, self.types = key, types
        self.item: str | None = None
        self.expected: Any = None
        self.start: tuple[str, str, str | None] = ("", "{}", None)

    @property
    def localstore(self) -> LocalstoreApp:
        """The app, with its store and lanes."""
        return cast("LocalstoreApp", self.app)

    def compose(self) -> ComposeResult:
        """Type, item, payload, what is wrong with it, the keys."""
        with Vertical(id="box"):
            yield Static(Content("Edit the event" if self.key else "Note an event"), id="question")
            with Horizontal(classes="field"):
                yield Static("type", classes="label")
                suggester = WordSuggester(lambda: self.types)
                yield Field(placeholder="lab.visited", suggester=suggester, select_on_focus=False, id="type")
            with Horizontal(classes="field"):
                yield Static("item", classes="label")
                yield Static(Content("none · F3 chooses one"), id="item")
            yield Editor(id="json", json=True)
            yield Static(Content("the payload: a JSON object"), id="said")
            yield FooterLine()

    def on_mount(self) -> None:
        """Read the event, when there is one."""
        editor = self.query_one(Editor)
        editor.text = "{}"
        editor.move_cursor((0, 1))
        if self.key is None:
            self.take_keys()
        else:
            self._read(self.key)

    def _read(self, key: str) -> None:
        store = self.localstore.store

        def work() -> Loaded:
            event = store.events.get(key)
            title = str(event.item.title) if event.item_id and event.item else ""
            return Loaded("event", (str(event.event_type), event.payload, event.item_id, title, event.updated_at))

        self.localstore.reader.submit(self, work, key="event", urgency=Urgency.DETAIL)

    def on_loaded(self, message: Loaded) -> None:
        """Show what was read: the event, or the title of the chosen item."""
        message.stop()
        if message.key == "title":
            self._show_item(message.value)
            return
        kind, payload, item, title, self.expected = message.value
        self.query_one("#type", Field).value = kind
        text = json.dumps(payload, ensure_ascii=False, indent=2)
        editor = self.query_one(Editor)
        if len(text) > LONGEST:
            self.localstore.toast("This payload is too long for the form: 'localstore events' prints it.", "warning")
            self.close(None)
            return
        editor.text = text
        self.item, self.start = item, (kind, text, item)
        self._show_item(title)
        self.take_keys()

    def on_failed(self, message: Failed) -> None:
        """Close when the event is gone; what was not saved stays, with a word on why."""
        if message.key == "event":
            self.close(None)
        elif message.key == "save":
            self._say(f"{glyphs.BAD} not saved: {message.error}")
            self.take_keys()

    def _show_item(self, title: str) -> None:
        words = f"{line(title, 200)} · F3 chooses another" if self.item else "none · F3 chooses one"
        self.query_one("#item", Static).update(Content(words))

    # -- writing ------------------------------------------------------------------------------------------

    @property
    def now(self) -> tuple[str, str, str | None]:
        """What is written: type, payload, item."""
        return self.query_one("#type", Field).value.strip(), self.query_one(Editor).text, self.item

    @property
    def unsaved(self) -> bool:
        """Whether something is written that is not saved."""
        return self.now != self.start

    def on_text_area_changed(self, message: TextArea.Changed) -> None:
        """Say what is wrong with the payload."""
        message.stop()
        found = json_check.check(self.query_one(Editor).text, {})
        sign = glyphs.BAD if found.document is None else glyphs.GOOD
        self._say(f"{sign} {found.words if found.document is None else 'the payload is a JSON object'}")

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Go on to the payload."""
        message.stop()
        self.query_one(Editor).focus()

    def _say(self, words: str) -> None:
        self.query_one("#said", Static).update(Content(line(words, 300)))

    def action_format_json(self) -> None:
        """Write the payload with a key a line."""
        editor = self.query_one(Editor)
        found = json_check.check(editor.text, {})
        if found.document is not None:
            editor.text = json.dumps(found.document, ensure_ascii=False, indent=2)

    def action_choose_item(self) -> None:
        """Choose the item the event tells of."""
        pick(self.app, "items", self._take_item, "Which item does it tell of?")

    def _take_item(self, key: str | None) -> None:
        if key is None:
            return
        self.item, store = key, self.localstore.store
        work = lambda: Loaded("title", str(store.items.get(key).title))  # noqa: E731
        self.localstore.reader.submit(self, work, key="title", urgency=Urgency.DETAIL)

    def action_save(self) -> None:
        """Save; what cannot be saved stays here, with a word on why."""
        if self.ready:
            self.after_keys(self._save)

    def _save(self) -> None:
        kind, text, item = self.now
        found = json_check.check(text, {})
        if not kind:
            self._say(f"{glyphs.BAD} a type is needed: a word such as lab.visited")
            self.query_one("#type", Field).focus()
        elif found.document is None:
            self._say(f"{glyphs.BAD} {found.words}")
        elif self.key is not None and not self.unsaved:
            self.close(None)
        else:
            self.ready = False  # what is typed while it is saved waits, too
            self.set_focus(None)
            self.localstore.writer.submit(self, self._work(kind, found.document, item), key="save")

    def on_written(self, message: Written) -> None:
        """Close: it is saved."""
        message.stop()
        self.start = self.now
        self.close(None)
        self.localstore.on_written(message)

    def _work(self, kind: str, payload: dict[str, Any], item: str | None) -> Any:
        store, key, expected = self.localstore.store, self.key, self.expected
        given = {"event_type": kind, "payload": payload, "item_id": item}

        def work() -> Written:
            if key is None:
                made = store.events.add(actor_id=store.actor_id, **given)
                return Written("events added", (str(made.id),), f"Noted {kind[:60]} · u undo")
            store.events.edit(key, expected, **given)
            return Written("events", (key,), f"Saved the event {kind[:60]} · u undo")

        return work

    def action_leave(self) -> None:
        """Leave; ask when something is not saved."""
        if not self.ready and self.unsaved:
            return  # it is saved just now
        if self.unsaved:
            question = Question("Leave without saving?", "What is written here is lost.", yes="Leave")
            self.app.push_screen(question, self._leave_if)
        else:
            self._leave_if(True)

    def _leave_if(self, yes: bool | None) -> None:
        if yes:
            self.close(None)
