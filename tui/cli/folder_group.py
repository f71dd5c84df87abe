"""A group whose commands are the files of a folder: found by looking, imported when called."""

from __future__ import annotations

import os
from functools import cached_property
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import click

from tui.cli.program import StoreGroup


class FolderGroup(StoreGroup):
    """``import_.py`` is the command ``import``; a file's first line is its summary, its ``entry`` the command."""

    package = ""

    @cached_property
    def _folder(self) -> str:
        spec = find_spec(self.package)
        assert spec is not None and spec.submodule_search_locations
        return next(iter(spec.submodule_search_locations))

    @cached_property
    def _files(self) -> dict[str, str]:
        stems = sorted(f[:-3] for f in os.listdir(self._folder) if f.endswith(".py") and f[0] != "_")  # noqa: PTH208
        return {stem.strip("_").replace("_", "-"): stem for stem in stems}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the folder's commands."""
        return list(self._files)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the one that was asked for."""
        stem = self._files.get(cmd_name)
        if stem is None:
            return None
        entry: click.Command = import_module(f"{self.package}.{stem}").entry
        entry.name = cmd_name
        return entry

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the default where no command was named."""
        bare = not args or args[0].startswith("-")
        if bare and self.default and not ctx.resilient_parsing:
            named = any(word in self._files or word == "--help" for word in args)
            args = args if named else [self.default, *args]
        return click.Group.parse_args(self, ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List names and summaries; imports none of them."""
        rows = []
        for name, stem in self._files.items():
            with Path(self._folder, f"{stem}.py").open(encoding="utf-8") as file:
                rows.append((name, file.readline().strip().strip('"')))
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def folder_group(name: str, summary: str | None, package: str, *examples: str, default: str = "") -> FolderGroup:
    """Make a group of a package's commands; *default* is run where none is named."""
    made = FolderGroup(name, help=(summary or "").strip(), no_args_is_help=False)
    made.package = package
    made.examples = examples
    made.default = default
    return made
