"""Export: items, or one model's vectors, in order of id, read from one state of the file in bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from localstore import item_records
from localstore.errors import TransferError
from localstore.filters import Filter
from localstore.place import MAGIC, head
from localstore.records import ItemRecord
from localstore.transfer import STREAM, Format, WriteOptions, for_destination, writer_named

if TYPE_CHECKING:
    from localstore.store import Store

STEP = 1000
"""Items between two calls of ``progress``."""


@dataclass(frozen=True, slots=True)
class ExportReport:
    """How many items, or vectors of which model, went where, in which format, and what was left out."""

    items: int
    format: str
    destination: str
    vectors: int = 0
    model: str = ""
    notes: list[str] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        """Return it as JSON."""
        left_out = ("items",) if self.model else ("vectors", "model", "notes")
        return {name: value for name, value in asdict(self).items() if name not in left_out}


def export(
    store: Store,
    dest: str | Path,
    format: str | None = None,
    where: Filter | None = None,
    *,
    model: str | None = None,
    stream: BinaryIO | None = None,
    progress: Callable[[int], None] | None = None,
) -> ExportReport:
    """Write the items that match to a file, a folder, or ``-`` (*stream*); equal stores give equal bytes.

    A format of vectors takes those of *model* (else ``where.model``, else the only one that has any) which stand for
    these items and their contents. The owner of what the local user owns is left out, so that whoever imports it
    becomes its owner. Raises TransferError when the format or the destination cannot be used; nothing half-written
    stays.
    """
    target = Path(dest)
    chosen = writer_named(format) if format else for_destination(target)
    _check_target(store, target)
    if chosen.vector_writer is not None:
        where = replace(where or Filter(), model=model or (where.model if where else None))
        return _export_vectors(store, target, chosen, where, WriteOptions(stream=stream), progress)
    store.catch_up()
    with store.reading() as connection:
        condition, bindings = (where or Filter()).sql(connection)
        local_user = store.state.get("local_user")
        records = item_records.stream(connection, condition, bindings, local_user)
        count = chosen.write(_counted(records, progress), target, WriteOptions(stream=stream))
    return ExportReport(count, chosen.name, _shown(target))


def _export_vectors(
    store: Store,
    target: Path,
    chosen: Format,
    where: Filter,
    options: WriteOptions,
    progress: Callable[[int], None] | None,
) -> ExportReport:
    """Write the vectors of one model; a filter takes those of items and of their contents."""
    from localstore.ai_models import spelled
    from localstore.transfer.vector_selection import Selection, only_model

    assert chosen.vector_writer is not None
    with store.reading() as connection:
        found = store.ai_models.get(where.model or only_model(connection))
        rest = replace(where, model=None)
        condition, bindings = store.embeddings.condition(connection, rest) if rest != Filter() else ("1", ())
        model = spelled({"provider": found.provider, "name": found.name, "version": found.version})
        told = (lambda done, _: progress(done)) if progress else None
        rows = Selection(connection, (str(found.id), model), condition, bindings, told)
        count = chosen.vector_writer(rows, target, options)
    return ExportReport(0, chosen.name, _shown(target), count, model, options.notes)


def _shown(target: Path) -> str:
    return "standard output" if target == STREAM else str(target)


def _check_target(store: Store, target: Path) -> None:
    """Refuse to replace a database: an export that is written anew replaces the last one, and nothing else."""
    kept = store.files.folder.absolute()
    if kept == target.absolute() or kept in target.absolute().parents:
        raise TransferError(f"{target} lies in the folder of the store's files: choose another place.")
    if target == STREAM or not target.is_file():
        return
    if target.name.startswith(store.path.name + "-") or head(target, len(MAGIC)) == MAGIC:
        raise TransferError(f"{target} is a SQLite file, not an export: choose another name.")


_OWN = (b'{"id":"', b"id,type,title,description,tags,organization,owner,")
"""How our JSON lines and our tables begin."""


def is_replaceable(target: Path) -> bool:
    """Tell whether a file is empty or begins as our own JSON lines and tables do: an earlier export, not a source."""
    begin = head(target, 64)
    return not begin or begin.startswith(_OWN)


def _counted(records: Iterator[ItemRecord], progress: Callable[[int], None] | None) -> Iterator[ItemRecord]:
    for number, record in enumerate(records, 1):
        yield record
        if progress and number % STEP == 0:
            progress(number)
