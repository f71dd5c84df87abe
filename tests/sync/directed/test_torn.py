"""Pulls that break off after some of their rows were applied: nothing stays that is gone, nothing is missing."""

from __future__ import annotations

import pytest

from localstore import Store
from sync import outbox, sync
from sync.shapes import Progress
from tests.sync.directed.rows import asked, content, item, kept, server_titles, texts, titles, waiting, written
from tests.sync.trio import BEA, DEN, LAB, World


def broken_off(store: Store, after: str = "items") -> None:
    """Run a round that is stopped once the rows of a table were applied."""
    seen: list[str] = []

    def report(progress: Progress) -> None:
        if progress.phase == "pull":
            seen.append(progress.tbl)

    assert sync(store, report=report, cancelled=lambda: after in seen).cancelled


def test_a_row_deleted_after_a_first_pull_broke_off_does_not_stay(trio: World) -> None:
    server = trio.plain()
    gone = item(server, "gone")
    content(server, gone, "its text")
    item(server, "stays")
    ada = trio.store("ada")
    broken_off(ada)
    assert titles(ada) == {"gone", "stays"}
    server.execute("DELETE FROM items WHERE id = %s", (gone,))
    trio.quiet(ada)
    assert titles(ada) == server_titles(server) == {"stays"}


def test_a_private_row_outlives_a_first_pull_that_broke_off(trio: World) -> None:
    server = trio.plain()
    item(server, "there")
    ada = trio.unlinked("ada")
    ada.items.add("private", tags=["mine alone"])
    from sync import link

    link(ada, trio.invite("ada"), share="org")
    broken_off(ada)
    trio.quiet(ada)
    assert titles(ada) == {"private", "there"}
    assert server_titles(server) == {"there"}


def test_a_first_pull_whose_connection_is_lost_brings_no_row_that_is_deleted_meanwhile(trio: World) -> None:
    server = trio.plain()
    gone = item(server, "gone")
    ada = trio.store("ada")
    kills = iter([True])

    def report(progress: Progress) -> None:
        if (progress.phase, progress.tbl) == ("pull", "items") and next(kills, False):
            server.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid()"
            )
            server.execute("DELETE FROM items WHERE id = %s", (gone,))

    sync(ada, report=report)
    trio.quiet(ada)
    assert titles(ada) == set()


def test_an_organization_that_was_withdrawn_after_a_pull_broke_off_is_gone(trio: World) -> None:
    server = trio.plain()
    item(server, "of the den", organization=DEN)
    bea = trio.store("bea", BEA)
    trio.quiet(bea)
    member(trio, DEN)
    broken_off(bea)
    assert titles(bea) == {"of the den"}
    server.execute("DELETE FROM organization_memberships WHERE user_id = %s AND organization_id = %s", (BEA, DEN))
    trio.quiet(bea)
    assert titles(bea) == set()


def test_an_organization_that_was_granted_again_after_its_rows_went_is_whole(trio: World) -> None:
    server = trio.plain()
    content(server, item(server, "of the lab"), "its text")
    bea = trio.store("bea", BEA)
    trio.quiet(bea)
    server.execute("DELETE FROM organization_memberships WHERE user_id = %s AND organization_id = %s", (BEA, LAB))
    assert sync(bea, cancelled=lambda: titles(bea) == set()).cancelled
    member(trio, LAB)
    trio.quiet(bea)
    assert (titles(bea), texts(bea)) == ({"of the lab"}, {"its text"})


def member(trio: World, organization: str) -> None:
    """Let Bea into an organization."""
    sql = "INSERT INTO organization_memberships (user_id, organization_id, role) VALUES (%s, %s, 'member')"
    trio.plain().execute(sql, (BEA, organization))


def test_a_dropped_trigger_brings_nothing_back_that_somebody_else_deleted(trio: World) -> None:
    ada, bea, server = trio.store("ada"), trio.store("bea", BEA), trio.plain()
    trio.quiet()
    pk = ada.items.add("deleted by Bea", organization="lab").id
    trio.quiet()
    bea.items.delete(pk)
    sync(bea)
    written(ada, "DROP TRIGGER sync_items_insert")
    ada.items.add("unnoticed", organization="lab")
    trio.quiet()
    assert titles(ada) == titles(bea) == server_titles(server) == {"unnoticed"}


@pytest.mark.parametrize("in_flight", [False, True])
def test_a_value_that_a_restored_server_forgot_is_kept_beside_an_edit_of_its_row(trio: World, in_flight: bool) -> None:
    ada, server = trio.store("ada"), trio.plain()
    item(server, "of the dump")
    trio.quiet(ada)
    server.execute("UPDATE items SET title = 'seen since'")
    trio.quiet(ada)
    written(ada, "UPDATE items SET meta_data = ?", '{"mine":1}')
    if in_flight:
        assert outbox.build(ada)
    server.execute("UPDATE items SET title = 'of the dump'")
    server.execute("DELETE FROM localstore_sync.log")
    server.execute("UPDATE localstore_sync.device_state SET token = gen_random_uuid()")
    trio.quiet(ada)
    assert "seen since" in kept(ada)
    assert ("items", "columns") in waiting(ada)
    assert asked(ada, "SELECT meta_data FROM items") == [('{"mine":1}',)]
