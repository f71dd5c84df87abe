"""What two people make alike, far from each other, is one row when they meet."""

from __future__ import annotations

from pathlib import Path

from localstore import Store
from localstore.importing import ImportOptions, import_files
from sync import sync
from sync.postgres.connection import Connection
from tests.sync.directed.rows import item, waiting
from tests.sync.trio import BEA, LAB, World, one

COUNTED = ("ai_models", "tags", "item_tag_links", "organization_memberships", "settings", "items", "contents")


def counts(server: Connection) -> dict[str, int]:
    return {table: one(server, f"SELECT count(*) FROM {table}") for table in COUNTED}


def test_the_same_model_tag_link_and_setting_of_two_people_are_one_row_each(trio: World) -> None:
    ada, bea, server = trio.store("ada"), trio.store("bea", BEA), trio.plain()
    pk = item(server, "shared")
    trio.quiet()
    for_both(ada, pk)
    for_both(bea, pk)
    trio.quiet()
    found = counts(server)
    assert {name: found[name] for name in ("ai_models", "tags", "item_tag_links", "settings")} == {
        "ai_models": 1,
        "tags": 1,
        "item_tag_links": 1,
        "settings": 1,
    }
    assert waiting(ada) == waiting(bea) == []


def for_both(store: Store, pk: str) -> None:
    store.ai_models.add("mini", "local", "1")
    store.items.tag(["Größe"], pk)
    model = store.ai_models.resolve("local/mini@1")
    store.embeddings.put_one(model, [1.0, 2.0], item=pk)
    store.settings.set("import.split", "headings", scope="organization", organization=LAB)


def test_the_same_vector_of_the_same_text_by_two_people_is_one_row(trio: World) -> None:
    ada, bea, server = trio.store("ada"), trio.store("bea", BEA), trio.plain()
    pk = item(server, "shared")
    server.execute("INSERT INTO contents (item_id, text) VALUES (%s, 'words')", (pk,))
    server.execute("INSERT INTO ai_models (name, provider) VALUES ('mini', 'local')")
    trio.quiet()
    embed(ada, pk, [1.0, 2.0])
    embed(bea, pk, [1.0, 2.5])
    trio.quiet()
    assert one(server, "SELECT count(*) FROM embeddings") == 1
    assert ada.embeddings.of(pk)[0].array.tolist() == bea.embeddings.of(pk)[0].array.tolist()
    assert waiting(ada) == waiting(bea) == []


def test_the_losing_vector_of_two_people_pushes_no_row_for_its_moment(trio: World) -> None:
    ada, bea, server = trio.store("ada"), trio.store("bea", BEA), trio.plain()
    pk = item(server, "shared")
    server.execute("INSERT INTO contents (item_id, text) VALUES (%s, 'words')", (pk,))
    server.execute("INSERT INTO ai_models (name, provider) VALUES ('mini', 'local')")
    trio.quiet()
    embed(ada, pk, [1.0, 2.0])
    embed(bea, pk, [1.0, 2.5])
    sync(ada)
    assert "embeddings" not in sync(bea).pushed


def embed(store: Store, pk: str, vector: list[float]) -> None:
    store.embeddings.put_one("local/mini", vector, content=store.contents.of(pk)[0].id)


def test_a_membership_that_two_devices_grant_is_one_row(trio: World) -> None:
    ada, desk, server = trio.store("ada"), trio.store("desk"), trio.plain()
    trio.quiet()
    ada.memberships.add("bea@example.org", "den", "member")
    desk.memberships.add("bea@example.org", "den", "member")
    trio.quiet()
    assert counts(server)["organization_memberships"] == 4
    assert waiting(ada) == waiting(desk) == []


def test_a_folder_imported_on_two_devices_is_there_once(trio: World, tmp_path: Path) -> None:
    ada, desk, server = trio.store("ada"), trio.store("desk"), trio.plain()
    folder = tmp_path / "notes"
    folder.mkdir()
    folder.joinpath("one.md").write_text("---\ntags: [todo]\n---\n# One\n\nwords\n")
    folder.joinpath("two.md").write_text("# Two\n\nmore words\n")
    import_files(ada, [folder], ImportOptions())
    import_files(desk, [folder], ImportOptions())
    trio.quiet()
    found = counts(server)
    assert (found["items"], found["contents"], found["tags"], found["item_tag_links"]) == (2, 2, 1, 1)
    assert waiting(ada) == waiting(desk) == []
