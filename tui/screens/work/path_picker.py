"""A tree of folders to choose a file or folder in."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import DirectoryTree, Static

from tui import keymap
from tui.visible import line


class PathTree(DirectoryTree):
    """Names as they are, hidden ones left out."""

    SCOPE: ClassVar = "tree"
    BINDINGS: ClassVar = keymap.bindings("tree")

    def filter_paths(self, paths: object) -> list[Path]:
        """Leave hidden files out."""
        return [path for path in paths if not path.name.startswith(".")]  # type: ignore[attr-defined]


class PathPicker(ModalScreen[str]):
    """Returns the path that was chosen, None when the person left."""

    SCOPE: ClassVar = "prompt"
    BINDINGS: ClassVar = keymap.bindings("prompt")
    AUTO_FOCUS = "PathTree"
    CSS = """
    PathPicker > #box { height: 80%; }
    PathPicker PathTree { height: 1fr; margin: 1 0; background: $surface; }
    """

    def __init__(self, start: Path) -> None:
        super().__init__()
        self.start = start if start.is_dir() else Path.home()

    def compose(self) -> ComposeResult:
        """The folder it begins in, the tree."""
        with Vertical(id="box"):
            yield Static(Content(f"Choose in {line(str(self.start), 200)}"), id="question")
            yield PathTree(self.start)
            yield Static(Content("enter chooses a file, opens a folder · . takes the folder · ← goes up · esc leaves"),
                         id="hint")  # fmt: skip

    def on_directory_tree_file_selected(self, message: DirectoryTree.FileSelected) -> None:
        """Return the file."""
        message.stop()
        self.dismiss(str(message.path))

    def action_take_folder(self) -> None:
        """Return the folder under the cursor, else the one it began in."""
        node = self.query_one(PathTree).cursor_node
        path = Path(node.data.path) if node and node.data else self.start
        self.dismiss(str(path if path.is_dir() else path.parent))

    def action_up_folder(self) -> None:
        """Begin one folder higher."""
        self.start = self.start.absolute().parent
        self.query_one("#question", Static).update(Content(f"Choose in {line(str(self.start), 200)}"))
        self.query_one(PathTree).path = self.start

    def action_cancel(self) -> None:
        """Return nothing."""
        self.dismiss(None)
