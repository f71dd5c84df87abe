"""The chain of a store's change files: which it wrote, which it took in, and what is under way.

In ``sync_state``: ``file_chain`` the hashes of the files this store wrote; ``file_pending`` one that is being
written; ``file_people`` whom its files introduced; ``file_row:TABLE:KEY`` what the last file said of a row that is
dirty still (of a linked store); ``file_from:STORE`` what was taken in of another store's files.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import Any

from localstore import values
from localstore.connection import Connection
from sync import state
from sync.local.images import identity
from sync.shapes import Change, Image

_OWN, _PENDING, _PEOPLE = "file_chain", "file_pending", "file_people"
_ROW, _FROM = "file_row:", "file_from:"


@dataclass(slots=True)
class Pending:
    """A file whose lines are safe in ``temporary``, and that is to be named ``path``."""

    path: str
    temporary: str
    sha256: str


@dataclass(slots=True)
class Progress:
    """What was taken in of a store's files: their hashes, how far the one under way is, whose rows are ours."""

    files: list[str] = field(default_factory=list)
    under_way: str | None = None
    done: int = 0
    same: dict[str, str] = field(default_factory=dict)
    """Keys of their rows that are another row here: a person with the same e-mail."""


def own(connection: Connection) -> list[str]:
    """Return the hashes of the files that this store wrote, oldest first."""
    found: list[str] = json.loads(state.get(connection, _OWN) or "[]")
    return found


def add(connection: Connection, sha256: str) -> None:
    """Note a file that was written, and that none is under way."""
    state.put(connection, _OWN, json.dumps([*own(connection), sha256]))
    state.forget(connection, _PENDING)


def pending(connection: Connection) -> Pending | None:
    """Return the file that was being written when the program ended."""
    text = state.get(connection, _PENDING)
    return Pending(**json.loads(text)) if text else None


def begin(connection: Connection, file: Pending) -> None:
    """Note a file before it gets its name."""
    state.put(connection, _PENDING, json.dumps(asdict(file)))


def give_up(connection: Connection) -> None:
    """Forget the file that was being written."""
    state.forget(connection, _PENDING)


def people(connection: Connection) -> list[str]:
    """Return the keys of the people whom this store's files introduced."""
    found: list[str] = json.loads(state.get(connection, _PEOPLE) or "[]")
    return found


def add_person(connection: Connection, pk: str) -> None:
    """Note that a file introduced a person."""
    state.put(connection, _PEOPLE, json.dumps(sorted({*people(connection), pk})))


def progress(connection: Connection, store_id: str) -> Progress:
    """Return what was taken in of a store's files."""
    text = state.get(connection, f"{_FROM}{store_id}")
    return Progress(**json.loads(text)) if text else Progress()


def advance(connection: Connection, store_id: str, made: Progress) -> None:
    """Note how far it is, within the transaction of the rows that came."""
    state.put(connection, f"{_FROM}{store_id}", json.dumps(asdict(made)))


# -- rows of a linked store, which stay dirty after they went into a file ---------------------------------


def since_last(connection: Connection, change: Change) -> Change | None:
    """Return the change as what it is since the last file, None when nothing changed since then."""
    text = state.get(connection, f"{_ROW}{change.key.tbl}:{change.key.pk}")
    if text is None:
        return change
    last = json.loads(text)
    if last["base"] != _digest(change.base):
        return change  # the server took it meanwhile: what differs from the server is the change
    if last["row"] == summary(change.ours):
        return None
    return Change(change.key, last["row"], change.ours, change.generation)


def remember(connection: Connection, change: Change, base: Image | None) -> None:
    """Note what a file says of a row whose base, toward the server, is *base*."""
    entry = {"base": _digest(base), "row": summary(change.ours)}
    state.put(connection, f"{_ROW}{change.key.tbl}:{change.key.pk}", values.to_json(entry))


def forget_settled(connection: Connection) -> None:
    """Forget rows that are dirty no longer."""
    connection.execute(
        "DELETE FROM sync_state WHERE key >= ?1 AND key < ?2"
        " AND key NOT IN (SELECT ?1 || tbl || ':' || pk FROM sync_dirty)",
        (_ROW, _ROW[:-1] + ";"),
    )


def summary(image: Image | None) -> Image | None:
    """Return an image with its vector as a hash: what a base is."""
    return None if image is None else {name: identity(value) for name, value in image.items()}


def _digest(base: Image | None) -> str:
    document: dict[str, Any] | None = summary(base)
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()
