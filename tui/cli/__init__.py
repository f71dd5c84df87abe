"""The command line: the twin of the terminal UI for scripts, pipes and screen readers.

A command is a file in ``commands``: its name is the command's, the first line of its docstring the summary, and
its ``entry`` the command itself. ``localstore --help`` reads the first lines; a command's file is imported when
the command is called.
"""

from __future__ import annotations

import atexit
import gc

ALLOCATIONS = 50_000
"""Allocations between two collections: importing a command's modules is worth none."""


def main() -> None:
    """Run the command that the process was started with, and exit."""
    gc.set_threshold(ALLOCATIONS, 20, 20)
    atexit.register(gc.freeze)  # what ends with the process need not be collected first
    try:
        from tui.cli.program import program
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    program.main(prog_name="localstore")
