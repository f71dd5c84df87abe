"""What travels: images of rows, changes, batches, conflicts, results, and the sides' view of each other.

An *image* is a row in stored form (``localstore.tables``): column → what SQLite holds. Where only the identity of
a vector is known (a base, a row locked on the server) its column holds ``vector_hash`` as text instead of bytes.
"""

from __future__ import annotations

import hashlib
import sys
from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

Image = dict[str, Any]
Row = tuple[Any, ...]
"""A row's stored values in the order of ``tables.columns(model)``."""


class Key(NamedTuple):
    """A row of a table; the link table's key is ``item/tag``."""

    tbl: str
    pk: str


def vector_hash(blob: bytes) -> str:
    """Return the MD5, in hex, of a vector's float32 numbers in network order, as the server computes it.

    It tells two vectors apart and protects nothing.
    """
    numbers = array("I", blob)
    if sys.byteorder == "little":
        numbers.byteswap()
    return hashlib.md5(numbers.tobytes(), usedforsecurity=False).hexdigest()


@dataclass(frozen=True, slots=True)
class Change:
    """A dirty row. ``base`` None: the server never had it; ``ours`` None: it was deleted here."""

    key: Key
    base: Image | None
    ours: Image | None
    generation: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Changes pushed in one transaction: parents before children, deletions last, children first.

    ``sha256`` is that of the encoded batch; ``number`` counts up by one for each device.
    """

    number: int
    sha256: str
    changes: tuple[Change, ...]
    size: int = 0
    """Bytes of its text, about what goes over the wire."""


class Kind(StrEnum):
    """Why two versions wait for a person, or what was done in their place.

    Each kind is decided, and its reason worded, in few places (beside those of ``sync.comparing`` and ``sync.files``):

    ============ ==================================================================
    COLUMNS      ``sync.merge``; ``local.settling``, ``postgres.pushing.push`` for a link whose row is gone
    DELETED_*    ``sync.merge``, ``local.deleting``; ``postgres.pushing.push`` for what a deletion of ours took
    PARENT_GONE  ``local.deleting``, ``local.returning``, ``postgres.pushing.push``
    REFUSED      ``local.settling``, with the sentence of ``postgres.pushing.push`` or of the server (``failures``)
    TAKEN        ``local.collisions`` on a pull, ``postgres.pushing.push_uniques`` and ``push`` on a push
    UNREADABLE   ``postgres.reading``, ``local.arrivals``
    PARKED       ``local.arrivals``
    ============ ==================================================================
    """

    COLUMNS = "columns"
    """Both sides changed the same columns; the server's values are live. Images hold those columns alone."""
    DELETED_THERE = "deleted there"
    """We edited what the server deleted; ours holds the whole row, theirs what that hung on and went (``above``)."""
    DELETED_HERE = "deleted here"
    """We deleted what the server's side edited; theirs holds the whole row."""
    PARENT_GONE = "parent gone"
    """Ours is new, or was moved here, below what the server deleted; theirs holds that (``above``)."""
    REFUSED = "refused"
    """The server does not take our row; it stays here as it is, and is pushed again once it changes."""
    TAKEN = "taken"
    """A unique value of ours belongs to another row."""
    UNREADABLE = "unreadable"
    """A row of the server breaks a rule of this store; theirs holds its raw texts."""
    PARKED = "parked"
    """A row of the server whose parent is not here yet; it comes in by itself."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two versions of a row, to be kept until a person chose. Images as in ``Kind``; ``at`` is set when stored."""

    key: Key
    kind: Kind
    base: Mapping[str, Any] | None
    ours: Mapping[str, Any] | None
    theirs: Mapping[str, Any] | None
    reason: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A row of the server that breaks a rule of this store: its texts as they came, and the sentence why."""

    pk: str
    raw: dict[str, str | None]
    reason: str


@dataclass(slots=True)
class Page:
    """Rows of one table from the server: those that are there, those gone, those that cannot be read."""

    tbl: str
    rows: list[Row] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)
    size: int = 0
    """Bytes that came over the wire."""


@dataclass(slots=True)
class PushResult:
    """What became of a batch on the server.

    ``rows`` has the images that differ from what was pushed (None: the row is gone), ``busy`` the rows another
    transaction held, ``refused`` those set aside with the reason; rows named nowhere are as they were pushed.
    """

    rows: dict[Key, Image | None] = field(default_factory=dict)
    busy: list[Key] = field(default_factory=list)
    refused: dict[Key, str] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)
    moved: dict[Key, str] = field(default_factory=dict)
    """Our rows that are another row on the server (an e-mail taken): that row's id."""


class ServerState(StrEnum):
    """What the server and this store know of each other when a pull begins."""

    FIRST = "first"
    NEXT = "next"
    LATE = "late"
    """Away longer than the server keeps its log."""
    RESTORED = "restored"
    """The server went back in time, or is another one with the same rows."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a device is, as the server answers its sign-in."""

    device_id: str
    device_name: str
    user_id: str
    email: str
    system: str
    """The cluster's identifier and the database's."""
    server_schema: int


@dataclass(frozen=True, slots=True)
class PullStart:
    """The beginning of a pull: the cursor to keep once its rows are applied, and the organizations seen."""

    state: ServerState
    cursor: str
    organizations: tuple[str, ...]
    last_batch: int = 0
    """The newest batch of this device that the server has."""
    noted: Mapping[str, str] | None = None
    """What the log has for us since the last pull: letters of operations by table; None: ask all tables."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a phase of a round is: ``phase`` in words, rows done of all (None: not known), bytes so far."""

    phase: str
    tbl: str
    done: int
    whole: int | None
    size: int = 0


Report = Callable[[Progress], None]
Cancelled = Callable[[], bool]
Rows = Sequence[Row]
