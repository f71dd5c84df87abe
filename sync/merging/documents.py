"""JSON documents: objects key by key, lists and all else whole; equal is what means the same."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from sync.merging.prefer import NoBoth, Prefer

COMPARED = 1_000_000
"""Pairs of list elements beyond which equal spelling must do."""


class Absent:
    """No such key: other than null."""

    def __repr__(self) -> str:
        return "absent"


ABSENT = Absent()


class Merged(NamedTuple):
    """One document of three, and the paths (``lang``, ``a.b``) where both sides changed the same."""

    value: Any
    disputed: tuple[str, ...]


def same(one: Any, other: Any) -> bool:
    """Tell whether two documents mean the same, as their ``canonical_json`` does: 1 is 1.0, but not true."""
    if one is other:
        return True
    if isinstance(one, dict):
        return isinstance(other, dict) and one.keys() == other.keys() and all(same(one[k], other[k]) for k in one)
    if isinstance(one, list):
        return isinstance(other, list) and len(one) == len(other) and all(map(same, one, other))
    return isinstance(one, bool) is isinstance(other, bool) and bool(one == other)


def merge_documents(base: Any, ours: Any, theirs: Any, prefer: Prefer = Prefer.THEIRS, path: str = "") -> Merged:
    """Return the document of both changes; a disputed part goes to the side preferred.

    Raises NoBoth when both are preferred where only one can stand.
    """
    if same(ours, theirs) or same(ours, base):
        return Merged(theirs, ())
    if same(theirs, base):
        return Merged(ours, ())
    if isinstance(ours, dict) and isinstance(theirs, dict) and (isinstance(base, dict) or base is ABSENT):
        return _by_keys(base if isinstance(base, dict) else {}, ours, theirs, prefer, path)
    return Merged(_chosen(ours, theirs, prefer, path), (path,))


def _by_keys(base: dict[str, Any], ours: dict[str, Any], theirs: dict[str, Any], prefer: Prefer, path: str) -> Merged:
    value: dict[str, Any] = {}
    disputed: list[str] = []
    for key in dict.fromkeys((*theirs, *ours)):
        was, mine, other = (side.get(key, ABSENT) for side in (base, ours, theirs))
        found = merge_documents(was, mine, other, prefer, f"{path}.{key}" if path else key)
        disputed += found.disputed
        if found.value is not ABSENT:
            value[key] = found.value
    return Merged(value, tuple(disputed))


def _chosen(ours: Any, theirs: Any, prefer: Prefer, path: str) -> Any:
    if prefer is Prefer.THEIRS:
        return theirs
    if prefer is Prefer.OURS:
        return ours
    if ours is ABSENT or theirs is ABSENT:
        return ours if theirs is ABSENT else theirs
    if isinstance(ours, list) and isinstance(theirs, list):
        return theirs + _new(ours, theirs)
    raise NoBoth(path)


def _new(ours: list[Any], theirs: list[Any]) -> list[Any]:
    """Return the elements of ours that theirs lacks, in order."""
    known = {json.dumps(value, sort_keys=True) for value in theirs}
    left = [value for value in ours if json.dumps(value, sort_keys=True) not in known]
    return left if len(left) * len(theirs) > COMPARED else [v for v in left if not any(same(v, t) for t in theirs)]
