"""Rows: every line of the merge table."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from localstore.models import APIKey, Embedding, Item, ItemTagLink, Setting
from sync.merge import changed_columns, merge
from sync.shapes import Conflict, Image, Kind, vector_hash
from tests.sync.merge.versions import ID, MOMENT, OTHER, embedding, item, whole

ONE, TWO, THREE = (bytes([number] * 16) for number in (1, 2, 3))


def meta(row: Image | None) -> Any:
    assert row is not None
    return json.loads(row["meta_data"])


def only(conflicts: tuple[Conflict, ...]) -> Conflict:
    assert len(conflicts) == 1
    return conflicts[0]


# -- columns ----------------------------------------------------------------------------------------------


def test_columns_that_one_side_changed_come_together() -> None:
    found = merge(Item, item(), item(title="Mine"), item(type="paper"))
    assert found.row == item(title="Mine", type="paper") and not found.conflicts


def test_a_column_that_both_changed_alike_is_no_conflict() -> None:
    theirs = item(title="Same", type="paper")
    found = merge(Item, item(), item(title="Same"), theirs)
    assert found.row is theirs and not found.conflicts


def test_a_column_that_both_changed_keeps_the_servers_value_and_ours_with_its_base() -> None:
    found = merge(Item, item(), item(title="Mine"), item(title="Theirs"))
    conflict = only(found.conflicts)
    assert found.row == item(title="Theirs")
    assert (conflict.kind, conflict.base, conflict.ours, conflict.theirs) == (
        Kind.COLUMNS,
        {"title": "Title"},
        {"title": "Mine"},
        {"title": "Theirs"},
    )
    assert conflict.reason == "title: changed here and on the server"


def test_one_row_has_one_conflict_of_all_its_disputed_columns() -> None:
    ours, theirs = item(title="Mine", type="paper"), item(title="Theirs", type="code")
    conflict = only(merge(Item, item(), ours, theirs).conflicts)
    assert conflict.ours == {"type": "paper", "title": "Mine"}


def test_a_value_that_one_side_emptied_and_the_other_changed_is_a_conflict() -> None:
    base, ours, theirs = item(description="was"), item(description=None), item(description="new")
    found = merge(Item, base, ours, theirs)
    assert found.row is theirs
    assert only(found.conflicts).ours == {"description": None}


def test_a_description_merges_line_by_line() -> None:
    base, ours, theirs = (item(description=text) for text in ("a\nb\nc", "A\nb\nc", "a\nb\nC"))
    assert merge(Item, base, ours, theirs).row == item(description="A\nb\nC")


def test_a_column_ruled_whole_is_never_merged_by_lines() -> None:
    base, ours, theirs = (item(type=text) for text in ("a\nb\nc", "A\nb\nc", "a\nb\nC"))
    assert only(merge(Item, base, ours, theirs).conflicts).ours == {"type": "A\nb\nc"}


# -- documents --------------------------------------------------------------------------------------------


def test_keys_that_one_side_changed_come_together() -> None:
    base, ours, theirs = item(meta_data={"a": 1, "b": 1}), item(meta_data={"a": 2, "b": 1}), item(meta_data={"a": 1})
    found = merge(Item, base, ours, theirs)
    assert meta(found.row) == {"a": 2} and not found.conflicts


def test_a_disputed_key_is_the_servers_and_the_other_keys_stay_merged() -> None:
    base = item(meta_data={"a": {"x": 1}})
    ours, theirs = item(meta_data={"a": {"x": 2}, "mine": 1}), item(meta_data={"a": {"x": 3}, "theirs": 1})
    found = merge(Item, base, ours, theirs)
    conflict = only(found.conflicts)
    assert meta(found.row) == {"a": {"x": 3}, "mine": 1, "theirs": 1}
    assert conflict.reason == "meta_data.a.x: changed here and on the server"
    assert (conflict.ours, conflict.theirs) == (
        {"meta_data": ours["meta_data"]},
        {"meta_data": theirs["meta_data"]},
    )


def test_an_absent_key_is_other_than_null() -> None:
    base, ours, theirs = item(meta_data={"a": 1}), item(meta_data={"a": None}), item(meta_data={})
    found = merge(Item, base, ours, theirs)
    assert meta(found.row) == {} and only(found.conflicts).ours == {"meta_data": '{"a": null}'}


def test_documents_that_mean_the_same_are_no_conflict() -> None:
    ours = item() | {"meta_data": '{"b": 1.0, "a": [2]}'}
    theirs = item() | {"meta_data": '{"a":[2],"b":1}'}
    found = merge(Item, item(), ours, theirs)
    assert found.row is theirs and not found.conflicts


def test_true_is_not_one() -> None:
    found = merge(Item, item(meta_data={"a": 0}), item(meta_data={"a": True}), item(meta_data={"a": 1}))
    assert only(found.conflicts).kind is Kind.COLUMNS


def test_lists_are_whole_values() -> None:
    found = merge(Item, item(meta_data={"l": [1]}), item(meta_data={"l": [1, 2]}), item(meta_data={"l": [1, 3]}))
    assert meta(found.row) == {"l": [1, 3]} and only(found.conflicts)


def test_a_document_that_cannot_be_read_is_a_whole_value() -> None:
    deep = '{"a":' + "[" * 5000 + "]" * 5000 + "}"
    found = merge(Item, item(), item(meta_data={"b": 1}), item() | {"meta_data": deep})
    assert found.row is not None and found.row["meta_data"] == deep
    assert only(found.conflicts).ours == {"meta_data": '{"b": 1}'}


def test_a_setting_that_is_no_object_is_a_whole_value() -> None:
    def setting(value: str) -> Image:
        return whole(Setting, {"scope": "global", "key": "theme", "value": value})

    found = merge(Setting, setting('"a"'), setting("null"), setting("3"))
    assert found.row == setting("3") and only(found.conflicts).ours == {"value": "null"}


# -- made on both sides -----------------------------------------------------------------------------------


def test_equal_rows_made_on_both_sides_are_one() -> None:
    theirs = item()
    found = merge(Item, None, item(), theirs)
    assert found.row is theirs and not found.conflicts


def test_rows_made_on_both_sides_that_differ_in_their_times_alone_are_the_servers() -> None:
    theirs = item() | {"created_at": MOMENT.format(3), "updated_at": MOMENT.format(4)}
    found = merge(Item, None, item(), theirs)
    assert found.row is theirs and not found.conflicts


def test_of_rows_made_on_both_sides_a_column_that_one_left_alone_is_the_others() -> None:
    ours, theirs = item(type="paper", meta_data={"a": 1}), item(description="theirs", meta_data={})
    found = merge(Item, None, ours, theirs)
    assert found.row == item(type="paper", description="theirs", meta_data={"a": 1}) and not found.conflicts


def test_rows_made_on_both_sides_with_other_values_conflict_without_a_base() -> None:
    found = merge(Item, None, item(title="Mine", meta_data={"a": 1}), item(title="Theirs", meta_data={"b": 1}))
    conflict = only(found.conflicts)
    assert (conflict.base, conflict.ours) == (None, {"title": "Mine"})
    assert meta(found.row) == {"a": 1, "b": 1}


def test_texts_made_on_both_sides_are_never_mixed() -> None:
    found = merge(Item, None, item(description="\nmine"), item(description="theirs\n"))
    assert found.row is not None and found.row["description"] == "theirs\n" and found.conflicts


# -- times ------------------------------------------------------------------------------------------------


def test_the_later_updated_at_and_the_earlier_created_at_stay_without_a_conflict() -> None:
    ours = item(title="Mine") | {"updated_at": MOMENT.format(5), "created_at": MOMENT.format(2)}
    theirs = item(type="paper") | {"updated_at": MOMENT.format(3), "created_at": MOMENT.format(3)}
    found = merge(Item, item(), ours, theirs)
    assert found.row is not None and not found.conflicts
    assert (found.row["updated_at"], found.row["created_at"]) == (MOMENT.format(5), MOMENT.format(2))


def test_a_later_clock_does_not_win() -> None:
    ours, theirs = item(title="Mine", type="paper") | {"updated_at": MOMENT.format(9)}, item(title="Theirs")
    found = merge(Item, item(), ours, theirs)
    assert found.row == theirs | {"type": "paper", "updated_at": MOMENT.format(9)} and found.conflicts


@pytest.mark.parametrize("base", [item(), None])
def test_a_row_in_which_nothing_of_ours_is_left_is_theirs_with_its_times(base: Image | None) -> None:
    ours, theirs = item(title="Mine") | {"updated_at": MOMENT.format(9)}, item(title="Theirs")
    found = merge(Item, base, ours | {"created_at": MOMENT.format(0)}, theirs)
    assert found.row is theirs and only(found.conflicts).ours == {"title": "Mine"}


def test_a_moment_that_nothing_else_of_ours_came_with_stays_when_it_is_the_later_one() -> None:
    theirs = item(title="Theirs") | {"updated_at": MOMENT.format(3)}
    found = merge(Item, item(), item() | {"updated_at": MOMENT.format(5)}, theirs)
    assert found.row == theirs | {"updated_at": MOMENT.format(5)} and not found.conflicts


def test_of_two_vectors_made_on_both_sides_the_servers_stays_with_its_times() -> None:
    ours, theirs = embedding(TWO) | {"updated_at": MOMENT.format(9)}, embedding(vector_hash(THREE))
    assert merge(Embedding, None, ours, theirs).row is theirs


# -- deletions --------------------------------------------------------------------------------------------


def test_an_edit_of_a_row_deleted_on_the_server_is_kept_whole() -> None:
    ours = item(title="Mine")
    found = merge(Item, item(), ours, None)
    conflict = only(found.conflicts)
    assert (found.row, conflict.kind, conflict.ours, conflict.theirs) == (None, Kind.DELETED_THERE, ours, None)


def test_a_row_deleted_here_and_edited_there_stays_deleted_and_theirs_is_kept_whole() -> None:
    theirs = item(title="Theirs")
    found = merge(Item, item(), None, theirs)
    conflict = only(found.conflicts)
    assert (found.row, conflict.kind, conflict.ours, conflict.theirs) == (None, Kind.DELETED_HERE, None, theirs)


@pytest.mark.parametrize(
    ("model", "base", "stamped"),
    [
        (Item, item(), {"updated_at": MOMENT.format(9), "created_at": MOMENT.format(2)}),
        (APIKey, whole(APIKey, {"key_hash": "h", "scopes": []}), {"last_used_at": MOMENT.format(4)}),
    ],
)
def test_a_moved_time_alone_is_no_edit_that_a_deletion_must_spare(model: Any, base: Image, stamped: Image) -> None:
    assert merge(model, base, base | stamped, None) == merge(model, base, None, base | stamped)
    assert not merge(model, base, base | stamped, None).conflicts


def test_a_link_made_again_lives() -> None:
    link = {"item_id": ID, "tag_id": OTHER}
    assert merge(ItemTagLink, None, link, None).row is link
    assert merge(ItemTagLink, link, None, dict(link)).row is None


# -- vectors ----------------------------------------------------------------------------------------------


def fitting(*vectors: bytes) -> Any:
    return lambda image: image["vector"] in vectors


def test_of_two_new_vectors_the_one_that_fits_its_text_stays_with_the_hash_of_that_text() -> None:
    base, ours, theirs = embedding(ONE, text_sha256="1"), embedding(TWO, text_sha256="2"), embedding(THREE)
    found = merge(Embedding, base, ours, theirs, fitting(TWO))
    assert found.row is not None and not found.conflicts
    assert (found.row["vector"], meta(found.row)) == (TWO, {"text_sha256": "2"})


def test_of_two_vectors_that_both_fit_or_do_not_the_servers_stays() -> None:
    base, ours, theirs = embedding(ONE), embedding(TWO, text_sha256="2"), embedding(THREE, text_sha256="3")
    assert merge(Embedding, base, ours, theirs, fitting()).row is theirs
    assert merge(Embedding, base, ours, theirs, fitting(TWO, THREE)).row is theirs
    assert merge(Embedding, base, ours, theirs).row is theirs


def test_what_was_noted_beside_a_vector_merges_like_any_document() -> None:
    base, ours, theirs = embedding(ONE, by="x"), embedding(TWO, by="mine"), embedding(THREE, by="theirs")
    found = merge(Embedding, base, ours, theirs, fitting(TWO))
    assert found.row is not None and found.row["vector"] == TWO
    assert only(found.conflicts).reason == "meta_data.by: changed here and on the server"


def test_a_vector_goes_with_the_model_that_made_it() -> None:
    base, ours = embedding(ONE), embedding(TWO)
    theirs = embedding(THREE) | {"model_id": OTHER}
    found = merge(Embedding, base, ours, theirs, fitting(TWO))
    assert found.row is not None and (found.row["model_id"], found.row["vector"]) == (ID, TWO)


def test_a_vector_known_by_its_hash_is_compared_by_it() -> None:
    base, ours, theirs = embedding(vector_hash(ONE)), embedding(ONE, note="mine"), embedding(vector_hash(ONE))
    found = merge(Embedding, base, ours, theirs)
    assert found.row == ours and not found.conflicts
    assert changed_columns(Embedding, ours, theirs) == ["meta_data"]


def test_a_merged_row_keeps_the_bytes_of_a_vector_that_theirs_knows_by_its_hash() -> None:
    base, ours = embedding(vector_hash(ONE)), embedding(ONE, mine=1)
    found = merge(Embedding, base, ours, embedding(vector_hash(ONE), theirs=1))
    assert found.row is not None
    assert (found.row["vector"], meta(found.row)) == (ONE, {"mine": 1, "theirs": 1})


def test_a_base_without_its_vector_says_that_the_vector_is_as_it_was() -> None:
    base = {name: value for name, value in embedding(ONE).items() if name != "vector"}
    theirs = embedding(TWO)
    found = merge(Embedding, base, embedding(ONE), theirs)
    assert found.row is theirs and not found.conflicts


# -- speed ------------------------------------------------------------------------------------------------


def test_five_thousand_rows_that_both_sides_changed_merge_in_well_under_a_second() -> None:
    text = "\n".join(f"line {number}" for number in range(20))
    base = item(description=text, meta_data={"a": 1})
    ours = item(description="first\n" + text, meta_data={"a": 2}, title="Mine")
    theirs = item(description=text + "\nlast", meta_data={"a": 1, "b": 1}, type="paper")
    begin = time.perf_counter()
    conflicts = sum(len(merge(Item, base, ours, theirs).conflicts) for _ in range(5000))
    assert conflicts == 0
    assert time.perf_counter() - begin < 4  # half a second on a core of its own; tests share theirs
