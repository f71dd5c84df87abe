"""How long is waited: pure rules."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localstore.embedders.retries import FIRST, LONGEST, asked_for, backoff
from tests.localstore.embedders.service import Waits

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


@given(st.integers(0, 60), st.floats(0, 1))
def test_a_wait_is_half_certain_half_chance_and_never_too_long(attempt: int, chance: float) -> None:
    whole = min(LONGEST, FIRST * 2**attempt)
    assert whole / 2 <= backoff(attempt, chance) <= whole


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("0", 0.0),
        (" 12 ", 12.0),
        ("9" * 5000, 999_999_999.0),
        ("Sun, 22 Nov 2026 12:00:30 GMT", 30.0),
        ("Sun, 22 Nov 2026 11:00:00 GMT", 0.0),
        ("Sun, 22 Nov 2026 12:00:30 -0000", 30.0),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("", None),
    ],
)
def test_what_a_service_asks_for_is_read_in_seconds_or_as_a_date(header: str | None, seconds: float | None) -> None:
    assert asked_for(header, NOW) == seconds


def test_waits_double_and_end() -> None:
    waits = Waits(most=3)
    assert [waits.retries.wait(attempt) for attempt in range(4)] == [True, True, True, False]
    assert waits.slept == [0.25, 0.5, 1.0]


def test_the_real_clock_and_sleep_are_the_default() -> None:
    from localstore.embedders.retries import Retries

    assert Retries().most == 4 and Retries().clock() > 0 and 0 <= Retries().chance() < 1
