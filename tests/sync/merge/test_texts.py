"""Texts of several lines."""

from __future__ import annotations

import random
import time

import pytest

from sync.merging.prefer import Prefer
from sync.merging.texts import hunks, merge_text

BASE = "one\ntwo\nthree\nfour"


def test_changes_of_different_lines_stand_side_by_side() -> None:
    assert merge_text(BASE, "ONE\ntwo\nthree\nfour", "one\ntwo\nthree\nFOUR") == ("ONE\ntwo\nthree\nFOUR", True)


def test_changes_of_lines_next_to_each_other_stand_side_by_side() -> None:
    assert merge_text(BASE, "ONE\nTWO\nthree\nfour", "one\ntwo\nTHREE\nfour") == ("ONE\nTWO\nTHREE\nfour", True)


def test_the_same_change_on_both_sides_is_no_dispute() -> None:
    assert merge_text(BASE, "ONE\ntwo\nthree\nfour", "ONE\ntwo\nthree\nfour!") == ("ONE\ntwo\nthree\nfour!", True)


def test_changes_of_the_same_line_leave_the_whole_text_of_the_server() -> None:
    assert merge_text(BASE, "mine\ntwo\nthree\nmine", "theirs\ntwo\nthree\nfour") == (
        "theirs\ntwo\nthree\nfour",
        False,
    )


def test_lines_that_both_append_are_in_dispute() -> None:
    assert merge_text(BASE, BASE + "\nmine", BASE + "\ntheirs") == (BASE + "\ntheirs", False)


def test_a_deleted_line_and_an_edit_elsewhere_go_together() -> None:
    assert merge_text(BASE, "one\ntwo\nthree", "ONE\ntwo\nthree\nfour") == ("ONE\ntwo\nthree", True)


def test_a_line_deleted_here_and_edited_there_is_in_dispute() -> None:
    assert merge_text(BASE, "one\nthree\nfour", "one\nTWO\nthree\nfour") == ("one\nTWO\nthree\nfour", False)


@pytest.mark.parametrize(("base", "ours", "theirs"), [("b\nc", "b\nb", "c"), ("a\nc", "c", "a")])
def test_a_merge_that_would_turn_out_otherwise_when_done_again_is_in_dispute(base: str, ours: str, theirs: str) -> None:
    assert merge_text(base, ours, theirs) == (theirs, False)


def test_preferring_mine_changes_the_disputed_lines_alone() -> None:
    ours, theirs = "mine\ntwo\nthree\nfour", "theirs\ntwo\nthree\nFOUR"
    assert merge_text(BASE, ours, theirs, Prefer.OURS)[0] == "mine\ntwo\nthree\nFOUR"


def test_keeping_both_puts_mine_after_theirs_without_a_line_twice() -> None:
    ours, theirs = BASE + "\nshared\nmine", BASE + "\nshared\ntheirs"
    assert merge_text(BASE, ours, theirs, Prefer.BOTH)[0] == BASE + "\nshared\ntheirs\nmine"


def test_a_text_without_a_line_end_keeps_both_versions_as_lines() -> None:
    assert merge_text("was", "mine", "theirs", Prefer.BOTH)[0] == "theirs\nmine"


def test_the_hunks_tell_what_is_in_dispute() -> None:
    found = hunks(BASE, "mine\ntwo\nthree\nfour", "theirs\ntwo\nthree\nFOUR")
    told = [(hunk.base, hunk.disputed, hunk.merged) for hunk in found]
    assert told == [
        (("one",), True, ("theirs",)),
        (("two", "three"), False, ("two", "three")),
        (("four",), False, ("FOUR",)),
    ]


def test_carriage_returns_belong_to_their_lines() -> None:
    assert merge_text("a\r\nb\r\nc", "A\r\nb\r\nc", "a\r\nb\r\nC") == ("A\r\nb\r\nC", True)


def test_long_unlike_and_repetitive_texts_merge_within_a_second() -> None:
    lines = [f"line {number}" for number in range(50_000)]
    shuffled = lines[:]
    random.Random(1).shuffle(shuffled)
    base, ours = "\n".join(lines), "\n".join(shuffled)
    theirs = "\n".join([*lines[:-1], "the end"])
    same = "\n".join(["same"] * 50_000)
    begin = time.perf_counter()
    assert merge_text(base, ours, theirs) == (theirs, False)
    assert merge_text(same, same + "\n" + same, "first\n" + same) == ("first\n" + same, False)
    assert time.perf_counter() - begin < 3
