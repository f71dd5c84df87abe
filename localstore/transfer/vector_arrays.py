"""Arrays of numpy's own file format (``numpy.lib.format``, versions 1 and 2), read block by block.

An array in an ``.npz`` cannot be mapped into memory, and ``numpy.load`` reads it whole; so the header is read by
numpy and the rows by us. Nothing is ever unpickled: a pickle runs any program its author wrote into it.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from localstore.errors import TransferError
from localstore.transfer.vector_rows import MAX_WIDTH

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

MAGIC = b"\x93NUMPY"
PICKLE = b"\x80"
SHOWN = 12
LONGEST_HEADER = 1 << 16
"""Bytes; numpy itself takes no more than 10,000 characters."""
TEXT_KINDS, NUMBER_KINDS, PLAIN_KINDS = "US", "iu", "USiufb"


@dataclass(frozen=True, slots=True)
class ArrayShape:
    """What the header of an array says; ``size`` is that of its values in bytes."""

    name: str
    dtype: numpy.dtype[Any]
    shape: tuple[int, ...]
    fortran: bool

    @property
    def size(self) -> int:
        """Bytes of all values."""
        size = self.dtype.itemsize
        for length in self.shape:
            size *= length
        return size

    @property
    def row_bytes(self) -> int:
        """Bytes of one row."""
        return self.size // self.shape[0] if self.shape and self.shape[0] else self.dtype.itemsize

    def spelled(self) -> str:
        """Return name, shape and type as a person writes them."""
        shape = "×".join(map(str, self.shape)) or "single"
        return f"{self.name} ({shape} {self.dtype.name})"


def read_shape(stream: Any, name: str) -> ArrayShape:
    """Read an array's header and leave *stream* at its first value; raises TransferError when it is none."""
    from numpy.lib import format as npy

    start = stream.read(8)
    _check_magic(start, name)
    readers = {1: npy.read_array_header_1_0, 2: npy.read_array_header_2_0}
    if start[6] not in readers:
        raise TransferError(f"{name}: version {start[6]} of the array format is not read: save it with plain columns")
    try:
        with warnings.catch_warnings():  # of headers that Python 2 wrote
            warnings.simplefilter("ignore")
            shape, fortran, dtype = readers[start[6]](_header(stream, 2 * start[6]))
    except Exception:  # a spoiled literal raises what numpy's parsers happen to raise: TokenError, RecursionError …
        raise TransferError(f"{name}: the header of the array cannot be read: is the file cut off?") from None
    if any(length < 0 for length in shape):
        raise TransferError(f"{name}: the header of the array says {shape}, which is no shape: the file is damaged")
    return ArrayShape(name, dtype, shape, fortran and len(shape) > 1)


def _header(stream: Any, width: int) -> BinaryIO:
    """Return the header with the *width* bytes of its length: numpy would unpack 4 GB before it looks at that."""
    length = stream.read(width)
    if int.from_bytes(length, "little") > LONGEST_HEADER:
        raise ValueError("no header is that long")
    return io.BytesIO(length + stream.read(int.from_bytes(length, "little")))


def _check_magic(start: bytes, name: str) -> None:
    if start.startswith(MAGIC) and len(start) == 8:
        return
    if start.startswith(PICKLE):
        raise TransferError(
            f"{name} is a pickle, which may run any program and is never loaded: "
            "save the array itself with numpy.save(path, numpy.asarray(vectors, dtype=numpy.float32))"
        )
    seen = "it is empty" if not start else f"it begins with {start[:6]!r}"
    raise TransferError(f"{name} is no array of numpy ({seen}): save it with numpy.save")


def check_matrix(found: ArrayShape) -> None:
    """Raise TransferError, saying what to do, unless the array is one vector a row."""
    name, dtype = found.name, found.dtype
    if dtype.hasobject:
        raise TransferError(
            f"{name} holds Python objects, which are never loaded: "
            "save numpy.asarray(vectors, dtype=numpy.float32), with rows of one length"
        )
    if len(found.shape) != 2:
        advice = "reshape(1, -1) makes one row of one vector" if len(found.shape) == 1 else "reshape it to (rows, d)"
        raise TransferError(f"{found.spelled()} has {len(found.shape)} dimensions; vectors need two: {advice}")
    if dtype.kind != "f":
        raise TransferError(f"{found.spelled()} holds no floats: save it with .astype(numpy.float32)")
    if not 0 < found.shape[1] <= MAX_WIDTH:
        raise TransferError(f"{found.spelled()}: a vector has 1 to {MAX_WIDTH:,} numbers: is the array turned (.T)?")


def check_texts(found: ArrayShape, rows: int) -> None:
    """Raise TransferError, saying what to do, unless the array is one text or whole number a row."""
    if found.dtype.hasobject:
        raise TransferError(
            f"{found.name} holds Python objects, which are never loaded: save numpy.asarray({found.name}, dtype=str)"
        )
    if len(found.shape) != 1 or found.dtype.kind not in TEXT_KINDS + NUMBER_KINDS:
        raise TransferError(f"{found.spelled()} is no list of texts: save numpy.asarray({found.name}, dtype=str)")
    if found.shape[0] != rows:
        raise TransferError(f"{found.name} has {found.shape[0]:,} entries, but there are {rows:,} vectors")


class ArrayRows:
    """The rows of one array, taken from the first on; one in Fortran order needs a stream to seek in."""

    def __init__(self, stream: BinaryIO, shape: ArrayShape) -> None:
        self._stream = stream
        self._shape = shape
        self._taken = 0
        self._start = stream.tell() if shape.fortran else 0

    def take(self, count: int) -> NDArray[Any]:
        """Return the next *count* rows; raises TransferError when the file ends before."""
        import numpy

        shape, first = self._shape, self._taken
        self._taken += count
        if shape.fortran:
            return self._take_columns(first, count)
        raw = self._read(count * shape.row_bytes)
        return numpy.frombuffer(raw, dtype=shape.dtype).reshape((count, *shape.shape[1:]))

    def _take_columns(self, first: int, count: int) -> NDArray[Any]:
        """Return rows of an array whose columns stand one after the other."""
        import numpy

        rows, width = self._shape.shape
        step = self._shape.dtype.itemsize
        block = numpy.empty((count, width), dtype=self._shape.dtype)
        for column in range(width):
            self._stream.seek(self._start + (column * rows + first) * step)
            block[:, column] = numpy.frombuffer(self._read(count * step), dtype=self._shape.dtype)
        return block

    def _read(self, size: int) -> bytes:
        parts = []
        while size:
            part = self._stream.read(size)
            if not part:
                raise TransferError(f"{self._shape.name} is cut off: it ends before its last row: copy it again")
            parts.append(part)
            size -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)


class ArrayTexts:
    """The texts of a one-dimensional array, taken from the first on; whole numbers as text."""

    def __init__(self, rows: ArrayRows, name: str) -> None:
        self._rows = rows
        self._name = name

    def take(self, count: int) -> list[str]:
        """Return the next *count* texts."""
        found = self._rows.take(count)
        try:
            values = found.tolist()
            if found.dtype.kind == "S":
                return [value.decode() for value in values]
        except ValueError:
            raise TransferError(f"{self._name} holds text that is not UTF-8: save it with dtype=str") from None
        return values if found.dtype.kind == "U" else list(map(str, values))


class RowNumbers:
    """Ids of rows that have none: their numbers, from 0."""

    def __init__(self) -> None:
        self._next = 0

    def take(self, count: int) -> list[str]:
        """Return the next *count* numbers as texts."""
        first, self._next = self._next, self._next + count
        return list(map(str, range(first, first + count)))
