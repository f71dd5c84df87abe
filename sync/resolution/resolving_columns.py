"""What a choice makes of disputed columns: only the disputed parts change hands, the rest stays merged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localstore import tables
from localstore.deeds.actions import Action
from localstore.errors import InvalidValue, NotFound
from localstore.events import SECRET
from localstore.models import Row
from sync.local.images import same
from sync.merging.columns import choose_cell
from sync.merging.documents import ABSENT
from sync.merging.prefer import Prefer
from sync.resolution.conflict_fields import Hidden
from sync.shapes import Conflict, Image

STAMP = "updated_at"


def chosen(model: type[Row], conflict: Conflict, live: Image, prefer: Prefer) -> Image:
    """Return the stored values of the disputed columns once *prefer* decides; NoBoth where only one can stand.

    The store had the server's values since the conflict was noted: what changes hands is laid upon what is live now.
    """
    found: Image = {}
    ours, theirs = conflict.ours or {}, conflict.theirs or {}
    for name in ours:
        base = ABSENT if conflict.base is None else conflict.base.get(name)
        wanted = choose_cell(model, name, base, ours[name], theirs.get(name), prefer).value
        found[name] = choose_cell(model, name, theirs.get(name), wanted, live.get(name), Prefer.OURS).value
    return found


def moved(model: type[Row], conflict: Conflict, live: Image) -> list[str]:
    """Return the columns that are neither theirs nor ours any more: somebody edited them since."""
    found = []
    for name, ours in (conflict.ours or {}).items():
        theirs = (conflict.theirs or {}).get(name)
        base = ABSENT if conflict.base is None else conflict.base.get(name)
        merged = choose_cell(model, name, base, ours, theirs, Prefer.THEIRS).value
        if not any(same(model, name, live.get(name), known) for known in (ours, theirs, merged)):
            found.append(name)
    return found


def need_row(action: Action, model: type[Row], conflict: Conflict) -> Image:
    """Return the live row, or say that it is gone and what is left to do."""
    live = tables.fetch(action.connection, model, conflict.key.pk)
    if live is None:
        raise NotFound(
            f"The {tables.noun(model)} was deleted meanwhile: bring it back first, or choose theirs to close this."
        )
    return live


def write(action: Action, model: type[Row], pk: str, stored: Mapping[str, Any]) -> None:
    """Set stored values of one row through the door, as an edit of the person who chose them."""
    touch(action, model, _set(action, model, pk, stored))


def restore(action: Action, model: type[Row], pk: str, stored: Mapping[str, Any]) -> None:
    """Set one row back to what the server has, times and all: a moment of ours would be pushed, and refused again."""
    columns = {name: value for name, value in stored.items() if name != STAMP}
    _tell(action, _set(action, model, pk, columns))
    if STAMP in stored:  # undo does not need it: that is an edit of now
        tables.update(action.connection, model, pk, {STAMP: stored[STAMP]})


def _set(action: Action, model: type[Row], pk: str, stored: Mapping[str, Any]) -> Image:
    """Set the columns that differ; return the row as it was."""
    live = tables.need(action.connection, model, pk)
    other = {name: value for name, value in stored.items() if not same(model, name, live.get(name), value)}
    action.update(model, pk, tables.decode(model, other))
    return live


def _tell(action: Action, row: Mapping[str, Any]) -> None:
    """Have the action's event name what a row belongs to."""
    action.about |= {name: row[name] for name in ("item_id", "organization_id", "model_id") if row.get(name)}


def touch(action: Action, model: type[Row], row: Mapping[str, Any]) -> None:
    """Move the ``updated_at`` of the item that a text or file belongs to, as any edit of it does."""
    _tell(action, row)
    if row.get("item_id") and not tables.blobs(model) and tables.is_stamped(model):
        action.touch(row["item_id"])


def edit(action: Action, model: type[Row], conflict: Conflict, given: Mapping[str, Any]) -> None:
    """Set the columns that a person gave; *given* holds Python values, ``Hidden`` for a side's secret."""
    need_row(action, model, conflict)
    columns = {name: _plain(model, conflict, name, value) for name, value in given.items()}
    for name in columns:
        tables.field_of(model, name)
        if name in tables.key_columns(model):
            raise InvalidValue("a key never changes: leave it out", name)
    live = tables.need(action.connection, model, conflict.key.pk)
    action.update(model, conflict.key.pk, columns)
    touch(action, model, live)


def _plain(model: type[Row], conflict: Conflict, name: str, value: Any) -> Any:
    if isinstance(value, Hidden):
        side: Mapping[str, Any] = {"base": conflict.base, "ours": conflict.ours}.get(value.side, conflict.theirs) or {}
        return tables.decode(model, {name: side.get(name)})[name]
    if name in SECRET:
        raise InvalidValue("a secret is not given here: choose mine or theirs", name)
    return tables.decode(model, {name: value})[name] if isinstance(value, bytes) else value
