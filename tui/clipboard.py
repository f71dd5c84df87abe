"""Copying a text: by the system's own tool where there is one here, through the terminal (OSC 52) where not.

OSC 52 asks the terminal to put a text on its clipboard: it works over ssh too, but a terminal may forbid it, and
never says whether it did. So each way comes with a word on what to do when nothing arrived. Where there is no way
at all, the text goes to a file whose path is said.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from localstore.errors import InvalidValue
from tui.messages import Written

if TYPE_CHECKING:
    from tui.app import LocalstoreApp

PATIENCE = 3.0
"""Seconds a tool may take."""
LONG = 74_994
"""Bytes that terminals are known to take in one OSC 52 (xterm's limit)."""
BARE = frozenset(["linux", "vt100", "vt220", "ansi", "cons25"])
"""Terminals without a clipboard."""
ALLOW = "if it does not arrive, allow clipboard access (OSC 52) in your terminal"


class Way(NamedTuple):
    """How a text gets to the clipboard: a command, or the terminal, or (neither) a file; ``word`` says it."""

    command: tuple[str, ...] = ()
    terminal: bool = False
    word: str = ""


def way(environment: Mapping[str, str], platform: str, which: Callable[[str], str | None]) -> Way:
    """Choose how to copy here. Over ssh the tools of this machine would fill the wrong clipboard."""
    remote = bool(environment.get("SSH_CONNECTION") or environment.get("SSH_TTY"))
    inside = bool(environment.get("TMUX"))
    tool = None if remote else _tool(environment, platform, which)
    if tool:
        return Way(tool, word=f"copied with {tool[0]}")
    if inside and which("tmux"):
        word = "in tmux's buffer (prefix ] pastes) and sent on to the terminal"
        return Way(("tmux", "load-buffer", "-w", "-"), word=f"{word}; {ALLOW}")
    if environment.get("TERM", "") in BARE:
        return Way()
    far = "over ssh " if remote else ""
    hint = "; in tmux also: set -g set-clipboard on" if inside else ""
    return Way(terminal=True, word=f"sent {far}to the terminal's clipboard; {ALLOW}{hint}")


def _tool(environment: Mapping[str, str], platform: str, which: Callable[[str], str | None]) -> tuple[str, ...] | None:
    known: list[tuple[str, ...]] = [("pbcopy",)] if platform == "darwin" else []
    if environment.get("WAYLAND_DISPLAY"):
        known.append(("wl-copy",))
    if environment.get("DISPLAY"):
        known += [("xclip", "-selection", "clipboard"), ("xsel", "--clipboard", "--input")]
    if environment.get("WSL_DISTRO_NAME"):
        known.append(("clip.exe",))
    return next((command for command in known if which(command[0])), None)


def copy(app: LocalstoreApp, text: str, what: str) -> None:
    """Put *text* on the clipboard; a toast says that *what* is there, how, and what to do if it is not."""
    chosen = way(os.environ, sys.platform, shutil.which)
    if chosen.terminal:
        size = len(text.encode("utf-8", "replace"))
        long = f" ({size // 1024:,} KB: many terminals take no more than 73)" if size > LONG else ""
        app.copy_to_clipboard(text.encode("utf-8", "replace").decode())
        app.toast(f"{what} {chosen.word}{long}.")
        return
    folder = app.path.parent
    app.copying.submit(app, lambda: Written("copied", word=f"{what} {_put(chosen, text, folder)}."))


def copy_secret(app: LocalstoreApp, secret: str, what: str) -> None:
    """Put a secret on the terminal's clipboard: no program and no file ever gets it."""
    app.copy_to_clipboard(secret)
    app.toast(f"{what} was sent to the terminal's clipboard; {ALLOW}.")


def _put(chosen: Way, text: str, folder: Path) -> str:
    """Give the text to the tool; when that fails, or there is none, to a file. On a thread."""
    if chosen.command:
        try:
            subprocess.run(
                chosen.command,
                input=text.encode("utf-8", "replace"),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=PATIENCE,
                check=True,
            )
            return chosen.word
        except (OSError, subprocess.SubprocessError) as error:
            return f"is in {_keep(text, folder)}, for {chosen.command[0]} failed ({type(error).__name__})"
    return f"is in {_keep(text, folder)}, for this terminal has no clipboard"


def _keep(text: str, folder: Path) -> Path:
    """Write the text to a private file; raises InvalidValue when no folder takes it."""
    import tempfile

    for place in (os.environ.get("XDG_RUNTIME_DIR"), tempfile.gettempdir(), folder):
        if place and Path(place).is_dir() and os.access(place, os.W_OK):
            handle, name = tempfile.mkstemp(prefix="localstore-copied-", suffix=".txt", dir=place)
            with os.fdopen(handle, "wb") as file:
                file.write(text.encode("utf-8", "replace"))
            return Path(name)
    raise InvalidValue("Nothing was copied: no clipboard was found, and no folder takes a file.")
