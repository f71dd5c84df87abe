from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from localstore import ids
from localstore.vectors.incoming.ids import derived_ids, digests, natural_ids
from localstore.vectors.incoming.repeats import Repeats
from localstore.vectors.keys import written

KEYS = st.lists(st.one_of(st.text(st.characters(exclude_categories=["Cs"])), st.uuids().map(str)))


@given(source=st.text(st.characters(exclude_categories=["Cs"])), keys=KEYS)
def test_ids_of_many_keys_are_those_of_each(source: str, keys: list[str]) -> None:
    assert natural_ids("import", source, keys) == [ids.natural_id("import", source, key) for key in keys]
    assert derived_ids("import", keys, "0") == [ids.natural_id("import", key, "0") for key in keys]


@given(keys=KEYS)
def test_a_key_that_is_an_id_stands_for_itself(keys: list[str]) -> None:
    found, own = digests("import", "s", keys)
    assert written(found) == [ids.as_id(key) or ids.natural_id("import", "s", key) for key in keys]
    assert own.tolist() == [ids.as_id(key) is not None for key in keys]


@given(batches=st.lists(st.lists(st.integers(0, 30), min_size=1), max_size=20))
def test_a_repeat_names_the_first_row_of_its_id(batches: list[list[int]]) -> None:
    repeats, first, row = Repeats(), dict[int, int](), 0
    for batch in batches:
        rows = range(row, row + len(batch))
        expected = [(at, first[n]) for at, n in enumerate(batch) if first.setdefault(n, rows[at]) != rows[at]]
        found = repeats.add(np.array([n.to_bytes(16, "big") for n in batch], dtype="S16"), rows)
        assert [tuple(each) for each in found] == expected
        row += len(batch)
