"""One round at a time: a second one, of the screen beside a command, is told so and does not wait."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from localstore.errors import StoreBusy


@contextmanager
def round_lock(store: Path) -> Iterator[None]:
    """Hold the right to sync this file for the block; raises StoreBusy when another process or thread has it.

    The lock lies on a file beside the store and ends with the process, however it ends.
    """
    place = store.with_name(f"{store.name}-sync")
    file = os.open(place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise StoreBusy(f"{store} is being synced by another window or command: wait for it to end.") from None
        yield
    finally:
        os.close(file)
