"""Stored text on a screen: nothing moves the cursor, turns the line round or hides."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui import visible
from tui.widgets.reading.reader import Piece, plain, wrap


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("plain", "plain"),
        ("a\x1b[31mb", "a␛[31mb"),
        ("a\x7f", "a␡"),
        ("a\x9b1m", "a‹9B›1m"),
        ("invoice\u202efdp.exe", "invoice‹RLO›fdp.exe"),
        ("a\u2066b\u2069", "a‹LRI›b‹PDI›"),
        ("zero\u200bwidth", "zero‹ZWSP›width"),
        ("a\nb\tc", "a␊b c"),
        ("👨\u200d👩\u200d👧", "👨👩👧"),
        ("👍🏽 ❤\ufe0f", "👍 ❤"),
        ("क्\u200dष", "क्\u200dष"),
        ("\U000e0041", "‹E0041›"),
        ("漢字", "漢字"),
    ],
)
def test_a_line_shows_what_hides_in_it(stored: str, shown: str) -> None:
    assert visible.line(stored) == shown


def test_a_text_keeps_its_lines_and_indents() -> None:
    assert visible.text("a\r\n\tb\x07") == "a\n    b␇"


def test_a_line_of_a_million_characters_is_cut() -> None:
    assert visible.line("x" * 1_000_000) == "x" * visible.MAX_LINE + "…"


@given(st.text(), st.integers(1, 40))
def test_a_fitted_line_has_exactly_the_width(stored: str, width: int) -> None:
    assert cell_len(visible.fit(visible.line(stored), width)) == width


@given(st.text())
def test_nothing_that_is_shown_is_a_control_or_bidirectional_character(stored: str) -> None:
    kinds = {unicodedata.category(char) for char in visible.line(stored)}
    assert not kinds & {"Cc", "Cs", "Zl", "Zp"}
    assert not set(visible.line(stored)) & set("\u202a\u202b\u202d\u202e\u2066\u2067\u2068")


@given(st.text())
def test_an_editor_counts_the_same_characters(stored: str) -> None:
    assert len(visible.same_length(stored)) == len(stored)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]))), st.integers(2, 30))
def test_a_wrapped_line_keeps_its_words_and_fits(parts: list[str], width: int) -> None:
    line = tuple(Piece(visible.line(part)) for part in parts)
    rows = wrap(line, width)
    assert all(sum(cell_len(piece.text) for piece in row) <= width for row in rows)
    kept = "".join(piece.text for row in rows for piece in row)
    assert "".join(kept.split()) == "".join("".join(piece.text for piece in line).split())


def test_lines_break_between_words_and_long_words_are_cut() -> None:
    rows = wrap((Piece("one two "), Piece("threefourfive six", "key")), 8)
    texts = [["".join(piece.text for piece in row), row[-1].tone] for row in rows]
    assert texts == [["one two ", "text"], ["threefou", "key"], ["rfive", "key"], ["six", "key"]]


def test_a_very_long_line_says_how_much_is_missing() -> None:
    (first,) = plain("y" * 10_000)
    assert first[1].text == " … 5,904 more characters"
