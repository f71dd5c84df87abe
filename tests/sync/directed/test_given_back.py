"""Memberships that are taken and given back while rows of the organization wait to be sent."""

from __future__ import annotations

import pytest

from localstore import Store
from sync import resolve, sync
from sync.conflicts import conflicts
from sync.postgres.connection import Connection
from tests.sync.directed.rows import asked, waiting
from tests.sync.trio import BEA, LAB, World, one

TABLES = ("items", "contents", "item_tag_links")


def taken(server: Connection) -> None:
    server.execute("DELETE FROM organization_memberships WHERE user_id = %s", (BEA,))


def given_back(server: Connection) -> None:
    sql = "INSERT INTO organization_memberships (user_id, organization_id, role) VALUES (%s, %s, 'member')"
    server.execute(sql, (BEA, LAB))


def added(store: Store) -> str:
    return store.items.add("offline", text="its text", tags=["new"], organization="lab").id


def organization(store: Store, pk: str) -> object:
    return asked(store, "SELECT organization_id FROM items WHERE id = ?", pk)[0][0]


def test_an_item_that_was_never_sent_goes_with_its_parts_once_the_membership_is_back(trio: World) -> None:
    bea, server = trio.store("bea", BEA, share="org"), trio.plain()
    trio.quiet()
    pk = added(bea)
    taken(server)
    sync(bea)
    assert (organization(bea, pk), one(server, "SELECT count(*) FROM items")) == (None, 0)
    given_back(server)
    trio.quiet()
    assert organization(bea, pk) == LAB
    assert str(one(server, "SELECT organization_id FROM items WHERE id = %s", pk)) == LAB
    assert [one(server, f"SELECT count(*) FROM {table}") for table in TABLES] == [1, 1, 1]
    assert asked(bea, "SELECT tbl FROM sync_kept WHERE tbl IN ('items', 'contents', 'item_tag_links', 'tags')") == []
    assert bea.items.get(pk).title == "offline" and waiting(bea) == []


def test_the_organization_of_an_item_that_was_sent_without_it_is_kept_for_its_person(trio: World) -> None:
    bea, server = trio.store("bea", BEA, share="all"), trio.plain()
    trio.quiet()
    pk = added(bea)
    taken(server)
    trio.quiet()
    assert one(server, "SELECT organization_id IS NULL FROM items WHERE id = %s", pk)
    assert waiting(bea) == [("items", "columns")]
    given_back(server)
    trio.quiet()
    resolve(bea, conflicts(bea, 1).rows[0].id, "mine")
    trio.quiet()
    assert organization(bea, pk) == LAB
    assert str(one(server, "SELECT organization_id FROM items WHERE id = %s", pk)) == LAB


def keep_days(store: Store, days: int) -> None:
    store.settings.set("trash.keep_days", days, scope="organization", organization=LAB)


def disputed(trio: World) -> tuple[Store, Store]:
    """Owner and plain member set the same setting of the lab, the member later and without the right to."""
    ada, bea = trio.store("ada"), trio.store("bea", BEA)
    trio.quiet()
    keep_days(ada, 10)
    keep_days(bea, 20)
    sync(ada)
    sync(bea)
    return ada, bea


def test_a_setting_that_a_member_may_not_write_and_an_owner_wrote_is_one_conflict(trio: World) -> None:
    _, bea = disputed(trio)
    assert waiting(bea) == [("settings", "columns")]
    assert asked(bea, "SELECT value FROM settings WHERE key = 'trash.keep_days'") == [("10",)]


@pytest.mark.parametrize("mine_first", [False, True])
def test_a_setting_that_a_member_may_not_write_is_quiet_once_theirs_is_chosen(trio: World, mine_first: bool) -> None:
    _, bea = disputed(trio)
    if mine_first:
        resolve(bea, conflicts(bea, 1).rows[0].id, "mine")
        sync(bea)
        assert waiting(bea) == [("settings", "refused")]
    resolve(bea, conflicts(bea, 1).rows[0].id, "theirs")
    sync(bea)
    assert sync(bea).quiet
    assert waiting(bea) == [] == asked(bea, "SELECT tbl FROM sync_dirty WHERE held IS NULL OR held = 'refused'")
    same = "SELECT updated_at FROM settings WHERE key = 'trash.keep_days'"
    assert asked(bea, same) == asked(trio.stores["ada"], same)
