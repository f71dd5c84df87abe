"""One round: what changed here goes to the server, what changed there comes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from tui.cli.output import emit, size, write
from tui.cli.program import command
from tui.cli.questions import confirm, counted
from tui.cli.session import Session

if TYPE_CHECKING:
    from localstore.store import Store
    from sync.rounds import Estimate, Round
    from sync.shapes import Progress

STOPPED = "What was carried stays; 'localstore sync' goes on."


@command("localstore sync", "localstore sync round --dry-run --json")
@click.option("--dry-run", is_flag=True, help="Say what would go either way; carry nothing.")
@click.option("--yes", is_flag=True, help="Do not ask before the first round.")
def entry(session: Session, dry_run: bool, yes: bool) -> None:
    """Carry changes both ways between the store and its server.

    Exit code 3 when conflicts wait for you, 4 when the server cannot be reached; nothing is lost either way.
    """
    from sync.protocol import sync
    from sync.standing import is_first, status

    session.stopped = STOPPED
    with session.changing() as store:
        if dry_run or is_first(store):
            estimate = _estimated(session, store)
            if dry_run:
                _show(session, estimate)
                return
            _ask(session, estimate, yes=yes)
        with phases(session) as report:
            done = sync(store, report=report)
        waiting = status(store).conflicts
    if not emit(session, asdict(done) | {"waiting": waiting}):
        write(told(done))
        if waiting:
            write(f"{waiting:,} {'conflict waits' if waiting == 1 else 'conflicts wait'}: 'localstore sync conflicts'.")
    if waiting:
        raise SystemExit(3)


def _estimated(session: Session, store: Store) -> Estimate:
    from sync.estimating import estimate

    return estimate(store)


def _show(session: Session, estimate: Estimate) -> None:
    if emit(session, asdict(estimate)):
        return
    for way, tables in (("up", estimate.up), ("down", estimate.down)):
        write(f"{way}: " + (_listed(tables) or "nothing"))


def _listed(tables: dict[str, tuple[int, int]]) -> str:
    counts = {name: count for name, (count, _) in tables.items() if count}
    return f"{counted(counts)} (about {size(sum(b for _, b in tables.values()))})" if counts else ""


def _ask(session: Session, estimate: Estimate, *, yes: bool) -> None:
    session.say("The first round would carry")
    session.say(f"  up: {_listed(estimate.up) or 'nothing'}")
    session.say(f"  down: {_listed(estimate.down) or 'nothing'}")
    confirm(session, "Go on?", yes=yes)


def phases(session: Session) -> AbstractContextManager[Callable[[Progress], None]]:
    """Show a bar for each phase of a round."""
    from tui.cli.sync_bars import bars

    return bars(session)


def told(done: Round) -> str:
    """Return one sentence of what a round did."""
    parts = []
    for word, tables in (("pushed", done.pushed), ("pulled", done.pulled), ("deleted here", done.deleted_here)):
        if tables:
            parts.append(f"{word} {sum(tables.values()):,} ({counted(tables)})")
    words = "new conflict" if done.conflicts == 1 else "new conflicts"
    for word, number in (("refused", done.refused), ("busy there", done.busy), (words, done.conflicts)):
        if number:
            parts.append(f"{number:,} {word}")
    return ("; ".join(parts) if parts else "Nothing to do") + f" in {done.seconds:.1f} s."
