"""What happens to a record whose item is there already: pure, from what came and what is stored."""

from __future__ import annotations

from enum import Enum

from localstore.bulk.fingerprint import SOURCE, of_stored
from localstore.bulk.settled import Settled
from localstore.records import ItemRecord

CONFLICTS = ("keep", "update", "copy")


class Decision(Enum):
    """``UPDATE``: changed there and not here (``UPDATE_TEXT``: but for the tags, which stay).

    ``OVERWRITE``: changed here too, and theirs is wanted.
    """

    SKIP = "skip"
    UPDATE = "update"
    UPDATE_TEXT = "update text"
    OVERWRITE = "overwrite"
    KEEP = "keep"
    COPY = "copy"


_ASKED = {"keep": Decision.KEEP, "update": Decision.OVERWRITE, "copy": Decision.COPY}


def decide(came: Settled, stored: ItemRecord, on_conflict: str) -> Decision:
    """Compare what came with what is stored and, for imported items, with what came the last time."""
    if came.own:
        return _decide_own(came, stored, on_conflict)
    base, here = _base(stored), of_stored(stored)
    if base == came.sha256:
        return Decision.SKIP
    if here in (base, came.sha256):
        return Decision.UPDATE
    if base is not None and of_stored(stored, [tag.name for tag in came.tags]) == base:
        return Decision.UPDATE_TEXT
    return _ASKED[on_conflict]


def _base(stored: ItemRecord) -> str | None:
    """Return the hash of what was imported the last time, when the item still says so."""
    source = stored.meta_data.get(SOURCE)
    found = source.get("sha256") if isinstance(source, dict) else None
    return found if isinstance(found, str) else None


def _decide_own(came: Settled, stored: ItemRecord, on_conflict: str) -> Decision:
    """A record with its own UUID has no base; its ``updated_at`` says which version it was made from."""
    if of_stored(stored) == came.sha256 and _same_place(came, stored):
        return Decision.SKIP
    if came.stamped and came.updated_at == stored.updated_at:
        return Decision.UPDATE
    return _ASKED[on_conflict]


def _same_place(came: Settled, stored: ItemRecord) -> bool:
    return came.owner in (None, stored.owner) and came.organization in (None, stored.organization)
