"""What every merge obeys, whatever it merges."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from localstore.models import Item, Row
from localstore.values import canonical_json
from sync.local.images import differing
from sync.merge import edited, merge
from sync.merging.documents import merge_documents, same
from sync.merging.texts import hunks, join, merge_text
from sync.shapes import Image
from tests.sync.merge.versions import documents, images, lines, three, tokens, written

Three = tuple[type[Row], Image, Image, Image]


def alike(model: type[Row], one: Image | None, other: Image | None) -> bool:
    return one is other or (one is not None and other is not None and not differing(model, one, other))


@given(three())
def test_two_equal_changes_are_that_change(drawn: Three) -> None:
    model, base, ours, _ = drawn
    found = merge(model, base, ours, dict(ours))
    assert (found.row, found.conflicts) == (ours, ())


@given(three())
def test_what_only_the_server_changed_is_taken_as_it_is(drawn: Three) -> None:
    model, base, _, theirs = drawn
    found = merge(model, base, dict(base), theirs)
    assert found.row is theirs and not found.conflicts


@given(three())
def test_what_only_we_changed_stays(drawn: Three) -> None:
    model, base, ours, _ = drawn
    found = merge(model, base, ours, dict(base))
    assert alike(model, found.row, ours) and not found.conflicts


@given(three())
def test_the_same_versions_always_merge_to_the_same(drawn: Three) -> None:
    model, base, ours, theirs = drawn
    assert merge(model, base, ours, theirs) == merge(model, dict(base), dict(ours), dict(theirs))


@given(three(), st.booleans())
def test_nothing_that_a_side_wrote_is_lost(drawn: Three, both_made_it: bool) -> None:
    model, before, ours, theirs = drawn
    base = None if both_made_it else before
    found = merge(model, base, ours, theirs)
    kept = written(model, found.row).union(
        *(written(model, image) for conflict in found.conflicts for image in (conflict.ours, conflict.theirs))
    )
    assert tokens(model, ours, base) <= kept
    assert tokens(model, theirs, base) <= kept


@given(three())
def test_merging_the_result_with_the_same_version_again_changes_nothing(drawn: Three) -> None:
    model, base, ours, theirs = drawn
    first = merge(model, base, ours, theirs).row
    again, later = merge(model, base, first, theirs), merge(model, theirs, first, dict(theirs))
    assert again.row and first and not edited(model, first, again.row) and not again.conflicts  # times may be theirs
    assert alike(model, later.row, first) and not later.conflicts


@given(three())
def test_a_row_that_says_what_theirs_says_is_theirs(drawn: Three) -> None:
    model, base, ours, theirs = drawn
    found = merge(model, base, ours, theirs).row
    assert found is theirs or not alike(model, found, theirs)


@given(three())
def test_a_row_deleted_on_both_sides_is_gone_and_a_deleted_edit_is_kept_whole(drawn: Three) -> None:
    model, base, ours, theirs = drawn
    assert merge(model, base, None, None).row is None
    here, there = merge(model, base, ours, None), merge(model, base, None, theirs)
    assert here.row is None and there.row is None
    assert all(conflict.ours == ours for conflict in here.conflicts)
    assert all(conflict.theirs == theirs for conflict in there.conflicts)


@given(images(Item))
def test_a_row_that_one_side_never_had_is_the_other_sides(row: Image) -> None:
    assert merge(Item, None, row, None).row is row
    assert merge(Item, None, None, row).row is row


@given(documents, documents)
def test_documents_mean_the_same_exactly_when_their_canonical_texts_are_equal(one: Any, other: Any) -> None:
    assert same(one, other) is (canonical_json(one) == canonical_json(other))


@given(documents, documents, documents)
def test_documents_merge_to_the_same_again(base: Any, ours: Any, theirs: Any) -> None:
    first = merge_documents(base, ours, theirs).value
    assert same(merge_documents(base, first, theirs).value, first)
    json.dumps(first)


@given(lines, lines, lines)
def test_the_hunks_of_three_texts_hold_every_line_of_each_in_order(base: str, ours: str, theirs: str) -> None:
    found = hunks(base, ours, theirs)
    assert join(hunk.base for hunk in found) == base
    assert join(hunk.ours for hunk in found) == ours
    assert join(hunk.theirs for hunk in found) == theirs


@given(lines, lines, lines)
def test_a_disputed_text_is_theirs(base: str, ours: str, theirs: str) -> None:
    text, clean = merge_text(base, ours, theirs)
    assert clean or text == theirs
