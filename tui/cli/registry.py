"""Which commands there are: the files of a folder, found by looking, imported when called."""

from __future__ import annotations

import os
from functools import cache
from importlib import import_module

import click

FOLDER = os.path.dirname(__file__)  # noqa: PTH120 - pathlib would be 1 ms of every start
COMMANDS = "commands"
"""Beside this file: the program's own commands. Groups of many commands have a folder each (``sync``)."""


@cache
def names(folder: str = COMMANDS) -> dict[str, str]:
    """Return a folder's commands as name → module. ``import_.py`` is ``import``, ``api_keys.py`` ``api-keys``."""
    files = os.listdir(os.path.join(FOLDER, folder))  # noqa: PTH118, PTH208
    stems = [file[:-3] for file in sorted(files) if file.endswith(".py") and file[0] != "_"]
    return {stem.strip("_").replace("_", "-"): stem for stem in stems}


def summary(name: str, folder: str = COMMANDS) -> str:
    """Return the first line of a command's file, without importing it."""
    path = os.path.join(FOLDER, folder, f"{names(folder)[name]}.py")  # noqa: PTH118
    with open(path, encoding="utf-8") as file:  # noqa: PTH123
        return file.readline().strip().strip('"')


def load(name: str, folder: str = COMMANDS) -> click.Command | None:
    """Import a command's file and return its ``entry``; None when there is no such command."""
    return need(name, folder) if name in names(folder) else None


def need(name: str, folder: str = COMMANDS) -> click.Command:
    """Import the file of a command that is there."""
    entry: click.Command = import_module(f"tui.cli.{folder}.{names(folder)[name]}").entry
    entry.name = name
    return entry
