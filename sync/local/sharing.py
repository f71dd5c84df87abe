"""What is shared: items of organizations, all, or those of a filter; and which rows therefore stay in this file.

Rows that the server never had and that do not go are noted in ``sync_kept`` instead of ``sync_dirty``, so that they
cost nothing again; they come back when they change, when their item is shared, or when the share is another.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from localstore import tables, values
from localstore.connection import Connection
from localstore.errors import InvalidFilter
from localstore.filters import Filter, find_model
from localstore.models import TABLES
from localstore.models import Row as Model
from sync import state
from sync.local.capture import FRESH
from sync.local.images import joined, name_of
from sync.local.shared_rows import ALL, ORG, Rules, is_kept, items_sql

if TYPE_CHECKING:
    from localstore.store import Store

HOME = "home"
"""Why a vector is held whose model's vectors stay here."""


@dataclass(frozen=True, slots=True)
class Share:
    """``items`` is ``org``, ``all`` or a filter; ``no_vectors`` are ids of models whose vectors stay home."""

    items: str = ORG
    no_vectors: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.items

    @classmethod
    def read(cls, connection: Connection) -> Share:
        """Return what is shared now."""
        homely = json.loads(state.get(connection, "no_vectors") or "[]")
        return cls(state.get(connection, "share") or ORG, tuple(homely))

    @classmethod
    def given(
        cls, store: Store, items: str | None, no_vectors: Iterable[str] | None = None, before: Share | None = None
    ) -> Share:
        """Return what a person asked for, over what was before; InvalidFilter for what cannot be."""
        old = before or cls()
        with store.reading() as connection:
            if items is not None and items not in (ORG, ALL):
                if not Filter.parse(items):
                    raise InvalidFilter(f"{items!r} is no share: say org, all, or a filter such as '#team'")
                items_sql(connection, items)
            homely = old.no_vectors
            if no_vectors:
                homely = tuple(sorted(find_model(connection, name) for name in no_vectors))
            elif no_vectors is not None and before is not None:
                homely = ()
        return cls(old.items if items is None else items, homely)

    @staticmethod
    def write(connection: Connection, share: Share) -> None:
        """Change what is shared, and sort all rows anew that the server never had."""
        state.put(connection, "share", share.items)
        state.put(connection, "no_vectors", json.dumps(share.no_vectors))
        _bring_all_back(connection)
        sort(connection)


def rules(connection: Connection, share: Share) -> Rules:
    """Return the conditions of a share in this store."""
    user = state.get(connection, "user_id")
    if user is None:
        (user,) = connection.execute("SELECT value FROM local_state WHERE key = 'local_user'").fetchone()
    items = items_sql(connection, share.items)
    return Rules(items, str(user), share.no_vectors, everything=share.items == ALL)


def goes_sql(connection: Connection, share: Share, model: type[Model]) -> str:
    """Return the condition over ``t`` that a row which the server never had goes there."""
    return rules(connection, share).goes(model)


def sort(connection: Connection, *, every_row: bool = False) -> None:
    """Keep what does not go, set-wise: of the dirty rows without base, or of *every_row* that is not noted yet."""
    found = rules(connection, Share.read(connection))
    for model in TABLES:
        table, key = name_of(model), tables.key_sql(model, "t")
        goes = found.goes(model)
        if every_row:
            noted = f"EXISTS (SELECT 1 FROM sync_dirty d WHERE d.tbl = '{table}' AND d.pk = {key})"
            kept = f"EXISTS (SELECT 1 FROM sync_kept k WHERE k.tbl = '{table}' AND k.pk = {key})"
            order = ", ".join(tables.key_columns(model))
            connection.execute(
                f"INSERT INTO sync_kept (tbl, pk) SELECT '{table}', {key} FROM {table} t"
                f" WHERE NOT {noted} AND NOT {kept} AND NOT ({goes}) ORDER BY {order};"
                f"INSERT INTO sync_dirty (tbl, pk, generation) SELECT '{table}', {key}, {FRESH} FROM {table} t"
                f" WHERE NOT {noted} AND NOT {kept} ORDER BY {order};"
            )
        connection.execute(
            f"INSERT INTO sync_kept (tbl, pk) SELECT d.tbl, d.pk FROM sync_dirty d CROSS JOIN {table} t"
            f" ON {joined(model, 'd.pk')} WHERE d.tbl = '{table}' AND d.base IS NULL AND d.held IS NULL"
            f" AND NOT ({goes}) ON CONFLICT DO NOTHING;"
            f"DELETE FROM sync_dirty WHERE tbl = '{table}' AND base IS NULL AND EXISTS"
            f" (SELECT 1 FROM sync_kept k WHERE k.tbl = '{table}' AND k.pk = sync_dirty.pk)"
        )


def _bring_all_back(connection: Connection) -> None:
    connection.execute(
        "UPDATE sync_dirty SET base = NULL, base_vector = NULL WHERE EXISTS"
        " (SELECT 1 FROM sync_kept k WHERE k.tbl = sync_dirty.tbl AND k.pk = sync_dirty.pk);"
        f"INSERT INTO sync_dirty (tbl, pk, generation) SELECT tbl, pk, {FRESH} FROM sync_kept WHERE true"
        " ON CONFLICT DO NOTHING;"
        "DELETE FROM sync_kept;"
        f"UPDATE sync_dirty SET held = NULL WHERE held = '{HOME}'"
    )


# -- moving single rows --------------------------------------------------------------------------------------


def keep(connection: Connection, table: str, keys: Iterable[str]) -> None:
    """Keep rows from the server: it never had them, and they are not shared."""
    rows = [(table, pk) for pk in keys]
    connection.executemany("INSERT INTO sync_kept (tbl, pk) VALUES (?, ?) ON CONFLICT DO NOTHING", rows)
    connection.executemany("DELETE FROM sync_dirty WHERE tbl = ? AND pk = ?", rows)


def bring_back(connection: Connection, table: str, keys: Iterable[str]) -> None:
    """Let kept rows go: they are new to the server."""
    among = values.to_json(list(keys))
    connection.execute(
        f"INSERT INTO sync_dirty (tbl, pk, generation) SELECT tbl, pk, {FRESH} FROM sync_kept WHERE tbl = ?1"
        " AND pk IN (SELECT value FROM json_each(?2))"
        " ON CONFLICT (tbl, pk) DO UPDATE SET base = NULL, base_vector = NULL",
        (table, among),
    )
    connection.execute("DELETE FROM sync_kept WHERE tbl = ? AND pk IN (SELECT value FROM json_each(?))", (table, among))


def bring_back_below(connection: Connection, model: type[Model], keys: Iterable[str]) -> None:
    """Let the kept rows go that hang on these rows, and what hangs on those; whether they may is asked when read."""
    among = values.to_json(list(keys))
    if not connection.execute("SELECT 1 FROM sync_kept LIMIT 1").fetchone():
        return
    for child, column, _ in tables.children(model):
        table, key = name_of(child), tables.key_sql(child, "t")
        sql = f"SELECT {key}, {is_kept(table, key)} FROM json_each(?) j CROSS JOIN {table} t ON t.{column} = j.value"
        found = connection.execute(sql, (among,)).fetchall()
        if found:
            bring_back(connection, table, [pk for pk, kept in found if kept])
            bring_back_below(connection, child, [pk for pk, _ in found])
