"""Conflicts settled by a person: each choice is an ordinary edit, undoable and pushed like any other.

A choice that cannot be carried out changes nothing, and its conflict stays open.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from localstore import tables
from localstore.errors import InvalidValue
from localstore.models import Item, Row
from sync.conflicts import OpenConflict, close, get, stored
from sync.local.images import json_columns
from sync.merging.texts import Hunk, hunks
from sync.resolution.choice import Choice, How, carry_out, possible
from sync.resolution.resolving_all import Settled, resolve_all
from sync.shapes import Kind

if TYPE_CHECKING:
    from localstore.store import Store

__all__ = ["How", "Hunk", "Settled", "hunks", "possible", "resolve", "resolve_all", "resolve_fields"]


class Unset:
    """No value was given: other than None, which is one."""


UNSET: Final = Unset()


def resolve(store: Store, ref: str, how: str, value: Any = UNSET) -> OpenConflict:
    """Settle one conflict as ``mine``, ``theirs``, ``both``, ``revive``, ``retry`` or ``value``; return what it was.

    *value*, for ``value``: {column: value} with Python values, or the one value where one column is in dispute.
    Raises NotFound, Ambiguous, and InvalidValue for what cannot be; then nothing is changed.
    """
    if how not in How.__members__.values():
        raise InvalidValue(f"{how!r} is no way to settle a conflict: choose {', '.join(How)}")
    with store.database.writing():
        found = get(store, ref)
        given = {} if how != How.VALUE else _columns(found, value)
        return _settle(store, found, How(how), given)


def resolve_fields(store: Store, ref: str, chosen: Mapping[str, Any]) -> OpenConflict:
    """Settle one conflict by the result a person chose for each field, as one undoable edit; return what it was.

    *chosen* holds Python values as ``OpenConflict.fields`` has them; every disputed column must be among them.
    """
    with store.database.writing():
        found = get(store, ref)
        return _settle(store, found, How.VALUE, _all_of(found, chosen))


def _settle(store: Store, found: OpenConflict, how: How, value: Mapping[str, Any]) -> OpenConflict:
    with store.action("conflict.resolved", f"resolve {found.label}: {how}") as action:
        conflict = stored(action.connection, found.id)
        if conflict.key.tbl == Item._meta.table_name:
            action.about |= {"item_id": conflict.key.pk}
        carry_out(Choice(store, action, conflict, value), how)
        close(action.connection, found.id, how)
        action.changes.append({"op": "conflict", "id": found.id, "how": how})
        action.note(conflict=found.id, kind=str(found.kind), how=str(how), table=found.tbl, id=found.pk)
    return found


def _columns(found: OpenConflict, value: Any) -> Mapping[str, Any]:
    """Read what a person gave as columns."""
    if isinstance(value, Unset):
        raise InvalidValue("a value is needed: give {column: value}, or the value where one column is in dispute")
    names, model = _disputed(found), tables.model_of(found.tbl)
    known = tables.columns(model)
    if isinstance(value, Mapping) and value and set(value) <= set(known):
        return _all_of(found, value)
    if len(names) == 1 and (names[0] in json_columns(model) or not isinstance(value, Mapping)):
        return {names[0]: value}
    if isinstance(value, Mapping) and value:
        raise InvalidValue(_unknown(model, names, [str(name) for name in value if name not in known]))
    raise InvalidValue(f"give an object with a value for each of {', '.join(names) or 'the columns to change'}")


def _unknown(model: type[Row], names: list[str], unknown: list[str]) -> str:
    """Return what is said of columns that a row does not have."""
    none = "is no column" if len(unknown) == 1 else "are no columns"
    noun = tables.noun(model)
    shown = ", ".join(name[:60] for name in unknown)
    asked = f": {', '.join(names)} {'is' if len(names) == 1 else 'are'} in dispute" if names else ""
    return f"{shown} {none} of {'an' if noun[0] in 'aeio' else 'a'} {noun}{asked}"


def _disputed(found: OpenConflict) -> list[str]:
    """Return the columns that need a value: all of a conflict of columns, those that are taken."""
    if found.kind is Kind.COLUMNS or (found.kind is Kind.TAKEN and len(found.ours or {}) == 1):
        return list(found.ours or {})
    return []


def _all_of(found: OpenConflict, value: Mapping[str, Any]) -> Mapping[str, Any]:
    names = _disputed(found)
    missing = [name for name in names if name not in value]
    if missing:
        raise InvalidValue(f"{', '.join(missing)} is in dispute too: give it a value as well")
    other = [name for name in value if names and name not in names]
    if other:
        raise InvalidValue(f"{', '.join(other)} is not in dispute: only {', '.join(names)} can be given")
    return value
