"""The text of a change file: a header, a line for each change, a trailer; all JSON.

::

    {"format":"localstore-changes","version":1,"store":…,"device":…,"user":…,"number":1,"previous":null,"made_at":…}
    {"tbl":"items","pk":…,"base":null,"row":{"id":…},"generation":1}
    {"rows":1,"sha256":…}

A row and its base hold what SQLite stores; a vector's float32 numbers are base64 in a row, and in a base the MD5 that
``sync.shapes.vector_hash`` makes. The trailer's hash is that of all lines before it; ``previous`` names the file
before by the hash of the whole of it, as ``sha256sum`` prints it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from localstore import tables
from localstore.errors import InvalidValue, TransferError
from localstore.models import BY_NAME
from localstore.transfer.json_text import LARGE, check_crowd
from localstore.transfer.ordinary import check_ordinary
from localstore.values import INT_MAX, INT_MIN
from sync.shapes import Change, Image, Key

FORMAT = "localstore-changes"
VERSION = 1
LONGEST_NAME = 200
LONGEST_HEADER = 1 << 16
LONGEST = 512 << 20
"""Bytes of a line: room for a text of 200 MB as it was and as it is (``values.MAX_TEXT``)."""
_HALF = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Header:
    """Whose changes a file has, and its place among that store's files, which count from 1."""

    store: str
    device: str
    user: str
    number: int
    previous: str | None
    made_at: str


def header_line(header: Header) -> bytes:
    """Return the first line."""
    return _line({"format": FORMAT, "version": VERSION, **asdict(header)})


def change_line(change: Change) -> bytes:
    """Return the line of a change; TransferError for a row too long to be read again."""
    line = _line(
        {
            "tbl": change.key.tbl,
            "pk": change.key.pk,
            "base": change.base,
            "row": _packed(change.ours),
            "generation": change.generation,
        }
    )
    if len(line) > LONGEST:
        raise TransferError(
            f"the row {change.key.pk} of {change.key.tbl} takes {len(line) >> 20:,} MB, and a change file's line at"
            f" most {LONGEST >> 20}: shorten its texts, or sync with a server."
        )
    return line


def trailer_line(rows: int, sha256: str) -> bytes:
    """Return the last line."""
    return _line({"rows": rows, "sha256": sha256})


def _line(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _packed(image: Image | None) -> Image | None:
    if image is None:
        return None
    return {n: base64.b64encode(v).decode() if isinstance(v, bytes) else v for n, v in image.items()}


@dataclass(frozen=True, slots=True)
class ChangeFile:
    """A file that was read through once and is whole; ``sha256`` is that of all of it."""

    path: Path
    header: Header
    rows: int
    sha256: str

    def changes(self, after: int = 0) -> Iterator[tuple[int, Change]]:
        """Yield (number of the line, change), without the first *after* changes."""
        with opened(self.path) as stream:
            for number, line in _numbered(self.path, stream):
                if 1 + after < number <= 1 + self.rows:
                    yield number, _change(self.path, number, line)


def read(path: Path) -> ChangeFile:
    """Read a file through; TransferError says what it is if not a whole change file, and the line."""
    whole, before = hashlib.sha256(), hashlib.sha256()
    header, last, number = None, b"", 0
    with opened(path) as stream:
        for number, line in _numbered(path, stream):
            if number == 1:
                header = _header(path, line)
            elif number > 2:
                _change(path, number - 1, last)
            before = whole.copy()
            whole.update(line)
            last = line
    if header is None:
        raise TransferError(f"{path} is empty: copy it again from where it was written.")
    _check_trailer(path, number, last, before.hexdigest())
    return ChangeFile(path, header, number - 2, whole.hexdigest())


def _numbered(path: Path, stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Yield the lines, which count from 1; a file without ends of lines is refused before memory is."""
    number, limit = 1, LONGEST_HEADER
    while line := stream.readline(limit + 1):
        if len(line) > limit:
            if number == 1:
                raise _foreign(path)
            raise _damaged(path, number, f"the line is longer than {limit:,} bytes, as no change is")
        yield number, line
        number, limit = number + 1, LONGEST


def opened(path: Path) -> BinaryIO:
    """Open a file to read; TransferError when that cannot be done."""
    check_ordinary(path)
    try:
        return path.open("rb")
    except OSError as error:
        raise TransferError(f"{path} cannot be read: {error.strerror}.") from None


def _header(path: Path, line: bytes) -> Header:
    found = _json(line)
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise _foreign(path)
    if found.get("version") != VERSION:
        raise TransferError(
            f"{path} is a change file of version {_told(found.get('version'))}, this localstore reads {VERSION}: "
            "use the same localstore on both machines."
        )
    kinds = {"store": str, "device": str, "user": str, "number": int, "previous": str | None, "made_at": str}
    if any(name not in found or not isinstance(found[name], kind) for name, kind in kinds.items()):
        raise _damaged(path, 1, "its header is not whole")
    if not all(_is_name(found[name]) for name in kinds):
        raise _damaged(path, 1, "its header holds a name that nobody gave")
    return Header(**{name: found[name] for name in kinds})


def _is_name(value: str | int | None) -> bool:
    """Tell whether a value of a header may stand in a message and in a key of ours."""
    return not isinstance(value, str) or (len(value) <= LONGEST_NAME and value.isprintable())


def _check_trailer(path: Path, number: int, line: bytes, sha256: str) -> None:
    found = _json(line)
    if number < 2 or not isinstance(found, dict) or "sha256" not in found or not line.endswith(b"\n"):
        raise _damaged(path, number, "the file ends here, without its last line: it was cut off")
    if found.get("rows") != number - 2:
        raise _damaged(path, number, f"{_told(found.get('rows'))} changes were written and {number - 2:,} are here")
    if found["sha256"] != sha256:
        raise _damaged(path, number, "the lines before this one are not those that were written (their sha256 differs)")


def _change(path: Path, number: int, line: bytes) -> Change:
    found = _json(line)
    if not isinstance(found, dict) or not isinstance(found.get("pk"), str):
        raise _damaged(path, number, "this is no change")
    model = BY_NAME.get(str(found.get("tbl")))
    if model is None:
        raise _damaged(path, number, f"there is no table {str(found.get('tbl'))[:60]!r}")
    base, row, names = found.get("base"), found.get("row"), tables.columns(model)
    try:
        ours = None if row is None else {name: _unpacked(row[name], name in tables.blobs(model)) for name in names}
    except (KeyError, TypeError, ValueError):  # binascii.Error is a ValueError
        raise _damaged(path, number, f"the row has not the columns of {found['tbl']}") from None
    if not (base is None or (isinstance(base, dict) and set(base) <= set(names))) or not (base or ours):
        raise _damaged(path, number, "it says neither what the row was nor what it is")
    if ours and tables.key_of(model, ours) != found["pk"]:
        raise _damaged(path, number, "the row and its key differ")
    generation = found.get("generation", 1)
    if not all(map(_is_stored, (found["pk"], *(base or {}).values(), *(ours or {}).values(), generation))):
        raise _damaged(path, number, "it holds a value that no database has")
    if not isinstance(generation, int):
        raise _damaged(path, number, "its generation is no whole number")
    return Change(Key(str(found["tbl"]), found["pk"]), base, ours, generation)


def _is_stored(value: Any) -> bool:
    """Tell whether SQLite can have given this value: nothing, a number of its own kinds, text, bytes."""
    if isinstance(value, str):
        return value.isascii() or not _HALF.search(value)
    if isinstance(value, float):
        return value - value == 0
    return value is None or isinstance(value, bytes) or (type(value) is int and INT_MIN <= value <= INT_MAX)


def _unpacked(value: Any, is_blob: bool) -> Any:
    return base64.b64decode(value, validate=True) if is_blob else value


def _json(line: bytes) -> Any:
    try:
        if len(line) > LARGE:
            check_crowd(line)
        return json.loads(line)
    except (ValueError, RecursionError, InvalidValue):
        return None


def _told(value: Any) -> str:
    """Return a value of the file for a message: JSON escapes what would move a cursor."""
    return json.dumps(value)[:60]


def _foreign(path: Path) -> TransferError:
    return TransferError(f"{path} is no change file: 'localstore sync export' writes them; 'import' reads others.")


def _damaged(path: Path, number: int, what: str) -> TransferError:
    return TransferError(f"{path}:{number}: {what}; copy the file again from where it was written.")
