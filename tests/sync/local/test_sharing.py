"""Sharing: which rows go that the server never had, and which stay in the file."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from localstore import InvalidFilter, tables
from localstore.models import BY_NAME
from sync.local import dirty
from sync.local.sharing import Share
from tests.localstore.world import populate
from tests.sync.local.linked import LAB, Linked, keys

BOB = "00000000-0000-7000-8000-0000000000b0"


def sent(linked: Linked) -> dict[str, set[str]]:
    """What goes now, by table, without events."""
    found: dict[str, set[str]] = {}
    for tbl, pk in keys(linked.changes()):
        found.setdefault(tbl, set()).add(pk)
    found.pop("events", None)
    return found


def names(linked: Linked) -> set[str]:
    return set(sent(linked))


@pytest.fixture
def private(linked: Linked) -> str:
    """An item of nobody's organization with all that can hang on one; the organization is there too."""
    linked.lab()
    linked.store.ai_models.add("m", "p")
    item = linked.item("Mine", text="words", tags=["todo"])
    linked.store.embeddings.put_one("m", [1.0], content=linked.value("SELECT id FROM contents"))
    linked.store.embeddings.put_one("m", [2.0], item=item)
    linked.write(
        "INSERT INTO file_assets (owner_id, item_id, filename, path)"
        f" VALUES ('{linked.store.local_user_id}', '{item}', 'f', 'file://h/f')"
    )
    return item


SUBTREE = {"ai_models", "items", "contents", "embeddings", "file_assets", "tags", "item_tag_links"}


# -- items of organizations ----------------------------------------------------------------------------------


def test_an_item_without_an_organization_stays_with_all_that_hangs_on_it(linked: Linked, private: str) -> None:
    assert sent(linked) == {}
    assert {tbl for tbl, _ in linked.kept()} == SUBTREE | {"events"}


def test_an_item_of_an_organization_goes_with_all_that_hangs_on_it(linked: Linked) -> None:
    linked.lab()
    linked.item("Ours", text="words", tags=["todo"], organization="lab")
    assert names(linked) == {"items", "contents", "tags", "item_tag_links"}
    assert linked.kept() == set()


def test_giving_an_item_an_organization_shares_its_whole_subtree(linked: Linked, private: str) -> None:
    assert sent(linked) == {}
    linked.store.items.edit(private, organization_id=LAB)
    linked.changes()
    assert names(linked) == SUBTREE
    assert {tbl for tbl, _ in linked.kept()} == {"events"}  # of the model, which was made for itself
    assert all(change.base is None for change in linked.changes())


def test_an_item_that_is_no_longer_shared_before_it_was_sent_stays(linked: Linked, private: str) -> None:
    linked.store.items.edit(private, organization_id=LAB)
    assert "items" in names(linked)
    linked.store.items.edit(private, organization_id=None)
    assert sent(linked) == {}


def test_new_parts_of_an_item_that_the_server_has_go(linked: Linked, private: str) -> None:
    linked.in_step()
    linked.store.contents.add(private, "more")
    assert names(linked) == {"items", "contents"}


def test_an_edit_of_a_row_that_stays_costs_one_look(linked: Linked, private: str) -> None:
    assert sent(linked) == {}
    linked.write("UPDATE contents SET text = 'other'")
    assert linked.noted()
    assert sent(linked) == {}
    assert linked.noted() == set()


def test_a_row_that_stays_is_forgotten_with_its_deletion(linked: Linked, private: str) -> None:
    assert sent(linked) == {}
    linked.write(f"DELETE FROM items WHERE id = '{private}'")
    assert sent(linked) == {}
    assert {tbl for tbl, _ in linked.kept()} <= {"events", "tags", "ai_models", "file_assets"}


def test_a_tag_goes_with_the_first_shared_item_that_has_it(linked: Linked) -> None:
    linked.lab()
    linked.store.tags.add("todo")
    assert sent(linked) == {}
    linked.item("Ours", tags=["todo"], organization="lab")
    assert names(linked) == {"items", "tags", "item_tag_links"}


def test_a_model_goes_with_the_first_shared_vector(linked: Linked) -> None:
    linked.lab()
    linked.store.ai_models.add("m", "p")
    item = linked.item("Ours", organization="lab")
    assert names(linked) == {"items"}
    linked.store.embeddings.put_one("m", [1.0], item=item)
    assert names(linked) == {"items", "ai_models", "embeddings"}


def test_organizations_and_memberships_go_but_no_people(linked: Linked) -> None:
    linked.store.organizations.add("New", slug="new")
    linked.write(
        f"INSERT INTO users (id, email) VALUES ('{BOB}', 'bob@example.org')",
        "INSERT INTO organization_memberships (user_id, organization_id)"
        f" SELECT '{linked.store.local_user_id}', id FROM organizations",
        f"INSERT INTO organization_memberships (user_id, organization_id) SELECT '{BOB}', id FROM organizations",
    )
    found = sent(linked)
    assert set(found) == {"organizations", "organization_memberships"}
    assert ("users", BOB) in linked.kept()
    assert len([tbl for tbl, _ in linked.kept() if tbl == "organization_memberships"]) == 1


def test_what_belongs_to_somebody_whom_the_server_does_not_know_stays(linked: Linked) -> None:
    linked.lab()
    linked.write(
        f"INSERT INTO users (id, email) VALUES ('{BOB}', 'bob@example.org')",
        f"INSERT INTO items (owner_id, organization_id, title) VALUES ('{BOB}', '{LAB}', 'bobs')",
        "INSERT INTO contents (item_id, text) SELECT id, 'words' FROM items",
    )
    assert sent(linked) == {}
    assert {tbl for tbl, _ in linked.kept()} == {"users", "items", "contents"}


def test_an_edit_of_ones_own_name_goes(linked: Linked) -> None:
    linked.store.users.edit(linked.store.local_user_id, full_name="Ada Lovelace")
    assert names(linked) == {"users"}


def test_settings_of_oneself_and_of_organizations_go_and_global_ones_stay(linked: Linked) -> None:
    linked.lab()
    me = linked.store.local_user_id
    linked.write(
        f"INSERT INTO settings (scope, key, value, user_id) VALUES ('user', 'a', '1', '{me}')",
        f"INSERT INTO settings (scope, key, value, organization_id) VALUES ('organization', 'b', '1', '{LAB}')",
        "INSERT INTO settings (scope, key, value) VALUES ('global', 'c', '1')",
    )
    pks = sent(linked)["settings"]
    assert {linked.value("SELECT key FROM settings WHERE id = ?", pk) for pk in pks} == {"a", "b"}


def test_ones_own_keys_go(linked: Linked) -> None:
    linked.store.api_keys.new(description="laptop")
    assert names(linked) == {"api_keys"}


def test_events_of_shared_items_go_when_one_did_them_oneself(linked: Linked) -> None:
    linked.lab()
    linked.write(f"INSERT INTO users (id, email) VALUES ('{BOB}', 'bob@example.org')")
    linked.item("Ours", organization="lab")
    linked.item("Mine")
    linked.write(
        "UPDATE events SET actor_id = actor_id", f"INSERT INTO events (actor_id, event_type) VALUES ('{BOB}', 'x')"
    )
    sent_events = [change for change in linked.changes() if change.key.tbl == "events"]
    titles = "SELECT i.title FROM events e JOIN items i ON i.id = e.item_id WHERE e.id = ?"
    assert [linked.value(titles, change.key.pk) for change in sent_events] == ["Ours"]


# -- all, and filters ----------------------------------------------------------------------------------------


def test_all_is_everything_but_people(linked: Linked, private: str) -> None:
    linked.share("all")
    linked.store.tags.add("lonely")
    linked.write("INSERT INTO settings (scope, key, value) VALUES ('global', 'c', '1')")
    linked.write(f"INSERT INTO users (id, email) VALUES ('{BOB}', 'bob@example.org')")
    assert names(linked) == SUBTREE | {"settings"}
    assert linked.kept() == {("users", BOB)}


def test_a_filter_shares_the_items_it_finds(linked: Linked, private: str) -> None:
    linked.share("type:paper")
    assert sent(linked) == {}
    linked.store.items.edit(private, type="paper")
    linked.changes()
    assert names(linked) == SUBTREE


@pytest.mark.parametrize("line", ["#team", "#team has:tag", 'words "two words" or #team', "meta_data.a=x?y"])
def test_a_tag_that_a_filter_asks_for_shares_the_item(linked: Linked, private: str, line: str) -> None:
    linked.share(line)
    assert sent(linked) == {}
    linked.store.tags.add("team")
    with linked.store.database.writing() as connection:
        tag = connection.execute("SELECT id FROM tags WHERE name = 'team'").fetchone()[0]
        connection.execute("INSERT INTO item_tag_links VALUES (?, ?)", (private, tag))
        connection.execute("""UPDATE items SET title = 'two words or words', meta_data = '{"a":"x?y"}'""")
    linked.changes()
    assert names(linked) == SUBTREE


def test_a_link_alone_brings_its_item(linked: Linked, private: str) -> None:
    linked.store.tags.add("team")
    linked.share("#team")
    assert sent(linked) == {}
    tag = linked.value("SELECT id FROM tags WHERE name = 'team'")
    linked.write(f"INSERT INTO item_tag_links VALUES ('{private}', '{tag}')")
    assert sent(linked) == {"items": {private}, "tags": {tag}, "item_tag_links": {f"{private}/{tag}"}}
    assert names(linked) == SUBTREE


def test_another_share_sorts_everything_anew(linked: Linked, private: str) -> None:
    assert sent(linked) == {}
    linked.share("all")
    assert names(linked) == SUBTREE
    linked.share("org")
    assert sent(linked) == {}
    linked.share("type:note")
    assert names(linked) == SUBTREE


def test_what_the_server_has_goes_whatever_is_shared(linked: Linked, private: str) -> None:
    linked.in_step()
    linked.write("UPDATE contents SET text = 'changed'")
    assert names(linked) == {"contents"}


@pytest.mark.parametrize("line", ["tpye:x", "org:nowhere", "~meaning", "   "])
def test_a_share_that_cannot_be_is_refused(linked: Linked, line: str) -> None:
    with pytest.raises(InvalidFilter):
        Share.given(linked.store, line)


def test_a_share_is_given_over_the_one_before(linked: Linked) -> None:
    model = linked.store.ai_models.add("m", "p").id
    first = Share.given(linked.store, "all", ["m"])
    assert first == Share("all", (model,))
    assert Share.given(linked.store, None, None, first) == first
    assert Share.given(linked.store, "org", (), first) == Share("org", ())


# -- vectors that stay home ----------------------------------------------------------------------------------


def test_vectors_of_a_model_stay_home(linked: Linked, private: str) -> None:
    model = linked.value("SELECT id FROM ai_models")
    linked.share("all", model)
    assert names(linked) == SUBTREE - {"embeddings"}
    linked.share("all")
    assert names(linked) == SUBTREE


def test_vectors_that_the_server_has_are_not_renewed_but_deleted(linked: Linked, private: str) -> None:
    model = linked.value("SELECT id FROM ai_models")
    linked.in_step()
    linked.share("all", model)
    linked.write("UPDATE embeddings SET vector = zeroblob(4)")
    assert sent(linked) == {}
    assert set(linked.rows("SELECT held FROM sync_dirty")) == {("home",)}
    linked.write("DELETE FROM embeddings")
    assert names(linked) == {"embeddings"}


# -- whatever the way ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("line", ["org", "all", "type:note", "#Tag"])
def test_sorting_set_wise_and_one_by_one_agree(linked: Linked, line: str) -> None:
    """What ``mark_all`` sorts in SQL, and what is read row by row, must be the same."""
    populate(linked.store)
    linked.share(line)
    one_by_one = complete(linked)
    linked.in_step()
    with linked.store.database.writing() as connection:
        dirty.mark_all(connection)
    linked.write(f"DELETE FROM sync_kept WHERE pk = '{linked.store.local_user_id}'")
    assert complete(linked) == one_by_one


def complete(linked: Linked) -> dict[str, set[str]]:
    linked.changes()
    return sent(linked)


@pytest.mark.parametrize("line", ["org", "all", "type:note"])
def test_a_row_that_goes_never_refers_to_one_that_stays(linked: Linked, line: str) -> None:
    populate(linked.store)
    linked.share(line)
    complete(linked)
    stays = linked.kept()
    refer: Callable[[str], list[tuple[str, str]]] = lambda tbl: [  # noqa: E731
        (column, str(parent._meta.table_name)) for column, parent, _ in tables.references(BY_NAME[tbl])
    ]
    pairs = [
        (parent, str((change.ours or {})[column]))
        for change in linked.changes()
        for column, parent in refer(change.key.tbl)
    ]
    assert not set(pairs) & stays
