"""Show the terminal UI in a browser of this machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tui.cli.output import emit, write
from tui.cli.program import command
from tui.cli.session import Session

if TYPE_CHECKING:
    from contextlib import ExitStack

    from tui.serving.server import Server

DEBUG = " Serve with --debug to see where."


@command("localstore serve --port 8700", "localstore serve --read-only --open")
@click.option("--port", type=click.IntRange(0, 65535), default=8642, show_default=True, help="0: any that is free.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Or ::1; this machine's own, no other.")
@click.option("--read-only", is_flag=True, help="Change nothing.")
@click.option("--open", "show", is_flag=True, help="Open it in your browser too.")
def entry(session: Session, port: int, host: str, read_only: bool, show: bool) -> None:
    """Show the terminal UI in a browser of this machine.

    Prints an address that ends in a secret: who has it may do in the store what you may. Each tab has a process of its
    own, which ends with the tab; Ctrl-C ends all.
    """
    import asyncio

    from tui.serving.address import checked_host, listening

    socket = listening(checked_host(host), port)
    from tui.serving.server import Server

    server = Server(_path(session), socket, read_only=read_only, debug=session.debug)
    server.died = lambda: session.say(f"A visitor's program ended unexpectedly.{'' if session.debug else DEBUG}")
    with socket:
        asyncio.run(_serve(session, server, show))


async def _serve(session: Session, server: Server, show: bool) -> None:
    from contextlib import ExitStack

    with ExitStack() as until_the_end:
        await server.run(lambda: _tell(session, server, until_the_end if show else None))
    session.say("Ended; drafts are kept.")


def _tell(session: Session, server: Server, show: ExitStack | None) -> None:
    """Say where it is; *show* keeps what a browser was opened with."""
    import sys

    if not emit(session, {"address": server.address, "store": str(server.path), "read_only": server.read_only}):
        write(server.address)
    sys.stdout.flush()
    session.say(f"{server.path} is in the browser{', for reading only' if server.read_only else ''}; Ctrl-C ends it.")
    if show is not None:
        from tui.serving.shown import way_in

        if not show.enter_context(way_in(server.address)):
            session.say("No browser was found: open the address in one yourself.")


def _path(session: Session) -> Path:
    from localstore.store import default_path

    return Path(session.store_path or default_path()).expanduser().absolute()
