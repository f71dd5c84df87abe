"""What a person reads when a command fails, and the exit code a script reads.

0 done · 1 error · 2 usage, or a question with nobody to ask · 3 something waits for a person · 4 the server
cannot be reached · 130 stopped with Ctrl-C.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from localstore.errors import LocalstoreError
from tui.cli.visible import lines

if TYPE_CHECKING:
    from tui.cli.session import Session

STOPPED = 130


def report(error: BaseException, session: Session) -> int:
    """Say on stderr what went wrong, in one sentence; return the exit code."""
    if isinstance(error, click.exceptions.Exit):
        return error.exit_code
    if isinstance(error, BrokenPipeError):
        drop_output()
        return 0
    if session.debug and not isinstance(error, click.ClickException):
        _trace(error)
    if isinstance(error, click.UsageError):
        _show_usage(error)
        return error.exit_code
    sentence, code = _sentence(error, session)
    print(sentence, file=sys.stderr)
    return code


def _sentence(error: BaseException, session: Session) -> tuple[str, int]:
    if isinstance(error, KeyboardInterrupt | EOFError | click.Abort):
        return f"\nStopped. {session.stopped}", STOPPED
    if isinstance(error, LocalstoreError):
        return f"Error: {lines(_full_stop(str(error)))}", error.exit_code
    if isinstance(error, click.ClickException):
        return f"Error: {lines(error.format_message())}", error.exit_code
    if isinstance(error, OSError) and error.strerror:
        place = f"{lines(str(error.filename))}: " if error.filename is not None else ""
        return f"Error: {place}{error.strerror}.", 1
    again = "" if session.debug else " Run it again with --debug to see where."
    return f"Error: something unexpected: {type(error).__name__}: {lines(str(error))[:300]}.{again}", 1


def _show_usage(error: click.UsageError) -> None:
    """Say how the command is used; what was typed may have come from elsewhere, and steers no terminal."""
    import io

    shown = io.StringIO()
    error.show(shown)
    print(lines(shown.getvalue()), file=sys.stderr, end="")


def _full_stop(text: str) -> str:
    return text if text.endswith((".", "?", "!", ":")) else f"{text}."


def _trace(error: BaseException) -> None:
    import traceback

    print(lines("".join(traceback.format_exception(error))), file=sys.stderr, end="")


def drop_output() -> None:
    """Let the interpreter flush what is left into nothing: the reader has gone (``| head``)."""
    try:
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, sys.stdout.fileno())
        os.close(nothing)
    except (OSError, ValueError):
        return
