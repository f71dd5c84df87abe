"""Values that only one row may have: made twice, swapped, owned by a row that one may not see."""

from __future__ import annotations

from localstore import Store
from sync import sync
from sync.postgres.connection import Connection
from tests.sync.directed.rows import asked, item, kept, waiting, written
from tests.sync.trio import BEA, DEN, LAB, World


def slugs(store: Store) -> set[str]:
    return {row[0] for row in asked(store, "SELECT slug FROM organizations")}


def server_slugs(server: Connection) -> dict[str, str]:
    return {str(pk): slug for pk, slug in server.execute("SELECT id, slug FROM organizations")}


def test_two_organizations_of_one_slug_both_live_one_of_them_renamed(trio: World) -> None:
    ada, bea, server = trio.store("ada"), trio.store("bea", BEA), trio.plain()
    trio.quiet()
    one = ada.organizations.add("Ada's", slug="crew").id
    two = bea.organizations.add("Bea's", slug="crew").id
    trio.quiet()
    found = server_slugs(server)
    assert found[one] == "crew"
    assert found[two] != "crew" and "crew" in found[two]
    assert slugs(bea) >= {found[two]}


def test_slugs_swapped_here_are_swapped_there(trio: World) -> None:
    ada, server = trio.store("ada"), trio.plain()
    sync(ada)
    written(ada, "UPDATE organizations SET slug = 'between' WHERE id = ?", LAB)
    written(ada, "UPDATE organizations SET slug = 'lab' WHERE id = ?", DEN)
    written(ada, "UPDATE organizations SET slug = 'den' WHERE id = ?", LAB)
    sync(ada)
    assert server_slugs(server) == {LAB: "den", DEN: "lab"}
    assert waiting(ada) == []
    assert sync(ada).quiet


def test_slugs_swapped_there_are_swapped_here(trio: World) -> None:
    ada, server = trio.store("ada"), trio.plain()
    sync(ada)
    server.execute("BEGIN")
    server.execute("UPDATE organizations SET slug = 'between' WHERE id = %s", (LAB,))
    server.execute("UPDATE organizations SET slug = 'lab' WHERE id = %s", (DEN,))
    server.execute("UPDATE organizations SET slug = 'den' WHERE id = %s", (LAB,))
    server.execute("COMMIT")
    sync(ada)
    assert dict(asked(ada, "SELECT id, slug FROM organizations")) == {LAB: "den", DEN: "lab"}
    assert sync(ada).quiet


def test_a_slug_that_an_invisible_organization_has_is_renamed_and_nothing_of_that_one_is_told(trio: World) -> None:
    bea, server = trio.store("bea", BEA), trio.plain()
    sync(bea)
    made = bea.organizations.add("Bea's den", slug="den").id
    trio.quiet()
    found = server_slugs(server)
    assert found[DEN] == "den"
    assert found[made].startswith("den") and found[made] != "den"
    assert "Den" not in kept(bea).replace("Bea's den", "")


def attach(store: Store, path: str, checksum: str) -> None:
    pk = asked(store, "SELECT id FROM items")[0][0]
    written(
        store,
        "INSERT INTO file_assets (owner_id, item_id, filename, path, checksum) VALUES (?, ?, 'f', ?, ?)",
        store.local_user_id,
        pk,
        path,
        checksum,
    )


def test_a_path_that_another_file_has_stays_here_and_is_listed(trio: World) -> None:
    ada, bea, server = trio.store("ada"), trio.store("bea", BEA), trio.plain()
    item(server, "shared")
    trio.quiet()
    attach(ada, "file://h/x", "one")
    attach(bea, "file://h/x", "two")
    trio.quiet()
    assert [row[0] for row in server.execute("SELECT checksum FROM file_assets")] == ["one"]
    assert "two" in kept(bea) or ("two",) in asked(bea, "SELECT checksum FROM file_assets")
    assert ("file_assets", "taken") in waiting(bea)


def test_the_same_file_attached_on_two_devices_is_one_file(trio: World) -> None:
    ada, bea, server = trio.store("ada"), trio.store("bea", BEA), trio.plain()
    item(server, "shared")
    trio.quiet()
    attach(ada, "file://h/x", "same")
    attach(bea, "file://h/x", "same")
    trio.quiet()
    assert len(server.execute("SELECT 1 FROM file_assets").fetchall()) == 1


def test_a_slug_taken_on_the_server_first_does_not_hold_back_what_hangs_on_the_organization(trio: World) -> None:
    bea, server = trio.store("bea", BEA), trio.plain()
    sync(bea)
    made = bea.organizations.add("Bea's crew", slug="crew").id
    pk = bea.items.add("in Bea's crew", organization=made).id
    server.execute("INSERT INTO organizations (name, slug) VALUES ('Another', 'crew')")
    trio.quiet()
    row = server.execute("SELECT organization_id::text FROM items WHERE id = %s", (pk,)).fetchone()
    assert row == (made,)
