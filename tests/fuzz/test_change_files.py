"""A change file that was spoiled anywhere comes in whole or not at all, and the store it met stays sound."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localstore import Store
from localstore.errors import LocalstoreError
from sync.files.change_import import Imported, import_changes
from tests.fuzz.facts import a_store, check_sentence, check_sound, everything, in_time
from tests.fuzz.mutation import CORPUS, ODD_VALUES, Draw, json_mutant, mutants, runs, seeds

pytestmark = pytest.mark.slow
SEED = (CORPUS / "change_files" / "all.changes").read_bytes()
WORDS = [
    b'"base"',
    b'"row"',
    b'"tbl"',
    b'"pk"',
    b'"generation"',
    b'"previous"',
    b'"version"',
    b'"rows"',
    b'"sha256"',
    b"users",
]
FILES = [path.relative_to(CORPUS).as_posix() for path in seeds("change_files")]


def signed(lines: list[bytes], rows: Any = None, sha256: str | None = None) -> bytes:
    """Put a true trailer behind lines that may be anything: what a hostile writer does."""
    text = b"".join(line + b"\n" for line in lines)
    found = hashlib.sha256(text).hexdigest() if sha256 is None else sha256
    return text + json.dumps({"rows": len(lines) - 1 if rows is None else rows, "sha256": found}).encode() + b"\n"


LINES = SEED.splitlines()[:-1]


def taken(store: Store, path: Path) -> Imported | None:
    try:
        return import_changes(store, path)
    except LocalstoreError as error:
        check_sentence(str(error), path.name)
        return None


def check_file(data: bytes) -> None:
    """Take a file in, twice; nothing of a refused one is here, and what was left out is named."""
    with a_store() as (store, folder), in_time():
        path = folder / "spoiled.changes"
        path.write_bytes(data)
        before = everything(store)
        done = taken(store, path)
        for line in done.refused if done else []:
            check_sentence(line)
        after = everything(store)
        assert done or after == before
        again = taken(store, path)
        assert everything(store) == after
        assert (again is None) == (done is None)
        assert not again or again.again
        check_sound(store)


@runs(40)
@given(mutants([SEED], WORDS))
def test_a_spoiled_file_is_refused_whole(data: bytes) -> None:
    check_file(data)


@st.composite
def forged(draw: Draw) -> bytes:
    lines = list(LINES)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(lines) - 1))
        lines[at] = json_mutant(draw, lines[at]).replace(b"\n", b" ")
    if draw(st.integers(0, 3)) == 0:
        lines.insert(draw(st.integers(1, len(lines))), draw(st.sampled_from(lines[1:])))
    return signed(lines)


@runs(50)
@given(forged())
def test_a_forged_file_with_a_true_checksum_leaves_a_sound_store(data: bytes) -> None:
    check_file(data)


COLUMNS = [(at, name) for at, line in enumerate(LINES[1:], 1) for name in (json.loads(line)["row"] or {})]


@runs(50)
@given(st.sampled_from(COLUMNS), st.sampled_from(ODD_VALUES), st.booleans())
def test_any_value_in_any_column_is_taken_or_left_out(place: tuple[int, str], value: Any, in_base: bool) -> None:
    at, column = place
    change = json.loads(LINES[at])
    image = change["row"] | {column: value}
    change |= {"base": image} if in_base else {"row": image}
    check_file(signed([*LINES[:at], json.dumps(change).encode(), *LINES[at + 1 :]]))


HEADERS: list[tuple[str, Any]] = [
    *(("version", each) for each in [0, 2, 10**30, -1, "1", None, 1.5, True]),
    *(("number", each) for each in (0, -1, 10**30, "1", None, 2**63, True)),
    *(("previous", each) for each in ["", "0" * 64, 1, "\ud800"]),
    *(("store", each) for each in ("", "x" * 100_000, None, "\0", "\ud800", "\x1b[2J")),
    *(("device", each) for each in ("", "\0", 7)),
    *(("user", each) for each in ["", "nobody", 7, "\ud800"]),
    *(("made_at", each) for each in ("", "yesterday", 0)),
]


@pytest.mark.parametrize("number", range(len(HEADERS)))
def test_any_header_is_taken_or_refused(number: int) -> None:
    name, value = HEADERS[number]
    check_file(signed([json.dumps(json.loads(LINES[0]) | {name: value}).encode(), *LINES[1:]]))


def without(key: str) -> Callable[[], bytes]:
    return lambda: signed(
        [json.dumps({n: v for n, v in json.loads(LINES[0]).items() if n != key}).encode(), *LINES[1:]]
    )


def changed(**given: Any) -> Callable[[], bytes]:
    return lambda: signed([LINES[0], json.dumps(json.loads(LINES[1]) | given).encode(), *LINES[2:]])


WHOLE: dict[str, Callable[[], bytes]] = {
    "a huge count": lambda: signed(LINES, rows=10**18),
    "a negative count": lambda: signed(LINES, rows=-1),
    "a count that is no number": lambda: signed(LINES, rows=[]),
    "a wrong checksum": lambda: signed(LINES, sha256="0" * 64),
    "a checksum that is no text": lambda: signed(LINES).replace(b'"sha256": "', b'"sha256": 1, "x": "'),
    "no changes": lambda: signed(LINES[:1]),
    "no version": without("version"),
    "no store": without("store"),
    "a deeply nested header": lambda: signed([b"[" * 100_000, *LINES[1:]]),
    "a deeply nested line": lambda: signed([LINES[0], b'{"tbl":' * 100_000, *LINES[2:]]),
    "deeply nested metadata": lambda: signed(
        [LINES[0], LINES[1].replace(b'"parameters":', b'"parameters":' + b"[" * 3000)]
    ),
    "a generation that is text": changed(generation="x"),
    "a generation that is nothing": changed(generation=None),
    "a generation without end": changed(generation=float("inf")),
    "a table that is a list": changed(tbl=[]),
    "a row that is a text": changed(row="x"),
    "a row that is a list": changed(row=[1]),
    "a base that is a number": changed(base=7),
    "a key with a half character": changed(pk="\ud800"),
    "each line twice": lambda: signed([LINES[0], *(line for line in LINES[1:] for _ in range(2))]),
    "each line in reverse": lambda: signed([LINES[0], *reversed(LINES[1:])]),
    "bytes that are no text": lambda: signed([LINES[0], b"\xff\xfe" * 50]),
    "nothing but zeros": lambda: b"\0" * 10_000,
    "ends of lines of Windows": lambda: SEED.replace(b"\n", b"\r\n"),
    "a mark of UTF-8": lambda: b"\xef\xbb\xbf" + SEED,
    "UTF-16": lambda: SEED.decode().encode("utf-16"),
    "the file twice": lambda: SEED + SEED,
}


@pytest.mark.parametrize("name", WHOLE)
def test_a_file_that_is_wrong_as_a_whole_is_taken_or_refused(name: str) -> None:
    check_file(WHOLE[name]())


@pytest.mark.parametrize("file", FILES)
def test_every_file_of_the_corpus_is_taken_or_refused(file: str) -> None:
    check_file((CORPUS / file).read_bytes())


def test_the_seed_comes_in_whole(tmp_path: Path) -> None:
    with a_store() as (store, _):
        done = taken(store, CORPUS / "change_files" / "all.changes")
        assert done and done.rows["items"] == 1 and not done.refused and not done.conflicts
