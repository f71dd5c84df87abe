"""What the contract of the command line names, and the tree of commands that there is."""

from __future__ import annotations

from collections.abc import Iterator

import click

from tui.cli.program import StoreCommand, StoreGroup, program

PROMISED = (
    "init", "demo", "add", "list", "show", "edit", "rm", "undo", "redo", "trash list", "trash restore", "trash empty",
    "content add", "content edit", "content rm", "content move", "tag add", "tag rm", "tags list", "tags rename",
    "tags merge", "tags color", "tags rm", "search", "import", "export", "users list", "users add", "users edit",
    "users rm", "users set-password", "orgs list", "orgs add", "orgs edit", "orgs rm", "orgs default", "members list",
    "members add", "members edit", "members rm", "models list", "models add", "models edit", "models rm",
    "files attach", "files list", "files verify", "files rm", "files unreferenced", "events list", "events prune",
    "settings get", "settings list", "settings set", "settings unset", "api-keys new", "api-keys list",
    "api-keys verify", "api-keys revoke", "check", "backup", "restore", "recover", "stats", "ui", "serve",
    "similar", "embed", "embed setup", "vectors stats", "vectors recall", "vectors duplicates", "vectors compare",
    "vectors rebuild", "sync link", "sync unlink", "sync share", "sync status", "sync log", "sync verify",
    "sync conflicts", "sync resolve",
    "sync export", "sync import", "sync server init", "sync server check", "sync server repair", "sync server status",
    "sync server ddl", "sync server add-device", "sync server devices", "sync server revoke", "sync server disable",
    "sync server enable", "sync server trim", "sync server uninstall",
)  # fmt: skip


def commands() -> dict[str, StoreCommand | StoreGroup]:
    """Return every command and group by what a person types."""
    return dict(_walk(program, ""))


def _walk(group: click.Group, before: str) -> Iterator[tuple[str, StoreCommand | StoreGroup]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        assert isinstance(found, StoreCommand | StoreGroup)
        yield f"{before}{name}", found
        if isinstance(found, click.Group):
            yield from _walk(found, f"{before}{name} ")


def examples() -> list[tuple[str, str]]:
    """Return every example as (command, line)."""
    return [(name, line) for name, command in commands().items() for line in command.examples]
