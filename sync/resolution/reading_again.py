"""Rows of the server that could not be read: tried again with the program as it is now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from localstore import tables
from localstore.deeds.actions import Action
from localstore.errors import InvalidValue
from localstore.models import Row
from sync.local.applying import apply_page
from sync.postgres.values import from_postgres
from sync.shapes import Conflict, Kind, Page

if TYPE_CHECKING:
    from localstore.store import Store


def read_again(store: Store, action: Action, conflict: Conflict) -> None:
    """Take the server's row as it came last; InvalidValue says why it still cannot be read."""
    model = tables.model_of(conflict.key.tbl)
    row = stored_row(model, conflict.theirs or {})
    apply_page(store, Page(conflict.key.tbl, rows=[row]))
    sql = (
        "SELECT reason FROM sync_conflict WHERE tbl = ? AND pk = ? AND resolved_at IS NULL"
        f" AND kind IN ('{Kind.UNREADABLE}', '{Kind.PARKED}')"
    )
    left = action.connection.execute(sql, conflict.key).fetchone()
    if left is not None:
        raise InvalidValue(f"{left[0]}: it is tried again when it changes on the server")


def stored_row(model: type[Row], raw: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return the stored values of a row that came as the server's texts, or as an image."""
    return tuple(_value(model, name, raw) for name in tables.columns(model))


def _value(model: type[Row], name: str, raw: Mapping[str, Any]) -> Any:
    value = raw.get(name)
    if name in tables.blobs(model) and isinstance(value, str) and not value.lstrip().startswith("["):
        return bytes.fromhex(value)
    if value is None or isinstance(value, str):
        return from_postgres(tables.field_of(model, name))(value)
    return value
