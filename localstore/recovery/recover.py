"""Recover: what can still be read of a damaged file, as a new store, with an account of what is lost.

The file is read page by page, past SQLite, which stops at the first damage: every row on a leaf page that can be read
is found, whichever pages above it are broken. The file itself is opened for reading only.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from localstore import freshness, text
from localstore.connection import Connection, opened
from localstore.database import Database
from localstore.errors import NotAStore, StoreDamaged, StoreMissing, TransferError
from localstore.models import BY_NAME
from localstore.recovery import local_rows, lost_links
from localstore.recovery.cells import TABLE_LEAF, kind_of, records
from localstore.recovery.copying import verify
from localstore.recovery.loading import Loading, stored
from localstore.recovery.pages import Pages
from localstore.recovery.placing import placed
from localstore.recovery.trees import FREE, SCHEMA, SCHEMA_NAME, Forest, Tree, survey

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Recovered:
    """One table: rows that came; those known to be unreadable (None: nothing says); those to be looked at.

    ``doubtful`` rows are among ``rows``: a value was unreadable and replaced, the end of a text is missing, or they
    lay on pages that nothing claims any more, where deleted rows may lie too.
    """

    table: str
    rows: int
    lost: int | None
    doubtful: int


@dataclass(frozen=True, slots=True)
class RecoverReport:
    """What came of a damaged file, and what did not."""

    path: Path
    tables: list[Recovered]
    pages: int
    pages_missing: int
    """Pages that the file should have and that are not there."""
    pages_unreadable: dict[str, int]
    """By the table they were of (``an index of items`` is built anew, and no loss)."""
    log_frames_unreadable: int
    refused: dict[str, int]
    """Cells on readable pages that could not be read."""
    stand_ins: dict[str, int]
    """Rows made in the place of lost ones that others point to."""
    left_out: dict[str, int]
    """Readable rows that are of no use without a lost one."""
    local_rows: dict[str, int] = field(default_factory=dict)
    """Trash, drafts, saved searches and preferences that came."""

    @property
    def complete(self) -> bool:
        """Whether everything came, as far as can be told."""
        broken = [name for name in self.pages_unreadable if not _is_derived(name)]
        rows = any(each.lost or each.doubtful for each in self.tables)
        rest = (self.pages_missing, self.log_frames_unreadable, self.refused, self.stand_ins, self.left_out)
        return not (broken or rows or any(rest))

    def lines(self) -> list[str]:
        """Return what a person should know beside the table of rows, a sentence each."""
        found = [f"Saved as {self.path}."]
        if self.pages_missing:
            found.append(f"{self.pages_missing:,} of {self.pages:,} pages are not there: the file was cut short.")
        derived = sum(n for name, n in self.pages_unreadable.items() if _is_derived(name))
        broken = {name: n for name, n in self.pages_unreadable.items() if not _is_derived(name)}
        found += [f"{_counted(n, 'page')} of {name} could not be read." for name, n in broken.items()]
        if derived:
            found.append(f"{_counted(derived, 'page')} of indexes and the like could not be read: they are built anew.")
        if self.log_frames_unreadable:
            found.append(
                f"{_counted(self.log_frames_unreadable, 'page')} of the log could not be read: older ones came."
            )
        found += [f"{_counted(n, 'row')} of {name} could not be read." for name, n in self.refused.items()]
        found += [f"{n:,} {name} stand in for lost ones that others point to." for name, n in self.stand_ins.items()]
        found += [f"{n:,} {name} were left out: what they belong to is lost." for name, n in self.left_out.items()]
        return found if self.complete else [*found, "'localstore check' on it says what is left to do."]


def recover(source: str | Path, dest: str | Path, *, progress: Progress | None = None) -> RecoverReport:
    """Save what is readable of the damaged file *source* (and its log) as a new store *dest*.

    The new store is checked before it gets its name, mode 0600; it is another device, linked with no server.
    ``progress`` is called with (bytes read, bytes in all). Raises StoreMissing, NotAStore or StoreReadOnly when
    there is nothing to read, StoreDamaged when no row could be found, TransferError when *dest* is there already;
    then nothing is left behind.
    """
    path, target = Path(source).expanduser().absolute(), Path(dest).expanduser().absolute()
    _check(path, target)
    with Pages(path) as pages, placed(target, overwrite=False) as partial, _filled(partial) as connection:
        forest = survey(pages)
        loading, local = _read(pages, forest, connection, progress)
        if not any(stored(connection, name) for name in BY_NAME):
            raise StoreDamaged(f"Nothing of a store can be read in {path}: is it one? Then restore a backup.")
        rows = {name: stored(connection, name) for name in BY_NAME}
        mended = _settle(connection)
        report = _report(target, pages, forest, loading, local, mended, rows)
    return report


def _check(path: Path, target: Path) -> None:
    if path.is_dir():
        raise NotAStore(f"{path} is a folder: name the damaged file in it.")
    if not path.exists():
        raise StoreMissing(f"There is no file {path}: check the path.")
    if not path.is_file():
        raise NotAStore(f"{path} is a device or a pipe, not a file: copy it to a file first.")
    if os.path.lexists(target):
        raise TransferError(f"{target} is there already: choose a name that is new.")


@contextmanager
def _filled(partial: Path) -> Iterator[Connection]:
    """Lend a connection to a new store whose triggers rest; check the file when the block ends well."""
    Database(partial).close()
    connection = opened(str(partial))
    try:
        connection.pragma("foreign_keys", False)
        connection.pragma("synchronous", "OFF")  # it is flushed as a whole before it gets its name
        connection.execute("INSERT INTO local_state (key, value) VALUES ('applying', 'recover')")
        yield connection
    finally:
        connection.close()
    verify(partial, "What was recovered")


def _read(
    pages: Pages, forest: Forest, connection: Connection, progress: Progress | None
) -> tuple[Loading, Counter[str]]:
    """Put the rows of every page that can be read into the new store; what is derived is passed by."""
    names = {str(row[0]) for row in connection.execute("SELECT tbl_name FROM sqlite_schema")}
    passed_by = names - BY_NAME.keys() - local_rows.SAVED.keys()
    loading, local = Loading(connection), Counter[str]()
    for number in range(1, pages.there + 1):
        if progress and number % 64 == 0:
            progress(number * pages.size, pages.there * pages.size)
        tree = forest.owner(number)
        if forest.claims[number] in (FREE, SCHEMA) or (tree and (tree.index or tree.table in passed_by)):
            continue
        page = pages.read(number)
        kind = kind_of(page, number) if page else 0
        if page and kind and tree and tree.table in local_rows.SAVED:
            _read_local(pages, page, number, tree.table, loading, local)
        elif page and kind == TABLE_LEAF:
            _read_leaf(pages, page, number, tree, loading)
    loading.finish()
    return loading, local


def _read_local(pages: Pages, page: bytes, number: int, table: str, loading: Loading, local: Counter[str]) -> None:
    for row in records(pages, page, number):
        if row is None or not local_rows.put(loading.connection, table, row.values):
            loading.refused[table] += 1
        elif table != "local_state":
            local[table] += 1


def _read_leaf(pages: Pages, page: bytes, number: int, tree: Tree | None, loading: Loading) -> None:
    hint = BY_NAME.get(tree.table) if tree else None
    for row in records(pages, page, number):
        if row is not None:
            loading.put(row, hint, sure=bool(tree and tree.sure))
        elif hint:
            loading.refused[str(hint._meta.table_name)] += 1


def _settle(connection: Connection) -> lost_links.Mended:
    """Mend the links, build what is derived, and let the triggers work again."""
    connection.execute("BEGIN")
    mended = lost_links.mend(connection)
    text.rebuild(connection)
    freshness.rebuild(connection)
    connection.execute("DELETE FROM local_state WHERE key = 'applying'")
    connection.execute("COMMIT")
    return mended


def _report(
    target: Path,
    pages: Pages,
    forest: Forest,
    loading: Loading,
    local: Counter[str],
    mended: lost_links.Mended,
    rows: dict[str, int],
) -> RecoverReport:
    tables = []
    for name in BY_NAME:
        known = forest.known.get(name)
        lost = None if known is None else max(0, known - rows[name])
        tables.append(Recovered(name, rows[name] - mended.left_out[name], lost, loading.doubtful[name]))
    return RecoverReport(
        target,
        tables,
        pages.count,
        pages.count - pages.there,
        forest.unreadable,
        pages.log.broken,
        dict(+loading.refused),
        dict(mended.stand_ins),
        dict(mended.left_out),
        dict(local),
    )


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _is_derived(name: str) -> bool:
    """Tell whether a damaged table or index is built anew from others."""
    return name.startswith("an index of ") or not (name in BY_NAME or name in local_rows.SAVED or name == SCHEMA_NAME)
