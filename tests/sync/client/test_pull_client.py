"""What a pull asks: pages of rows as of one moment, keys of those gone, rows that cannot be read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import pytest

from localstore import tables
from localstore.models import BY_NAME
from sync.comparing.row_hash import hasher
from sync.errors import Cancelled
from sync.postgres import pull
from sync.postgres.connection import Connection
from sync.postgres.session import Session
from sync.shapes import Image, Page, PullStart, ServerState
from tests.sync.client.desk import Desk, drop, edit, image, new
from tests.sync.trio import BEA, DEN, LAB

pytestmark = pytest.mark.postgres
Found = TypeVar("Found")
FIRST, SECOND, THIRD = (f"00000000-0000-7000-8000-00000000000{n}" for n in (1, 2, 3))


def begin(desk: Desk, previous: str | None, pending: str, start: PullStart | None = None) -> PullStart:
    """Begin a pull, and do nothing more."""
    return asked(desk, lambda session: started(desk, session, previous, pending, start))


def started(
    desk: Desk, session: Session, previous: str | None, pending: str, start: PullStart | None = None
) -> PullStart:
    """Begin a pull in a transaction."""
    cursor, seen = (start.cursor, start.organizations) if start else (None, ())
    return pull.begin(session, previous, pending, desk.number, cursor, seen)


def asked(desk: Desk, work: Callable[[Session], Found]) -> Found:
    """What a question gives, as of one moment."""
    return desk.server.run("repeatable read", work)


def changes(desk: Desk, tbl: str, start: PullStart) -> Page:
    """What changed in a table since a pull."""
    return asked(desk, lambda session: joined(tbl, list(pull.changes(session, tbl, start.cursor, start.organizations))))


def everything(desk: Desk, tbl: str) -> list[Page]:
    """All visible rows of a table."""
    found: list[Page] = asked(desk, lambda session: list(pull.everything(session, tbl)))
    return found


def joined(tbl: str, pages: Sequence[Page]) -> Page:
    """Pages as one."""
    whole = Page(tbl)
    whole.rows = [row for page in pages for row in page.rows]
    whole.gone = [each for page in pages for each in page.gone]
    whole.unreadable = [each for page in pages for each in page.unreadable]
    return whole


def row(tbl: str, stored: Image) -> tuple[Any, ...]:
    """An image in the order of columns."""
    return tuple(stored[name] for name in tables.columns(BY_NAME[tbl]))


def test_the_first_pull_says_so_and_gives_everything(ada: Desk) -> None:
    item = image("items", description="d", meta_data='{"a":[1.5,{}]}')
    ada.push(new("items", item))
    start = begin(ada, None, FIRST)
    assert (start.state, set(start.organizations)) == (ServerState.FIRST, {LAB, DEN})
    assert joined("items", everything(ada, "items")).rows == [row("items", item)]


def test_what_others_changed_since_comes_and_what_we_wrote_does_not(ada: Desk, admin: Connection) -> None:
    theirs, ours, gone = (image("items", title=title) for title in ("theirs", "ours", "gone"))
    ada.push(*[new("items", each) for each in (theirs, ours, gone)])
    start = begin(ada, None, FIRST)
    ada.push(edit("items", ours, title="edited here"))
    admin.execute("UPDATE items SET title = 'changed there' WHERE id = %s", [theirs["id"]])
    admin.execute("DELETE FROM items WHERE id = %s", [gone["id"]])
    assert begin(ada, None, FIRST, start).state is ServerState.NEXT
    page = changes(ada, "items", start)
    assert page.rows == [row("items", {**theirs, "title": "changed there"})]
    assert page.gone == [gone["id"]]


def test_vectors_come_byte_for_byte(ada: Desk) -> None:
    model, item = image("ai_models"), image("items")
    numbers = bytes(range(1, 113)) + bytes.fromhex("0100 0000 ffff 7f7f cdcc cc3d 3412 ae15")
    vector = image("embeddings", model_id=model["id"], item_id=item["id"], vector=numbers, dim=32)
    ada.push(new("ai_models", model), new("items", item), new("embeddings", vector))
    (page,) = everything(ada, "embeddings")
    assert page.rows == [row("embeddings", vector)]


def test_the_link_tables_key_has_two_columns(ada: Desk) -> None:
    item, tag = image("items"), image("tags")
    link = {"item_id": item["id"], "tag_id": tag["id"]}
    ada.push(new("items", item), new("tags", tag), new("item_tag_links", link))
    start = begin(ada, None, FIRST)
    ada.push(drop("item_tag_links", link))
    assert everything(ada, "item_tag_links") == []
    assert changes(ada, "item_tag_links", start).gone == [f"{item['id']}/{tag['id']}"]


def test_a_row_that_cannot_be_read_does_not_hold_the_others(ada: Desk, admin: Connection) -> None:
    good, bad = image("items"), image("items")
    ada.push(new("items", good), new("items", bad))
    admin.execute("UPDATE items SET created_at = 'infinity' WHERE id = %s", [bad["id"]])
    page = joined("items", everything(ada, "items"))
    assert page.rows == [row("items", good)]
    assert [each.pk for each in page.unreadable] == [bad["id"]]
    assert page.unreadable[0].raw["created_at"] == "infinity"


def test_pages_are_bounded_and_nothing_is_twice(ada: Desk, admin: Connection) -> None:
    make = "INSERT INTO items (owner_id, organization_id, title) SELECT %s, %s, 'n' || n FROM generate_series(1, %s) n"
    admin.execute(make, [BEA, LAB, 2 * pull.ROWS + 7])
    pages = everything(ada, "items")
    assert [len(page.rows) for page in pages] == [pull.ROWS, pull.ROWS, 7]
    keys = [found[0] for page in pages for found in page.rows]
    assert keys == sorted(set(keys))


def test_large_rows_make_short_pages(ada: Desk, admin: Connection) -> None:
    item = image("items")
    ada.push(new("items", item))
    make = "INSERT INTO contents (item_id, text) SELECT %s, repeat('x', 1500000) FROM generate_series(1, 7)"
    admin.execute(make, [item["id"]])
    assert [len(page.rows) for page in everything(ada, "contents")] == [3, 3, 1]


def test_rows_are_fetched_by_key_and_those_not_seen_are_gone(ada: Desk, bea: Desk) -> None:
    shown, hidden, none = image("items"), image("items", organization_id=DEN), image("items")
    ada.push(new("items", shown), new("items", hidden))
    keys = [each["id"] for each in (shown, hidden, none)]
    page = asked(bea, lambda session: pull.fetch(session, "items", keys))
    assert page.rows == [row("items", shown)]
    assert sorted(page.gone) == sorted([hidden["id"], none["id"]])


def test_no_keys_fetch_nothing(ada: Desk) -> None:
    assert asked(ada, lambda session: pull.fetch(session, "items", [])) == Page("items")


def test_hashes_are_those_of_the_stored_rows_in_the_order_of_keys(ada: Desk) -> None:
    items = [image("items", title=f"λ {n}", meta_data='{"b":1,"aa":[0.5,"\\u2028"]}') for n in range(3)]
    ada.push(*[new("items", each) for each in items])
    found = asked(ada, lambda session: list(pull.hashes(session, "items")))
    assert found == [(each["id"], hasher(BY_NAME["items"])(row("items", each))) for each in items]


def test_counts_are_what_would_come(ada: Desk, admin: Connection) -> None:
    item = image("items")
    ada.push(new("items", item))
    start = begin(ada, None, FIRST)
    admin.execute("UPDATE items SET title = 'x'")
    both = ["items", "contents"]
    assert asked(ada, lambda session: pull.counts(session, both, None, ())) == {"items": 1, "contents": 0}
    seen = start.organizations
    assert asked(ada, lambda session: pull.counts(session, both, start.cursor, seen)) == {"items": 1, "contents": 0}
    assert 150 < asked(ada, lambda session: pull.row_size(session, "items")) < 300
    assert asked(ada, lambda session: pull.row_size(session, "contents")) == 0


def test_a_row_that_the_transaction_deleted_is_shown_whole_within_it(ada: Desk) -> None:
    item = image("items", title="was here")
    ada.push(new("items", item))

    def deleted(session: Session) -> dict[str, Image]:
        session.execute("SELECT localstore_sync.delete_items(%s::text[])", ([item["id"]],))
        return pull.tombstones(session, "items", [item["id"]])

    assert ada.server.run("read committed", deleted) == {item["id"]: item}
    assert asked(ada, lambda session: pull.tombstones(session, "items", [item["id"]])) == {}


def test_the_log_is_trimmed_when_asked(ada: Desk) -> None:
    ada.push(new("items", image("items")))
    assert ada.server.run("read committed", pull.tidy) >= 0


def test_an_unknown_token_is_a_restored_server(ada: Desk) -> None:
    start = begin(ada, None, FIRST)
    assert begin(ada, SECOND, THIRD, start).state is ServerState.RESTORED


def test_stopping_between_pages_leaves_the_connection_usable(ada: Desk, admin: Connection) -> None:
    make = "INSERT INTO items (owner_id, organization_id, title) SELECT %s, %s, 'n' FROM generate_series(1, %s)"
    admin.execute(make, [BEA, LAB, 2 * pull.ROWS])
    answers = iter([False, False, False, True])
    ada.server._asked = lambda: next(answers, False)
    with pytest.raises(Cancelled), ada.server.transaction("repeatable read") as session:
        list(pull.everything(session, "items"))
    assert len(everything(ada, "items")) == 2
