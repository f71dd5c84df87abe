"""Sizes and shapes that nobody means: read whole or refused by a limit, in bounded memory, with one sentence."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from localstore.errors import LocalstoreError
from localstore.importing import ImportOptions, import_files
from tests.fuzz.bounded import Bounded, bounded
from tests.fuzz.facts import a_store, check_sentence, check_sound
from tests.fuzz.mutation import LONG
from tests.fuzz.test_bombs import check_bounded

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="Linux alone tells and bounds memory"),
]
LARGE = (100 if LONG else 33) << 20
"""Bytes of one line: more than a record may have."""


def lines(*documents: object) -> bytes:
    return b"".join(json.dumps(each).encode() + b"\n" for each in documents)


def note(front: bytes) -> bytes:
    return b"---\n" + front + b"\n---\nbody\n"


LAUGHS = b"a0: &a0 [x, x]\n" + b"".join(
    b"a%d: &a%d [%s]\n" % (n, n, b", ".join([b"*a%d" % (n - 1)] * 9)) for n in range(1, 12)
)
DEEP = 100_000
WIDE = 100_000 if LONG else 20_000
ODD: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "a line without an end": ("a.jsonl", lambda: b'{"title": "' + b"x" * LARGE, "jsonl"),
    "a line of spaces": ("a.jsonl", lambda: b'{"title": "a"}\n' + b" " * LARGE, "jsonl"),
    "a long text in the middle": (
        "a.jsonl",
        lambda: lines({"title": "a"}) + b'{"title": "' + b"x" * LARGE + b'"}\n' + lines({"title": "b"}),
        "jsonl",
    ),
    "one element without an end": ("a.json", lambda: b'[{"title": "' + b"x" * LARGE, "jsonl"),
    "nested lists": ("a.jsonl", lambda: b'{"title": "a", "x": ' + b"[" * DEEP + b"]" * DEEP + b"}", "jsonl"),
    "nested objects": ("a.jsonl", lambda: b'{"x":' * DEEP + b"1" + b"}" * DEEP, "jsonl"),
    "open brackets": ("a.json", lambda: b"[" * (LARGE // 40), "jsonl"),
    "many empty lists": ("a.jsonl", lambda: b'{"title": "a", "x": [' + b"[]," * (4 << 20) + b"1]}", "jsonl"),
    "many empty texts": ("a.jsonl", lambda: b'{"title": "a", "x": [' + b'"",' * (9 << 20) + b"1]}", "jsonl"),
    "a text of commas": ("a.jsonl", lambda: b'{"title": "a", "x": "' + b"x," * (4 << 20) + b'"}', "jsonl"),
    "a text of many lines": ("a.md", lambda: b"line\n" * (1_000_000 if LONG else 100_000), "markdown"),
    "a note without a line end": ("a.md", lambda: b"# " + b"x" * (2 << 20), "markdown"),
    "many headings": ("b.md", lambda: b"# h\n\nx\n" * (5_000 if LONG else 500), "markdown"),
    "ten thousand tags": (
        "a.jsonl",
        lambda: lines({"title": "a", "tags": [f"t{n}" for n in range(10_000 if LONG else 2_000)]}),
        "jsonl",
    ),
    "ten thousand keys": (
        "a.jsonl",
        lambda: lines({"title": "a", "meta_data": {f"k{n}": n for n in range(10_000)}}),
        "jsonl",
    ),
    "ten thousand contents": (
        "a.jsonl",
        lambda: lines({"title": "a", "contents": [{"text": "x"}] * (10_000 if LONG else 1_000)}),
        "jsonl",
    ),
    "a number of ten thousand digits": ("a.jsonl", lambda: b'{"title": "a", "x": ' + b"9" * 10_000 + b"}", "jsonl"),
    "a number of a million digits": ("a.jsonl", lambda: b'{"title": "a", "x": ' + b"9" * 1_000_000 + b"}", "jsonl"),
    "an exponent of a million": ("a.jsonl", lambda: b'{"title": "a", "x": 1e' + b"9" * 1_000_000 + b"}", "jsonl"),
    "a key of a megabyte": ("a.jsonl", lambda: lines({"title": "a", "k" * (1 << 20): 1}), "jsonl"),
    "an unknown key of a tag of a megabyte": (
        "a.jsonl",
        lambda: lines({"title": "a", "tags": [{"k" * (1 << 20): 1}]}),
        "jsonl",
    ),
    "a title of a megabyte": ("a.jsonl", lambda: lines({"title": "k" * (1 << 20)}), "jsonl"),
    "an id of a megabyte": ("a.jsonl", lambda: lines({"title": "a", "id": "k" * (1 << 20)}), "jsonl"),
    "a type of a megabyte": ("a.jsonl", lambda: lines({"title": "a", "type": "k" * (1 << 20)}), "jsonl"),
    "a time of a megabyte": ("a.jsonl", lambda: lines({"title": "a", "created_at": "2" * (1 << 20)}), "jsonl"),
    "an organization of a megabyte": (
        "a.jsonl",
        lambda: lines({"title": "a", "organization": "k" * (1 << 20)}),
        "jsonl",
    ),
    "a model of a megabyte": (
        "a.jsonl",
        lambda: lines({"title": "a", "contents": [{"text": "x", "embedding": [1.0], "model": "m" * (1 << 20)}]}),
        "jsonl",
    ),
    "a key twice": ("a.jsonl", lambda: b'{"title": "a", "title": "b"}', "jsonl"),
    "half characters": ("a.jsonl", lambda: b'{"title": "a\\ud800"}\n{"title": "\\udc00"}', "jsonl"),
    "NULs in texts": ("a.jsonl", lambda: b'{"title": "a\\u0000"}\n{"title": "b\0"}', "jsonl"),
    "a mark of UTF-8": ("a.jsonl", lambda: b"\xef\xbb\xbf" + lines({"title": "a"}), "jsonl"),
    "UTF-16": ("a.jsonl", lambda: '{"title": "a"}'.encode("utf-16"), "jsonl"),
    "UTF-32": ("a.jsonl", lambda: '{"title": "a"}'.encode("utf-32"), "jsonl"),
    "UTF-16 in a table": ("a.csv", lambda: "title,text\na,b\n".encode("utf-16"), "csv"),
    "UTF-16 in a note": ("a.md", lambda: "# a\n".encode("utf-16"), "markdown"),
    "ends of lines of Windows": (
        "a.jsonl",
        lambda: lines({"title": "a"}, {"title": "b"}).replace(b"\n", b"\r\n"),
        "jsonl",
    ),
    "ends of lines of an old Mac": (
        "a.jsonl",
        lambda: lines({"title": "a"}, {"title": "b"}).replace(b"\n", b"\r"),
        "jsonl",
    ),
    "very many columns": (
        "a.csv",
        lambda: b"title," + b",".join(b"c%d" % n for n in range(WIDE)) + b"\na" + b",x" * WIDE + b"\n",
        "csv",
    ),
    "a cell without an end": ("a.csv", lambda: b'title,text\na,"' + b"x" * LARGE, "csv"),
    "a header without an end": ("a.csv", lambda: b"title," * (LARGE // 20), "csv"),
    "quotes and nothing else": ("a.csv", lambda: b"title,text\n" + b'"' * (4 << 20), "csv"),
    "NULs in a table": ("a.csv", lambda: b"title,text\na,b\0c\n", "csv"),
    "a billion laughs": ("a.md", lambda: note(LAUGHS), "markdown"),
    "deep front matter": ("a.md", lambda: note(b"a: " + b"[" * 5_000), "markdown"),
    "front matter without an end": ("a.md", lambda: b"---\n" + b"a: b\n" * 500_000, "markdown"),
    "a time of front matter that is none": (
        "a.md",
        lambda: note(b"date: 2024-13-45\nx: 1_2:3_4:5\ny: 0x\nz: 999-1-1"),
        "markdown",
    ),
    "a number of front matter of many digits": ("a.md", lambda: note(b"x: " + b"9" * 100_000), "markdown"),
    "tags of Python in front matter": (
        "a.md",
        lambda: note(b'x: !!python/object/apply:os.system ["true"]'),
        "markdown",
    ),
    "merge keys in front matter": ("a.md", lambda: note(b"a: &a {b: 1}\nc:\n  <<: *a"), "markdown"),
    "columns of Chroma without an end": (
        "a.json",
        lambda: b'{"ids": ["a"], "embeddings": [' + b"[" * (4 << 20),
        "chroma",
    ),
    "a vector of a million numbers": (
        "a.json",
        lambda: b'{"ids": ["a"], "embeddings": [[' + b"1," * 1_500_000 + b"1]]}",
        "chroma",
    ),
}


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bounded]:
    with bounded(tmp_path_factory.mktemp("sizes")) as lent:
        yield lent


@pytest.mark.parametrize("name", ODD)
def test_a_file_of_an_odd_size_or_form_is_read_or_refused_in_bounded_memory(
    name: str, process: Bounded, tmp_path: Path
) -> None:
    file, make, format = ODD[name]
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / file).write_bytes(make())
    source = tmp_path / "in" if format == "markdown" else tmp_path / "in" / file
    became = process.take(source, format=format, model="lab/m" if format == "chroma" else None, split="headings")
    check_bounded(became)
    assert became.refusal or became.counts


NAMES = [
    b"\xff.md",
    b"a\nb.md",
    b"\x1b[2J.md",
    b"caf\xe9.md",
    b"-rf.md",
    b"~.md",
    b"%s{0}.md",
    "\u202egpj.md".encode(),
    b"a" * 240 + b".md",
]


@pytest.mark.parametrize("number", range(len(NAMES)))
def test_a_file_of_any_name_is_read_and_named_without_steering_the_terminal(number: int, tmp_path: Path) -> None:
    with a_store() as (store, _):
        (Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + NAMES[number]))).write_bytes(b"---\n[\n---\nbody")
        (tmp_path / "good.md").write_text("good", encoding="utf-8")
        report = import_files(store, [tmp_path])
        assert report.added == 1 and report.bad_count == 1
        check_sentence(report.bad[0].place)
        check_sound(store)


@pytest.mark.parametrize("number", range(len(NAMES)))
def test_a_source_of_any_name_is_refused_in_a_sentence(number: int, tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + NAMES[number]))
    path.write_bytes(b"\xff\xfe\x00")
    with a_store() as (store, _), pytest.raises(LocalstoreError) as refused:
        import_files(store, [path], ImportOptions(format="jsonl"))
    check_sentence(str(refused.value))
