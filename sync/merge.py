"""Three-way merge of a row: what it was, what we made of it, what the server's side made of it. Pure.

Nothing that either side wrote is dropped: it is in the merged row or in a conflict's images. ``updated_at`` is
merged like other columns and judges nothing: clocks lie. A row in which nothing else of ours is left is theirs with
its times: nothing is pushed for a moment's sake.

Where a vector is known by its hash alone (``sync.local.images``) it is compared by it; a merged row that differs from
theirs keeps the bytes wherever one side has them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from localstore import tables, values
from localstore.errors import InvalidValue
from localstore.models import Row
from sync.local.images import differing, name_of, same
from sync.merging.columns import Cell, derived, disputed_columns, merge_cell, plan
from sync.merging.documents import ABSENT
from sync.shapes import Conflict, Image, Key, Kind

Fits = Callable[[Image], bool]
TEXT_HASH = "text_sha256"
"""The key of an embedding's ``meta_data`` that says which text its vector was computed from."""
META = "meta_data"
NAMED = 5
"""Disputed parts that a reason names."""
CLIP = 60


@dataclass(frozen=True, slots=True)
class Merged:
    """The row to have from now on (None: none), and what waits for a person.

    ``row`` is the very object *theirs* when the result says the same, and *ours* when that is the result.
    """

    row: Image | None
    conflicts: tuple[Conflict, ...] = ()


def merge(
    model: type[Row], base: Image | None, ours: Image | None, theirs: Image | None, fits: Fits | None = None
) -> Merged:
    """Merge two versions of one row.

    *base* None: it was made on both sides, or the server never had it. *fits* tells whether an embedding was
    computed from the text as it is now; without it the server's is taken for the fitting one.
    """
    if ours is None or theirs is None:
        return _deleted(model, base, ours, theirs)
    if ours in (theirs, base):
        return Merged(theirs)
    if theirs == base:
        return Merged(ours)
    if base is None and not edited(model, theirs, ours):
        return Merged(theirs)  # made on both sides, alike but for the moment
    cells = _cells(model, base, ours, theirs, fits)
    row = _row(model, cells, ours, theirs)
    if edited(model, base, ours) and row.keys() == theirs.keys() and not edited(model, theirs, row):
        row = theirs
    disputed = disputed_columns(cells)
    if not disputed:
        return Merged(row)
    return Merged(row, (_columns(model, base, ours, theirs, cells, disputed),))


def changed_columns(model: type[Row], row: Image, theirs: Image) -> list[str]:
    """Return the columns in which a merged row and the server's do not mean the same: what a push must send."""
    return differing(model, row, theirs)


def edited(model: type[Row], base: Image | None, row: Image) -> bool:
    """Tell whether somebody changed a row: a moved ``updated_at`` or ``last_used_at`` alone is no edit."""
    if base is None:
        return True
    stamps = frozenset(each.name for each in plan(model) if each.shape.is_stamp)
    known = {name: base.get(name, row.get(name)) for name in row}
    return bool(differing(model, known, row, stamps))


def _deleted(model: type[Row], base: Image | None, ours: Image | None, theirs: Image | None) -> Merged:
    if base is None:  # the server never had ours; we never had theirs
        return Merged(ours if theirs is None else theirs)
    if ours is not None and edited(model, base, ours):
        reason = "edited here, deleted on the server"
        return Merged(None, (Conflict(_key(model, ours), Kind.DELETED_THERE, base, ours, None, reason),))
    if theirs is not None and edited(model, base, theirs):
        reason = "deleted here, edited on the server"
        return Merged(None, (Conflict(_key(model, theirs), Kind.DELETED_HERE, base, None, theirs, reason),))
    return Merged(None)


def _key(model: type[Row], image: Image) -> Key:
    return Key(name_of(model), tables.key_of(model, image))


# -- column by column -------------------------------------------------------------------------------------


def _cells(model: type[Row], base: Image | None, ours: Image, theirs: Image, fits: Fits | None) -> dict[str, Cell]:
    """Merge each column; a column that one side does not have is the other's."""
    unit = derived(model)
    winner = _fitting(model, base, ours, theirs, fits) if unit else theirs
    cells: dict[str, Cell] = {}
    for each in plan(model):
        name = each.name
        if name not in theirs or name not in ours:
            cells[name] = Cell(ours.get(name, theirs.get(name)))
        elif name in unit:
            cells[name] = Cell(winner[name])
        elif ours[name] == theirs[name]:
            cells[name] = Cell(theirs[name])
        else:
            before = ABSENT if base is None else base.get(name, ours[name])
            cells[name] = merge_cell(model, name, before, ours[name], theirs[name])
    if unit and META in cells:
        cells[META] = _with_hash_of(winner, cells[META])
    return cells


def _fitting(model: type[Row], base: Image | None, ours: Image, theirs: Image, fits: Fits | None) -> Image:
    """Return the side whose vector stays: the one that changed it; of two, the one that fits its text."""
    unit = derived(model)

    def alike(one: Image, other: Image) -> bool:
        return _text_hash(one) == _text_hash(other) and all(
            same(model, name, one.get(name), other.get(name)) for name in unit
        )

    if base is not None:
        before = {name: base.get(name, ours.get(name)) for name in ours}
        if alike(ours, before):
            return theirs
        if alike(theirs, before):
            return ours
    if alike(ours, theirs) or fits is None:
        return theirs
    return ours if fits(ours) and not fits(theirs) else theirs


def _meta(image: Image) -> dict[str, Any] | None:
    """Return ``meta_data`` when it is an object that can be read."""
    try:
        found = values.from_json(image.get(META) or "{}")
    except (InvalidValue, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _text_hash(image: Image) -> Any:
    return (_meta(image) or {}).get(TEXT_HASH)


def _with_hash_of(winner: Image, cell: Cell) -> Cell:
    """Return the merged ``meta_data`` with the hash of the text whose vector stays: it is no matter of opinion."""
    hashed, document = _text_hash(winner), _meta({META: cell.value})
    disputed = tuple(path for path in cell.disputed if path != f"{META}.{TEXT_HASH}")
    if document is None or document.get(TEXT_HASH) == hashed:
        return Cell(cell.value, disputed)
    document.pop(TEXT_HASH, None)
    if hashed is not None:
        document[TEXT_HASH] = hashed
    return Cell(values.to_json(document), disputed)


def _row(model: type[Row], cells: dict[str, Cell], ours: Image, theirs: Image) -> Image:
    row = {name: cell.value for name, cell in cells.items()}
    if _alike(model, row, theirs):
        return theirs
    if _alike(model, row, ours):
        return ours
    for name in tables.blobs(model):
        if isinstance(ours.get(name), bytes) and same(model, name, row[name], ours[name]):
            row[name] = ours[name]
    return row


def _alike(model: type[Row], row: Image, side: Image) -> bool:
    """Tell whether a row of merged cells, which take a side's own spelling where it means the same, is that side."""
    raw = tables.blobs(model)
    return all(side.get(n) == v or (n in raw and same(model, n, v, side.get(n))) for n, v in row.items())


def _columns(
    model: type[Row],
    base: Image | None,
    ours: Image,
    theirs: Image,
    cells: dict[str, Cell],
    disputed: tuple[str, ...],
) -> Conflict:
    """Return the conflict with the whole values of the disputed columns."""
    paths = [_shown(path) for name in disputed for path in cells[name].disputed]
    more = f" and {len(paths) - NAMED} more" if len(paths) > NAMED else ""
    how = "made here and on the server with different values" if base is None else "changed here and on the server"
    return Conflict(
        _key(model, theirs),
        Kind.COLUMNS,
        None if base is None else {name: base.get(name, ours[name]) for name in disputed},
        {name: ours[name] for name in disputed},
        {name: theirs[name] for name in disputed},
        f"{', '.join(paths[:NAMED])}{more}: {how}",
    )


def _shown(path: str) -> str:
    return path if len(path) <= CLIP else path[:CLIP] + "…"
