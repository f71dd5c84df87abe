"""Two sorted streams of hashes give exactly the keys that are not the same on both sides."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sync.comparing.differences import Difference, chunked, differences

sides = st.dictionaries(st.text("abc", max_size=3), st.sampled_from(["one", "two"]), max_size=12)


@given(sides, sides)
def test_what_differs_is_found_and_nothing_else(here: dict[str, str], there: dict[str, str]) -> None:
    found = list(differences(iter(sorted(here.items())), iter(sorted(there.items()))))
    assert [each.pk for each in found] == [pk for pk in sorted({*here, *there}) if here.get(pk) != there.get(pk)]
    assert found == [Difference(each.pk, each.pk in here, each.pk in there) for each in found]


def test_chunks_hold_all_in_order() -> None:
    assert list(chunked(iter(range(5)), 2)) == [[0, 1], [2, 3], [4]]
