"""Make a store of sample data, and look around in it."""

from __future__ import annotations

from pathlib import Path

import click

from localstore.errors import InvalidValue
from tui.cli.output import emit, write
from tui.cli.program import command
from tui.cli.session import Session


@command("localstore demo tour.db --no-ui")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--no-ui", is_flag=True, help="Only make it.")
def entry(session: Session, file: Path | None, no_ui: bool) -> None:
    """Make a store of sample data, and look around in it.

    Prints its path, then opens the UI if there is a terminal. FILE is demo.db in your data folder unless said, and
    never your own store. A demo that is there already is opened as it was left.
    """
    path = (file or (Path(session.store_path) if session.store_path else demo_path())).expanduser().absolute()
    items = _fill(path)
    if session.machine:
        emit(session, {"path": str(path), "items": items})
        return
    write(str(path))
    session.say(f"The demo has {items:,} items: 'localstore --store {path} list' shows them.")
    if not no_ui and session.terminal and session.on_screen:
        from tui.cli.commands.ui import open_ui

        open_ui(session, path)


def demo_path() -> Path:
    """Return where the demo lives when nobody says; never where ``$LOCALSTORE`` points."""
    import platformdirs

    return Path(platformdirs.user_data_dir("localstore", appauthor=False)) / "demo.db"


def _fill(path: Path) -> int:
    """Fill a new store, or take the demo that is there; any other file is refused and stays as it is."""
    from localstore import (
        binding,  # noqa: F401 - first: it keeps peewee from importing psycopg
        demo,
    )
    from localstore.store import Store

    if path.exists() and path.stat().st_size:
        with Store.open(path, read_only=True) as store:
            unfilled = store.items.count() == 0 and store.local_user.email == demo.EMAIL
            if not demo.is_demo(store) and not unfilled:
                raise InvalidValue(f"{path} is a store of your own, not a demo: name another file")
    with Store.open(path, email=demo.EMAIL, name=demo.NAME) as store:
        return store.items.count() if demo.is_demo(store) else demo.fill(store)
