"""A text in the person's own editor: ``$VISUAL``, else ``$EDITOR``, else what the platform has."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from localstore.errors import InvalidValue


class EditorFailed(InvalidValue):
    """The editor failed after something was saved: ``text`` is that, and ``kept`` the file in which it stays."""

    def __init__(self, message: str, text: str, kept: Path) -> None:
        super().__init__(message)
        self.text = text
        self.kept = kept

    def discard(self) -> None:
        """Delete the file: the text is somewhere else now."""
        shutil.rmtree(self.kept.parent, ignore_errors=True)


def edit_in_terminal(text: str, suffix: str = ".md") -> str | None:
    """Return what the editor saved, None when it changed nothing.

    The text lies in a file of mode 0600 that is deleted afterwards, unless it holds work that came to nothing.
    Raises InvalidValue when there is no editor, it fails, or what it saved is empty or not UTF-8; EditorFailed when
    it fails after something was saved.
    """
    command = _command()
    folder = Path(tempfile.mkdtemp(prefix="localstore-"))
    kept = False
    try:
        file = folder / f"text{suffix}"
        file.touch(mode=0o600)
        file.write_bytes(text.encode("utf-8", "replace"))
        failure = _run(command, file)
        after = _read(file, text)
        if failure and after is not None:
            kept = True
            raise EditorFailed(f"{failure}: what it saved is in {file}, and nothing was changed", after, file)
        if failure:
            raise InvalidValue(f"{failure}: nothing was changed")
        return after
    except Unreadable as error:
        kept = True
        raise InvalidValue(f"{error}: it stays in {folder / f'text{suffix}'}, and nothing was changed") from None
    finally:
        if not kept:
            shutil.rmtree(folder, ignore_errors=True)


class Unreadable(Exception):
    """What the editor saved is no text."""


def _run(command: list[str], file: Path) -> str:
    """Run the editor and wait; return how it failed, in words, or nothing."""
    try:
        code = subprocess.run([*command, str(file)], check=False).returncode
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InvalidValue(f"{command[0]!r} cannot be started ({reason}): set $EDITOR") from None
    if code < 0:
        name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
        return f"{command[0]!r} was killed ({name})"
    return f"{command[0]!r} ended with code {code}" if code else ""


def _read(file: Path, before: str) -> str | None:
    try:
        after = file.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unreadable(f"what the editor saved cannot be read as UTF-8 (byte {error.start})") from None
    except OSError as error:
        raise InvalidValue(f"the editor left no file to read ({error.strerror}): nothing was changed") from None
    if after == before or after.removesuffix("\n") == before:
        return None
    if not after.strip():
        raise InvalidValue("the editor left the file empty: nothing was changed")
    return after


def _command() -> list[str]:
    named = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if named:
        try:
            return shlex.split(named) or [named]
        except ValueError as error:
            raise InvalidValue(f"$EDITOR cannot be read ({error}): {named!r}") from None
    found = next((name for name in ("editor", "nano", "vi") if shutil.which(name)), None)
    if found is None:
        raise InvalidValue("no editor was found: set $EDITOR")
    return [found]
