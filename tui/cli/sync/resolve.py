"""Settle what waits for you: mine, theirs, both, or a value of your own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from tui.cli.output import emit
from tui.cli.program import command
from tui.cli.progress import bar
from tui.cli.questions import confirm
from tui.cli.references import from_input
from tui.cli.session import Session

if TYPE_CHECKING:
    from localstore.store import Store

LEFT = 3
HOW = ("mine", "theirs", "both", "revive", "retry")


@command("localstore sync resolve --all theirs --yes")
@click.argument("words", metavar="[ID... HOW]", nargs=-1)
@click.option("--value", metavar="JSON", help='Your own value, or {"column": value} where several are in dispute.')
@click.option("--all", "every", type=click.Choice(["mine", "theirs"]), help="Settle all that waits.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def entry(session: Session, words: tuple[str, ...], value: str | None, every: str | None, yes: bool) -> None:
    """Settle conflicts: ID is a conflict's id, a part of it, @last, or - for ids on stdin.

    HOW is mine, theirs, both (texts and lists), revive (rows that were deleted) or retry (rows that were refused or
    could not be read). A choice is an ordinary edit: it is pushed with the next sync, and 'localstore undo' takes it
    back; --all cannot be undone as a whole.
    """
    if every:
        if words or value is not None:
            raise click.UsageError("--all takes no ID and no --value")
        _all(session, every, yes)
    elif value is not None:
        if words and words[-1] in HOW:
            raise click.UsageError(f"{words[-1]} and --value are two choices: say one of them")
        _some(session, words, "value", _read(value))
    else:
        _some(session, words[:-1], _how(words), None)


def _how(words: Sequence[str]) -> str:
    if len(words) < 2 or words[-1] not in HOW:
        raise click.UsageError(f"say ID and one of {', '.join(HOW)}, or --value JSON, or --all mine")
    return words[-1]


def _read(text: str) -> Any:
    from localstore import values
    from localstore.errors import InvalidValue

    try:
        return values.from_json(text)
    except (InvalidValue, ValueError) as error:
        raise click.UsageError(f"--value is not JSON ({error}); a text stands in quotes: --value '\"text\"'") from None


def _some(session: Session, words: Sequence[str], how: str, value: Any) -> None:
    """Settle one after the other; those before one that fails stay settled."""
    from sync.conflicts import get
    from sync.resolution.resolving import resolve

    if not words:
        raise click.UsageError("say which conflict: its id, or @last")
    session.stopped = "What was settled stays."
    with session.changing() as store:
        chosen = [get(store, ref).id for ref in from_input(words)]  # all of them are there, before any is settled
        done = [resolve(store, ref, how, value) for ref in chosen]
    settled = [{"id": each.id, "table": each.tbl, "row": each.pk, "label": each.label, "how": how} for each in done]
    if emit(session, {"resolved": settled}):
        return
    for each in done:
        session.say(f"Settled ({how}): {each.label}. 'localstore undo' takes it back.")


def _all(session: Session, how: str, yes: bool) -> None:
    from sync.resolution.resolving import resolve_all

    session.stopped = "What was settled stays: the same command goes on with the rest."
    with session.changing() as store:
        if not _preview(session, store, how, yes):
            return
        with bar(session, f"settle: {how}") as report:
            done = resolve_all(store, how, report)
    if not emit(session, {"resolved": done.done, "left": done.left, "why": done.why or None}):
        session.say(f"Settled {done.done:,} ({how}).")
        if done.left:
            session.say(f"{done.left:,} still wait; the first: {done.why}. See 'localstore sync conflicts'.")
    if done.left:
        click.get_current_context().exit(LEFT)


def _preview(session: Session, store: Store, how: str, yes: bool) -> bool:
    """Say what waits, and ask; tell whether there is anything to settle."""
    from sync.conflicts import counts

    found = counts(store)
    whole = sum(found.values())
    if not whole:
        if not emit(session, {"resolved": 0, "left": 0, "why": None}):
            session.say("Nothing waits for you.")
        return False
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in found.items())
    session.say(f"{whole:,} {'conflict' if whole == 1 else 'conflicts'}: {kinds}.")
    confirm(session, f"Settle {'it' if whole == 1 else 'all of them'} with {how}?", yes=yes)
    return True
