"""What a colleague deleted on the server, brought back from the conflict of what somebody else had below it."""

from __future__ import annotations

import json
from collections.abc import Callable

from localstore import Store
from sync import resolve, sync
from sync.conflicts import conflicts
from sync.postgres.connection import Connection
from sync.shapes import Progress
from tests.sync.directed.rows import asked, content, item, server_titles, texts, titles, waiting, written
from tests.sync.trio import BEA, World, prepared, trio

__all__ = ["prepared", "trio"]


def only(store: Store, tbl: str) -> str:
    """The id of the one open conflict of a table."""
    (found,) = [each for each in conflicts(store).rows if each.tbl == tbl]
    return found.id


def theirs(store: Store, tbl: str) -> list[dict[str, object]]:
    found = asked(store, "SELECT theirs FROM sync_conflict WHERE tbl = ? AND resolved_at IS NULL", tbl)
    return [json.loads(text) for (text,) in found]


def rows_waiting(store: Store) -> list[tuple[str, str]]:
    """The open conflicts."""
    return waiting(store)


def at_push(act: Callable[[], object]) -> Callable[[Progress], None]:
    """Act once, when a batch is about to go."""
    once = iter([act])

    def report(progress: Progress) -> None:
        if progress.phase == "push":
            next(once, lambda: None)()

    return report


def server_texts(server: Connection) -> set[str]:
    return {str(text) for (text,) in server.execute("SELECT text FROM contents")}


def test_a_text_of_mine_brings_back_the_item_that_a_colleague_deleted(trio: World) -> None:
    ada, bea, server = trio.store("ada"), trio.store("bea", BEA), trio.plain()
    trio.quiet()
    pk = ada.items.add("Reading list", organization="lab").id
    trio.quiet()
    bea.contents.add(pk, "never sent")
    ada.items.delete(pk)
    sync(ada)
    sync(bea)
    assert (titles(bea), rows_waiting(bea)) == (set(), [("contents", "parent gone")])
    resolve(bea, only(bea, "contents"), "revive")
    trio.quiet()
    assert titles(ada) == titles(bea) == server_titles(server) == {"Reading list"}
    assert texts(ada) == texts(bea) == server_texts(server) == {"never sent"}
    assert rows_waiting(ada) == rows_waiting(bea) == []


def test_an_item_deleted_between_pull_and_push_comes_back_too(trio: World) -> None:
    bea, server = trio.store("bea", BEA), trio.plain()
    pk = item(server, "Reading list")
    sync(bea)
    bea.contents.add(pk, "never sent")
    sync(bea, report=at_push(lambda: server.execute("DELETE FROM items WHERE id = %s", (pk,))))
    trio.quiet()
    assert titles(bea) == set()
    resolve(bea, only(bea, "contents"), "revive")
    trio.quiet()
    assert titles(bea) == server_titles(server) == {"Reading list"}
    assert texts(bea) == server_texts(server) == {"never sent"}


def test_an_edited_text_brings_back_the_item_that_was_deleted_with_it(trio: World) -> None:
    bea, server = trio.store("bea", BEA), trio.plain()
    pk = item(server, "Reading list")
    child = content(server, pk, "as it was")
    sync(bea)
    written(bea, "UPDATE contents SET text = 'edited' WHERE id = ?", child)
    server.execute("DELETE FROM items WHERE id = %s", (pk,))
    sync(bea)
    assert rows_waiting(bea) == [("contents", "deleted there")]
    resolve(bea, only(bea, "contents"), "revive")
    trio.quiet()
    assert server_titles(server) == {"Reading list"}
    assert texts(bea) == server_texts(server) == {"edited"}


def test_a_vector_brings_back_its_text_and_the_item_of_that(trio: World) -> None:
    bea, server = trio.store("bea", BEA), trio.plain()
    pk = item(server, "Reading list")
    child = content(server, pk, "words")
    sync(bea)
    bea.ai_models.add("m", "local")
    bea.embeddings.add("m", [1.0, 2.0], content=child)
    server.execute("DELETE FROM items WHERE id = %s", (pk,))
    sync(bea)
    (image,) = theirs(bea, "embeddings")
    assert image["text"] == "words"
    resolve(bea, only(bea, "embeddings"), "revive")
    trio.quiet()
    assert (titles(bea), texts(bea)) == ({"Reading list"}, {"words"})
    assert server.execute("SELECT content_id::text FROM embeddings").fetchall() == [(child,)]


def test_a_text_added_while_its_edited_item_turns_out_to_be_gone_is_kept(trio: World) -> None:
    bea, server = trio.store("bea", BEA), trio.plain()
    pk = item(server, "Reading list")
    sync(bea)
    bea.items.edit(pk, title="Mine")

    def meanwhile() -> None:
        server.execute("DELETE FROM items WHERE id = %s", (pk,))
        bea.contents.add(pk, "never sent")

    sync(bea, report=at_push(meanwhile))
    trio.quiet()
    assert (titles(bea), rows_waiting(bea)) == (set(), [("contents", "parent gone"), ("items", "deleted there")])
    resolve(bea, only(bea, "contents"), "revive")
    trio.quiet()
    assert titles(bea) == server_titles(server) == {"Mine"}
    assert texts(bea) == server_texts(server) == {"never sent"}
    assert rows_waiting(bea) == []


def moved(bea: Store, server: Connection) -> tuple[str, str, str]:
    """A text that Bea moved from one item to another, which was deleted; both items and the text."""
    left, right = item(server, "left"), item(server, "right")
    child = content(server, left, "child")
    sync(bea)
    written(bea, "UPDATE contents SET item_id = ?, text = 'mine' WHERE id = ?", right, child)
    server.execute("DELETE FROM items WHERE id = %s", (right,))
    sync(bea)
    return left, right, child


def test_mine_moves_a_text_again_to_the_item_that_was_deleted(trio: World) -> None:
    bea, server = trio.store("bea", BEA), trio.plain()
    left, right, child = moved(bea, server)
    assert asked(bea, "SELECT item_id, text FROM contents") == [(left, "child")]
    server.execute("UPDATE contents SET role = 'assistant' WHERE id = %s", (child,))
    sync(bea)
    resolve(bea, only(bea, "contents"), "mine")
    trio.quiet()
    found = server.execute("SELECT item_id::text, text, role FROM contents").fetchall()
    assert found == [(right, "mine", "assistant")]
    assert asked(bea, "SELECT item_id, text, role FROM contents") == found
    assert server_titles(server) == titles(bea) == {"left", "right"}


def test_theirs_leaves_a_moved_text_where_the_server_has_it(trio: World) -> None:
    bea, server = trio.store("bea", BEA), trio.plain()
    left, _, _ = moved(bea, server)
    resolve(bea, only(bea, "contents"), "theirs")
    trio.quiet()
    assert server.execute("SELECT item_id::text, text FROM contents").fetchall() == [(left, "child")]
    assert asked(bea, "SELECT item_id, text FROM contents") == [(left, "child")]
