"""A field of a form: its label, a control for its kind, and a sentence below when something is wrong."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static, TextArea

from tui import glyphs
from tui.record_fields import EDITORS, Kind, Spec
from tui.visible import line, text
from tui.widgets.editor import LONGEST, Editor
from tui.widgets.fields import Field
from tui.widgets.finding.completion import WordSuggester
from tui.widgets.records.controls import ChoiceLine, Control, LinkLine

SHOWN_OF_LONG = 2_000
LONGEST_LINE = 1_000
"""Characters that one line is good for; more is written in an editor."""


class RecordField(Vertical):
    """Holds one column as text."""

    DEFAULT_CSS = """
    RecordField { height: auto; margin-bottom: 1; }
    RecordField > Horizontal { height: auto; }
    RecordField .label { width: 16; height: 1; color: $muted; }
    RecordField .label.-above { width: 1fr; }
    RecordField Field { width: 1fr; }
    RecordField .shown { width: 1fr; height: auto; color: $muted; padding: 0 1; }
    RecordField Editor {
        height: 7; border: none; padding: 0 1; background: $panel;
        &:focus { border: none; background: $panel-lighten-1; }
    }
    RecordField .problem { height: auto; color: $error; padding: 0 1 0 17; display: none; }
    RecordField.-above .problem { padding: 0 1; }
    RecordField.-wrong .problem, RecordField.-said .problem { display: block; }
    RecordField.-said .problem { color: $success; }
    RecordField.-long Editor { height: 12; }
    """

    class Edited(Message):
        """The field holds another text."""

        def __init__(self, field: RecordField) -> None:
            super().__init__()
            self.field = field

    def __init__(self, spec: Spec, value: str, name: str = "") -> None:
        super().__init__(id=f"field-{spec.column}")
        self.spec = spec
        self.start, self.start_name = value, name
        self.words: list[str] = []
        """Texts that are offered while one is typed."""
        self.long: str | None = None
        self.problem = ""

    def compose(self) -> ComposeResult:
        """Label and control, beside each other or below."""
        self.editor_wanted = self.spec.kind in EDITORS or (self.spec.kind is Kind.TEXT and _is_long(self.start))
        self.set_class(self.editor_wanted, "-above")
        self.set_class(self.spec.kind is Kind.LONG, "-long")
        if self.editor_wanted:
            yield Static(Content(self._label), classes="label -above")
            yield Editor(id=self.spec.column, json=self.spec.kind in (Kind.JSON, Kind.VECTOR))
        else:
            with Horizontal():
                yield Static(Content(self._label), classes="label")
                yield self._control()
        yield Static(Content(""), classes="problem")

    @property
    def _label(self) -> str:
        return self.spec.label + (" *" if self.spec.required else "")

    def _control(self) -> Widget:
        spec = self.spec
        if spec.kind is Kind.SHOWN:
            return Static(Content(line(self.start_name or self.start, 400) or "–"), classes="shown")
        if spec.kind is Kind.LINK:
            return LinkLine(null=spec.null, id=spec.column)
        if spec.kind is Kind.FLAG:
            return ChoiceLine([("true", "yes"), ("false", "no")], id=spec.column)
        if spec.kind is Kind.CHOICE:
            return ChoiceLine([(value, value) for value in spec.options], id=spec.column)
        suggester = WordSuggester(self._offered) if spec.offers else None
        hint = {Kind.TIME: "2026-01-31T09:30:00Z", Kind.NUMBER: "a whole number"}.get(spec.kind, "")
        return Field(id=spec.column, suggester=suggester, select_on_focus=False, placeholder=hint)

    def _offered(self) -> Iterable[str]:
        return self.words

    def on_mount(self) -> None:
        """Show what the column holds."""
        self.put(self.start, self.start_name)

    # -- the value ----------------------------------------------------------------------------------------

    @property
    def control(self) -> Widget | None:
        """What the person writes in or chooses with; None when the field is only shown."""
        return next(iter(self.query(f"#{self.spec.column}")), None)

    @property
    def text(self) -> str:
        """What the field holds."""
        control = self.control
        if self.long is not None or control is None:
            return self.long if self.long is not None else self.start
        if isinstance(control, TextArea):
            return control.text
        return cast("Input | Control", control).value

    def put(self, value: str, name: str = "") -> None:
        """Hold another text; ``name`` is what the row of a link is called."""
        control = self.control
        if isinstance(control, LinkLine):
            control.show_row(value, name)
        elif isinstance(control, TextArea):
            self._put_in_editor(control, value)
        elif isinstance(control, Input | Control):
            if isinstance(control, Control):
                control.put(value)
            else:
                control.value = value

    def _put_in_editor(self, editor: TextArea, value: str) -> None:
        """Keep a text that is too long for the screen aside, and show its beginning."""
        self.long = value if _too_long(value) else None
        editor.read_only = self.long is not None
        note = f"{self._label}: the first {SHOWN_OF_LONG:,} of {len(value):,} characters; ^g edits all of it in $EDITOR"
        self.query_one(".label", Static).update(Content(note if self.long is not None else self._label))
        editor.text = text(value[:SHOWN_OF_LONG]) if self.long is not None else value

    @property
    def name_of_row(self) -> str:
        """What the row of a link is called."""
        control = self.control
        return control.name_of_row if isinstance(control, LinkLine) else ""

    # -- what is wrong ------------------------------------------------------------------------------------

    def say(self, problem: str, good: str = "") -> None:
        """Write a sentence below, about what is wrong or, when nothing is, how it went."""
        self.problem = problem
        self.set_class(bool(problem), "-wrong")
        self.set_class(bool(good) and not problem, "-said")
        words = f"{glyphs.BAD} {problem}" if problem else f"{glyphs.GOOD} {good}" if good else ""
        self.query_one(".problem", Static).update(Content(line(words, 400)))

    # -- changes ------------------------------------------------------------------------------------------

    def on_input_changed(self, message: Input.Changed) -> None:
        """Tell the form."""
        message.stop()
        self.post_message(self.Edited(self))

    def on_editor_too_long(self, message: Editor.TooLong) -> None:
        """Put aside what was pasted: it is saved whole, and $EDITOR edits it."""
        message.stop()
        self._put_in_editor(message.editor, message.text)
        self.post_message(self.Edited(self))

    def on_text_area_changed(self, message: TextArea.Changed) -> None:
        """Tell the form."""
        message.stop()
        self.post_message(self.Edited(self))

    def on_control_changed(self, message: Control.Changed) -> None:
        """Tell the form."""
        message.stop()
        self.post_message(self.Edited(self))


def _is_long(value: str) -> bool:
    return len(value) > LONGEST_LINE or "\n" in value or "\r" in value


def _too_long(value: str) -> bool:
    return len(value) > LONGEST or any(len(each) > LONGEST // 10 for each in value.split("\n", 5_000))
