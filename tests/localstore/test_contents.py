"""Contents: their order, how they move, and that they touch their item."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from localstore import EditConflict, InvalidValue, Store
from localstore.contents import between
from tests.localstore.snapshots import everything


@pytest.fixture
def talk(store: Store) -> str:
    """An item with the texts a, b, c, d."""
    return str(store.items.add("Talk", contents=[{"text": text} for text in "abcd"]).id)


def texts(store: Store, item: str) -> str:
    return "".join(content.text for content in store.contents.of(item))


def test_appended_texts_have_strictly_rising_times(store: Store, talk: str) -> None:
    store.contents.add(talk, "e")
    stamps = [content.created_at for content in store.contents.of(talk)]
    assert stamps == sorted(set(stamps))
    assert texts(store, talk) == "abcde"


def test_a_text_is_appended_after_one_from_the_future(store: Store, talk: str) -> None:
    store.contents.add(talk, "z", created_at="2999-01-01T00:00:00.000000Z")
    store.contents.add(talk, "after")
    assert texts(store, talk) == "abcdzafter"


def test_contents_come_by_position_then_time_then_id(store: Store) -> None:
    item = store.items.add("Talk").id
    stamps = ("2026-01-01T00:00:00.000000Z", "2025-01-01T00:00:00.000000Z")
    ids = [f"0190aaaa-0000-7000-8000-00000000000{n}" for n in range(6)]
    store.contents.add(item, "4", id=ids[1], created_at=stamps[0])
    store.contents.add(item, "3", id=ids[0], created_at=stamps[0])
    store.contents.add(item, "2", id=ids[5], created_at=stamps[1])
    store.contents.add(item, "1", id=ids[4], created_at=stamps[0], meta_data={"position": 2.5})
    store.contents.add(item, "0", id=ids[3], created_at=stamps[0], meta_data={"position": -1})
    store.contents.add(item, "5", id=ids[2], created_at=stamps[0], meta_data={"position": "first"})
    assert texts(store, item) == "012345"


@pytest.mark.parametrize(
    ("text", "to", "order"),
    [("d", 1, "dabc"), ("a", 4, "bcda"), ("a", 99, "bcda"), ("d", -5, "dabc"), ("a", 2, "bacd"), ("b", 2, "abcd")],
)
def test_a_text_moves_to_its_place(store: Store, talk: str, text: str, to: int, order: str) -> None:
    moved = next(content for content in store.contents.of(talk) if content.text == text)
    store.contents.move(moved.id, to)
    assert texts(store, talk) == order


def test_a_moved_text_keeps_its_other_metadata(store: Store, talk: str) -> None:
    last = store.contents.add(talk, "e", meta_data={"lang": "en"})
    assert store.contents.move(last.id, 2).meta_data == {"lang": "en", "position": 1.5}


def test_two_hundred_moves_into_one_gap_leave_the_order_asked_for(store: Store, talk: str) -> None:
    chance, model = random.Random(7), list("abcd")
    ids = {content.text: content.id for content in store.contents.of(talk)}

    def move(_: int) -> None:
        text = chance.choice(model)
        store.contents.move(ids[text], 2)
        model.remove(text)
        model.insert(1, text)

    list(map(move, range(200)))
    assert texts(store, talk) == "".join(model)


@given(st.floats(allow_nan=False, min_value=-1e6, max_value=1e6), st.floats(min_value=1e-5, max_value=1e6))
def test_a_place_between_two_lies_between_them(before: float, gap: float) -> None:
    assert before < between(before, before + gap) < before + gap


@pytest.mark.parametrize("deed", ["add", "edit", "move", "delete"])
def test_a_changed_text_touches_its_item(store: Store, talk: str, deed: str) -> None:
    before = store.items.get(talk).updated_at
    first = store.contents.of(talk)[0].id
    deeds: dict[str, Callable[[], object]] = {
        "add": lambda: store.contents.add(talk, "x"),
        "edit": lambda: store.contents.edit(first, text="x"),
        "move": lambda: store.contents.move(first, 3),
        "delete": lambda: store.contents.delete(first),
    }
    deeds[deed]()
    assert store.items.get(talk).updated_at > before


def test_a_text_that_goes_to_another_item_touches_both(store: Store, talk: str) -> None:
    other = store.items.add("Other")
    before = store.items.get(talk).updated_at
    store.contents.edit(store.contents.of(talk)[0].id, item_id=other.id)
    assert store.items.get(talk).updated_at > before
    assert store.items.get(other.id).updated_at > other.updated_at
    assert (texts(store, talk), texts(store, other.id)) == ("bcd", "a")


def test_a_text_edited_meanwhile_is_a_conflict(store: Store, talk: str) -> None:
    mine = store.contents.of(talk)[0]
    store.contents.edit(mine.id, text="theirs")
    before = everything(store)
    with pytest.raises(EditConflict) as caught:
        store.contents.edit(mine.id, expected=mine.updated_at, text="ours")
    assert (caught.value.ours["text"], caught.value.theirs["text"]) == ("ours", "theirs")
    assert everything(store) == before


@pytest.mark.parametrize("text", ["a\0", "\ud800", b"bytes", None, 5])
def test_a_text_that_is_refused_changes_nothing(store: Store, talk: str, text: object) -> None:
    before = everything(store)
    with pytest.raises(InvalidValue, match=r"^text: "):
        store.contents.add(talk, text)  # type: ignore[arg-type]
    assert everything(store) == before


@settings(max_examples=30, deadline=None)
@given(text=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_any_text_reads_back_equal(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = Path(tmp_path_factory.getbasetemp()) / "any.db"
    with Store.open(path) as store:
        item = store.items.add("any", text=text)
        assert item.contents.first().text == text  # type: ignore[union-attr]
