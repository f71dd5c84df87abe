"""Mutants: small valid files spoiled by flips, cuts, splices, odd tokens and odd JSON; the draws are hypothesis's."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

LONG = bool(os.environ.get("LOCALSTORE_LONG"))
"""Whether to try many more, at random; a run without it tries the same ones every time."""
CORPUS = Path(__file__).parent / "corpus"
ODD_BYTES = [
    *(b"\0", b"\xff", b"\xfe\xff", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\r", b"\r\n", b"\n\n", b"\x1b[2J"),
    *(b"\\ud800", b"\\u0000", b"\xc2\x85", b"\xe2\x80\xa8", b"\xe2\x80\xae", b"\t", b'"', b"'", b"\\", b"%", b"\x1a"),
    *(b"-1", b"NaN", b"1e999", b"9" * 30, b"18446744073709551616", b"null", b"true", b"[", b"]", b"{", b"}", b","),
]
"""Bytes that break readers: NULs, marks of other encodings, half characters, line ends, quotes, numbers too large."""
ODD_VALUES: list[Any] = [
    *(None, True, False, 0, -1, 0.5, -0.0, 1e300, float("nan"), float("inf"), 2**31, 2**63, 2**64, 10**30),
    *("", " ", "a", "\0", "\ud800", "\x1b[2J", "\u202e", "null", "2024-01-01", "9999-99-99T00:00:00Z", "x" * 3000),
    *([], {}, [[]], [None], {"": ""}, {"\0": 1}, {"id": []}, [0.1, "a"], "00000000-0000-0000-0000-000000000000"),
]
_TOKEN = re.compile(rb"[A-Za-z_]+|\d+(?:\.\d+)?|\s+|.", re.DOTALL)
Draw = Callable[[st.SearchStrategy[Any]], Any]
Mutator = Callable[[Draw, bytes], bytes]


def runs(bounded: int, long: int = 0) -> settings:
    """Return how many examples to try: *bounded* always, *long* (a hundred times as many) when asked for."""
    return settings(
        max_examples=(long or 100 * bounded) if LONG else bounded,
        derandomize=not LONG,
        database=None,
        deadline=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )


def seeds(folder: str) -> list[Path]:
    """Return the files of a part of the corpus, in order of name."""
    found = sorted(path for path in (CORPUS / folder).rglob("*") if path.is_file())
    assert found, f"the corpus has nothing in {folder}"
    return found


def mutants(valid: Sequence[bytes], words: Sequence[bytes] = (), most: int = 4) -> st.SearchStrategy[bytes]:
    """Make spoiled copies of *valid* files; *words* are what the format is made of."""
    odd = [*words, *ODD_BYTES]
    mutators: list[Mutator] = [
        *(_flip, _cut, _drop, _double, _swap),
        lambda draw, data: _insert(draw, data, odd),
        lambda draw, data: _replace(draw, data, odd),
        lambda draw, data: _splice(draw, data, valid),
    ]
    if any(_documents(each) is not None for each in valid):
        mutators += [json_mutant] * 4

    @st.composite
    def mutant(draw: Draw) -> bytes:
        data: bytes = draw(st.sampled_from(valid))
        for _ in range(draw(st.integers(0, most))):
            data = draw(st.sampled_from(mutators))(draw, data)
        return data

    return mutant()


def _at(draw: Draw, data: bytes) -> int:
    return int(draw(st.integers(0, max(len(data) - 1, 0))))


def _flip(draw: Draw, data: bytes) -> bytes:
    at = _at(draw, data)
    return data[:at] + bytes(byte ^ (1 << draw(st.integers(0, 7))) for byte in data[at : at + 1]) + data[at + 1 :]


def _cut(draw: Draw, data: bytes) -> bytes:
    return data[: _at(draw, data)]


def _drop(draw: Draw, data: bytes) -> bytes:
    at, size = _at(draw, data), int(draw(st.integers(1, 40)))
    return data[:at] + data[at + size :]


def _double(draw: Draw, data: bytes) -> bytes:
    at, size = _at(draw, data), int(draw(st.integers(1, 200)))
    return data[: at + size] + data[at:]


def _swap(draw: Draw, data: bytes) -> bytes:
    tokens = _TOKEN.findall(data)
    if len(tokens) < 2:
        return data
    first, second = (draw(st.integers(0, len(tokens) - 1)) for _ in range(2))
    tokens[first], tokens[second] = tokens[second], tokens[first]
    return b"".join(tokens)


def _insert(draw: Draw, data: bytes, words: Sequence[bytes]) -> bytes:
    at = _at(draw, data)
    return data[:at] + bytes(draw(st.sampled_from(words))) + data[at:]


def _replace(draw: Draw, data: bytes, words: Sequence[bytes]) -> bytes:
    spans = [match.span() for match in _TOKEN.finditer(data)]
    if not spans:
        return data
    start, end = draw(st.sampled_from(spans)) if len(spans) < 5_000 else spans[_at(draw, data) % len(spans)]
    return data[:start] + bytes(draw(st.sampled_from(words))) + data[end:]


def _splice(draw: Draw, data: bytes, others: Sequence[bytes]) -> bytes:
    other = bytes(draw(st.sampled_from(others)))
    return data[: _at(draw, data)] + other[_at(draw, other) :]


# -- JSON by its structure


def _documents(data: bytes) -> list[Any] | None:
    """Return the JSON texts of a file: one, or one a line; None when it holds none."""
    try:
        return [json.loads(data)]
    except (ValueError, RecursionError):
        pass
    try:
        return [json.loads(line) for line in data.splitlines() if line.strip()] or None
    except (ValueError, RecursionError):
        return None


def json_mutant(draw: Draw, data: bytes) -> bytes:
    """Change one value somewhere in one of the JSON texts of a file: its kind, its key, whether it is there."""
    found = _documents(data)
    if not found:
        return data
    at = draw(st.integers(0, len(found) - 1))
    places = [(None, None), *_places(found[at])]
    holder, key = places[draw(st.integers(0, len(places) - 1))]
    if holder is None:
        found[at] = _other(draw, found[at])
    elif isinstance(holder, dict) and draw(st.integers(0, 3)) == 0:
        holder[draw(st.sampled_from(["", "id", "\0", "a.b", "\ud800", "x" * 300, key]))] = holder.pop(key)
    elif draw(st.integers(0, 4)) == 0:
        del holder[key]
    else:
        holder[key] = _other(draw, holder[key])
    return b"\n".join(
        json.dumps(each, ensure_ascii=draw(st.booleans())).encode("utf-8", "surrogatepass") for each in found
    )


def _other(draw: Draw, value: Any) -> Any:
    how = draw(st.integers(0, 5))
    if how == 0:
        return [value]
    if how == 1:
        return [value, value]
    return {"text": value} if how == 2 else draw(st.sampled_from(ODD_VALUES))


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Return every (container, key) below a value."""
    keys: list[Any] = (
        list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []
    )
    return [(value, key) for key in keys] + [place for key in keys for place in _places(value[key])]
