"""The file of ids that stands beside an array: lines of text or of JSON."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from localstore.errors import InvalidValue, TransferError
from localstore.transfer.format import ReadOptions
from localstore.transfer.json_text import parse
from localstore.transfer.vector_rows import IDS, TEXTS, TITLES, usual_name

_ENDINGS = (".ids.npy", "_ids.npy", ".ids.txt", "_ids.txt", ".ids.jsonl", "_ids.jsonl", ".jsonl")
BLOCK = 1 << 20


def beside(source: Path) -> Path | None:
    """Return the file of ids of an array, if there is one."""
    stem = source.name.removesuffix(source.suffix)
    places = (source.with_name(f"{stem}{ending}") for ending in _ENDINGS)
    return next((place for place in places if place.is_file()), None)


class Lines:
    """The lines of a file, one for each row; raises TransferError when there are more or fewer."""

    def __init__(self, stream: BinaryIO, name: str, rows: int) -> None:
        count = last = 0
        while block := stream.read(BLOCK):
            count += block.count(b"\n")
            last = block[-1]
        count += last not in (0, ord("\n"))
        if count != rows:
            raise TransferError(f"{name} has {count:,} lines, but there are {rows:,} vectors: it needs one for each")
        stream.seek(0)
        self.name = name
        self._stream = stream
        self._taken = 0

    def take(self, count: int) -> list[str]:
        """Return the next *count* lines without their ends."""
        self._taken += count
        raw = islice(self._stream, count)
        try:
            return [line.decode().rstrip("\r\n") for line in raw]
        except UnicodeDecodeError:
            raise TransferError(f"{self.name} is not UTF-8: save it as UTF-8") from None

    @property
    def taken(self) -> int:
        """How many lines were taken."""
        return self._taken


class LineTexts:
    """Ids, titles and texts of lines of JSON; ids must be taken first, as they are."""

    def __init__(self, lines: Lines, options: ReadOptions) -> None:
        self._lines = lines
        self._documents: list[dict[str, Any]] = []
        self.ids = _Column(self, options.id_column, IDS, first=True)
        self.titles = _Column(self, options.title_column, TITLES)
        self.texts = _Column(self, options.text_column, TEXTS)

    def advance(self, count: int) -> None:
        """Read the next *count* lines."""
        first = self._lines.taken
        self._documents = [
            self._document(line, first + number) for number, line in enumerate(self._lines.take(count), 1)
        ]

    def column(self, wanted: str | None, usual: tuple[str, ...]) -> list[str | None]:
        """Return a value of each document as text, None where there is none."""
        found = []
        for document in self._documents:
            key = wanted or usual_name(list(document), usual)
            value = document.get(key) if key else None
            found.append(None if value is None else str(value))
        return found

    def _document(self, line: str, number: int) -> dict[str, Any]:
        try:
            value = parse(line.encode())
        except InvalidValue as error:
            raise TransferError(f"{self._lines.name}:{number}: {error}") from None
        if not isinstance(value, dict):
            raise TransferError(f"{self._lines.name}:{number}: expected an object with id, got {line[:40]!r}")
        return value


class _Column:
    """One key of all documents."""

    def __init__(self, owner: LineTexts, wanted: str | None, usual: tuple[str, ...], first: bool = False) -> None:
        self._owner = owner
        self._wanted = wanted
        self._usual = usual
        self._first = first

    def take(self, count: int) -> list[str | None]:
        """Return the next *count* values."""
        if self._first:
            self._owner.advance(count)
        return self._owner.column(self._wanted, self._usual)
