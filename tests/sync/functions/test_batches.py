"""A device's place: which pull follows which, which batch is known, and what may be trimmed."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from tests.sync.functions.people import ADA, LAB, READ, Device, Server, Session, a_row, an_id

pytestmark = pytest.mark.postgres
NONE, ONE, TWO, THREE = None, an_id(91), an_id(92), an_id(93)


def begin(
    device: Device, previous: str | None, pending: str, cursor: str | None, last: int = 0, orgs: tuple[str, ...] = ()
) -> dict[str, Any]:
    with device.transaction(READ) as session:
        answer: dict[str, Any] = session.one(
            "SELECT localstore_sync.pull_begin(%s::uuid, %s::uuid, %s, %s, %s::uuid[])",
            previous, pending, last, cursor, list(orgs),
        )  # fmt: skip
        assert answer["snapshot"] == session.one("SELECT pg_current_snapshot()::text")
    return answer


def push(device: Device, number: int, sha: bytes = b"a", result: str = "done") -> str | None:
    with device.transaction() as session:
        known: str | None = session.one("SELECT localstore_sync.push_begin(%s, %s)", number, sha)
        if known is None:
            session.one("SELECT localstore_sync.push_end(%s, %s)", number, result)
    return known


# -- pulls --------------------------------------------------------------------------------------------------


def test_the_first_pull_and_the_next(ada: Device) -> None:
    first = begin(ada, None, ONE, None)
    assert (first["state"], first["orgs"], first["last_batch"]) == ("first", [LAB], 0)
    assert begin(ada, ONE, TWO, first["snapshot"])["state"] == "next"


def test_a_pull_whose_end_was_not_heard_of_is_begun_again(ada: Device) -> None:
    cursor = begin(ada, None, ONE, None)["snapshot"]
    assert [begin(ada, ONE, TWO, cursor)["state"] for _ in range(2)] == ["next", "next"]


def test_a_pull_that_was_rolled_back_left_nothing(ada: Device) -> None:
    cursor = begin(ada, None, ONE, None)["snapshot"]
    with pytest.raises(ZeroDivisionError), ada.transaction(READ) as session:
        session.one("SELECT localstore_sync.pull_begin(%s, %s, 0, %s, '{}')", ONE, TWO, cursor)
        raise ZeroDivisionError
    assert begin(ada, ONE, THREE, cursor)["state"] == "next"


def test_a_token_that_the_server_does_not_know_means_it_was_restored(ada: Device) -> None:
    cursor = begin(ada, None, ONE, None)["snapshot"]
    assert begin(ada, TWO, THREE, cursor)["state"] == "restored"


def test_a_batch_that_the_server_lost_means_it_was_restored(ada: Device) -> None:
    cursor = begin(ada, None, ONE, None)["snapshot"]
    push(ada, 1)
    assert begin(ada, ONE, TWO, cursor, last=1)["last_batch"] == 1
    assert begin(ada, TWO, THREE, cursor, last=2)["state"] == "restored"


def test_a_cursor_of_the_future_means_it_was_restored(ada: Device) -> None:
    begin(ada, None, ONE, None)
    assert begin(ada, ONE, TWO, "999999999:999999999:")["state"] == "restored"


def test_a_device_that_the_server_does_not_know_yet_compares_all(ada: Device) -> None:
    with ada.transaction(READ) as session:
        cursor = session.one("SELECT pg_current_snapshot()::text")
    assert begin(ada, ONE, TWO, cursor)["state"] == "late"


def test_a_cursor_below_the_floor_is_late(server: Server, ada: Device) -> None:
    cursor = begin(ada, None, ONE, None)["snapshot"]
    server.run("UPDATE localstore_sync.settings SET value = pg_current_xact_id()::text WHERE key = 'floor'")
    assert begin(ada, ONE, TWO, cursor)["state"] == "late"


def test_a_pull_tells_the_organizations_that_are_seen(server: Server, cal: Device) -> None:
    server.member(cal.user, LAB)
    assert set(begin(cal, None, ONE, None)["orgs"]) == {LAB, an_id(12)}


# -- pushes -------------------------------------------------------------------------------------------------


def test_a_batch_is_done_once_and_answered_again(server: Server, ada: Device) -> None:
    assert push(ada, 1, result="one") is None
    assert push(ada, 1, result="two") == "one"
    assert server.rows("SELECT last_batch FROM localstore_sync.device_state") == [(1,)]


def test_a_replayed_batch_writes_nothing(server: Server, ada: Device) -> None:
    push(ada, 1)
    with ada.transaction() as session:
        assert session.one("SELECT localstore_sync.push_begin(1, 'a')") == "done"
    assert server.rows("SELECT n FROM localstore_sync.batch") == [(1,)]


def test_an_older_batch_is_answered_too(ada: Device) -> None:
    push(ada, 1, result="one")
    push(ada, 2)
    assert push(ada, 1) == "one"


def test_another_batch_of_the_same_number_tells_of_a_copied_store(ada: Device) -> None:
    push(ada, 1)
    with pytest.raises(psycopg.Error) as error:
        push(ada, 1, b"b")
    assert error.value.sqlstate == "LS010"


def test_a_batch_that_follows_one_the_server_never_had_tells_of_a_restore(ada: Device) -> None:
    with pytest.raises(psycopg.Error) as error:
        push(ada, 2)
    assert error.value.sqlstate == "LS011"


def test_a_batch_that_was_rolled_back_may_be_another_one(ada: Device) -> None:
    with pytest.raises(ZeroDivisionError), ada.transaction() as session:
        session.one("SELECT localstore_sync.push_begin(1, 'a')")
        raise ZeroDivisionError
    assert push(ada, 1, b"b") is None


def test_a_batch_that_was_not_begun_has_no_end(ada: Device) -> None:
    with pytest.raises(psycopg.Error) as error, ada.transaction() as session:
        session.one("SELECT localstore_sync.push_end(1, 'x')")
    assert error.value.sqlstate == "LS011"


def test_a_push_waits_for_nobody_for_long(ada: Device) -> None:
    with ada.transaction() as session:
        session.one("SELECT localstore_sync.push_begin(1, '')")
        assert session.one("SHOW lock_timeout") == "300ms"


def test_devices_have_numbers_of_their_own(server: Server, ada: Device) -> None:
    push(ada, 1)
    assert push(server.device(ADA), 1, b"b") is None


# -- trimming -----------------------------------------------------------------------------------------------


def tidy(device: Device, count: int = 1000) -> int:
    with device.transaction() as session:
        return int(session.one("SELECT localstore_sync.tidy(%s)", count))


def logged(server: Server) -> int:
    (count,) = server.rows("SELECT count(*) FROM localstore_sync.log")[0]
    return int(count)


def test_the_log_is_kept_from_the_oldest_cursor_on(server: Server, ada: Device, bea: Device) -> None:
    server.run("DELETE FROM localstore_sync.log")
    cursor = begin(bea, None, ONE, None)["snapshot"]
    server.item(ADA, LAB)
    begin(ada, None, ONE, None)
    tidy(ada)
    assert logged(server) == 1
    assert begin(bea, ONE, TWO, cursor)["state"] == "next"
    assert bea.pull("items", (cursor, [LAB]))[0].keys() == bea.page("items").keys()


def test_what_all_devices_have_goes(server: Server, ada: Device) -> None:
    server.item(ADA, LAB)
    cursor = begin(ada, None, ONE, None)["snapshot"]
    assert begin(ada, ONE, TWO, cursor)["state"] == "next"
    tidy(ada)
    assert logged(server) == 0
    assert begin(ada, TWO, THREE, cursor)["state"] == "next"


def test_a_device_that_showed_its_cursor_long_ago_holds_nothing(server: Server, ada: Device, bea: Device) -> None:
    cursor = begin(bea, None, ONE, None)["snapshot"]
    server.run("UPDATE localstore_sync.device_state SET pulled_at = now() - interval '31 days'")
    server.item(ADA, LAB)
    begin(ada, None, ONE, None)
    tidy(ada)
    assert logged(server) == 0
    assert begin(bea, ONE, TWO, cursor)["state"] == "late"


def test_no_more_is_trimmed_at_once_than_was_asked(server: Server, ada: Device) -> None:
    server.run("INSERT INTO tags (name) SELECT n FROM generate_series(1, 50) AS n")
    before = logged(server)
    begin(ada, None, ONE, None)
    tidy(ada, 10)
    assert logged(server) == before - 10


def test_tombstones_stay_for_the_retention(server: Server, ada: Device) -> None:
    server.insert("tags", name="red")
    server.insert("tags", name="blue")
    server.run("DELETE FROM tags")
    server.run("UPDATE localstore_sync.tombstone SET at = now() - interval '31 days' WHERE image ->> 'name' = 'red'")
    tidy(ada)
    assert server.rows("SELECT image ->> 'name' FROM localstore_sync.tombstone") == [("blue",)]


def test_sign_ins_of_finished_transactions_go(server: Server, ada: Device) -> None:
    ada.page("items")
    tidy(ada)
    assert len(server.rows("SELECT FROM localstore_sync.signed_in")) == 1


def test_the_newest_result_stays(server: Server, ada: Device) -> None:
    push(ada, 1)
    push(ada, 2, result="two")
    server.run("UPDATE localstore_sync.batch SET at = now() - interval '31 days'")
    tidy(ada)
    assert push(ada, 2) == "two"
    with pytest.raises(psycopg.Error) as error:
        push(ada, 1)
    assert error.value.sqlstate == "LS010"


def test_two_devices_that_trim_do_not_wait_for_each_other(server: Server, ada: Device, bea: Device) -> None:
    with ada.transaction() as session:
        session.one("SELECT localstore_sync.tidy(10)")
        assert tidy(bea) == 0


# -- tombstones ---------------------------------------------------------------------------------------------


def dead(device: Device, table: str, *keys: str) -> set[str]:
    with device.transaction(READ) as session:
        rows = session.call("tombstones", table, list(keys))
    assert all(row["image"] for row in rows)
    return {row["pk"] for row in rows}


def told(session: Session, table: str, *keys: str) -> set[str]:
    return {row["pk"] for row in session.call("tombstones", table, list(keys))}


def test_what_a_transaction_deletes_is_shown_within_it_and_to_nobody_afterwards(
    server: Server, ada: Device, bea: Device
) -> None:
    item = server.item(ADA, LAB)
    text = server.insert("contents", item_id=item)
    with ada.transaction() as session:
        session.call("delete_items", [item])
        assert (told(session, "items", item), told(session, "contents", text)) == ({item}, {text})
    assert dead(ada, "items", item) == dead(bea, "items", item) == set()


def test_an_image_has_the_columns_as_text_and_no_secrets(server: Server, ada: Device) -> None:
    item = server.item(ADA, description=None, meta_data='{"a": 1}', created_at="2026-01-01 00:00+00")
    key = server.insert("api_keys", user_id=ADA, key_hash="secret")
    with ada.transaction() as session:
        session.call("delete_items", [item])
        session.call("delete_api_keys", [key])
        (row,) = session.call("tombstones", "items", [item, an_id(99)])
        (other,) = session.call("tombstones", "api_keys", [key])
    assert (row["image"]["meta_data"], row["image"]["created_at"]) == ('{"a": 1}', "2026-01-01T00:00:00.000000Z")
    assert "key_hash" not in other["image"]


def test_an_organization_that_ones_own_transaction_deletes_is_shown_with_what_was_in_it(
    server: Server, ada: Device
) -> None:
    with ada.transaction() as session:
        session.call("delete_organizations", [LAB])
        assert told(session, "organizations", LAB) == {LAB}
    assert dead(ada, "organizations", LAB) == set()


def test_users_leave_no_tombstone_for_anybody(server: Server, ada: Device, bea: Device) -> None:
    server.run("DELETE FROM users WHERE id = %s", bea.user)
    assert dead(ada, "users", bea.user) == set()


def test_a_push_of_a_row_and_its_result_are_one(server: Server, ada: Device) -> None:
    with pytest.raises(ZeroDivisionError), ada.transaction() as session:
        session.one("SELECT localstore_sync.push_begin(1, 'a')")
        session.write("insert", "items", a_row("items", owner_id=ADA))
        session.one("SELECT localstore_sync.push_end(1, 'done')")
        raise ZeroDivisionError
    assert server.rows("SELECT count(*) FROM items") == [(0,)]
    assert push(ada, 1) is None
