"""Whatever a keymap file holds, the UI has its keys: what cannot be used is said in a sentence, the rest holds."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.facts import check_sentence, in_time
from tests.fuzz.mutation import CORPUS, ODD_VALUES, mutants, runs, seeds
from tui.keymap_file import clashes, is_key, merge, read
from tui.keys.key import KEYS, SCOPES

pytestmark = pytest.mark.slow
FILES = [path.relative_to(CORPUS).as_posix() for path in seeds("keymap")]
WORDS = [
    b'"items.delete"',
    b'"vim"',
    b'"x"',
    b'"ctrl+x"',
    b'"ctrl+"',
    b'"+"',
    b'"ctrl+ctrl+x"',
    b'"f99"',
    b'""',
    b'" "',
    b'"\\ud800"',
]
NAMES = st.sampled_from([*sorted(KEYS), "vim", "nothing", "", "\x1b[2J", "\ud800"])
KEY_TEXTS = st.one_of(
    st.sampled_from(
        ["x", "ctrl+x", "f2", "+", "ctrl++", "/", "slash", "space", " ", "", "\t", "\x1b", "日", "pagedown", "shift+a"]
    ),
    st.text(max_size=6),
    st.lists(st.sampled_from(["ctrl", "shift", "alt", "a", "", "enter", "é"]), max_size=4).map("+".join),
)
VALUES = st.one_of(KEY_TEXTS, st.lists(KEY_TEXTS, max_size=4), st.sampled_from(ODD_VALUES))


def check_file(data: bytes) -> None:
    with TemporaryDirectory() as folder, in_time():
        path = Path(folder) / "keymap.json"
        path.write_bytes(data)
        merged = read(path)
    check_keys(merged.keys, merged.faults)


def check_keys(keys: dict[str, Any], faults: list[str]) -> None:
    """Assert that every action has keys, that no two in one place share one, and that faults are sentences."""
    assert keys.keys() == KEYS.keys()
    assert all(is_key(name) for key in keys.values() for name in key.keys)
    assert [found for scope in SCOPES for found in clashes(scope, keys)] == []
    for fault in faults:
        check_sentence(fault)


@runs(60)
@given(mutants([path.read_bytes() for path in seeds("keymap")], WORDS))
def test_a_spoiled_file_leaves_keys_that_work(data: bytes) -> None:
    check_file(data)


@runs(60)
@given(st.dictionaries(NAMES, VALUES, max_size=6))
def test_any_changes_leave_keys_that_work(changes: dict[str, Any]) -> None:
    merged = merge(changes)
    check_keys(merged.keys, merged.faults)
    check_file(json.dumps(changes).encode())


@pytest.mark.parametrize(
    "data",
    [
        b"[" * 100_000,
        b'{"vim":' * 20_000,
        b"\xff\xfe{}",
        b"\xef\xbb\xbf{}",
        b"\0" * 1000,
        b'{"x": "' + b"y" * 1_000_000 + b'"}',
        b'{"vim": ' + b"9" * 10_000 + b"}",
        b'{"' + b"k" * 100_000 + b'": 1}',
        b'"vim": ' * 5_000,
        '{"vim": true}'.encode("utf-16"),
    ],
    ids=[
        "brackets",
        "braces",
        "UTF-16 mark",
        "UTF-8 mark",
        "NULs",
        "long value",
        "long number",
        "long name",
        "no braces",
        "UTF-16",
    ],
)
def test_a_file_of_a_hostile_form_leaves_keys_that_work(data: bytes) -> None:
    check_file(data)


@pytest.mark.parametrize("file", FILES)
def test_every_file_of_the_corpus_leaves_keys_that_work(file: str) -> None:
    check_file((CORPUS / file).read_bytes())
