"""Write the help of every command into the page of commands: ``python -m tests.tui.cli.command_pages``.

A test compares the page with what this writes, so that the page names every command, option and setting there is.
"""

from __future__ import annotations

import re
from pathlib import Path

import click

from localstore.setting_keys import KNOWN
from localstore.values import to_json
from tests.tui.cli.contract import commands
from tui.cli.program import OPTIONS, StoreCommand, StoreGroup

PAGE = Path(__file__).parents[3] / "docs" / "commands.md"
BEGIN, END = "<!-- commands: written by python -m tests.tui.cli.command_pages -->\n", "<!-- end of commands -->"
SHARED = "\nOptions of every command:\n"
HELP = re.compile(r"\n +--help .*\Z")


def pages() -> str:
    """Return the settings and the help of every command as Markdown."""
    return "\n".join(["## Settings", "", *_settings(), "", "## All commands", "", *map(_page, commands())])


def _settings() -> list[str]:
    rows = [f"| `{key}` | {known.takes} | `{to_json(known.default)}` | {known.help} |" for key, known in KNOWN.items()]
    return ["| key | takes | unless set | what |", "|---|---|---|---|", *sorted(rows)]


def _page(name: str) -> str:
    return f"### {name}\n\n```text\n{_help(name, commands()[name])}\n```\n"


def _help(name: str, command: StoreCommand | StoreGroup) -> str:
    """Return the help without the options that every command takes, 80 columns wide on any terminal."""
    context = click.Context(command, info_name=f"localstore {name}", terminal_width=80)
    before, _, rest = command.get_help(context).partition(SHARED)
    own = HELP.sub("", before.rstrip()).rstrip().removesuffix("\n\nOptions:")
    return f"{own}\n{_after(rest)}".strip()


def _after(rest: str) -> str:
    """Return what stands behind the shared options: the examples."""
    lines = rest.splitlines()
    shared = 0
    while shared < len(lines) and (lines[shared].startswith(" ") or not lines[shared]):
        shared += 1
    kept = "\n".join(lines[shared:]).strip()
    return f"\n{kept}" if kept else ""


def shared_options() -> list[str]:
    """Return the names of the options that every command takes."""
    return [name for option in OPTIONS for name in option.opts]


def written(page: str) -> str:
    """Return the page with the help as it is now."""
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n{pages()}\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
