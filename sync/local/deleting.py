"""Rows that are gone on the server: deleted here, without losing what only this file has.

Edited rows, and rows that the server never had and that hang on one that is gone, go to conflicts whole, before the
cascade would eat them. A row that the server never had is not gone: it was made again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from localstore import ids, tables, values
from localstore.connection import Connection
from localstore.models import CASCADE, TABLES, Content, Embedding, FileAsset, Item, User
from localstore.models import Row as Model
from sync.conflicts import settle
from sync.local import derived, dirty
from sync.local.above import above
from sync.local.arrivals import ASIDE, Arrivals, aside
from sync.local.images import joined, name_of, unpacked
from sync.local.returning import Homeless, is_going, return_moved
from sync.local.shared_rows import unknown
from sync.local.upserts import insert_sql
from sync.merge import edited
from sync.shapes import Conflict, Image, Key, Kind, Row

if TYPE_CHECKING:
    from localstore.store import Store

LABEL = "deleted on the server"
_PERSONAL = (Item, Content, FileAsset)
"""Whose deletions go to the trash; vectors and links go with them."""


class _Noted(NamedTuple):
    """A row that is about to go and that is not in step."""

    tbl: str
    pk: str
    base: str | None
    vector: bytes | None
    new: int


def delete(store: Store, arrivals: Arrivals, model: type[Model], keys: Sequence[str]) -> None:
    """Delete rows and what hangs on them, within the caller's transaction."""
    connection, table = arrivals.connection, name_of(model)
    for pk in aside(connection, table, keys):
        settle(connection, Key(table, pk), "gone on the server", ASIDE)
        arrivals.loose.forget(Key(table, pk))
    gone = _gone(connection, model, keys, store.local_user_id)
    if not gone:
        return
    homeless = _spread_around(arrivals, model, gone)
    for noted in list(_noted(connection)):
        arrivals.conflicts += _lifted(connection, noted)
    counts = dict(connection.execute("SELECT tbl, count(*) FROM temp.going GROUP BY tbl").fetchall())
    arrivals.applied.deleted += counts.get(table, 0)
    homes = _homes(connection)
    _loosen(connection, arrivals)
    _to_trash(store, connection, model, gone)
    connection.execute(
        f"DELETE FROM {table} WHERE {tables.keys_in(model, 'SELECT value FROM json_each(?)')}",
        (values.to_json(gone),),
    )
    _forget(connection, homes)
    for each in homeless:
        arrivals.park(each.model, each.key, each.image, each.missing)


def _gone(connection: Connection, model: type[Model], keys: Sequence[str], local_user: str) -> list[str]:
    """Return the rows that are here and that the server had; notes of those gone on both sides are dropped."""
    table, among = name_of(model), values.to_json([pk for pk in keys if model is not User or pk != local_user])
    there = f"EXISTS (SELECT 1 FROM {table} t WHERE {joined(model, 'j.value')})"
    connection.execute(
        f"DELETE FROM sync_dirty WHERE tbl = '{table}' AND pk IN"
        f" (SELECT j.value FROM json_each(?) j WHERE NOT {there})",
        (among,),
    )
    sql = f"SELECT j.value FROM json_each(?) j WHERE {there} AND NOT {unknown(table, 'j.value')}"
    return [pk for (pk,) in connection.execute(sql, (among,))]


def _spread_around(arrivals: Arrivals, model: type[Model], keys: Sequence[str]) -> list[Homeless]:
    """Spread the deletion around rows that the server has elsewhere; return those whose place is not here."""
    homeless: list[Homeless] = []
    found = 1
    while found:
        _spread(arrivals.connection, model, keys)
        found, without = return_moved(arrivals)
        homeless += without
    return homeless


def _spread(connection: Connection, model: type[Model], keys: Sequence[str]) -> None:
    """Fill ``temp.going(tbl, pk, level)`` with the rows and all that their deletion takes along."""
    connection.execute(
        "CREATE TEMP TABLE IF NOT EXISTS going (tbl TEXT, pk TEXT, level INTEGER, PRIMARY KEY (tbl, pk)) WITHOUT ROWID;"
        "DELETE FROM temp.going"
    )
    sql = "INSERT INTO temp.going SELECT ?, value, 0 FROM json_each(?)"
    connection.execute(sql, (name_of(model), values.to_json(list(keys))))
    level, found = 0, 1
    while found:
        found = 0
        for parent in TABLES:
            for child, column, action in tables.children(parent):
                if action == CASCADE:
                    connection.execute(
                        f"INSERT INTO temp.going SELECT '{name_of(child)}', {tables.key_sql(child, 't')}, ?1"
                        f" FROM temp.going g CROSS JOIN {name_of(child)} t ON t.{column} = g.pk"
                        f" WHERE g.tbl = '{name_of(parent)}' AND g.level = ?2 ON CONFLICT DO NOTHING",
                        (level + 1, level),
                    )
                    found += connection.changes()
        level += 1


# -- what only this file has --------------------------------------------------------------------------------


def _noted(connection: Connection) -> Iterator[_Noted]:
    sql = (
        "SELECT g.tbl, g.pk, d.base, d.base_vector, k.pk IS NOT NULL OR d.base IS NULL FROM temp.going g"
        " LEFT JOIN sync_dirty d ON d.tbl = g.tbl AND d.pk = g.pk"
        " LEFT JOIN sync_kept k ON k.tbl = g.tbl AND k.pk = g.pk WHERE d.pk IS NOT NULL OR k.pk IS NOT NULL"
    )
    for row in connection.execute(sql):
        yield _Noted(*row)


def _lifted(connection: Connection, noted: _Noted) -> list[Conflict]:
    """Return the conflict that keeps a row which was edited, or never sent."""
    model, key = tables.model_of(noted.tbl), Key(noted.tbl, noted.pk)
    ours = tables.need(connection, model, noted.pk)
    whole = tables.image(model, ours)
    gone = above(connection, model, ours, lambda parent: is_going(connection, parent))
    settle(connection, key, "gone on the server", (Kind.REFUSED,))
    if noted.new or noted.base is None:
        return [Conflict(key, Kind.PARENT_GONE, None, whole, gone, _parent(connection, model, ours))]
    base = unpacked(model, noted.base, noted.vector, ours)
    if not edited(model, base, ours):
        return []
    return [Conflict(key, Kind.DELETED_THERE, base, whole, gone, "edited here, deleted on the server")]


def _parent(connection: Connection, model: type[Model], ours: Image) -> str:
    """Say which of a row's parents goes."""
    for column, parent, action in tables.references(model):
        if action == CASCADE and is_going(connection, Key(name_of(parent), ours[column])):
            return f"the {tables.noun(parent)} {ids.short(ours[column])} that it belongs to was deleted on the server"
    return "what it belongs to was deleted on the server"


def _loosen(connection: Connection, arrivals: Arrivals) -> None:
    """Note the keys that the deletion empties: a row that comes back, or is shown again, gets them back."""
    for parent in TABLES:
        for child, column, action in tables.children(parent):
            if action == CASCADE:
                continue
            table = name_of(child)
            sql = (
                f"SELECT t.id, t.{column} FROM temp.going g CROSS JOIN {table} t ON t.{column} = g.pk"
                f" WHERE g.tbl = '{name_of(parent)}' AND NOT EXISTS"
                f" (SELECT 1 FROM temp.going x WHERE x.tbl = '{table}' AND x.pk = t.id)"
            )
            for pk, value in connection.execute(sql).fetchall():
                arrivals.loose.wait(Key(table, pk), column, value)
                _patch_base(connection, Key(table, pk), column, value)


def _patch_base(connection: Connection, key: Key, column: str, value: str) -> None:
    """A key that is emptied for want of its row is no change of ours."""
    change = dirty.read(connection, key)
    if change and change.base is not None and change.base.get(column) == value:
        dirty.rebase(connection, key, change.base | {column: None})


# -- deleting -----------------------------------------------------------------------------------------------


def _homes(connection: Connection) -> list[str]:
    """Return the items whose texts go."""
    sql = "SELECT DISTINCT c.item_id FROM temp.going g CROSS JOIN contents c ON c.id = g.pk WHERE g.tbl = 'contents'"
    return [pk for (pk,) in connection.execute(sql)]


def _to_trash(store: Store, connection: Connection, model: type[Model], keys: Sequence[str]) -> None:
    """Move what belongs to the local user to the trash, as one entry."""
    if model not in _PERSONAL:
        return
    me = store.local_user_id
    own = [name for name, parent, _ in tables.references(model) if parent is User]
    owner = f"t.{own[0]}" if own else "(SELECT i.owner_id FROM items i WHERE i.id = t.item_id)"
    sql = f"SELECT t.id FROM json_each(?) j CROSS JOIN {name_of(model)} t ON t.id = j.value WHERE {owner} = ?"
    roots: list[Any] = [(name_of(model), pk) for (pk,) in connection.execute(sql, (values.to_json(list(keys)), me))]
    if roots:
        spared = _spared(connection)
        entry = store.trash.take(connection, roots, False, f"{len(roots)} {tables.noun(model, len(roots))} {LABEL}")
        _put_back(connection, entry.id, spared)


def _spared(connection: Connection) -> list[Row]:
    """Return vectors that only name a text which goes: the trash takes them along, the server may have them still."""
    sql = (
        f"SELECT {', '.join(f'e.{name}' for name in tables.columns(Embedding))} FROM temp.going g"
        " CROSS JOIN contents c ON c.id = g.pk CROSS JOIN embeddings e ON e.item_id = c.item_id"
        " WHERE g.tbl = 'contents' AND json_extract(e.meta_data, '$.content_id') = c.id AND NOT EXISTS"
        " (SELECT 1 FROM temp.going x WHERE x.tbl = 'embeddings' AND x.pk = e.id)"
    )
    return list(connection.execute(sql))


def _put_back(connection: Connection, entry: str, rows: list[Row]) -> None:
    connection.executemany(insert_sql(Embedding), rows)
    sql = "DELETE FROM trash_rows WHERE trash_id = ? AND tbl = ? AND pk = ?"
    connection.executemany(sql, [(entry, name_of(Embedding), row[0]) for row in rows])


def _forget(connection: Connection, homes: list[str]) -> None:
    """Drop all notes of rows that went, and have what is derived from them looked at."""
    for model in reversed(TABLES):
        table = name_of(model)
        keys = [pk for (pk,) in connection.execute("SELECT pk FROM temp.going WHERE tbl = ?", (table,))]
        if not keys:
            continue
        among = (table, values.to_json(keys))
        for note in ("sync_dirty", "sync_kept", "sync_loose"):
            connection.execute(f"DELETE FROM {note} WHERE tbl = ? AND pk IN (SELECT value FROM json_each(?))", among)
        derived.note_deleted(connection, model, keys, homes)
    connection.execute("DELETE FROM temp.going")
