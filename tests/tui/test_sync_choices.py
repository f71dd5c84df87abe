"""What is to choose in a conflict, and what becomes of it: no screen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sync.merging.documents import ABSENT
from tui.widgets.sync.choices import Choices, How, Part, choices
from tui.widgets.sync.versions import part_lines, result_lines


def test_a_value_of_a_megabyte_is_cut_on_the_screen_and_applied_whole() -> None:
    part = Part("text", "b", "x" * 1_000_000, "y", how=How.MINE)
    drawn = "\n".join("".join(piece.text for piece in line) for line in part_lines(part, 100, {}))
    assert len(drawn) < 100_000
    assert "980,000 more characters; all of them are applied" in drawn
    assert part.result == part.ours


def test_the_result_of_a_piece_shows_the_lines_around_it() -> None:
    part = Part("text", "b", "mine", "theirs", before=("above",), after=("below",), how=How.MINE)
    drawn = ["".join(piece.text for piece in line) for line in result_lines(part, {})]
    assert [line.strip() for line in drawn[1:]] == ["above", "mine", "below"]


class Field:
    """One column of a conflict."""

    def __init__(self, name: str, base: Any, ours: Any, theirs: Any) -> None:
        self.name, self.base, self.ours, self.theirs, self.live = name, base, ours, theirs, theirs


def chosen(how: How, *fields: Any) -> dict[str, Any]:
    found: Choices = choices(fields)
    found.parts[:] = [replace(part, how=how) for part in found.parts]
    return found.values()


def test_documents_are_cut_by_keys_and_absent_is_other_than_nothing() -> None:
    field: Any = Field("meta", {"a": 1, "b": {"c": 1}}, {"a": None, "b": {"c": 2}, "d": 1}, {"b": {"c": 3}, "e": 1})
    assert [(part.label, part.ours, part.theirs) for part in choices([field]).parts] == [
        ("meta.b.c", 2, 3),
        ("meta.a", None, ABSENT),
    ]
    assert chosen(How.MINE, field) == {"meta": {"a": None, "b": {"c": 2}, "d": 1, "e": 1}}
    assert chosen(How.THEIRS, field) == {"meta": {"b": {"c": 3}, "d": 1, "e": 1}}


def test_lines_that_one_side_alone_changed_are_not_asked_for() -> None:
    field: Any = Field("text", "a\nb\nc\nd", "A\nb\nc\nmine", "a\nb\nc\ntheirs")
    assert [(part.label, part.ours, part.theirs) for part in choices([field]).parts] == [
        ("text", ("mine",), ("theirs",))
    ]
    assert chosen(How.MINE, field) == {"text": "A\nb\nc\nmine"}
    assert chosen(How.THEIRS, field) == {"text": "A\nb\nc\ntheirs"}


@pytest.mark.parametrize(
    ("part", "text", "value"),
    [
        (Part("title", "b", "m", "t"), "", ""),
        (Part("title", "b", None, "t"), "", None),
        (Part("text", ("b",), ("m",), ("t",), 1, 1), "", ()),
        (Part("text", ("b",), ("m",), ("t",), 1, 1), "x\ny", ("x", "y")),
        (Part("dim", 1, 2, 3), "4", 4),
        (Part("meta", {}, {"a": "m"}, {"a": "t"}, keys=("a",)), '"x"', "x"),
    ],
)
def test_what_a_person_writes_becomes_a_value_of_the_fields_type(part: Part, text: str, value: Any) -> None:
    assert part.written(text) == value
