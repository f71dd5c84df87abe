"""Rows that somebody else holds or edits at the same time: nobody waits for anybody, both edits live."""

from __future__ import annotations

from sync import sync
from tests.sync.directed.rows import asked, content, item, server_titles, texts, titles, waiting
from tests.sync.trio import BEA, World


def test_a_row_that_a_program_holds_is_passed_over_and_goes_in_a_later_round(trio: World) -> None:
    store, server, holder = trio.store("ada"), trio.plain(), trio.plain()
    held, free = item(server, "held"), item(server, "free")
    sync(store)
    store.items.edit(held, title="held, edited")
    store.items.edit(free, title="free, edited")
    holder.execute("BEGIN")
    holder.execute("SELECT 1 FROM items WHERE id = %s FOR UPDATE", (held,))
    done = sync(store)
    before = server_titles(server)
    holder.execute("COMMIT")
    sync(store)
    assert done.busy
    assert before == {"held", "free, edited"}
    assert server_titles(server) == {"held, edited", "free, edited"}
    assert waiting(store) == []


def test_a_program_that_locks_in_another_order_is_no_deadlock_victim(trio: World) -> None:
    store, server, program = trio.store("ada"), trio.plain(), trio.plain()
    one, two = sorted((item(server, "one"), item(server, "two")))
    sync(store)
    store.items.edit(one, description="by Ada")
    store.items.edit(two, description="by Ada")
    program.execute("BEGIN")
    program.execute("UPDATE items SET title = 'by a program' WHERE id = %s", (two,))
    sync(store)
    program.execute("UPDATE items SET title = 'by a program' WHERE id = %s", (one,))
    program.execute("COMMIT")
    trio.quiet()
    assert titles(store) == server_titles(server) == {"by a program"}
    assert asked(store, "SELECT DISTINCT description FROM items") == [("by Ada",)]


def test_lines_of_one_text_that_different_people_edit_all_live(trio: World) -> None:
    ada, bea, server = trio.store("ada"), trio.store("bea", BEA), trio.plain()
    pk = content(server, item(server, "shared"), "one\ntwo\nthree\nfour\nfive")
    trio.quiet()
    ada.contents.edit(pk, text="one, by Ada\ntwo\nthree\nfour\nfive")
    bea.contents.edit(pk, text="one\ntwo\nthree\nfour\nfive, by Bea")
    trio.quiet()
    assert texts(ada) == texts(bea) == {"one, by Ada\ntwo\nthree\nfour\nfive, by Bea"}
    assert waiting(ada) == waiting(bea) == []


def test_keys_of_one_document_that_different_people_edit_all_live(trio: World) -> None:
    ada, bea, server = trio.store("ada"), trio.store("bea", BEA), trio.plain()
    pk = item(server, "shared")
    server.execute("""UPDATE items SET meta_data = '{"a": 1, "b": {"c": 1, "d": 1}, "gone": 1}'""")
    trio.quiet()
    ada.items.edit(pk, meta_data={"a": 2, "b": {"c": 1, "d": 1}})
    bea.items.edit(pk, meta_data={"a": 1, "b": {"c": 1, "d": 2}, "gone": 1, "new": None})
    trio.quiet()
    assert ada.items.get(pk).meta_data == bea.items.get(pk).meta_data == {"a": 2, "b": {"c": 1, "d": 2}, "new": None}
    assert waiting(ada) == waiting(bea) == []
