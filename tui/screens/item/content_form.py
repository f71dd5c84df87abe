"""One text of an item: its role, the text, and how it reads as Markdown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from localstore import times
from localstore.contents import ROLES
from tui.embed_work import start as embed
from tui.messages import Written
from tui.screens.forms.form_values import Values
from tui.screens.forms.writing import Writing
from tui.targets import one_item
from tui.visible import line
from tui.widgets.bottom_lines import FooterLine, StatusLine
from tui.widgets.editor import Editor
from tui.widgets.fields import Field
from tui.widgets.finding.completion import WordSuggester
from tui.widgets.items.detail_parts import MarkedReader, toggle_preview


@dataclass(frozen=True)
class ContentValues(Values):
    """A text and its role."""

    NAMES: ClassVar[tuple[str, ...]] = ("role", "text")

    role: str = "user"
    text: str = ""
    updated_at: str | None = None


class ContentForm(Writing[ContentValues]):
    """Writes one text; dismisses with the content's id when it was saved."""

    first = "#text"
    DEFAULT_CSS = """
    ContentForm #form-title { height: 1; padding: 0 1; text-style: bold; color: $primary; background: $surface; }
    ContentForm .field { height: 1; margin: 1 1 0 1; }
    ContentForm .label { width: 8; color: $muted; }
    ContentForm .field Field { width: 24; }
    ContentForm .said { height: auto; color: $error; margin: 0 1; display: none; }
    ContentForm #text-label { width: 1fr; margin: 0 0 0 2; color: $muted; }
    ContentForm Editor { height: 1fr; margin: 1 1 0 1; border: none; padding: 0 1; background: $panel;
      &:focus { border: none; background: $panel-lighten-1; } }
    ContentForm MarkedReader { height: 1fr; margin: 1 1 0 1; padding: 0 1; display: none; }
    """

    def __init__(self, item: str, key: str | None, role: str = "user", *, outside: bool = False) -> None:
        super().__init__(ContentValues(role=role))
        self.item, self.key, self.role, self.outside = item, key, role, outside
        self.embed_after = False

    @property
    def name_of_draft(self) -> str:
        """Return under which name a draft is kept."""
        return f"content:{self.key}" if self.key else f"content:new:{self.item}"

    @property
    def word(self) -> str:
        """Return what is written."""
        return "edit text" if self.key else "new text"

    def compose(self) -> ComposeResult:
        """Role above, text below; the preview takes the text's place."""
        yield Static(Content("Edit the text" if self.key else "Add a text"), id="form-title")
        with Horizontal(classes="field"):
            yield Static(Content("Role"), classes="label")
            yield Field(id="role", suggester=WordSuggester(lambda: ROLES), select_on_focus=True)
            yield Static(Content(""), id="text-label")
        yield Static(classes="said", id="role-said", markup=False)
        yield Static(classes="said", id="text-said", markup=False)
        yield Editor(id="text")
        yield MarkedReader(id="preview")
        yield StatusLine()
        yield FooterLine()

    # -- reading and saving -------------------------------------------------------------------------------

    def read(self) -> ContentValues:
        """Return what is stored."""
        if self.key is None:
            return ContentValues(role=self.role)
        stored = self.localstore.store.contents.get(self.key)
        return ContentValues(str(stored.role), str(stored.text), times.to_text(stored.updated_at))

    def filled(self) -> None:
        """Go on in $EDITOR, when that was asked for."""
        if self.outside:
            self.outside = False
            self._write_outside()

    def _write_outside(self) -> None:
        """Save at once what $EDITOR made of the text; stay in the form when it failed."""
        text = self.edit_outside(self.one("text"), ".md")
        if text is None:
            if not self.editor_failed:
                self.localstore.toast("The text is as it was.")
            if not self.unsaved:
                self.close(None)
            return
        self.put_one("text", text)
        if self.editor_failed:
            self.keep_draft()
        else:
            self.action_save()

    def say_length(self, name: str, length: int) -> None:
        """Say beside the role that the text is too long for the screen."""
        words = f"the first 2,000 of {length:,} characters; ^g edits all of it in $EDITOR" if length else ""
        self.query_one("#text-label", Static).update(Content(words))

    def problems(self, values: ContentValues) -> dict[str, str]:
        """Return a sentence for what has no place in a text."""
        found = {n: "a NUL character has no place in text: remove it" for n, v in values.by_name.items() if "\0" in v}
        return found if values.role.strip() else found | {"role": "a role is needed, such as user"}

    def save(self, values: ContentValues, expected: str | None) -> Written:
        """Add or change the text."""
        contents, role = self.localstore.store.contents, values.role.strip()
        if self.key is None:
            saved = contents.add(self.item, values.text, role)
        else:
            now, start = values.by_name | {"role": role}, self.start.by_name
            changed = {name: now[name] for name in now if now[name] != start[name]}
            saved = contents.edit(self.key, expected, **changed)
        done = "Added" if self.key is None else "Saved"
        return Written("edited", (self.item,), f"{done} the text ({line(role, 40)}) · u undo", value=str(saved.id))

    def take_saved(self, message: Written) -> None:
        """Go on with the text that a new one became."""
        self.key = str(message.value)

    def go_on(self, stored: ContentValues) -> None:
        """Call it what it is now."""
        super().go_on(stored)
        self.query_one("#form-title", Static).update(Content("Edit the text"))

    def saved(self, message: Written) -> None:
        """Embed when that was asked for."""
        if self.embed_after and message.keys:
            self.embed_after = False
            embed(self.localstore, one_item(message.keys[0], "text"))

    # -- actions ------------------------------------------------------------------------------------------

    def action_preview(self) -> None:
        """Show the text as Markdown reads, or the editor again."""
        toggle_preview(self.query_one("#text"), self.query_one(MarkedReader), self.one("text"))

    def action_save_and_embed(self) -> None:
        """Save, and make vectors of the texts."""
        self.embed_after = True
        self.action_save()
