"""Where a linked file lies: a copy beside its original must not sync as the same device."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import apsw

from localstore.connection import Connection, opened
from sync import state
from sync.errors import StoreCopied

if TYPE_CHECKING:
    from localstore.store import Store

_WHO = (
    "SELECT value FROM local_state WHERE key = 'store_id'"
    " UNION ALL SELECT value FROM sync_state WHERE key = 'device_id'"
)


def check_place(connection: Connection, store: Store) -> None:
    """Note where the file lies; raise StoreCopied when its original is still where it was.

    A file that was moved, or a machine that was renamed, goes on. Copies on other machines lack the device's secret,
    and the server notices two files that push different batches of one number.
    """
    here = str(store.path.resolve())
    before = state.get(connection, "place")
    if before and before != here and is_same_store(Path(before), store):
        raise StoreCopied(
            f"{store.path} is a copy of {before}, which syncs as the same device: give this one a device of its own "
            "with 'localstore sync link URL', a URL from 'localstore sync server add-device'."
        )
    if before != here:
        state.put(connection, "place", here)


def is_same_store(path: Path, store: Store) -> bool:
    """Tell whether another file is this store as this device, too."""
    if not path.is_file() or path.samefile(store.path):
        return False
    try:
        other = opened(str(path), apsw.SQLITE_OPEN_READONLY)
        try:
            theirs = [row[0] for row in other.execute(_WHO)]
        finally:
            other.close()
    except apsw.Error:
        return False
    with store.reading() as connection:
        return [row[0] for row in connection.execute(_WHO)] == theirs
