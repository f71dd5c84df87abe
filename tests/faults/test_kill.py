"""Killed at a random moment of any write, a store reopens whole, with everything that was acknowledged.

``python -m tests.faults`` kills a thousand times; docs/reliability.md has the counts.
"""

from __future__ import annotations

import pytest

from tests.faults.kill import Killer
from tests.faults.writes import KINDS

KILLS = 3
"""Of each kind, some fifty in all."""


@pytest.mark.parametrize("seed", range(KILLS))
@pytest.mark.parametrize("kind", KINDS)
def test_what_was_acknowledged_outlives_being_killed(killer: Killer, kind: str, seed: int) -> None:
    assert killer.kill(kind, seed) == []


def test_a_store_that_is_killed_again_and_again_loses_nothing(killer: Killer) -> None:
    assert [wrong for seed in range(6) for wrong in killer.again("mixed", seed)] == []
