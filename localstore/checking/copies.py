"""A copy of the store from before a repair: what a repair changes in rows can be looked up there."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from localstore import times
from localstore.recovery.copying import copy_pages
from localstore.sqlite_errors import translated

if TYPE_CHECKING:
    from localstore.store import Store


class CopyOnce:
    """Copies the file when first called, page by page and as it is: a damaged one too."""

    def __init__(self, store: Store, told: Callable[[Path], None] | None) -> None:
        self.store = store
        self.told = told
        self.path: Path | None = None

    def __call__(self) -> None:
        """Make the copy unless it is made; the errors of the disk say that there is no room."""
        if self.path is not None:
            return
        target = beside(self.store.path, "before-repair")
        try:
            with translated(target), self.store.reading() as source:
                copy_pages(source, target)
        except BaseException:
            target.unlink(missing_ok=True)
            raise
        self.path = target
        if self.told:
            self.told(target)


def beside(path: Path, word: str) -> Path:
    """Return a new empty file of this moment beside the store, readable by its owner alone."""
    moment = times.now()
    stamp = "".join(char for char in moment[:19] if char.isalnum())
    target = path.with_name(f"{path.name}.{word}-{stamp}")
    number = 1
    while True:
        try:
            os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        except FileExistsError:
            number += 1
            target = path.with_name(f"{path.name}.{word}-{stamp}-{number}")
        else:
            return target
