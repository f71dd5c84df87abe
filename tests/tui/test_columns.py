"""A row keeps its columns whatever a terminal makes of its script."""

from __future__ import annotations

from tui.columns import placed, roomy


def test_a_word_is_put_in_its_place_and_so_is_what_follows() -> None:
    frame = "\x1b[3;5H\x1b[1mab की cd\x1b[0m"
    word = "\x1b[?7l \x1b[3;8Hकी\x1b[?7h\x1b[3;9H"
    assert placed(frame) == f"\x1b[3;5H\x1b[1mab {word} cd\x1b[0m"


def test_room_behind_a_word_is_cleared_with_it_and_not_written_over_it() -> None:
    assert roomy("की") == "की\u00a0"
    assert placed("\x1b[1;1H" + roomy("की") + "|") == "\x1b[1;1H\x1b[?7l  \x1b[1;1Hकी\x1b[?7h\x1b[1;3H|"


def test_each_row_is_counted_by_itself() -> None:
    assert placed("\x1b[1;1Hक\n\x1b[2;4H日क").endswith("\n\x1b[2;4H日\x1b[?7l \x1b[2;6Hक\x1b[?7h\x1b[2;7H")


def test_other_scripts_are_sent_as_they_are() -> None:
    frame = "\x1b[1;1HStraße 日本語 العربية …"
    assert placed(frame) is frame
    assert roomy("Straße 日本語") == "Straße 日本語"
