"""Export: items in order of id, read from one state of the file in bounded memory, written by a format."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from localstore import item_records
from localstore.database import MAGIC
from localstore.errors import TransferError
from localstore.filters import Filter
from localstore.records import ItemRecord
from localstore.transfer import STREAM, WriteOptions, for_destination, writer_named

if TYPE_CHECKING:
    from localstore.store import Store

STEP = 1000
"""Items between two calls of ``progress``."""


@dataclass(frozen=True, slots=True)
class ExportReport:
    """How many items went where, in which format."""

    items: int
    format: str
    destination: str


def export(
    store: Store,
    dest: str | Path,
    format: str | None = None,
    where: Filter | None = None,
    *,
    stream: BinaryIO | None = None,
    progress: Callable[[int], None] | None = None,
) -> ExportReport:
    """Write the items that match to a file, a folder, or ``-`` (*stream*); equal stores give equal bytes.

    The owner of what the local user owns is left out, so that whoever imports it becomes its owner. Raises
    TransferError when the format or the destination cannot be used; nothing half-written stays.
    """
    target = Path(dest)
    chosen = writer_named(format) if format else for_destination(target)
    assert chosen.write is not None
    _check_target(store, target)
    store.catch_up()
    with store.reading() as connection:
        condition, bindings = (where or Filter()).sql(connection)
        local_user = store.state.get("local_user")
        records = item_records.stream(connection, condition, bindings, local_user)
        count = chosen.write(_counted(records, progress), target, WriteOptions(stream=stream))
    shown = "standard output" if target == STREAM else str(target)
    return ExportReport(count, chosen.name, shown)


def _check_target(store: Store, target: Path) -> None:
    """Refuse to replace a database: an export that is written anew replaces the last one, and nothing else."""
    kept = store.files.folder.absolute()
    if kept == target.absolute() or kept in target.absolute().parents:
        raise TransferError(f"{target} lies in the folder of the store's files: choose another place.")
    if target != STREAM and target.is_file():
        with target.open("rb") as file:
            if file.read(16) == MAGIC or target.name.startswith(store.path.name + "-"):
                raise TransferError(f"{target} is a SQLite file, not an export: choose another name.")


def _counted(records: Iterator[ItemRecord], progress: Callable[[int], None] | None) -> Iterator[ItemRecord]:
    for number, record in enumerate(records, 1):
        yield record
        if progress and number % STEP == 0:
            progress(number)
