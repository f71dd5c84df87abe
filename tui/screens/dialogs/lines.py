"""Lines of a dialog: a key of one's own that does what Enter does in them."""

from __future__ import annotations

from typing import Any

from textual.screen import Screen
from textual.widgets import Input


async def take(screen: Screen[Any]) -> None:
    """Submit the line that has the focus."""
    if isinstance(screen.focused, Input):
        await screen.focused.action_submit()
