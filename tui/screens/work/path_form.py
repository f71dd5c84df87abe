"""A form about a path and some options: what import and export have in common."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, cast

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.suggester import Suggester
from textual.widgets import Input, Static

from tui import keymap
from tui.visible import line
from tui.widgets.bottom_lines import FooterLine
from tui.widgets.fields import Field
from tui.widgets.finding.path_completion import PathSuggester, path_of

if TYPE_CHECKING:
    from tui.app import LocalstoreApp


class Blank(NamedTuple):
    """A field to fill: its name, its label, what stands in it while it is empty, what completes it."""

    name: str
    label: str
    placeholder: str = ""
    suggester: Suggester | None = None
    value: str = ""


class PathForm(ModalScreen[None]):
    """Asks for a path and options; enter or ^s goes on."""

    SCOPE: ClassVar = "import"
    BINDINGS: ClassVar = keymap.bindings("import")
    AUTO_FOCUS = "#path"
    SCOPED_CSS = False  # else the rules would hold for this very class alone, not for forms made from it
    CSS = """
    PathForm > #box { width: 96; }
    PathForm .field { height: 1; margin-bottom: 1; }
    PathForm .label { width: 14; height: 1; color: $muted; }
    PathForm .field Field { width: 1fr; }
    PathForm #said { height: auto; color: $warning; margin-bottom: 1; }
    PathForm.-short .field { margin-bottom: 0; }
    PathForm FooterLine { dock: bottom; }
    """
    VERTICAL_BREAKPOINTS = [(0, "-short"), (32, "-tall")]  # noqa: RUF012
    heading = ""
    hint = "→ completes · F2 shows a tree · enter goes on · esc leaves"

    @property
    def localstore(self) -> LocalstoreApp:
        """The app, with its store and jobs."""
        return cast("LocalstoreApp", self.app)

    def blanks(self) -> list[Blank]:
        """Return the fields below the path."""
        raise NotImplementedError

    def go(self, path: Path) -> None:
        """Go on with a path that is no empty one."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        """Heading, fields, what is wrong, a hint."""
        with Vertical(id="box"):
            yield Static(Content(line(self.heading, 200)), id="question")
            yield Static(Content(""), id="said")
            for blank in (Blank("path", "Path", "~/notes/ or a file", PathSuggester()), *self.blanks()):
                with Horizontal(classes="field"):
                    yield Static(Content(blank.label), classes="label")
                    yield Field(
                        blank.value,
                        placeholder=blank.placeholder,
                        suggester=blank.suggester,
                        id=blank.name,
                        select_on_focus=False,
                    )
            yield Static(Content(self.hint), id="hint")
        yield FooterLine()

    def value(self, name: str) -> str:
        """Return what stands in a field."""
        return self.query_one(f"#{name}", Input).value.strip()

    def say(self, words: str) -> None:
        """Show a sentence over the fields."""
        self.query_one("#said", Static).update(Content(line(words, 600)))

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Go on."""
        message.stop()
        self.action_go()

    def action_go(self) -> None:
        """Go on when there is a path."""
        if self.value("path"):
            self.go(path_of(self.value("path")))
        else:
            self.say("Write a path first, or press F2 to choose one.")
            self.query_one("#path", Input).focus()

    def action_browse(self) -> None:
        """Choose in a tree."""
        from tui.screens.work.path_picker import PathPicker

        typed = path_of(self.value("path") or ".")
        start = typed if typed.is_dir() else typed.parent

        def take(path: Any) -> None:
            if path:
                field = self.query_one("#path", Input)
                field.value = str(path)
                field.cursor_position = len(field.value)

        self.app.push_screen(PathPicker(start.absolute()), take)

    def action_cancel(self) -> None:
        """Leave."""
        self.dismiss(None)
