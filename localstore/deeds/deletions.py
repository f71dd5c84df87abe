"""Deletions as a person sees them: what went in several parts is one, with what it holds and how large that is."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from localstore import tables, values
from localstore.deeds.trash import TrashEntry
from localstore.models import TABLES

if TYPE_CHECKING:
    from localstore.store import Store


@dataclass
class Deletion:
    """One deletion: the ids of its entries in the trash, oldest first, and rows per table that went or were freed."""

    parts: list[str]
    deleted_at: str
    label: str
    deleted: Counter[str] = field(default_factory=Counter)
    freed: Counter[str] = field(default_factory=Counter)


class Inside(NamedTuple):
    """A row of a deletion: its table and what a person knows it by; ``freed`` stayed, without what was deleted."""

    table: str
    key: str
    words: str
    freed: bool


def deletions(store: Store) -> list[Deletion]:
    """Return what can be restored, newest first."""
    sql = (
        "SELECT id, deleted_at, label, json_extract(counts, '$.deleted'), json_extract(counts, '$.freed')"
        " FROM trash ORDER BY deleted_at DESC, id"
    )
    found: dict[tuple[str, str], Deletion] = {}
    with store.reading() as connection:
        for pk, at, label, deleted, freed in connection.execute(sql):
            one = found.setdefault((at, label), Deletion([], at, label))
            one.parts.append(pk)
            one.deleted.update(json.loads(deleted))
            one.freed.update(json.loads(freed))
    return list(found.values())


def joined(entries: Iterable[TrashEntry]) -> list[TrashEntry]:
    """Return entries, newest first, as deletions: the parts of one as its first part, with what all of them took."""
    whole: dict[tuple[str, str], TrashEntry] = {}
    for entry in entries:
        other = whole.get(key := (entry.deleted_at, entry.label))
        whole[key] = _with(entry, other) if other else entry
    return list(whole.values())


def _with(first: TrashEntry, other: TrashEntry) -> TrashEntry:
    deleted = dict(Counter(first.deleted) + Counter(other.deleted))
    freed = dict(Counter(first.freed) + Counter(other.freed))
    return replace(first, deleted=deleted, freed=freed, roots=first.roots + other.roots)


def parts(store: Store, entry: TrashEntry) -> list[str]:
    """Return the ids of all entries of the deletion that *entry* is a part of, oldest first."""
    sql = "SELECT id FROM trash WHERE deleted_at = ? AND label = ? ORDER BY id"
    with store.reading() as connection:
        return [str(pk) for (pk,) in connection.execute(sql, (entry.deleted_at, entry.label))]


def sizes(store: Store) -> dict[str, int]:
    """Return how many bytes each entry of the trash takes; one scan, interruptible."""
    sql = "SELECT trash_id, sum(octet_length(image)) FROM trash_rows GROUP BY trash_id"
    with store.reading() as connection:
        return {str(pk): int(size) for pk, size in connection.execute(sql)}


_NAME = "COALESCE({})".format(
    ", ".join(
        f"substr(image->>'$.{name}', 1, 200)"
        for name in ("title", "name", "filename", "slug", "email", "key", "text", "event_type")
    )
    + ", ''"
)
"""What a person knows a row by; no secret is among these columns."""
_ORDER = " ".join(f"WHEN '{table}' THEN {at}" for at, table in enumerate(("items", "organizations", "users", "tags")))


def inside(store: Store, parts: Sequence[str], limit: int = 500) -> list[Inside]:
    """Return the first rows of a deletion, what a person would look for first."""
    sql = (
        f"SELECT tbl, pk, {_NAME}, kind = 'link' FROM trash_rows"
        " WHERE trash_id IN (SELECT value FROM json_each(?))"
        f" ORDER BY kind = 'link', CASE tbl {_ORDER} ELSE 9 END, tbl, trash_id, seq LIMIT ?"
    )
    with store.reading() as connection:
        rows = connection.execute(sql, (values.to_json(list(parts)), limit)).fetchall()
    return [Inside(table, pk, words, bool(freed)) for table, pk, words, freed in rows]


def counted(counts: dict[str, int]) -> str:
    """Return counts by table in words, in the order of the tables."""
    rank = {str(model._meta.table_name): at for at, model in enumerate(TABLES)}
    ordered = sorted(counts.items(), key=lambda pair: (pair[0] != "items", rank.get(pair[0], 99)))
    return ", ".join(f"{count:,} {tables.noun(tables.model_of(table), count)}" for table, count in ordered if count)
