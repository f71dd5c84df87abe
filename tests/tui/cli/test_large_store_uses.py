"""The large store's measure uses every command and every screen there is."""

from __future__ import annotations

from tests.bench.big.commands import ELSEWHERE, USES, commands, used
from tests.bench.big.places import PLACES
from tui import keys
from tui.registry import destinations


def _elsewhere(name: str) -> bool:
    return any(name == each or name.startswith(f"{each} ") for each in ELSEWHERE)


def test_every_command_has_a_line_or_a_reason_to_have_none() -> None:
    assert {name for name in commands() if not _elsewhere(name)} == {used(use) for use in USES}


def test_what_is_measured_elsewhere_is_a_command_or_a_group_of_them() -> None:
    known = " ".join(f"{name} " for name in commands())
    assert not [name for name in ELSEWHERE if f"{name} " not in known]


def test_every_screen_that_can_be_gone_to_is_measured() -> None:
    keys.load_all()
    names = {place.name.partition(":")[0].lower() for place in PLACES}
    assert not [each.name for each in destinations() if not any(each.name.lower() in name for name in names)]
