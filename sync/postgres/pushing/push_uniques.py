"""Unique values that another row of the server has: what becomes of ours, as ``localstore.sync_rules`` says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from localstore import ids, tables, values
from localstore.embeddings import TEXT
from localstore.models import BY_NAME
from localstore.sync_rules import RULES, Merge, Unique
from sync.local.images import name_of, same
from sync.postgres.pushing.push_locks import Locked, lock
from sync.shapes import Change, Conflict, Image, Key, Kind

if TYPE_CHECKING:
    from sync.postgres.pushing.push import Pushing

ITEM = "item_id"
SUFFIXES = 1_000


@dataclass
class Plan:
    """What is to be done for one change: the columns to send, and the row as it will be then."""

    change: Change
    theirs: Image | None
    sent: Image
    expected: Image
    conflicts: list[Conflict] = field(default_factory=list)

    @property
    def key(self) -> Key:
        """Return the row's key."""
        return self.change.key

    def put(self, column: str, value: Any) -> None:
        """Send another value than ours."""
        self.sent[column] = self.expected[column] = value


def settle_uniques(pushing: Pushing, tbl: str, plans: list[Plan], locked: Locked) -> list[Plan]:
    """Return the plans that can be carried out now; the others are moved, refused or put off in *pushing*."""
    freed = _freed(tbl, plans, locked)
    return [plan for plan in plans if _is_free(pushing, tbl, plan, locked, freed)]


def _freed(tbl: str, plans: list[Plan], locked: Locked) -> set[tuple[str, Any]]:
    """Return the values that rows of this batch give up for others: a swap is no collision."""
    columns = RULES[tbl].unique
    return {
        (column, plan.theirs[column])
        for plan in plans
        if plan.theirs
        for column in columns
        if column in plan.sent and plan.sent[column] != plan.theirs[column]
    }


def _is_free(pushing: Pushing, tbl: str, plan: Plan, locked: Locked, freed: set[tuple[str, Any]]) -> bool:
    for column, policy in RULES[tbl].unique.items():
        at = (column, plan.sent.get(column))
        if at[1] is None or at not in locked.taken or at in freed:
            continue
        holder = locked.taken[at]
        if holder is not None and holder["id"] == plan.key.pk:
            continue
        if holder is not None and holder["id"] in pushing.deleting(tbl):
            pushing.put_off(plan)
            return False
        if not _POLICIES[policy](pushing, plan, column, holder):
            return False
    return True


def _same_row(pushing: Pushing, plan: Plan, column: str, holder: Image | None) -> bool:
    if plan.theirs is None and holder is not None:
        pushing.move(plan.key, holder["id"])
    else:
        pushing.refuse_taken(plan, column, holder)
    return False


def _rename(pushing: Pushing, plan: Plan, column: str, holder: Image | None) -> bool:
    taken = str(plan.sent[column])
    free = _free_name(pushing, plan.key, column, taken)
    if free is None:
        pushing.refuse_taken(plan, column, holder)
        return False
    plan.put(column, free)
    reason = f"{column} {taken!r} is taken on the server: ours is {free!r} now"
    plan.conflicts.append(Conflict(plan.key, Kind.TAKEN, None, {column: taken}, {column: free}, reason))
    return True


def _free_name(pushing: Pushing, key: Key, column: str, taken: str) -> str | None:
    """Return the first of ``taken-2``, ``taken-3`` … that nobody has, asked for in growing handfuls."""
    first, count = 2, 8
    while first < SUFFIXES:
        names = [f"{taken}-{number}" for number in range(first, first + count)]
        asked = {ids.natural_id("name", name): name for name in names}
        held = {value for _, value in lock(pushing.session, key.tbl, (), {column: asked}).taken}
        free = next((name for name in names if name not in held and (column, name) not in pushing.named), None)
        if free is not None:
            pushing.named.add((column, free))
            return free
        first, count = first + count, count * 4
    return None


def _stays(pushing: Pushing, plan: Plan, column: str, holder: Image | None) -> bool:
    checksum = plan.expected.get("checksum")
    if plan.theirs is None and holder is not None and checksum and checksum == holder.get("checksum"):
        pushing.move(plan.key, holder["id"])
    else:
        pushing.refuse_taken(plan, column, holder)
    return False


def _refused(pushing: Pushing, plan: Plan, column: str, holder: Image | None) -> bool:
    pushing.refuse_taken(plan, column, holder)
    return False


def _moves(pushing: Pushing, plan: Plan, column: str, holder: Image | None) -> bool:
    """A vector sits on the text already: another model's keeps it, of the same model's the fitting one stays."""
    if holder is None:
        pushing.refuse_taken(plan, column, holder)
        return False
    if holder["model_id"] == plan.expected["model_id"]:
        return _one_vector(pushing, plan, holder)
    item = plan.expected.get(ITEM) or _item_of(pushing, plan.key.tbl, column, str(plan.sent[column]))
    if item is None:
        pushing.wait(plan.key)
        return False
    meta = values.from_json(plan.expected["meta_data"])
    meta[TEXT] = plan.sent[column]
    plan.put("meta_data", values.to_json(meta))
    plan.put(ITEM, item)
    plan.put(column, None)
    return True


def _item_of(pushing: Pushing, tbl: str, column: str, pk: str) -> str | None:
    """Return the item of a text: of this batch, or of the server; None when others hold the text just now."""
    parent = next(parent for name, parent, _ in tables.references(BY_NAME[tbl]) if name == column)
    key = Key(name_of(parent), pk)
    row = pushing.batch_row(key) or lock(pushing.session, key.tbl, [pk]).rows.get(pk)
    return str(row[ITEM]) if row else None


def _one_vector(pushing: Pushing, plan: Plan, holder: Image) -> bool:
    """Two rows are the same vector's: ours becomes the server's row, with our numbers when only they fit the text."""
    ours, tbl = plan.change.ours, plan.key.tbl
    assert ours is not None
    derived = [name for name, rule in RULES[tbl].merges.items() if rule is Merge.DERIVED]
    equal = all(same(BY_NAME[tbl], name, ours[name], holder[name]) for name in derived)
    if equal or pushing.fits is None or pushing.fits(holder) or not pushing.fits(ours):
        pushing.move(plan.key, holder["id"])
        return False
    found = lock(pushing.session, tbl, [holder["id"]]).rows.get(holder["id"])
    if found is None:
        pushing.wait(plan.key)
        return False
    sent = {"id": found["id"], **{name: ours[name] for name in (*derived, "meta_data", "updated_at")}}
    pushing.replace(Change(Key(tbl, found["id"]), found, found, 0), sent)
    pushing.move(plan.key, found["id"])
    return False


_POLICIES = {
    Unique.SAME_ROW: _same_row,
    Unique.RENAME: _rename,
    Unique.STAYS: _stays,
    Unique.REFUSED: _refused,
    Unique.MOVES: _moves,
}
