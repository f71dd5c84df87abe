"""Backup of a store in use (https://sqlite.org/backup.html): checked, then put in place in one step."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from localstore.attached import file_bytes
from localstore.errors import InvalidValue, TransferError
from localstore.recovery.copying import Progress, copy_moment, verify
from localstore.recovery.placing import LOGS, placed, there_already

if TYPE_CHECKING:
    from localstore.store import Store


@dataclass(frozen=True)
class BackupReport:
    """Where the copy is, how large, and how many files kept beside the store were copied or left."""

    path: Path
    size: int
    files_copied: int
    files_left: int
    files_damaged: int = 0
    """Kept files that are no longer what was attached, and were therefore not copied."""


def backup(
    store: Store, dest: str | Path, *, files: bool = False, overwrite: bool = False, progress: Progress | None = None
) -> BackupReport:
    """Copy the store to *dest* while others use it; the copy is one state of the file, checked, mode 0600.

    ``files`` copies the bytes kept in ``<store>.files`` too; ``progress`` is called with (bytes done, bytes in
    all). Raises TransferError when *dest* is there already (unless *overwrite*), StoreDamaged when the copy does
    not pass SQLite's check; then nothing is left behind.
    """
    target = Path(dest).expanduser().absolute()
    if target.is_symlink():
        target = Path(os.path.realpath(target))
    _check_target(store, target, overwrite=overwrite)
    with placed(target, overwrite=overwrite) as partial:
        with store.reading() as source:
            copy_moment(source, partial, progress)
        verify(partial, "The copy")
        # before the copy has its name: a backup that is there has its files
        copied, left, damaged = copy_files(store.files.folder, target, wanted=files)
    return BackupReport(target, target.stat().st_size, copied, left, damaged)


def _check_target(store: Store, target: Path, *, overwrite: bool) -> None:
    if target.is_dir():
        raise TransferError(f"{target} is a folder: name a file, such as {target / 'backup.db'}.")
    beside = [store.path.with_name(store.path.name + end) for end in ("", *LOGS)]
    if target in beside or (target.exists() and any(each.exists() and target.samefile(each) for each in beside)):
        raise TransferError(f"{target} is the store itself: choose another file.")
    if target.exists() and not target.is_file():
        raise TransferError(f"{target} is a device or a pipe, not a file: choose another path.")
    if target.exists() and not overwrite:
        raise there_already(target)


def copy_files(source: Path, target: Path, *, wanted: bool) -> tuple[int, int, int]:
    """Copy the kept bytes in *source* that the folder of the store *target* lacks.

    Each is copied under a passing name, flushed, and compared with its name, which is its SHA-256. Return how many
    were copied, how many were left because nobody *wanted* them, and how many are not what they were.
    """
    kept = [path for path in file_bytes.kept_files(source) if not path.name.startswith(file_bytes.DRAFT)]
    if not wanted:
        return 0, len(kept), 0
    folder = target.with_name(target.name + ".files")
    done = Counter(_copy_file(path, folder, folder / path.relative_to(source)) for path in kept)
    return done["copied"], 0, done["damaged"]


def _copy_file(path: Path, folder: Path, place: Path) -> str:
    if place.exists() and place.stat().st_size == path.stat().st_size:
        return "there"
    draft = file_bytes.draft(folder)
    try:
        if file_bytes.read(path, draft).sha256 != path.name:
            return "damaged"
        file_bytes.settle(draft, place)
    except InvalidValue:
        return "damaged" if path.exists() else "gone"  # deleted by another program since it was listed
    finally:
        draft.unlink(missing_ok=True)
    return "copied"
