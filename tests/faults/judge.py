"""The judge: a store that was struck reopens, is whole, holds all that was acknowledged, and goes on."""

from __future__ import annotations

import json
from pathlib import Path

from localstore import LocalstoreError, Store
from localstore.errors import NotAStore
from tests.faults import clock, sums, world
from tests.faults.acknowledged import Heard, Model
from tests.faults.numbered import numbered
from tests.faults.writes import Kind, carry_out


def judged(kind: Kind, folder: Path, heard: Heard, model: list[str]) -> list[str]:
    """Return what is wrong, nothing when all is well; *model* are the sums after each step without a fault."""
    try:
        with numbered(2), Store.open(folder / kind.path, email=world.EMAIL) as store:
            wrong = [heard.failure] if heard.failure else []
            wrong += unsound(kind, store) + short(store, heard)
            if kind.whole:
                wrong += torn(kind, store, heard, model)
            wrong += beside(kind, folder, heard)
        return wrong + ([] if kind.whole else unfinished(kind, folder, model)) + stuck(kind, folder)
    except NotAStore as error:
        return [] if unborn(kind, heard) else [f"it is no store any more: {error}"]
    except LocalstoreError as error:
        return [f"it does not open or go on: {type(error).__name__}: {error}"]


def unborn(kind: Kind, heard: Heard) -> bool:
    """Tell whether nobody was told yet that there is a store."""
    return kind.name == "making" and not heard.steps


def unsound(kind: Kind, store: Store) -> list[str]:
    """Return what ``check`` finds, but for what a fault may leave."""
    return [f"check: {finding.message}" for finding in store.check() if finding.kind != kind.left]


def short(store: Store, heard: Heard) -> list[str]:
    """Return the tables that have fewer rows than were acknowledged."""
    found = sums.counts(store, set(heard.least))
    return [
        f"{table}: {found[table]} rows, {least} acknowledged"
        for table, least in heard.least.items()
        if found[table] < least
    ]


def torn(kind: Kind, store: Store, heard: Heard, model: list[str]) -> list[str]:
    """Return a sentence unless all is as after the last step acknowledged, or as after the next."""
    if unborn(kind, heard):
        return []
    allowed = model[max(heard.steps - 1, 0) : heard.steps + 1]
    if sums.total(store) in allowed:
        return []
    return [f"after {heard.steps} steps it is neither as the last left it nor as the next would"]


def unfinished(kind: Kind, folder: Path, model: list[str]) -> list[str]:
    """Return a sentence unless the same write, done again, comes to the end it would have come to."""
    again = Model(kind.whole)
    with numbered(3), clock.later(minutes=1):  # for so long, whoever makes codes may still be at it
        carry_out(kind, folder, again)
    return [] if again.sums[-1] == model[-1] else ["done again, it comes to another end"]


def beside(kind: Kind, folder: Path, heard: Heard) -> list[str]:
    """Return a sentence unless the file that is made beside is absent, or whole; and there once acknowledged."""
    made = folder / kind.made
    if not kind.made or not made.exists():
        return [f"{kind.made} was acknowledged and is not there"] if kind.made and heard.steps > 1 else []
    if made.suffix == ".db":
        with Store.open(made) as copy:
            return unsound(kind, copy)
    lines = made.read_text(encoding="utf-8").splitlines()
    return [] if len([json.loads(line) for line in lines]) >= 46 else [f"{kind.made} has {len(lines)} lines"]


def stuck(kind: Kind, folder: Path) -> list[str]:
    """Return a sentence unless the store takes and finds another item, and closes whole."""
    with Store.open(folder / kind.path) as store:
        item = store.items.add("afterwards", text="still here")
        found = {hit.item_id for hit in store.search("still here").rows}
        return ([] if item.id in found else ["it does not find what it takes"]) + unsound(kind, store)
