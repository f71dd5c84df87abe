"""What a terminal shows that is too small for anything else; what was there comes back with its size."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.content import Content
from textual.geometry import Size
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.words import TOO_SMALL

if TYPE_CHECKING:
    from textual.app import App

LEAST = Size(40, 10)


def too_small(size: Size) -> bool:
    """Tell whether nothing can be shown in a terminal of this size."""
    return 0 < size.width < LEAST.width or 0 < size.height < LEAST.height


class TooSmall(ModalScreen[None]):
    """Stands over everything, takes no keys, and goes away by itself."""

    AUTO_FOCUS: ClassVar = ""
    DEFAULT_CSS = """
    TooSmall { align: center middle; background: $background; }
    TooSmall > Static { width: 100%; height: auto; text-align: center; }
    """

    def compose(self) -> ComposeResult:
        """Say how large it must be."""
        yield Static(Content(f"{TOO_SMALL}: {LEAST.width}×{LEAST.height} at least"))


def place(app: App[None], size: Size) -> None:
    """Put the sentence over the screens, or take it away."""
    covered = isinstance(app.screen, TooSmall)
    if too_small(size) and not covered:
        app.push_screen(TooSmall())
    elif covered and not too_small(size):
        app.pop_screen()
