"""A sample: the beginning of a source, from which formats are recognised by content."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

import ijson  # type: ignore[import-untyped]

from localstore.errors import TransferError
from localstore.transfer.archive import conversation_members, opened_member
from localstore.transfer.ordinary import check_inside, check_ordinary
from localstore.transfer.titles import printable
from localstore.values import MAX_DEPTH

BLOCK = 256 * 1024
SQLITE_MAGIC = b"SQLite format 3\0"
ZIP_MAGIC = b"PK\x03\x04"
UTF8_BOM = b"\xef\xbb\xbf"
SIP = 1024
"""Bytes parsed at a time: every open bracket costs the path to it, and a block of brackets would take gigabytes."""
MEMBERS = 1000
WIDE_BOMS = (b"\xff\xfe", b"\xfe\xff")
BAD_SHARE, FEW_BAD = 0.02, 4
"""Share and number of bytes (NUL or undecodable) above which a block counts as binary; fewer spoil single records."""


@dataclass(slots=True)
class Sample:
    """What was seen of a source: its kind (``folder``, ``file``, ``zip``, ``sqlite``), its first block, its first keys.

    ``keys`` are those of the first JSON object, alone or in a list (RFC 8259); ``listed`` tells which. ``members``
    are the first files of a ZIP file, or the Parquet files of a folder.
    """

    path: Path
    kind: str = "file"
    head: bytes = b""
    whole: bool = True
    keys: list[str] = field(default_factory=list)
    listed: bool = False
    members: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The first block as text, undecodable bytes replaced."""
        return self.head.decode("utf-8", "replace")

    def describe(self) -> str:
        """Say in a few words what this is."""
        if self.kind == "folder":
            return "a folder without .md, .txt or .parquet files"
        if self.kind != "file":
            return {
                "zip": "a ZIP file without conversations.json and without arrays (.npy)",
                "sqlite": "an SQLite file",
            }[self.kind]
        if problem := binary_problem(self.head):
            return problem
        if self.keys:
            return printable(f"JSON with the keys {', '.join(self.keys[:12])}")
        return f"text beginning {self.text[:40]!r}" if self.head else "an empty file"


def look(path: Path) -> Sample:
    """Return a sample of *path*; raises TransferError when it cannot be read."""
    check_ordinary(path)
    try:
        if path.is_dir():
            inside = path / "conversations.json"
            if inside.is_file():
                check_inside(path, inside)
            shards = [found.name for found in islice(path.glob("*.parquet"), MEMBERS)]
            return Sample(path, kind="folder", keys=look(inside).keys if inside.is_file() else [], members=shards)
        if "*" in path.name and not path.exists() and (first := next(path.parent.glob(path.name), None)):
            return replace(look(first), path=path)
        with path.open("rb") as stream:
            head = stream.read(BLOCK)
            return _sampled(path, head, whole=not stream.read(1))
    except FileNotFoundError:
        raise TransferError(f"{path}: there is no such file or folder: check the path") from None
    except OSError as error:
        raise TransferError(f"{path}: cannot be read ({error.strerror})") from None


def _sampled(path: Path, head: bytes, whole: bool) -> Sample:
    if head.startswith(SQLITE_MAGIC):
        return Sample(path, kind="sqlite", head=head, whole=whole)
    if head.startswith(ZIP_MAGIC):
        return _zip_sample(path)
    return _keyed(Sample(path, head=head.removeprefix(UTF8_BOM), whole=whole))


def _zip_sample(path: Path) -> Sample:
    try:
        with zipfile.ZipFile(path) as archive:
            for member in conversation_members(archive)[:1]:
                with opened_member(archive, member) as stream:
                    return _keyed(Sample(path, kind="zip", head=stream.read(BLOCK)))
            return Sample(path, kind="zip", members=archive.namelist()[:MEMBERS])
    except (zipfile.BadZipFile, OSError, NotImplementedError) as error:
        raise TransferError(f"{path}: this ZIP file is damaged ({error}): copy it again") from None


def _keyed(sample: Sample) -> Sample:
    start = sample.head.lstrip()[:1]
    if start in (b"{", b"["):
        sample.listed = start == b"["
        for key in _first_keys(sample.head, "item" if sample.listed else ""):
            sample.keys.append(key)
    return sample


def _first_keys(head: bytes, prefix: str) -> Iterator[str]:
    """Yield the keys of the first object, as far as the block reaches."""
    depth = 0
    try:
        for where, event, value in ijson.parse(io.BytesIO(head), multiple_values=True, buf_size=SIP):
            depth += event.startswith("start_") - event.startswith("end_")
            if where == prefix and event == "map_key":
                yield str(value)
            elif depth > MAX_DEPTH or (where == prefix and event == "end_map"):
                return
    except (ijson.JSONError, UnicodeDecodeError, ValueError):
        return


def binary_problem(head: bytes) -> str:
    """Say why a block is no UTF-8 text, or return nothing."""
    if head.startswith(WIDE_BOMS):
        return "text in UTF-16: save it as UTF-8"
    zeros = head.count(0)
    bad = head.decode("utf-8", "replace").count("\ufffd") - head.count(b"\xef\xbf\xbd")
    if zeros + bad <= max(FEW_BAD, BAD_SHARE * len(head)):
        return ""
    if zeros:
        return f"binary, no text: {zeros:,} of the first {len(head):,} bytes are NUL"
    return f"not UTF-8: {bad:,} of the first {len(head):,} bytes cannot be decoded: save it as UTF-8"
