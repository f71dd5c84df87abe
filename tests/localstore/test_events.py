from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from localstore import Store, times
from localstore.models import Event

SECRET = "hunter2-hunter2"


def newest(store: Store) -> Event:
    return store.events.page(limit=1).rows[0]


def age(store: Store, span: timedelta) -> None:
    """Let all events be older by a span."""
    with store.database.writing() as connection:
        moment = times.to_text(datetime.now(UTC) - span)
        connection.execute("UPDATE events SET created_at = ?", (moment,))


def attach(store: Store) -> None:
    place = store.path.with_name("a.txt")
    place.write_text(SECRET)
    store.files.attach(store.items.add("A").id, place, copy=True)


def vector(store: Store) -> None:
    store.ai_models.add("bge", "local")
    store.embeddings.put_one("bge", [1, 2], item=store.items.add("A").id)


ACTIONS: dict[str, Callable[[Store], Any]] = {
    "user.added": lambda store: store.users.add("b@example.org", password=SECRET),
    "user.edited": lambda store: store.users.edit("ada@example.org", extras={"token": SECRET}),
    "user.password_set": lambda store: store.users.set_password("ada@example.org", SECRET),
    "user.deleted": lambda store: store.users.delete(store.users.add("b@example.org", password=SECRET).id),
    "organization.added": lambda store: store.organizations.add("Lab", meta_data={"token": SECRET}),
    "membership.added": lambda store: store.memberships.add("ada@example.org", store.organizations.add("Lab").id),
    "model.added": lambda store: store.ai_models.add("bge", "local", parameters={"key": SECRET}),
    "api_key.added": lambda store: store.api_keys.new(),
    "api_key.revoked": lambda store: store.api_keys.revoke(store.api_keys.new().row.id),
    "setting.set": lambda store: store.settings.set("theirs", SECRET, known=False),
    "item.added": lambda store: store.items.add("A", text=SECRET, meta_data={"token": SECRET}),
    "content.edited": lambda store: store.contents.edit(
        store.contents.of(store.items.add("A", text=SECRET).id)[0].id, text=SECRET + "!"
    ),
    "file.attached": attach,
    "embedding.stored": vector,
}


@pytest.mark.parametrize("kind", ACTIONS)
def test_each_action_leaves_one_event_of_its_kind_by_whom_without_secrets(store: Store, kind: str) -> None:
    ACTIONS[kind](store)
    assert newest(store).event_type == kind
    assert newest(store).actor_id == store.local_user_id
    assert store.events.types()[kind] == 1
    payloads = str([event.payload for event in store.events.all()])
    hashes = [user.hashed_password for user in store.users.all()] + [key.key_hash for key in store.api_keys.all()]
    assert [word for word in (SECRET, "argon2", "lsk_", *hashes) if word and word in payloads] == []


@pytest.mark.parametrize("kind", ACTIONS)
def test_with_events_switched_off_no_action_leaves_one(store: Store, kind: str) -> None:
    store.settings.set("events.enabled", False)
    before = store.events.count()
    ACTIONS[kind](store)
    assert store.events.count() == before


def test_switched_on_again_events_are_left_again(store: Store) -> None:
    store.settings.set("events.enabled", False)
    store.settings.unset("events.enabled")
    store.items.add("A")
    assert newest(store).event_type == "item.added"


def test_undoing_and_redoing_leave_an_event_each(store: Store) -> None:
    store.items.add("A")
    store.undo()
    assert newest(store).event_type == "action.undone"
    store.redo()
    assert newest(store).event_type == "action.redone"


def test_with_events_switched_off_undoing_leaves_none(store: Store) -> None:
    store.settings.set("events.enabled", False)
    store.items.add("A")
    before = store.events.count()
    store.undo()
    assert store.events.count() == before


def test_an_action_that_changes_nothing_leaves_no_event(store: Store) -> None:
    item = store.items.add("A")
    before = store.events.count()
    store.items.edit(item.id, title="A")
    assert store.events.count() == before


def test_an_action_that_fails_leaves_no_event(store: Store) -> None:
    before = store.events.count()
    with pytest.raises(ZeroDivisionError), store.action("item.added", "add") as action:
        action.insert(store.items.model, {"title": "A", "owner_id": store.local_user_id})
        _ = 1 / 0
    assert (store.events.count(), store.items.count()) == (before, 0)


# -- merging


def edits(store: Store) -> list[dict[str, Any]]:
    return [event.payload for event in store.events.all({"event_type": "item.edited"}, sort="created")]


def test_edits_of_one_item_within_five_minutes_make_one_event(store: Store) -> None:
    item = store.items.add("A").id
    store.items.edit(item, title="B")
    store.items.edit(item, title="C", type="paper")
    store.items.edit(item, description="d")
    assert edits(store) == [{"columns": ["description", "title", "type"], "edits": 3}]


@pytest.mark.parametrize(("span", "events"), [(timedelta(minutes=4), 1), (timedelta(minutes=6), 2)])
def test_an_edit_after_five_minutes_makes_another(store: Store, span: timedelta, events: int) -> None:
    item = store.items.add("A").id
    store.items.edit(item, title="B")
    age(store, span)
    store.items.edit(item, title="C")
    assert len(edits(store)) == events


def test_edits_of_two_items_make_two_events(store: Store) -> None:
    first, second = store.items.add("A").id, store.items.add("B").id
    store.items.edit(first, title="A2")
    store.items.edit(second, title="B2")
    assert len(edits(store)) == 2


def test_edits_by_two_people_make_two_events(store: Store) -> None:
    store.users.add("grace@example.org")
    item = store.items.add("A").id
    store.items.edit(item, title="B")
    with store.acting("grace@example.org"):
        store.items.edit(item, title="C")
    assert len(edits(store)) == 2


def test_something_else_in_between_begins_a_new_event(store: Store) -> None:
    item = store.items.add("A").id
    store.items.edit(item, title="B")
    store.items.tag(["x"], item)
    store.items.edit(item, title="C")
    assert len(edits(store)) == 2


# -- pruning


def test_pruning_forgets_what_is_older_and_says_how_many(store: Store) -> None:
    store.items.add("A")
    store.items.add("B")
    age(store, timedelta(days=40))
    store.items.add("C")
    assert store.events.prune(times.since("30d")) == 2
    assert store.events.types() == {"item.added": 1, "events.pruned": 1}
    assert newest(store).payload["pruned"] == 2


def test_pruning_cannot_be_undone(store: Store) -> None:
    store.items.add("A")
    store.events.prune(times.now())
    assert [entry.label for entry in store.history()] == ["add 'A'"]


def test_an_event_outlives_its_item_and_its_actor(store: Store, tmp_path: Path) -> None:
    grace = store.users.add("grace@example.org")
    with store.acting("grace@example.org"):
        item = store.items.add("A").id
    store.items.delete(item)
    store.users.delete(grace.id)
    added = store.events.all({"event_type": "item.added"})[0]
    assert (added.item_id, added.actor_id) == (None, None)
    assert added.payload["title"] == "A"
