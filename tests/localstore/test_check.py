"""Check: each fault that another program or a crash can leave is found, and mended where it can be."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from localstore import Freshness, Store, demo, ids
from localstore.checking.finding import Finding
from localstore.errors import StoreReadOnly
from localstore.records import ContentRecord, ItemRecord
from tests.localstore.damage import loosely
from tests.localstore.foreign import write
from tests.localstore.snapshots import everything

OLD, NEW = "2020-01-01T00:00:00.000000Z", "2021-01-01T00:00:00.000000Z"


def kinds(findings: list[Finding]) -> list[tuple[str, str, int]]:
    return [(one.kind, one.table, one.count) for one in findings]


@pytest.fixture
def world(store: Store) -> Store:
    """A store with an item, a text, its vector and an event."""
    item = store.items.add("Title", text="body", tags=["tag"])
    store.ai_models.add("m", "p")
    store.embeddings.put_one("m", [1.0, 2.0], content=store.contents.of(item.id)[0].id)
    return store


def test_a_sound_store_has_no_findings(world: Store) -> None:
    assert world.check() == []
    assert world.check(repair=True, deep=True) == []


def test_the_demo_data_has_no_findings(store: Store) -> None:
    demo.fill(store)
    assert store.check(deep=True) == []


def grow(store: Store, start: int) -> None:
    """Add 800 items in 40 transactions, over which full text merges its segments."""
    with store.bulk(source="notes") as bulk:
        for number in range(start, start + 800):
            bulk.put(ItemRecord(f"n{number}", key=str(number), contents=[ContentRecord(f"word{number} item")]))
            if number % 20 == 19:
                bulk.flush()


def test_a_full_text_that_grew_since_the_last_look_is_sound(store: Store) -> None:
    grow(store, 0)
    assert store.check() == []
    grow(store, 800)
    assert store.check() == []


def test_looking_changes_nothing(world: Store) -> None:
    loosely(world, "INSERT INTO tags (name) VALUES ('TAG')")
    before = everything(world)
    world.check()
    assert everything(world) == before


def test_progress_names_each_part(world: Store) -> None:
    told: list[tuple[str, int, int]] = []
    world.check(progress=lambda *now: told.append(now))
    assert told[0] == ("log", 0, len(told))


class Fault(NamedTuple):
    """What is broken, what is found, and how its sentence reads."""

    statement: str
    found: tuple[str, str, int]
    message: str


FAULTS = {
    "flag": Fault(
        "INSERT INTO local_state VALUES ('applying', '1')",
        ("flag", "local_state", 1),
        "triggers were left silent",
    ),
    "full text lacks a row": Fault(
        "DELETE FROM text_rows WHERE docid = 1", ("text", "text_index", 2), "full text is out of step"
    ),
    "a state is missing": Fault(
        "DELETE FROM embedding_states", ("state", "embedding_states", 1), "states of 1 vectors"
    ),
    "a trigger is missing": Fault(
        "DROP TRIGGER items_touch", ("schema", "items_touch", 1), "trigger items_touch is missing"
    ),
    "an index is missing": Fault(
        "DROP INDEX items_title", ("schema", "items_title", 1), "index items_title is missing"
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_is_derived_is_made_anew(world: Store, name: str) -> None:
    fault = FAULTS[name]
    loosely(world, fault.statement)
    found = world.check()
    assert kinds(found) == [fault.found]
    assert fault.message in found[0].message
    assert [one.repaired for one in world.check(repair=True)] == [True]
    assert world.check() == []


def test_what_was_written_under_a_left_flag_is_found_again_after_the_repair(world: Store) -> None:
    loosely(world, "INSERT INTO local_state VALUES ('applying', '1')")
    write(world.path, "UPDATE contents SET text = 'changed unheard'")
    world.check(repair=True)
    assert [hit.title for hit in world.search("unheard").rows] == ["Title"]
    assert world.embeddings.state(world.embeddings.of("Title")[0]) is Freshness.STALE


# -- files


def test_files_that_are_gone_or_changed_are_named(store: Store, tmp_path: Path) -> None:
    gone, changed = tmp_path / "gone.txt", tmp_path / "changed.txt"
    [place.write_text("bytes") for place in (gone, changed)]
    store.files.attach(None, gone)
    store.files.attach(None, changed)
    gone.unlink()
    changed.write_text("more bytes")
    assert [one.message for one in store.check()] == [
        "1 attached files are missing, such as 'gone.txt': bring them back, or detach them",
        "1 attached files are changed, such as 'changed.txt': attach them again",
    ]


def test_only_a_deep_check_reads_the_bytes(store: Store, tmp_path: Path) -> None:
    place = tmp_path / "same-size.txt"
    place.write_text("bytes")
    store.files.attach(None, place)
    place.write_text("other")
    assert store.check() == []
    assert kinds(store.check(deep=True)) == [("file", "file_assets", 1)]


def test_kept_bytes_that_belong_to_nothing_are_moved_aside_by_a_repair(store: Store, tmp_path: Path) -> None:
    (tmp_path / "paper.txt").write_text("bytes")
    asset = store.files.attach(None, tmp_path / "paper.txt", copy=True)
    store.files.delete(asset.id)
    assert store.check() == []  # the trash can bring it back
    store.trash.empty()
    assert kinds(store.check()) == [("orphan", "file_assets", 1)]
    (kept,) = store.files.unreferenced()
    assert store.check(repair=True)[0].repaired
    assert store.files.unreferenced() == []
    assert (tmp_path / "store.db.orphans" / kept.name).read_text() == "bytes"


# -- duplicates


def double_tags(store: Store) -> None:
    first = store.items.add("a", tags=["Todo"])
    second = store.items.add("b")
    loosely(
        store,
        f"INSERT INTO tags (id, name, created_at) VALUES ('{ids.new_id()}', 'TODO', '{OLD}')",
        f"INSERT INTO item_tag_links SELECT '{second.id}', id FROM tags WHERE name = 'TODO'",
        f"INSERT INTO item_tag_links SELECT '{first.id}', id FROM tags WHERE name = 'TODO'",
    )


def double_memberships(store: Store) -> None:
    store.organizations.add("Lab")
    store.memberships.add("ada@example.org", "lab", "viewer")
    loosely(
        store,
        "INSERT INTO organization_memberships (user_id, organization_id, role, created_at, joined_at)"
        f" SELECT user_id, organization_id, 'admin', '{NEW}', '{NEW}' FROM organization_memberships",
        f"UPDATE organization_memberships SET created_at = '{OLD}' WHERE role = 'viewer'",
    )


def double_settings(store: Store) -> None:
    loosely(
        store,
        f"INSERT INTO settings (scope, key, value, created_at, updated_at) VALUES ('global','x','1','{OLD}','{OLD}')",
        f"INSERT INTO settings (scope, key, value, created_at, updated_at) VALUES ('global','x','2','{NEW}','{NEW}')",
    )


def double_models(store: Store) -> None:
    loosely(
        store,
        f"INSERT INTO ai_models (provider, name, created_at) VALUES ('p', 'm', '{OLD}')",
        f"INSERT INTO ai_models (provider, name, created_at) VALUES ('p', 'm', '{NEW}')",
    )
    item = store.items.add("a")
    vector = "INSERT INTO embeddings (model_id, item_id, vector, dim) SELECT id, '{}', x'0000803f', 1 FROM ai_models"
    loosely(store, vector.format(item.id) + f" WHERE created_at = '{NEW}'")


def double_vectors(store: Store) -> None:
    store.ai_models.add("m", "p")
    item = store.items.add("a", text="t")
    store.embeddings.put_one("m", [1.0], content=store.contents.of(item.id)[0].id)
    loosely(
        store,
        "INSERT INTO embeddings (model_id, item_id, vector, dim, meta_data) SELECT model_id,"
        f" '{item.id}', x'00000040', 1, json_object('content_id', content_id) FROM embeddings",
    )


def kept_tag(store: Store) -> bool:
    (tag,) = store.tags.all()
    return tag.name == "TODO" and {item.title for item in tag.items} == {"a", "b"}


def kept_membership(store: Store) -> bool:
    (one,) = store.memberships.all()
    return (one.role, one.created_at.year) == ("admin", 2020)


def kept_setting(store: Store) -> bool:
    (one,) = store.settings.all()
    return (one.value, one.created_at.year) == (2, 2020)


def kept_model(store: Store) -> bool:
    (one,) = store.ai_models.all()
    return one.created_at.year == 2020 and [v.model_id for v in store.embeddings.of("a")] == [one.id]


def kept_vector(store: Store) -> bool:
    (one,) = store.embeddings.of("a")
    return one.content_id is not None and list(one.array) == [1.0]


DOUBLE: dict[str, tuple[str, Callable[[Store], None], Callable[[Store], bool]]] = {
    "memberships": ("organization_memberships", double_memberships, kept_membership),
    "settings": ("settings", double_settings, kept_setting),
    "tags": ("tags", double_tags, kept_tag),
    "models": ("ai_models", double_models, kept_model),
    "vectors": ("embeddings", double_vectors, kept_vector),
}


@pytest.mark.parametrize("kind", DOUBLE)
def test_duplicates_are_found_merged_into_the_oldest_and_undone(store: Store, kind: str) -> None:
    table, double, kept = DOUBLE[kind]
    double(store)
    assert kinds(store.check()) == [("duplicate", table, 1)]
    before = everything(store, local=False)[table]
    (found,) = store.check(repair=True)
    assert (found.repaired, kept(store), store.check()) == (True, True, [])
    assert store.undo().startswith(f"merge 1 {kind}")
    assert len(everything(store, local=False)[table]) == len(before)


def test_a_repair_needs_a_store_open_for_writing(world: Store) -> None:
    with Store.open(world.path, read_only=True) as reader:
        assert reader.check() == []
        with pytest.raises(StoreReadOnly, match="open it for writing to repair it"):
            reader.check(repair=True)


def test_findings_can_be_told_as_json(world: Store) -> None:
    loosely(world, "INSERT INTO tags (name) VALUES ('TAG')")
    (found,) = world.check()
    told = {name: getattr(found, name) for name in Finding.__slots__}
    assert json.loads(json.dumps(told))["kind"] == "duplicate"
