"""Files of linked stores, and files pushed straight into a server."""

from __future__ import annotations

from pathlib import Path

import pytest

from localstore import Store
from localstore.errors import InvalidValue, TransferError
from sync import link, sync, unlink
from sync.comparing.verifying import verify
from sync.conflicts import conflicts
from sync.errors import Contention, StoreCopied
from sync.files.change_import import import_changes
from sync.files.change_push import push_changes
from sync.files.changefile import export_changes
from tests.sync.directed.rows import item, server_titles
from tests.sync.files.carrying import furnish, one, titles
from tests.sync.trio import ADA, BEA, EMAILS, LAB, World

pytestmark = pytest.mark.postgres


@pytest.fixture
def lone(trio: World) -> Store:
    """A store of Ada's that knows no server, but the lab as it is there."""
    store = trio.unlinked("lone")
    with store.database.writing() as connection:
        sql = "INSERT INTO organizations (id, name, slug) SELECT ?, 'Lab', 'lab'"
        connection.execute(sql, (LAB,))
    return store


def written(store: Store, path: Path, share: str | None = None) -> Path:
    return export_changes(store, path, share=share).path


# -- from a linked store


def test_a_linked_store_writes_what_the_server_does_not_have_and_still_pushes_it(trio: World) -> None:
    ada, desk = trio.store("ada"), trio.store("desk")
    ada.items.add("Pushed before")
    trio.quiet()
    ada.items.add("Not pushed yet", text="words", tags=["todo"])
    done = import_changes(desk, written(ada, trio.folder / "1.changes"))
    assert titles(desk) == {"Pushed before", "Not pushed yet"}
    assert done.rows["items"] == 1
    trio.quiet()
    assert server_titles(trio.plain()) == titles(desk) == titles(ada)
    assert [len(conflicts(store).rows) for store in (ada, desk)] == [0, 0]
    assert verify(ada).is_well and verify(desk).is_well


def test_the_next_file_of_a_linked_store_has_only_what_changed_since(trio: World) -> None:
    ada, desk = trio.store("ada"), trio.unlinked("desk")
    pk = ada.items.add("First").id
    ada.items.add("Other")
    import_changes(desk, written(ada, trio.folder / "1.changes"))
    assert export_changes(ada, trio.folder / "none.changes").count == 0
    ada.items.edit(pk, title="Second")
    done = import_changes(desk, written(ada, trio.folder / "2.changes"))
    assert (done.rows["items"], done.conflicts, titles(desk)) == (1, 0, {"Second", "Other"})


def test_a_file_of_a_linked_store_goes_on_after_a_round(trio: World) -> None:
    ada, desk = trio.store("ada"), trio.store("desk")
    pk = ada.items.add("First").id
    import_changes(desk, written(ada, trio.folder / "1.changes"))
    trio.quiet()
    ada.items.edit(pk, title="Second")
    done = import_changes(desk, written(ada, trio.folder / "2.changes"))
    assert (done.conflicts, titles(desk)) == (0, {"Second"})
    trio.quiet()
    assert verify(desk).is_well and verify(ada).is_well


def test_a_file_after_a_round_begins_at_what_the_server_made_of_it(trio: World) -> None:
    ada, desk, server = trio.store("ada"), trio.store("desk"), trio.plain()
    pk = ada.items.add("First").id
    import_changes(desk, written(ada, trio.folder / "1.changes"))
    sync(ada)
    server.execute("UPDATE items SET description = 'by the server' WHERE id = %s", (pk,))
    trio.quiet()
    ada.items.edit(pk, description="by Ada, who saw it")
    done = import_changes(desk, written(ada, trio.folder / "2.changes"))
    assert (done.conflicts, desk.items.get(pk).description) == (0, "by Ada, who saw it")


def test_an_edit_of_a_row_that_was_never_here_brings_the_whole_row(trio: World) -> None:
    ada, desk = trio.store("ada"), trio.unlinked("desk")
    pk = item(trio.plain(), "Of the server")
    sync(ada)
    ada.items.edit(pk, description="edited", organization=None)
    done = import_changes(desk, written(ada, trio.folder / "1.changes"))
    assert (done.conflicts, titles(desk)) == (0, {"Of the server"})


def test_a_linked_store_shares_what_its_link_says(trio: World) -> None:
    with pytest.raises(InvalidValue, match="sync share"):
        export_changes(trio.store("ada"), trio.folder / "1.changes", share="all")


def test_a_store_with_a_chain_of_files_can_be_linked(trio: World, lone: Store) -> None:
    kept = lone.items.add("In a file").id
    gone = lone.items.add("Deleted since").id
    written(lone, trio.folder / "1.changes", "all")
    lone.items.edit(kept, title="Edited since")
    lone.items.delete(gone)
    link(lone, trio.invite("lone"), share="all")
    trio.quiet()
    assert server_titles(trio.plain()) == titles(lone) == {"Edited since"}
    assert list(conflicts(lone).rows) == []


def test_a_file_taken_in_before_unlinking_is_known_afterwards(trio: World, lone: Store) -> None:
    store = trio.store("ada")
    pk = lone.items.add("Title").id
    path = written(lone, trio.folder / "1.changes", "all")
    import_changes(store, path)
    sync(store)
    unlink(store)
    store.items.edit(pk, title="Edited since")
    assert import_changes(store, path).again
    assert titles(store) == {"Edited since"}


# -- straight into a server


def test_a_file_goes_into_a_server_as_the_person_of_the_url(trio: World, lone: Store) -> None:
    furnish(lone, trio.folder)
    url = trio.invite("files")
    done = push_changes(lone, written(lone, trio.folder / "1.changes", "all"), url)
    server = trio.plain()
    assert (done.refused, done.conflicts, done.rows["items"]) == ([], 0, 1)
    assert server.execute("SELECT title, owner_id::text FROM items").fetchall() == [("Furnished", ADA)]
    assert server.execute("SELECT vector::text FROM embeddings").fetchone() == ("[0.1, -2.5]",)
    counted = server.execute("SELECT (SELECT count(*) FROM contents), (SELECT count(*) FROM item_tag_links)")
    assert counted.fetchone() == (1, 1)
    other = trio.store("other")
    sync(other)
    assert titles(other) == {"Furnished"}


def test_what_the_files_maker_owns_becomes_the_persons_whatever_their_e_mail(trio: World) -> None:
    with Store.open(trio.folder / "other.db", email="ada@laptop") as store:
        store.items.add("Mine")
        done = push_changes(store, written(store, trio.folder / "1.changes", "all"), trio.invite("files"))
    assert done.refused == []
    assert trio.plain().execute("SELECT owner_id::text FROM items").fetchall() == [(ADA,)]


def test_files_follow_each_other_into_a_server(trio: World, lone: Store) -> None:
    url = trio.invite("files")
    pk = lone.items.add("One").id
    first = written(lone, trio.folder / "1.changes", "all")
    lone.items.edit(pk, title="One, edited")
    lone.items.add("Two")
    second = written(lone, trio.folder / "2.changes")
    with pytest.raises(TransferError, match="file 1 is not here"):
        push_changes(lone, second, url)
    push_changes(lone, first, url)
    push_changes(lone, second, url)
    assert server_titles(trio.plain()) == {"One, edited", "Two"}
    lone.items.delete(pk)
    third = push_changes(lone, written(lone, trio.folder / "3.changes"), url)
    assert (third.deleted, server_titles(trio.plain())) == ({"items": 1}, {"Two"})


def test_pushing_a_file_twice_changes_nothing_and_says_so(trio: World, lone: Store) -> None:
    lone.items.add("One")
    path, url = written(lone, trio.folder / "1.changes", "all"), trio.invite("files")
    push_changes(lone, path, url)
    trio.plain().execute("UPDATE items SET title = 'Edited since'")
    assert push_changes(lone, path, url).again
    assert server_titles(trio.plain()) == {"Edited since"}


def test_a_file_is_merged_with_what_the_server_has(trio: World, lone: Store) -> None:
    url = trio.invite("files")
    pk = lone.items.add("Title").id
    push_changes(lone, written(lone, trio.folder / "1.changes", "all"), url)
    lone.items.edit(pk, title="Of the file", description="Of the file")
    server = trio.plain()
    server.execute("UPDATE items SET title = 'Of the server'")
    done = push_changes(lone, written(lone, trio.folder / "2.changes"), url)
    assert server.execute("SELECT title, description FROM items").fetchone() == ("Of the server", "Of the file")
    assert (done.conflicts, done.found[0]["ours"]) == (1, {"title": "Of the file"})


def test_a_row_that_the_server_refuses_is_named_by_line_and_the_others_go(trio: World, lone: Store) -> None:
    lone.users.add("stranger@example.org", "A stranger")
    theirs = lone.items.add("Of a stranger").id
    with lone.database.writing() as connection:
        stranger = one(lone, "SELECT id FROM users WHERE email = 'stranger@example.org'")
        connection.execute("UPDATE items SET owner_id = ? WHERE id = ?", (stranger, theirs))
    lone.items.add("Mine")
    done = push_changes(lone, written(lone, trio.folder / "1.changes", "all"), trio.invite("files"))
    assert server_titles(trio.plain()) == {"Mine"}
    assert any(theirs in line for line in done.refused)
    assert all(line.startswith("line ") for line in done.refused)


def test_a_person_whom_the_server_knows_by_another_id_is_that_person(trio: World, lone: Store) -> None:
    lone.users.add(EMAILS[BEA], "Bea")
    pk = lone.items.add("Hers", organization="lab").id
    with lone.database.writing() as connection:
        bea = one(lone, "SELECT id FROM users WHERE email = ?", EMAILS[BEA])
        connection.execute("UPDATE items SET owner_id = ? WHERE id = ?", (bea, pk))
    done = push_changes(lone, written(lone, trio.folder / "1.changes", "all"), trio.invite("files"))
    assert done.refused == []
    assert trio.plain().execute("SELECT owner_id::text FROM items").fetchall() == [(BEA,)]


def test_a_stopped_push_goes_on_where_it_stopped(trio: World, lone: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sync.outbox.ROWS", 3)
    [lone.items.add(f"Item {number}") for number in range(5)]
    path, url = written(lone, trio.folder / "1.changes", "all"), trio.invite("files")
    asked: list[bool] = []

    def stop() -> bool:
        asked.append(len(server_titles(server)) > 0)
        return asked[-1]

    server = trio.plain()
    with pytest.raises(Exception, match="Stopped"):
        push_changes(lone, path, url, cancelled=stop)
    assert 0 < len(server_titles(server)) < 5
    push_changes(lone, path, url)
    assert len(server_titles(server)) == 5
    assert server.execute("SELECT count(*) FROM items").fetchone() == (5,)


def test_rows_that_another_program_holds_are_pushed_by_the_next_call(
    trio: World, lone: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.files.change_push.PAUSE", 0.01)
    url, server = trio.invite("files"), trio.plain()
    pk = lone.items.add("Before").id
    push_changes(lone, written(lone, trio.folder / "1.changes", "all"), url)
    lone.items.edit(pk, title="After")
    path = written(lone, trio.folder / "2.changes")
    server.execute("BEGIN")
    server.execute("SELECT 1 FROM items FOR UPDATE")
    with pytest.raises(Contention, match="run the same command again"):
        push_changes(lone, path, url)
    server.execute("COMMIT")
    push_changes(lone, path, url)
    assert server_titles(server) == {"After"}


def test_a_device_that_a_store_syncs_as_is_refused_with_what_to_do(trio: World, lone: Store) -> None:
    url = trio.invite("ada")
    store = trio.store("ada", url=url)
    store.items.add("Pushed by the store")
    sync(store)
    item(trio.plain(), "Another")
    lone.items.add("Of the file")
    with pytest.raises(StoreCopied, match="add-device"):
        push_changes(lone, written(lone, trio.folder / "1.changes", "all"), url)
    assert sync(store).state == "next"


def test_an_administrators_url_is_refused(trio: World, lone: Store) -> None:
    lone.items.add("One")
    with pytest.raises(InvalidValue, match="a device's URL is needed"):
        push_changes(lone, written(lone, trio.folder / "1.changes", "all"), trio.url)
