"""People who are gone and own what is here: the store's own person, and owners of items and files.

Everything somebody owns would go to the trash with them, from where it could not come back; so they are made anew.
"""

from __future__ import annotations

from collections.abc import Iterator

from localstore import ids, tables
from localstore.checking.finding import Finding, Inquiry
from localstore.models import TABLES, Row, User

OWNER = "owner_id"
_LOST = "lost.invalid"
"""Where the address of somebody lies of whom only the id is known; no such place can be (RFC 2606)."""


def owned() -> list[type[Row]]:
    """Return the tables whose rows belong to a person."""
    return [model for model in TABLES if OWNER in tables.columns(model)]


def owners(asked: Inquiry) -> Iterator[Finding]:
    """Look for each owner, and for the local user."""
    gone = "NOT EXISTS (SELECT 1 FROM users u WHERE u.id = {0})"
    parts = [f"SELECT {OWNER} FROM {model._meta.table_name} t WHERE {gone.format('t.' + OWNER)}" for model in owned()]
    parts.append(f"SELECT value FROM local_state WHERE key = 'local_user' AND {gone.format('value')}")
    with asked.reading() as connection:
        lost = sorted(str(pk) for (pk,) in connection.execute(" UNION ".join(parts)))
    if not lost:
        return
    message = f"{len(lost)} people are gone who own what is here, such as {ids.short(lost[0])}"
    advice = f"bring them back, or 'check --repair' makes them anew as ID@{_LOST}"
    found = Finding("reference", "users", len(lost), f"{message}: {advice}", row=lost[0])
    if asked.repair:
        asked.keep()
        with asked.store.action("check.owners") as action:
            for pk in lost:
                action.insert(User, {"id": pk, "email": f"{pk}@{_LOST}"})
        found = found.mended()
    yield found
