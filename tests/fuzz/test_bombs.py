"""Files that claim or inflate to far more than they are: one sentence, in bounded memory, and the store stays sound."""

from __future__ import annotations

import gzip
import io
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy
import pyarrow  # type: ignore[import-untyped]
import pyarrow.parquet  # type: ignore[import-untyped]
import pytest

from localstore.attached.image_sizes import image_size
from tests.fuzz.bounded import GROWTH, Became, Bounded, bounded
from tests.fuzz.facts import check_sentence
from tests.fuzz.mutation import LONG

pytestmark = pytest.mark.slow
MEGABYTES = 4_096 if LONG else 96
"""What a bomb inflates to."""


def deflated(megabytes: int, begin: bytes = b"", fill: bytes = b"\0") -> tuple[bytes, int, int]:
    """Return raw deflate of so many megabytes, their size, and their checksum, made piece by piece."""
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    block = fill * ((1 << 20) // len(fill))
    parts, size, crc = [packer.compress(begin)], len(begin), zlib.crc32(begin)
    for _ in range(megabytes):
        parts.append(packer.compress(block))
        size, crc = size + len(block), zlib.crc32(block, crc)
    return b"".join([*parts, packer.flush()]), size, crc


def zipped(path: Path, name: str, packed: bytes, size: int, crc: int) -> Path:
    """Write a ZIP of one deflated member whose sizes are whatever is said."""
    title = name.encode()
    told = (min(size, 0xFFFFFFFE), len(title))
    local = struct.pack("<4s5HIIIHH", b"PK\3\4", 20, 0, 8, 0, 33, crc, len(packed), *told, 0) + title
    central = struct.pack("<4s6HIIIHHHHHII", b"PK\1\2", 20, 20, 0, 8, 0, 33, crc, len(packed), *told, 0, 0, 0, 0, 0, 0)
    end = struct.pack("<4s4HIIH", b"PK\5\6", 0, 0, 1, 1, len(central) + len(title), len(local) + len(packed), 0)
    path.write_bytes(local + packed + central + title + end)
    return path


def header(shape: str, kind: str = "<f4", version: int = 1) -> bytes:
    text = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H" if version == 1 else "<I", len(text)) + text


def npz(begin: bytes, megabytes: int = 0, size: int | None = None, fill: bytes = b"\0") -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        packed, true, crc = deflated(megabytes, begin, fill)
        return zipped(folder / "bomb.npz", "embeddings.npy", packed, true if size is None else size, crc)

    return make


def chats(begin: bytes, fill: bytes, size: int | None = None, most: int = MEGABYTES) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        packed, true, crc = deflated(most, begin, fill)
        return zipped(folder / "bomb.zip", "conversations.json", packed, true if size is None else size, crc)

    return make


def written(name: str, data: bytes) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / name).write_bytes(data)
        return folder / name

    return make


def parquet_bomb(folder: Path) -> Path:
    """One row group of constant vectors, run-length encoded and compressed to almost nothing."""
    rows = MEGABYTES * 1_000
    path = folder / "bomb.parquet"
    values = pyarrow.DictionaryArray.from_arrays(numpy.zeros(rows, dtype="i4"), pyarrow.array(["x" * 100]))
    vectors = pyarrow.FixedSizeListArray.from_arrays(numpy.zeros(rows * 2, dtype="f4"), 2)
    pyarrow.parquet.write_table(
        pyarrow.table({"id": values, "embedding": vectors}), path, row_group_size=rows, compression="zstd"
    )
    return path


def parquet_claim(folder: Path) -> Path:
    """A file whose footer claims a row group of a thousand billion rows."""
    path = folder / "claim.parquet"
    vectors = pyarrow.FixedSizeListArray.from_arrays(numpy.zeros(200, dtype="f4"), 2)
    table = pyarrow.table({"id": [f"{n}" for n in range(100)], "embedding": vectors})
    pyarrow.parquet.write_table(table, path, compression="none")
    path.write_bytes(path.read_bytes().replace(_varint(100), _varint(10**12)))
    return path


def _varint(number: int) -> bytes:
    """Return a number as Thrift's compact protocol writes one of 64 bits, with the byte that says its type."""
    number <<= 1
    out = bytearray(b"\x16")
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def zip_in_zip(folder: Path) -> Path:
    inner = chats(b"[", b" ")(folder).read_bytes()
    path = folder / "outer.zip"
    with zipfile.ZipFile(path, "w") as outer:
        outer.writestr("conversations.json", inner)
    return path


def many_members(folder: Path) -> Path:
    path = folder / "many.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(3_000):
            archive.writestr(f"{number}/conversations.json", b"[")
    return path


def overlapping(folder: Path) -> Path:
    """Many names for the same compressed bytes: each is inflated again."""
    packed, size, crc = deflated(8, b"[", b" ")
    path = zipped(folder / "one.zip", "conversations-001.json", packed, size, crc)
    data = path.read_bytes()
    start = data.rindex(b"PK\1\2")
    entry, end = data[start : data.rindex(b"PK\5\6")], data[data.rindex(b"PK\5\6") :]
    copies = b"".join(entry.replace(b"-001.", f"-{number:03}.".encode()) for number in range(1, 100))
    path.write_bytes(data[:start] + copies + end[:8] + struct.pack("<HHII", 99, 99, len(copies), start) + b"\0\0")
    return path


def wide_npz(folder: Path) -> Path:
    stream = io.BytesIO()
    numpy.savez_compressed(stream, embeddings=numpy.zeros((2, 3), "f4"), ids=numpy.zeros(2, "<U20000000"))
    (folder / "wide.npz").write_bytes(stream.getvalue())
    return folder / "wide.npz"


BOMBS: dict[str, Callable[[Path], Path]] = {
    "npz: a shape of a thousand billion rows": npz(header("(1000000000000, 3)")),
    "npz: a shape that its size admits": npz(header("(300000000, 3)"), 1, size=3_600_000_080),
    "npz: rows that inflate": npz(header(f"({MEGABYTES << 8}, 1024)"), MEGABYTES),
    "npz: one row of a hundred million numbers": npz(header("(1, 100000000)"), 382),
    "npz: a header of four gigabytes": npz(b"\x93NUMPY\x02\0" + struct.pack("<I", 0xFFFFFFF0), MEGABYTES, fill=b" "),
    "npz: a header of deep brackets": npz(header("(" * 4_000 + ")" * 4_000)),
    "npz: a number of ten thousand digits": npz(header("(" + "9" * 9_000 + ", 3)")),
    "npz: negative rows": npz(header("(-1, 3)"), 1),
    "npz: no bytes in a number": npz(header("(1000000000000, 3)", "|V0")),
    "npz: texts of twenty million letters": wide_npz,
    "npz: a false size": npz(header("(2, 3)") + b"\0" * 24, size=10),
    "npy: a shape of a thousand billion rows": written("v.npy", header("(1000000000000, 3)") + b"\0" * 24),
    "npy: a header of four gigabytes": written("v.npy", b"\x93NUMPY\x02\0" + struct.pack("<I", 0xFFFFFFF0)),
    "zip: spaces": chats(b"[", b" "),
    "zip: one endless text": chats(b'[{"title": "', b"a"),
    "zip: brackets": chats(b"", b"[", most=2),
    "zip: very many empty conversations": chats(b"[", b'{"mapping":{}},' + b" " * 4_000),
    "zip: a false size": chats(b"[", b" ", size=100),
    "zip: a ZIP in it": zip_in_zip,
    "zip: very many members": many_members,
    "zip: members that overlap": overlapping,
    "zip: an end that claims much": written(
        "end.zip", b"PK\3\4" + struct.pack("<4s4HIIH", b"PK\5\6", 0, 0, 65535, 65535, 2**31, 10, 0)
    ),
    "gzip": written("items.jsonl.gz", gzip.compress(b'{"title": "x"}\n' * 1_000_000, 9)),
    "parquet: rows that inflate": parquet_bomb,
    "parquet: a row group of a thousand billion rows": parquet_claim,
    "parquet: a footer of two gigabytes": written(
        "f.parquet", b"PAR1" + b"\0" * 100 + struct.pack("<I", 2**31 - 1) + b"PAR1"
    ),
}


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bounded]:
    with bounded(tmp_path_factory.mktemp("bombs")) as lent:
        yield lent


def check_bounded(became: Became) -> None:
    """Assert that an import came to its end as it should, in the room it may take."""
    assert not became.refusal or "LocalstoreError" in became.kind, (became.kind, became.refusal)
    assert became.grown < GROWTH, f"grew by {became.grown} MB"
    assert became.findings == []
    for sentence in [became.refusal] if became.refusal else []:
        check_sentence(sentence)
    for place, reason in became.bad:
        check_sentence(place)
        check_sentence(reason)


@pytest.mark.skipif(sys.platform != "linux", reason="memory is told and bounded by Linux alone")
@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_read_or_refused_in_bounded_memory(name: str, process: Bounded, tmp_path: Path) -> None:
    source = BOMBS[name](tmp_path)
    check_bounded(process.take(source, model="lab/m", dry_run=True))
    if name.startswith("zip"):
        check_bounded(process.take(source, format="chatgpt", dry_run=True))


@pytest.mark.parametrize(
    "head",
    [
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\xff" * 8,
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\xff",
        b"GIF89a\xff\xff\xff\xff",
        b"RIFF\xff\xff\xff\xffWEBPVP8X" + b"\xff" * 20,
        b"\xff\xd8\xff\xe0\0\0" * 10_000,
        b"\xff\xd8\xff\xe0\0\1" * 10_000,
        b"\xff\xd8" + b"\xff" * 100_000,
    ],
    ids=["png", "png cut", "gif", "webp", "jpeg without lengths", "jpeg of odd lengths", "jpeg of marks"],
)
def test_an_image_that_claims_a_size_costs_no_more_than_its_head(head: bytes) -> None:
    found = image_size(head)
    assert found is None or max(found) < 2**32
