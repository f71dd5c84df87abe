"""Columns of Parquet files: which hold the vectors, and how they become a matrix."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from localstore.errors import TransferError
from localstore.transfer.format import ReadOptions
from localstore.transfer.ordinary import check_inside
from localstore.transfer.titles import printable
from localstore.transfer.vector_rows import IDS, MODELS, TEXTS, TITLES, VECTORS, usual_name

PARQUET_IDS = (*IDS, "__index_level_0__")
MISSING = "Parquet is read and written by pyarrow, which is not installed: pip install 'localstore[parquet]'"
BUFFER = 1 << 20
"""Bytes of a column that are read ahead; without, a column of a row group is read whole."""


def arrow() -> Any:
    """Return pyarrow; raises TransferError, saying how to install it, where it is missing."""
    try:
        import pyarrow  # type: ignore[import-untyped]
        import pyarrow.compute  # type: ignore[import-untyped]
        import pyarrow.parquet  # type: ignore[import-untyped]
    except ImportError:
        raise TransferError(MISSING) from None
    return pyarrow


def shards(source: Path) -> list[Path]:
    """Return the files of a source: one, those of a folder, or those of a pattern such as train-*-of-*.parquet."""
    if source.is_dir():
        found = sorted(source.glob("*.parquet"))
        for path in found:
            check_inside(source, path)
    elif "*" in source.name and not source.exists():
        found = sorted(source.parent.glob(source.name))
    else:
        return [source]
    if not found:
        raise TransferError(f"{source}: there is no .parquet file: name a file or a folder of them")
    return found


@contextmanager
def opened_parquet(path: Path) -> Iterator[Any]:
    """Open one file; raises TransferError when it is none, is damaged or cut off, also in the middle."""
    pyarrow = arrow()
    try:
        with pyarrow.parquet.ParquetFile(path, buffer_size=BUFFER, pre_buffer=False) as opened:
            yield opened
    except UnicodeDecodeError as error:
        raise TransferError(f"{path}: a text in it is not UTF-8 ({error.object[:40]!r}): mend it there") from None
    except (pyarrow.ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.strerror:
            raise TransferError(f"{path}: cannot be read ({error.strerror})") from None
        why = printable(
            str(error).split("\n")[0].rstrip(". ")
        )  # an OSError without a number is Arrow's word for damage
        raise TransferError(f"{path} is no Parquet file, or it is damaged or cut off ({why}): copy it again") from None


@dataclass(frozen=True, slots=True)
class ParquetColumns:
    """The columns that have a meaning, and those that go to the metadata."""

    vectors: str
    ids: str | None
    texts: str | None
    titles: str | None
    model: str | None
    others: list[str] = field(default_factory=list)

    @property
    def all(self) -> list[str]:
        """Every column that is read."""
        named = (self.vectors, self.ids, self.texts, self.titles, self.model)
        return [name for name in (*named, *self.others) if name is not None]


def parquet_columns(schema: Any, place: str, options: ReadOptions) -> ParquetColumns:
    """Find the columns that the options name, else those of a usual name; raises TransferError when none fits."""
    names: list[str] = list(schema.names)
    lists = [name for name in names if is_vectors(schema.field(name).type)]
    vectors = _vectors(schema, names, lists, place, options)
    ids = _named(names, options.id_column, PARQUET_IDS, place)
    texts = _named(names, options.text_column, TEXTS, place)
    titles = _named(names, options.title_column, TITLES, place)
    model = usual_name(names, MODELS)
    used = {vectors, ids, texts, titles, model}
    others = [name for name in names if name not in used and name not in lists]
    if left := [name for name in lists if name != vectors]:
        options.report.notes.append(f"left out: the vectors in {', '.join(left)} (choose with --vector-column)")
    return ParquetColumns(vectors, ids, texts, titles, model, others)


def _vectors(schema: Any, names: list[str], lists: list[str], place: str, options: ReadOptions) -> str:
    wanted = options.vector_column
    name = wanted or usual_name(lists, VECTORS) or usual_name(names, VECTORS) or (lists[0] if len(lists) == 1 else None)
    if name is None:
        what = f"several columns of vectors ({', '.join(lists)})" if lists else "no column of lists of floats"
        seen = ", ".join(f"{each} {schema.field(each).type}" for each in names[:12])
        raise TransferError(f"{place} has {what}; there are {seen}: say which with --vector-column")
    if name not in names:
        raise TransferError(f"{place}: there is no column {name!r}; there are {', '.join(names[:12])}")
    if name not in lists:
        kind = schema.field(name).type
        raise TransferError(f"{place}: the column {name!r} is {kind}, and vectors are lists of floats")
    return name


def _named(names: list[str], wanted: str | None, usual: tuple[str, ...], place: str) -> str | None:
    if wanted is not None and wanted not in names:
        raise TransferError(f"{place}: there is no column {wanted!r}; there are {', '.join(names[:12])}")
    return wanted or usual_name(names, usual)


def is_vectors(kind: Any) -> bool:
    """Tell whether a column's type is a list of floats, of any of the three kinds."""
    types = arrow().types
    kind = getattr(kind, "storage_type", kind)
    if not (types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind)):
        return False
    return bool(types.is_floating(kind.value_type))


def usual_length(column: Any) -> int:
    """Return the length that most vectors of a column have; 0 when there is none."""
    import numpy

    lengths = arrow().compute.list_value_length(column).drop_null().to_numpy(zero_copy_only=False)
    if not len(lengths):
        return 0
    found, counts = numpy.unique(lengths, return_counts=True)
    return int(found[counts.argmax()])


def matrix_of(column: Any, width: int) -> tuple[Any, list[int], dict[int, str]]:
    """Return the matrix of the vectors of this length, their rows, and why each other row has none."""
    import numpy

    compute = arrow().compute
    lengths = compute.fill_null(compute.list_value_length(column), -1).to_numpy(zero_copy_only=False)
    fits = lengths == width
    wrong = {
        int(row): "there is no vector (null)" if lengths[row] < 0 else _wrong_length(int(lengths[row]), width)
        for row in numpy.flatnonzero(~fits)
    }
    rows: list[int] = numpy.flatnonzero(fits).tolist()
    kept = column.filter(arrow().array(fits)) if wrong else column
    flat = kept.flatten().to_numpy(zero_copy_only=False)
    return flat.reshape(-1, width), rows, wrong


def _wrong_length(length: int, width: int) -> str:
    return f"a vector of {length:,} numbers, but the others have {width:,}"


def plain(value: Any) -> Any:
    """Return a value of any column as JSON: times and decimals as text, bytes as base64, no NaN."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if value - value == 0 else None
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return str(value)
