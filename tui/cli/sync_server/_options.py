"""What the administrator's commands share: the server's address, how tables are named, how steps are told."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from tui.cli.output import emit, write
from tui.cli.session import Session

if TYPE_CHECKING:
    from sync.postgres.server.finding import Place


def _address(_: click.Context, __: click.Parameter, value: str) -> str:
    """Take ``-`` for one line of stdin: a password on the command line is seen by everyone on the machine."""
    return sys.stdin.readline().strip() if value == "-" else value


def server(function: Any) -> Any:
    """Add the server's address and --insecure."""
    insecure = click.option(
        "--insecure", is_flag=True, help="Without TLS beyond this machine, on a network that you trust."
    )
    return click.argument("url", callback=_address)(insecure(function))


def tables(function: Any) -> Any:
    """Add what says how a database has the thirteen tables."""
    options = (
        click.option("--map", "maps", multiple=True, metavar="T=S.N", help="Our table T is S.N there; repeatable."),
        click.option(
            "--naive-timestamps", type=click.Choice(["utc"]), help="Timestamps without a zone are taken for UTC."
        ),
        click.option("--device-role", metavar="NAME", help="A login role for devices that exists already."),
    )
    for option in reversed(options):
        function = option(function)
    return function


def mapping(maps: Sequence[str]) -> dict[str, Place]:
    """Read the --map options."""
    from sync.postgres.server.survey import parse_mapping

    return parse_mapping(maps)


def told(session: Session, steps: Sequence[str], nothing: str) -> None:
    """Write what was done, a line each; *nothing* when nothing was."""
    if emit(session, {"steps": list(steps)}):
        return
    for step in steps:
        write(f"{step[0].upper()}{step[1:]}.")
    if not steps:
        session.say(nothing)
