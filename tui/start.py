"""The way into the UI: nothing is imported here, so that the very first thing is said before all that is made."""

from __future__ import annotations

import gc
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def run(path: Path | None, *, ascii: bool | None = None, **options: bool) -> None:
    """Show a store, as ``tui.app.run`` does, in ASCII where the locale says so or *ascii* does.

    Nothing that a start makes is garbage: looking for some waits until it is over.
    """
    gc.disable()
    try:
        from tui.app import run as show
        from tui.terminal import takes_unicode

        show(path, ascii=not takes_unicode(os.environ) if ascii is None else ascii, **options)
    finally:
        gc.enable()
