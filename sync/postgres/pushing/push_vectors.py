"""Vectors that the server's own triggers changed while a batch was written.

The server answers rows with the hash in place of the vector; a device is not sent what it pushed itself, so that this
answer is the only way on which it learns the vector that the server has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from localstore import tables
from localstore.models import BY_NAME
from sync.local.images import image_of, same
from sync.postgres.pull import fetch
from sync.postgres.pushing.push_uniques import Plan
from sync.postgres.session import Session
from sync.shapes import Image, Key


def changed_vectors(session: Session, tbl: str, plans: Sequence[Plan], stored: Mapping[Key, Any]) -> dict[Key, Image]:
    """Return, with their bytes, the rows of *stored* whose vector is not the one that was to be there."""
    model = BY_NAME[tbl]
    changed = [
        plan.key.pk
        for plan in plans
        for name in tables.blobs(model)
        if isinstance(image := stored.get(plan.key), dict) and not same(model, name, image[name], plan.expected[name])
    ]
    if not changed:
        return {}
    rows = (image_of(model, row) for row in fetch(session, tbl, changed).rows)
    return {Key(tbl, tables.key_of(model, row)): row for row in rows}
