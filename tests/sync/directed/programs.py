"""A device in a process of its own, killed at a chosen moment; run as ``python -m tests.sync.directed.programs``."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from localstore import Store
from localstore.database import Database
from sync import sync


def main(path: str, moment: str) -> None:
    """Sync, and be killed at that moment: before and after each transaction of the file, and at each step told."""
    left = iter(range(int(moment) + 1))

    def moment_passes() -> None:
        if next(left, None) == int(moment):
            os.kill(os.getpid(), signal.SIGKILL)

    with Store.open(path) as store:
        real = Database.writing

        @contextmanager
        def writing(self: Database, *arguments: Any, **options: Any) -> Iterator[Any]:
            with real(self, *arguments, **options) as connection:
                moment_passes()
                yield connection
                moment_passes()
            moment_passes()

        Database.writing = writing  # type: ignore[method-assign]
        sync(store, report=lambda _: moment_passes())


if __name__ == "__main__":
    main(*sys.argv[1:])
