"""Check of what sync keeps in the file: the link, notes, batches, conflicts, triggers. No server is asked."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from localstore import Store, checks
from localstore.checking.finding import Finding
from localstore.models import Item
from sync import outbox, state
from sync.checking import CHECKS
from sync.conflicts import note
from sync.local import capture
from sync.local.images import image_sql
from sync.shapes import Conflict, Key, Kind
from tests.localstore.damage import loosely
from tests.sync.local.linked import Linked, link_file

NOBODY = "00000000-0000-7000-8000-000000000000"


def check(store: Store, *, repair: bool = False) -> list[Finding]:
    return checks.check(store, repair=repair, further=CHECKS)


def kinds(findings: list[Finding]) -> list[tuple[str, str, bool]]:
    return [(one.kind, one.table, one.repaired) for one in findings]


def value(store: Store, key: str) -> str | None:
    with store.reading() as connection:
        return state.get(connection, key)


@pytest.fixture
def linked(tmp_path: Path) -> Iterator[Linked]:
    """A linked store in which one item is new."""
    with Store.open(tmp_path / "store.db", email="ada@example.org", name="Ada") as store:
        store.organizations.add("Lab")
        found = link_file(store)
        with store.database.writing() as connection:
            sql = "INSERT INTO sync_state VALUES ('device_id', ?1), ('pending', ?1), ('batch', '0')"
            connection.execute(sql, (NOBODY,))
        store.items.add("new", organization="lab")
        yield found


def test_a_linked_store_is_sound(linked: Linked) -> None:
    assert check(linked.store) == []
    assert outbox.build(linked.store) is not None
    assert check(linked.store) == []


def test_a_store_that_was_never_linked_is_sound(tmp_path: Path) -> None:
    with Store.open(tmp_path / "plain.db") as store:
        assert check(store) == []


class Fault(NamedTuple):
    """What is broken, and what is found and mended."""

    statement: str
    table: str
    message: str


ITEM = "(SELECT max(id) FROM items)"
IMAGE = image_sql(Item, "items").replace("items.id", f"'{NOBODY}'")
MENDED = {
    "a trigger is missing": Fault("DROP TRIGGER sync_items_update", "sync_dirty", "such as sync_items_update"),
    "the triggers were left silent": Fault(
        "INSERT INTO local_state VALUES ('applying', 'sync')", "local_state", "were left silent"
    ),
    "a note of no table": Fault(
        "INSERT INTO sync_dirty (tbl, pk) VALUES ('gone', 'x')", "sync_dirty", "speak of rows that cannot be"
    ),
    "a base that is no JSON": Fault("UPDATE sync_dirty SET base = 'no'", "sync_dirty", "do not know what they were"),
    "a base without columns": Fault("UPDATE sync_dirty SET base = '{}'", "sync_dirty", "it lacks"),
    "a base of another row": Fault(
        f"UPDATE sync_dirty SET base = (SELECT {IMAGE} FROM items) WHERE pk = {ITEM}", "sync_dirty", "another row's"
    ),
    "a vector without a base": Fault(
        f"UPDATE sync_dirty SET base_vector = x'00' WHERE pk = {ITEM}", "sync_dirty", "a vector without a base"
    ),
    "a kept row that is not here": Fault(
        f"INSERT INTO sync_kept VALUES ('items', '{NOBODY}')", "sync_kept", "are of rows that are not here"
    ),
    "a loose key of a row that is not here": Fault(
        f"INSERT INTO sync_loose VALUES ('items', '{NOBODY}', 'organization_id', '{NOBODY}')",
        "sync_loose",
        "are of rows that are not here",
    ),
    "an acknowledged batch that is damaged": Fault(
        "INSERT INTO sync_outbox VALUES (0, '', '2026-01-01T00:00:00.000000Z', '2026-01-01T00:00:00.000000Z', x'00')",
        "sync_outbox",
        "kept in case the server is restored are damaged",
    ),
    "a list that is no JSON": Fault(
        "INSERT INTO sync_state VALUES ('organizations', '[')", "sync_state", "organizations of the link cannot be read"
    ),
    "a conflict of no table": Fault(
        f"INSERT INTO sync_conflict (id, tbl, pk, kind, reason, at) VALUES ('{NOBODY}', 'gone', 'x', 'columns', '',"
        " '2026-01-01T00:00:00.000000Z')",
        "sync_conflict",
        "there is no table 'gone'",
    ),
    "a conflict whose image is none": Fault(
        f"INSERT INTO sync_conflict (id, tbl, pk, kind, reason, at, ours) VALUES ('{NOBODY}', 'items', '{NOBODY}',"
        " 'columns', '', '2026-01-01T00:00:00.000000Z', '[')",
        "sync_conflict",
        "not an image",
    ),
}


@pytest.mark.parametrize("name", MENDED)
def test_what_can_be_mended_is_and_is_not_found_again(linked: Linked, name: str) -> None:
    fault = MENDED[name]
    loosely(linked.store, fault.statement)
    told = [one for one in check(linked.store) if one.kind == "sync"]
    assert kinds(told) == [("sync", fault.table, False)]
    assert fault.message in told[0].message
    assert all(one.repaired for one in check(linked.store, repair=True))
    assert check(linked.store) == []


EXPLAINED = {
    "the device is not known": Fault("DELETE FROM sync_state WHERE key = 'device_id'", "sync_state", "lacks device_id"),
    "the device is another person's": Fault(
        f"UPDATE sync_state SET value = '{NOBODY}' WHERE key = 'user_id'",
        "sync_state",
        "who is not the store's own user",
    ),
    "a waiting batch that is damaged": Fault(
        "INSERT INTO sync_outbox VALUES (1, '', '2026-01-01T00:00:00.000000Z', NULL, x'00')",
        "sync_outbox",
        "batch 1, which waits to be pushed, is damaged",
    ),
    "what is shared cannot be told": Fault(
        "INSERT INTO sync_state VALUES ('share', 'since:banana')", "sync_state", "what is shared cannot be told"
    ),
}


@pytest.mark.parametrize("name", EXPLAINED)
def test_what_only_a_person_can_mend_is_explained(linked: Linked, name: str) -> None:
    fault = EXPLAINED[name]
    loosely(linked.store, fault.statement)
    (found,) = check(linked.store, repair=True)
    assert kinds([found]) == [("sync", fault.table, False)]
    assert fault.message in found.message
    assert "'localstore sync " in found.message


def test_a_batch_that_waits_must_be_the_next_one(linked: Linked) -> None:
    assert outbox.build(linked.store) is not None
    loosely(linked.store, "UPDATE sync_outbox SET seq = 7")
    (found,) = check(linked.store, repair=True)
    assert "batch 7 waits to be pushed, where 1 would be the next" in found.message


def test_the_number_of_the_last_batch_is_never_below_one_that_was_acknowledged(linked: Linked) -> None:
    batch = outbox.build(linked.store)
    assert batch
    loosely(linked.store, "UPDATE sync_outbox SET acknowledged_at = made_at")
    assert kinds(check(linked.store, repair=True)) == [("sync", "sync_state", True)]
    assert value(linked.store, "batch") == "1"
    assert check(linked.store) == []


def test_after_a_missing_trigger_the_next_round_compares_every_row(linked: Linked) -> None:
    loosely(linked.store, "DROP TRIGGER sync_items_update")
    check(linked.store, repair=True)
    assert value(linked.store, "compare") == "yes"
    with linked.store.reading() as connection:
        assert capture.present(connection) == capture.statements()


def test_what_a_repair_changes_in_rows_is_noted_for_the_server(linked: Linked) -> None:
    item = linked.store.items.get("new").id
    linked.write("DELETE FROM sync_dirty")
    loosely(linked.store, "DROP TRIGGER sync_items_update", f"UPDATE items SET organization_id = '{NOBODY}'")
    check(linked.store, repair=True)
    assert ("items", item) in linked.noted()


def test_a_cursor_without_a_link_is_dropped(tmp_path: Path) -> None:
    with Store.open(tmp_path / "plain.db") as store:
        loosely(store, "INSERT INTO sync_state VALUES ('cursor', '1:2:')")
        assert kinds(check(store)) == [("sync", "sync_state", False)]
        assert kinds(check(store, repair=True)) == [("sync", "sync_state", True)]
        assert (value(store, "cursor"), check(store)) == (None, [])


def test_triggers_of_a_store_without_a_server_are_dropped(tmp_path: Path) -> None:
    with Store.open(tmp_path / "plain.db") as store:
        with store.database.writing() as connection:
            capture.install(connection)
        assert kinds(check(store, repair=True)) == [("sync", "sync_dirty", True)]
        assert check(store) == []


def test_a_copy_beside_its_original_is_told_to_take_a_device_of_its_own(linked: Linked, tmp_path: Path) -> None:
    with linked.store.database.writing() as connection:
        state.put(connection, "place", str(linked.store.path))
    linked.store.backup(tmp_path / "copy.db")
    with Store.open(tmp_path / "copy.db") as copy:
        (found,) = check(copy)
        assert f"is a copy of {linked.store.path}" in found.message


def test_a_conflict_that_can_be_read_waits_on(linked: Linked) -> None:
    images = {"title": "a"}, {"title": "b"}, {"title": "c"}
    with linked.store.database.writing() as connection:
        key = Key("items", linked.store.items.get("new").id)
        note(connection, [Conflict(key, Kind.COLUMNS, *images, "both changed it")])
    assert check(linked.store) == []


def test_the_file_alone_is_asked() -> None:
    code = "import sys, sync.checking, json; print(json.dumps([name for name in sys.modules if 'psycopg' in name]))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []
