"""Three versions of a form: what I wrote, what I started from, what somebody saved meanwhile.

A field that only one of us changed is not in doubt. Pure: no screen, no store.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

Side = Literal["mine", "theirs"]


class Difference(NamedTuple):
    """A field in which mine and theirs differ; ``side`` is chosen, or None while nobody chose."""

    name: str
    mine: str
    base: str
    theirs: str
    side: Side | None = None

    @property
    def result(self) -> str | None:
        """What will stand there."""
        return None if self.side is None else self.mine if self.side == "mine" else self.theirs


def differences(
    names: Sequence[str], mine: Mapping[str, str], base: Mapping[str, str], theirs: Mapping[str, str]
) -> list[Difference]:
    """Return the fields that differ; those that one of us left alone are chosen already."""
    found = []
    for name in names:
        ours, start, other = mine[name], base[name], theirs[name]
        if ours != other:
            side: Side | None = "theirs" if ours == start else "mine" if other == start else None
            found.append(Difference(name, ours, start, other, side))
    return found


def in_doubt(found: Sequence[Difference]) -> list[Difference]:
    """Return the fields somebody has to choose for."""
    return [each for each in found if each.side is None]
