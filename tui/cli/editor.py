"""The person's own editor: a draft in a file, kept when it cannot be saved."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from localstore.errors import LocalstoreError, NeedsAnswer


class DraftError(LocalstoreError):
    """A draft that cannot be saved; it stays in its file."""


@contextmanager
def edited(text: str) -> Iterator[str]:
    """Lend *text* as the person left it in ``$VISUAL`` or ``$EDITOR``; the line end an editor adds is dropped.

    The draft goes when the block has saved it; when saving fails, DraftError says where it stays.
    """
    path = write_draft(text if text.endswith("\n") else text + "\n")
    open_editor(path)
    found = read_draft(path)
    try:
        yield found if text.endswith("\n") else found.removesuffix("\n")
    except LocalstoreError as error:
        raise DraftError(f"{error} What you wrote stays in {path}.") from error
    path.unlink()


def write_draft(text: str) -> Path:
    """Write a draft to a file that only its owner may read."""
    number, name = tempfile.mkstemp(prefix="localstore-", suffix=".md")
    with os.fdopen(number, "w", encoding="utf-8", newline="") as file:
        file.write(text)
    return Path(name)


def read_draft(path: Path) -> str:
    """Read a draft; DraftError when it is no longer text."""
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise DraftError(f"{path} is not UTF-8 at byte {error.start}: the draft stays there; save it again.") from None


def open_editor(path: Path) -> None:
    """Run the editor and wait; NeedsAnswer when there is none, DraftError when it fails."""
    command = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if not command:
        path.unlink()
        raise NeedsAnswer("There is no editor: set $VISUAL or $EDITOR, such as EDITOR=nano, or give --text.")
    try:
        done = subprocess.run([*shlex.split(command), str(path)], check=False)
    except OSError as error:
        raise DraftError(
            f"{command!r} cannot be started ({error.strerror}): set $EDITOR; the draft is {path}."
        ) from None
    if done.returncode:
        raise DraftError(f"{command!r} ended with exit code {done.returncode}: the draft stays in {path}.")
