"""The form: a new item, or an item that is changed."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from localstore.contents import ROLES
from tui.embed_work import start as embed
from tui.messages import Written
from tui.screens.forms.form_values import BLANK, FormValues, problems, read_start, save_form
from tui.screens.forms.writing import Writing
from tui.targets import one_item
from tui.visible import line
from tui.widgets.bottom_lines import FooterLine, StatusLine
from tui.widgets.editor import Editor
from tui.widgets.fields import Field
from tui.widgets.finding.completion import WordSuggester
from tui.widgets.items.detail_parts import MarkedReader, toggle_preview


class ItemForm(Writing[FormValues]):
    """Writes one item; what is not saved is kept as a draft."""

    first = "#title"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012
    DEFAULT_CSS = """
    ItemForm #preview { height: 9; margin-bottom: 1; padding: 0 1; display: none; }
    ItemForm.-wide #preview { height: 1fr; }
    ItemForm .said { height: auto; color: $error; margin: 0 0 0 14; display: none; }
    ItemForm #form-title { height: 1; padding: 0 1; text-style: bold; color: $primary; background: $surface; }
    ItemForm #form { height: 1fr; padding: 1 1 0 1; }
    ItemForm .field { height: 1; margin-bottom: 1; }
    ItemForm .label { width: 14; height: 1; color: $muted; }
    ItemForm .field Field { width: 1fr; }
    ItemForm #facts, ItemForm #writing, ItemForm #metadata { width: 1fr; height: auto; }
    ItemForm #text-label { width: 1fr; }
    ItemForm #metadata > .label { width: 1fr; }
    ItemForm Editor {
        border: round $border; padding: 0 1; background: $panel;
        &:focus { border: round $primary; background: $panel-lighten-1; }
    }
    ItemForm #meta_data { height: 9; }
    ItemForm #meta-state { height: 1; }
    ItemForm #text { height: 11; margin-bottom: 1; }
    ItemForm.-narrow .field { margin-bottom: 0; }
    ItemForm.-narrow #facts { margin-bottom: 1; }
    ItemForm.-wide #form { layout: grid; grid-size: 2 2; grid-rows: auto 1fr; grid-gutter: 0 2; }
    ItemForm.-wide #writing { row-span: 2; height: 100%; }
    ItemForm.-wide #metadata { height: 100%; }
    ItemForm.-wide #text { height: 1fr; margin-bottom: 0; }
    ItemForm.-wide #meta_data { height: 1fr; }
    """

    def __init__(self, key: str | None, types: list[str], tags: list[str]) -> None:
        super().__init__(BLANK)
        self.key = key
        self.types = types
        self.tags = tags
        self.organizations: list[str] | None = None
        self.embed_after = False

    @property
    def name_of_draft(self) -> str:
        """Return under which name a draft is kept."""
        return f"item:{self.key}" if self.key else "new"

    @property
    def word(self) -> str:
        """Return what is written."""
        return "edit item" if self.key else "new item"

    def compose(self) -> ComposeResult:
        """Fields on the left, the text on the right; below each other when it is narrow."""
        yield Static(Content("Edit item" if self.key else "New item"), id="form-title")
        with VerticalScroll(id="form", can_focus=False):
            with Vertical(id="facts"):
                yield from self._field("title", "Title")
                yield from self._field("type", "Type", WordSuggester(lambda: self.types))
                yield from self._field("tags", "Tags", WordSuggester(lambda: self.tags, last_word=True))
                names = WordSuggester(lambda: self.organizations or [])
                yield from self._field("organization", "Organization", names)
                yield from self._field("description", "Description")
            with Vertical(id="writing"):
                yield from self._field("role", "Role", WordSuggester(lambda: ROLES))
                yield Static(Content("Text"), classes="label", id="text-label")
                yield Editor(id="text")
                yield MarkedReader(id="preview")
            with Vertical(id="metadata"):
                yield Static(Content("Metadata (JSON)"), classes="label")
                yield Editor(id="meta_data", json=True)
                yield Static(Content(""), id="meta-state")
        yield StatusLine()
        yield FooterLine()

    def _field(self, name: str, label: str, suggester: WordSuggester | None = None) -> ComposeResult:
        with Horizontal(classes="field"):
            yield Static(Content(label), classes="label")
            chosen = name in ("type", "organization", "role")  # one word, which another one replaces
            yield Field(id=name, suggester=suggester, select_on_focus=chosen)
        yield Static(classes="said", id=f"{name}-said", markup=False)

    # -- reading and saving -------------------------------------------------------------------------------

    def read(self) -> FormValues:
        """Return what is stored; on the way, what completion needs."""
        store = self.localstore.store
        with store.reading():
            self.organizations = [str(each.slug) for each in store.organizations.all()]
            return read_start(store, self.key)

    def filled(self) -> None:
        """Say how many texts there are."""
        self.say_length("text", len(self.long.get("text", "")))

    def say_length(self, name: str, length: int) -> None:
        """Say beside the text that it is too long for the screen, or that it is the first of several."""
        if name != "text":
            return
        words = f"Text: the first of {self.start.contents:,}" if self.start.contents > 1 else "Text"
        if length:
            words = f"Text: the first 2,000 of {length:,} characters; ^g edits all of it in $EDITOR"
        self.query_one("#text-label", Static).update(Content(words))

    def problems(self, values: FormValues) -> dict[str, str]:
        """Return a sentence for each field that would be refused."""
        return problems(values, self.organizations)

    def check(self) -> dict[str, str]:
        """Check; a title that nobody wrote yet is asked for on saving, not before."""
        found = super().check()
        untouched = self.key is None and not self.one("title") and not self.saving_now
        if untouched:
            self.query_one("#title-said").display = False
        return found

    def save(self, values: FormValues, expected: str | None) -> Written:
        """Add or change the item."""
        saved = save_form(self.localstore.store, self.key, self.start, values, expected)
        word = f"Saved “{line(values.title, 60)}” · u undo"
        return Written("edited" if self.key else "added", (saved,), word, value=saved)

    def take_saved(self, message: Written) -> None:
        """Go on with the item that a new one became."""
        self.key = message.keys[0]

    def go_on(self, stored: FormValues) -> None:
        """Call it what it is now."""
        super().go_on(stored)
        self.query_one("#form-title", Static).update(Content("Edit item"))

    def saved(self, message: Written) -> None:
        """Embed when that was asked for."""
        if self.embed_after and message.keys:
            self.embed_after = False
            embed(self.localstore, one_item(message.keys[0], self.start.title))

    def action_preview(self) -> None:
        """Show the text as Markdown reads, or the editor again."""
        toggle_preview(self.query_one("#text"), self.query_one(MarkedReader), self.one("text"))

    def action_save_and_embed(self) -> None:
        """Save, and make vectors of the texts."""
        self.embed_after = True
        self.action_save()
