"""What of the store is shared; show it or change it."""

from __future__ import annotations

import click

from tui.cli.output import emit, write
from tui.cli.program import command
from tui.cli.session import Session


@command("localstore sync share", "localstore sync share all --no-vectors bge-small")
@click.argument("items", required=False)
@click.option("--no-vectors", multiple=True, metavar="MODEL", help="Vectors of this model stay here; repeatable.")
@click.option("--all-vectors", is_flag=True, help="Vectors of every model go.")
def entry(session: Session, items: str | None, no_vectors: tuple[str, ...], all_vectors: bool) -> None:
    """Show what is shared, or share ITEMS: org (items of an organization), all, or a filter such as '#team'.

    What the server has already stays there and is kept in step.
    """
    from sync.linking import share
    from tui.cli.sync_shares import found_now, shown

    if no_vectors and all_vectors:
        raise click.UsageError("either --no-vectors or --all-vectors")
    with session.changing() as store:
        found = share(store, items, () if all_vectors else no_vectors or None)
        words, count = shown(store, found), found_now(store, found)
    if not emit(session, {"share": found.items, "no_vectors": list(found.no_vectors), "items": count}):
        write(words)
