"""A text in the person's own editor: ``$VISUAL``, else ``$EDITOR``, else what the platform has."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path

from localstore.errors import InvalidValue


def edit_in_terminal(text: str, suffix: str = ".md") -> str | None:
    """Return what the editor saved, None when it changed nothing.

    The text lies in a file of mode 0600 that is deleted afterwards. Raises InvalidValue when there is no editor,
    it fails, or what it saved is not UTF-8.
    """
    command = _command()
    with tempfile.TemporaryDirectory(prefix="localstore-") as folder:
        file = Path(folder) / f"text{suffix}"
        file.touch(mode=0o600)
        file.write_bytes(text.encode("utf-8"))
        try:
            code = subprocess.run([*command, str(file)], check=False).returncode
        except OSError as error:
            raise InvalidValue(f"{command[0]!r} cannot be started ({error.strerror}): set $EDITOR") from None
        if code:
            raise InvalidValue(f"{command[0]!r} ended with code {code}: nothing was changed")
        return _read(file, text)


def _read(file: Path, before: str) -> str | None:
    try:
        after = file.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidValue(f"what the editor saved cannot be read as UTF-8 ({error}): nothing was changed") from None
    if after == before or after.removesuffix("\n") == before:
        return None
    return after


def _command() -> list[str]:
    named = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if named:
        return shlex.split(named)
    found = next((name for name in ("editor", "nano", "vi") if shutil.which(name)), None)
    if found is None:
        raise InvalidValue("no editor was found: set $EDITOR")
    return [found]
