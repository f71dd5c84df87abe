"""Which commands there are: the files of ``commands``, found by looking, imported when called."""

from __future__ import annotations

import os
from functools import cache
from importlib import import_module

import click

FOLDER = os.path.join(os.path.dirname(__file__), "commands")  # noqa: PTH118, PTH120 - pathlib would be 1 ms of every start


@cache
def names() -> dict[str, str]:
    """Return the commands as name → module, by name. ``import_.py`` is ``import``, ``api_keys.py`` ``api-keys``."""
    stems = [file[:-3] for file in sorted(os.listdir(FOLDER)) if file.endswith(".py") and file[0] != "_"]  # noqa: PTH208
    return {stem.strip("_").replace("_", "-"): stem for stem in stems}


def summary(name: str) -> str:
    """Return the first line of a command's file, without importing it."""
    path = os.path.join(FOLDER, f"{names()[name]}.py")  # noqa: PTH118
    with open(path, encoding="utf-8") as file:  # noqa: PTH123
        return file.readline().strip().strip('"')


def load(name: str) -> click.Command | None:
    """Import a command's file and return its ``entry``; None when there is no such command."""
    return need(name) if name in names() else None


def need(name: str) -> click.Command:
    """Import the file of a command that is there."""
    entry: click.Command = import_module(f"tui.cli.commands.{names()[name]}").entry
    entry.name = name
    return entry
