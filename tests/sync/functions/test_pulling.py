"""A pull gives what changed since its cursor, once, as it is now: in whatever order transactions were committed."""

from __future__ import annotations

import pytest

from localstore.models import BY_NAME
from sync.postgres.connection import connect
from tests.postgres import Server as Cluster
from tests.sync.functions.people import ADA, BEA, CAL, LAB, Device, Server, a_row

pytestmark = pytest.mark.postgres


def test_nothing_changed_gives_nothing(server: Server, ada: Device) -> None:
    server.item(ADA)
    since = ada.snapshot()
    assert [ada.pull(table, since) for table in BY_NAME] == [({}, set())] * 13


def test_rows_come_as_they_are_now(server: Server, ada: Device) -> None:
    old = server.item(ADA)
    since = ada.snapshot()
    new = server.item(ADA)
    server.run("UPDATE items SET title = 'A'")
    server.run("UPDATE items SET title = 'B'")
    rows, gone = ada.pull("items", since)
    assert ({key: row["title"] for key, row in rows.items()}, gone) == ({old: "B", new: "B"}, set())


def test_texts_are_those_of_a_session_in_utc(server: Server, ada: Device) -> None:
    since = ada.snapshot()
    key = server.item(ADA, created_at="2026-05-06 07:08:09.1+02")
    ada.connection.execute("SET TimeZone = 'Asia/Kolkata'")
    ada.connection.execute("SET DateStyle = 'SQL, DMY'")
    assert ada.pull("items", since)[0][key]["created_at"] == "2026-05-06 05:08:09.1+00"


def test_deletions_and_their_cascades_are_told(server: Server, ada: Device) -> None:
    item = server.item(ADA)
    text = server.insert("contents", item_id=item)
    since = ada.snapshot()
    server.run("DELETE FROM items")
    assert ada.pull("items", since) == ({}, {item})
    assert ada.pull("contents", since) == ({}, {text})


def test_a_row_that_was_deleted_and_made_again_is_there(server: Server, ada: Device) -> None:
    item = server.item(ADA)
    since = ada.snapshot()
    server.run("DELETE FROM items")
    server.item(ADA, id=item)
    rows, gone = ada.pull("items", since)
    assert (set(rows), gone) == ({item}, set())


def test_a_changed_key_takes_the_old_row_along(server: Server, ada: Device) -> None:
    tag = server.insert("tags", name="red")
    item, other = server.item(ADA), server.item(ADA)
    link = server.insert("item_tag_links", item_id=item, tag_id=tag)
    since = ada.snapshot()
    server.run("UPDATE item_tag_links SET item_id = %s", other)
    rows, gone = ada.pull("item_tag_links", since)
    assert (set(rows), gone) == ({f"{other}/{tag}"}, {link})


def test_what_others_write_elsewhere_does_not_travel(server: Server, ada: Device) -> None:
    since = ada.snapshot()
    item = server.item(CAL)
    server.insert("contents", item_id=item)
    server.run("UPDATE items SET title = 'B'")
    server.run("UPDATE users SET full_name = 'C' WHERE id = %s", CAL)
    assert [ada.pull(table, since) for table in ("users", "items", "contents")] == [({}, set())] * 3


def test_a_transaction_that_commits_late_is_not_missed(server: Server, ada: Device) -> None:
    late = server.program()
    late.execute("BEGIN")
    late.execute("INSERT INTO items (owner_id, title) VALUES (%s, 'late')", [ADA])
    early = server.item(ADA)
    since = ada.snapshot()
    assert ada.page("items").keys() == {early}
    late.execute("COMMIT")
    rows, _ = ada.pull("items", since)
    assert [row["title"] for row in rows.values()] == ["late"]


def test_a_transaction_that_stays_open_holds_nothing_back_and_is_not_told_twice(server: Server, ada: Device) -> None:
    first = ada.snapshot()
    late = server.program()
    late.execute("BEGIN")
    late.execute("INSERT INTO items (owner_id, title) VALUES (%s, 'late')", [ADA])
    early = server.item(ADA)
    second = ada.snapshot()
    assert ada.pull("items", first)[0].keys() == {early}
    assert ada.pull("items", second) == ({}, set())
    late.execute("COMMIT")
    assert len(ada.pull("items", second)[0]) == 1


def test_an_open_transaction_of_another_database_holds_nothing_back(
    server: Server, ada: Device, postgres_server: Cluster
) -> None:
    with postgres_server.database() as url, connect(url) as elsewhere:
        elsewhere.execute("CREATE TABLE busy ()")
        since = ada.snapshot()
        item = server.item(ADA)
        assert ada.pull("items", since)[0].keys() == {item}


def test_a_transaction_that_was_rolled_back_is_nothing(server: Server, ada: Device) -> None:
    since = ada.snapshot()
    undone = server.program()
    undone.execute("BEGIN")
    undone.execute("INSERT INTO items (owner_id, title) VALUES (%s, 'undone')", [ADA])
    undone.execute("ROLLBACK")
    assert ada.pull("items", since) == ({}, set())


def test_what_a_savepoint_wrote_counts_with_its_transaction(server: Server, ada: Device) -> None:
    since = ada.snapshot()
    with server.owner.transaction(), server.owner.transaction():
        item = server.item(ADA)
    assert ada.pull("items", since)[0].keys() == {item}


# -- one's own writes ----------------------------------------------------------------------------------------


def test_ones_own_writes_do_not_come_back(server: Server, ada: Device) -> None:
    since = ada.snapshot()
    new = a_row("items", owner_id=ADA)
    ada.write("insert", "items", new)
    ada.write("update", "items", {"id": new["id"], "title": "B"})
    assert ada.pull("items", since) == ({}, set())


def test_another_device_of_the_same_person_gets_them(server: Server, ada: Device) -> None:
    other = server.device(ADA)
    since = other.snapshot()
    new = a_row("items", owner_id=ADA)
    ada.write("insert", "items", new)
    assert other.pull("items", since)[0].keys() == {new["id"]}


def test_ones_own_deletion_brings_its_cascades_back(server: Server, ada: Device) -> None:
    item = server.item(ADA)
    text = server.insert("contents", item_id=item)
    file = server.insert("file_assets", owner_id=ADA, item_id=item, filename="x", path="x")
    since = ada.snapshot()
    ada.delete("items", item)
    assert ada.pull("contents", since) == ({}, {text})
    assert ada.pull("file_assets", since)[0][file]["item_id"] is None


def test_what_the_owners_triggers_write_because_of_ones_own_comes(server: Server, ada: Device) -> None:
    server.run("""
        CREATE FUNCTION welcome() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          INSERT INTO contents (item_id, text) VALUES (NEW.id, 'welcome');
          UPDATE items SET description = 'seen' WHERE id = NEW.id;
          RETURN NULL;
        END $$;
        CREATE TRIGGER welcome AFTER INSERT ON items FOR EACH ROW EXECUTE FUNCTION welcome()""")
    since = ada.snapshot()
    new = a_row("items", owner_id=ADA)
    ada.write("insert", "items", new)
    assert [row["text"] for row in ada.pull("contents", since)[0].values()] == ["welcome"]
    assert ada.pull("items", since)[0][new["id"]]["description"] == "seen"


def test_the_device_is_forgotten_after_its_statement(server: Server, ada: Device) -> None:
    with ada.transaction() as session:
        session.write("insert", "items", a_row("items", owner_id=ADA))
        assert session.one("SELECT current_setting('localstore_sync.device')") == ""
    assert server.rows("SELECT device::text FROM localstore_sync.log WHERE tbl = 'items'") == [(ada.id,)]


def test_a_row_that_somebody_else_wrote_too_comes(server: Server, ada: Device) -> None:
    since = ada.snapshot()
    new = a_row("items", owner_id=ADA)
    ada.write("insert", "items", new)
    server.run("UPDATE items SET title = 'theirs'")
    ada.write("update", "items", {"id": new["id"], "description": "mine"})
    assert ada.pull("items", since)[0][new["id"]]["title"] == "theirs"


# -- coming into view, going out of it ---------------------------------------------------------------------------


@pytest.fixture
def world(server: Server) -> dict[str, str]:
    """An item of Ada's in the lab with all that hangs on it, which Cal does not see."""
    item = server.item(ADA, LAB)
    tag, model = server.insert("tags", name="red"), server.insert("ai_models", name="m", provider="p")
    text = server.insert("contents", item_id=item)
    vector = {"model_id": model, "vector": "[1]", "dim": 1}
    return {
        "items": item,
        "contents": text,
        "embeddings": server.insert("embeddings", content_id=text, **vector),
        "file_assets": server.insert("file_assets", owner_id=BEA, item_id=item, filename="x", path="x"),
        "events": server.insert("events", actor_id=BEA, item_id=item, event_type="x"),
        "item_tag_links": server.insert("item_tag_links", item_id=item, tag_id=tag),
    }


HANGS = ["contents", "embeddings", "file_assets", "events", "item_tag_links"]
CASCADES = ["contents", "embeddings", "item_tag_links"]
LOOSE = ["file_assets", "events"]


def pulled(device: Device, since: tuple[str, list[str]], tables: list[str]) -> dict[str, tuple[set[str], set[str]]]:
    found = {table: device.pull(table, since) for table in tables}
    return {table: (set(rows), gone) for table, (rows, gone) in found.items()}


def test_a_new_membership_brings_all_of_its_organization(server: Server, cal: Device, world: dict[str, str]) -> None:
    setting = server.insert("settings", scope="organization", organization_id=LAB, key="k", value="1")
    since = cal.snapshot()
    server.member(CAL, LAB, "viewer")
    rows = pulled(cal, since, ["organizations", "organization_memberships", "users", "items", *HANGS, "settings"])
    assert rows["organizations"] == ({LAB}, set())
    assert len(rows["organization_memberships"][0]) == 3
    assert rows["users"][0] >= {ADA, BEA}
    assert {table: rows[table] for table in ["items", *HANGS]} == {
        table: ({key}, set()) for table, key in world.items()
    }
    assert rows["settings"] == ({setting}, set())


def test_a_lost_membership_takes_all_of_its_organization(server: Server, bea: Device, world: dict[str, str]) -> None:
    setting = server.insert("settings", scope="organization", organization_id=LAB, key="k", value="1")
    own = server.item(BEA, LAB)
    since = bea.snapshot()
    server.run("DELETE FROM organization_memberships WHERE user_id = %s", BEA)
    rows = pulled(bea, since, ["organizations", "users", "items", "settings", *HANGS])
    assert rows["organizations"] == (set(), {LAB})
    assert rows["users"][1] == {ADA}
    assert rows["items"] == ({own}, {world["items"]})
    assert rows["settings"] == (set(), {setting})
    # Bea's own file and event stay hers; what cascades goes with its item.
    assert [rows[table] for table in CASCADES] == [(set(), set())] * 3
    assert [rows[table] for table in LOOSE] == [({world[table]}, set()) for table in LOOSE]


def test_files_and_events_of_others_go_with_an_organization(server: Server, cal: Device, world: dict[str, str]) -> None:
    membership = server.member(CAL, LAB)
    since = cal.snapshot()
    server.run("DELETE FROM organization_memberships WHERE id = %s", membership)
    rows = pulled(cal, since, LOOSE)
    assert rows == {table: (set(), {world[table]}) for table in LOOSE}


def test_an_item_that_is_given_an_organization_brings_all_that_hangs_on_it(
    server: Server, cal: Device, world: dict[str, str]
) -> None:
    server.run("UPDATE items SET organization_id = NULL")
    since = cal.snapshot()
    server.run("UPDATE items SET owner_id = %s", CAL)
    rows = pulled(cal, since, ["items", *HANGS, "users"])
    assert {table: rows[table] for table in world} == {table: ({key}, set()) for table, key in world.items()}
    assert rows["users"] == ({BEA, CAL}, set())


def test_an_item_that_is_taken_out_of_an_organization_is_gone(
    server: Server, bea: Device, world: dict[str, str]
) -> None:
    server.run("UPDATE file_assets SET owner_id = %s", CAL)
    since = bea.snapshot()
    server.run("UPDATE items SET organization_id = NULL")
    rows = pulled(bea, since, ["items", *HANGS, "users"])
    assert rows["items"] == (set(), {world["items"]})
    assert rows["file_assets"] == (set(), {world["file_assets"]})
    assert rows["events"] == ({world["events"]}, set())
    assert [rows[table] for table in CASCADES] == [(set(), set())] * 3
    assert rows["users"][1] == {CAL}


def test_a_text_that_moves_to_an_item_that_is_seen_brings_its_vector(
    server: Server, cal: Device, world: dict[str, str]
) -> None:
    own = server.item(CAL)
    since = cal.snapshot()
    server.run("UPDATE contents SET item_id = %s", own)
    rows = pulled(cal, since, ["contents", "embeddings"])
    assert rows == {table: ({world[table]}, set()) for table in ("contents", "embeddings")}


def test_a_text_that_moves_to_a_hidden_item_is_gone(server: Server, bea: Device, world: dict[str, str]) -> None:
    hidden = server.item(CAL)
    since = bea.snapshot()
    server.run("UPDATE contents SET item_id = %s", hidden)
    assert bea.pull("contents", since) == ({}, {world["contents"]})


def test_a_file_that_gets_another_owner_is_gone(server: Server, bea: Device) -> None:
    file = server.insert("file_assets", owner_id=BEA, filename="x", path="x")
    since = bea.snapshot()
    server.run("UPDATE file_assets SET owner_id = %s", ADA)
    assert bea.pull("file_assets", since) == ({}, {file})


def test_a_setting_whose_scope_narrows_is_gone(server: Server, bea: Device) -> None:
    setting = server.insert("settings", scope="global", user_id=ADA, key="k", value="1")
    since = bea.snapshot()
    server.run("UPDATE settings SET scope = 'user'")
    assert bea.pull("settings", since) == ({}, {setting})


@pytest.mark.parametrize("table", ["organization_memberships", "items", "file_assets"])
def test_a_user_comes_with_the_row_that_needs_one(server: Server, ada: Device, table: str) -> None:
    own = server.item(ADA)
    since = ada.snapshot()
    rows = {
        "organization_memberships": {"user_id": CAL, "organization_id": LAB},
        "items": {"owner_id": CAL, "organization_id": LAB, "title": "x"},
        "file_assets": {"owner_id": CAL, "item_id": own, "filename": "x", "path": "x"},
    }
    server.insert(table, **rows[table])
    found, gone = ada.pull("users", since)
    assert (set(found), gone) == ({CAL}, set())


@pytest.mark.parametrize("table", ["organization_memberships", "items", "file_assets"])
def test_a_user_goes_with_the_last_row_that_needs_one(server: Server, ada: Device, table: str) -> None:
    rows = {
        "organization_memberships": {"user_id": CAL, "organization_id": LAB},
        "items": {"owner_id": CAL, "organization_id": LAB, "title": "x"},
        "file_assets": {"owner_id": CAL, "item_id": server.item(ADA), "filename": "x", "path": "x"},
    }
    key = server.insert(table, **rows[table])
    since = ada.snapshot()
    server.run(f"DELETE FROM {table} WHERE id = %s", key)
    assert ada.pull("users", since) == ({}, {CAL})


def test_a_user_who_is_still_needed_stays(server: Server, ada: Device) -> None:
    membership = server.member(CAL, LAB)
    server.item(CAL, LAB)
    since = ada.snapshot()
    server.run("DELETE FROM organization_memberships WHERE id = %s", membership)
    assert ada.pull("users", since)[1] == set()
