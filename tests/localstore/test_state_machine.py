"""Anything a person, an importer and other programs do to a store, in any order, leaves it whole.

``LOCALSTORE_LONG=1`` runs many more and longer examples.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from localstore import Filter, Freshness, LocalstoreError, Store, freshness, ids, text
from localstore.bulk.writer import Bulk
from localstore.records import ContentRecord, ItemRecord, TagRecord
from localstore.values import from_json, text_hash
from tests.localstore import foreign
from tests.localstore.world import Dump, dump

LONG = bool(os.environ.get("LOCALSTORE_LONG"))
VOCABULARY = ("alpha", "beta", "gamma", "delta", "größe", "研究", "c++", "naïve")
TEXT = st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=4).map(" ".join)
TAG = st.sampled_from(["todo", "TODO", "lab", "größe", "GRÖSSE"])
PICK = st.integers(0, 50)
OPTIONAL = ("owner_id", "organization_id", "item_id", "actor_id", "model_id", "user_id", "updated_at")


def words_of(body: str) -> set[str]:
    """What the tokenizer makes of a text of the vocabulary."""
    plain = {"größe": "grosse", "naïve": "naive", "c++": "c"}
    return {plain.get(word, word) for word in body.split()}


class Person(RuleBasedStateMachine):
    """One person at one store, with other programs beside."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.store = Store.open(self.folder / "store.db", email="ada@example.org")
        self.model = self.store.ai_models.add("m", "p").id
        self.images: dict[str, Dump] = {}

    def teardown(self) -> None:
        self.store.close()
        shutil.rmtree(self.folder)

    # -- what is there ------------------------------------------------------------------------------------

    def pick(self, table: str, number: int) -> str | None:
        with self.store.reading() as connection:
            found = [str(row[0]) for row in connection.execute(f"SELECT id FROM {table} ORDER BY id")]
        return found[number % len(found)] if found else None

    def attempt(self, deed: Callable[[], Any]) -> Any:
        """Do it; what is refused changes nothing."""
        before = dump(self.store)
        try:
            return deed()
        except LocalstoreError:
            assert dump(self.store) == before
            return None

    # -- items, texts, tags -------------------------------------------------------------------------------

    @rule(title=TEXT, body=st.none() | TEXT, tags=st.lists(TAG, max_size=2))
    def add(self, title: str, body: str | None, tags: list[str]) -> None:
        self.store.items.add(title, text=body, tags=tags)

    @rule(number=PICK, title=TEXT, description=st.none() | TEXT)
    def edit(self, number: int, title: str, description: str | None) -> None:
        if pk := self.pick("items", number):
            self.store.items.edit(pk, title=title, description=description)

    @rule(number=PICK, tag=TAG, takes=st.booleans())
    def tag(self, number: int, tag: str, takes: bool) -> None:
        if pk := self.pick("items", number):
            act = self.store.items.untag if takes else self.store.items.tag
            self.attempt(lambda: act([tag], pk))

    @rule(number=PICK, body=TEXT)
    def write(self, number: int, body: str) -> None:
        if pk := self.pick("items", number):
            self.store.contents.add(pk, body)

    @rule(number=PICK, body=TEXT)
    def rewrite(self, number: int, body: str) -> None:
        if pk := self.pick("contents", number):
            self.store.contents.edit(pk, text=body)

    @rule(number=PICK, to=st.integers(0, 4))
    def move(self, number: int, to: int) -> None:
        if pk := self.pick("contents", number):
            self.store.contents.move(pk, to)

    @rule(number=PICK, other=PICK)
    def merge(self, number: int, other: int) -> None:
        one, two = self.pick("tags", number), self.pick("tags", other)
        if one and two:
            self.attempt(lambda: self.store.tags.merge(one, two))

    # -- vectors, files, organizations, settings ----------------------------------------------------------

    @rule(number=PICK, whole=st.booleans())
    def embed(self, number: int, whole: bool) -> None:
        if pk := self.pick("items" if whole else "contents", number):
            where = {"item": pk} if whole else {"content": pk}
            self.attempt(lambda: self.store.embeddings.put_one(self.model, [1.0, float(number)], **where))  # type: ignore[arg-type]

    @rule(number=PICK, name=st.integers(0, 5))
    def attach(self, number: int, name: int) -> None:
        path = self.folder / f"{name}.txt"
        path.write_text("bytes")
        if pk := self.pick("items", number):
            self.attempt(lambda: self.store.files.attach(pk, path))

    @rule(number=PICK, slug=st.sampled_from(["lab", "team"]))
    def join(self, number: int, slug: str) -> None:
        self.attempt(lambda: self.store.organizations.add("Org", slug=slug))
        if pk := self.pick("items", number):
            self.store.items.edit(pk, organization=slug)

    @rule(on=st.booleans())
    def switch_events(self, on: bool) -> None:
        self.store.settings.set("events.enabled", on)

    @rule()
    def prune(self) -> None:
        self.store.events.prune("2999-01-01T00:00:00.000000Z")

    @rule(key=st.sampled_from("abc"), title=TEXT, bodies=st.lists(TEXT, max_size=2), tag=TAG)
    def import_again(self, key: str, title: str, bodies: list[str], tag: str) -> None:
        texts = [ContentRecord(body, key=str(number)) for number, body in enumerate(bodies)]
        with Bulk(self.store, source="notes", on_conflict="update") as bulk:
            bulk.put(ItemRecord(title, key=key, contents=texts, tags=[TagRecord(tag)]))

    # -- deleting and coming back -------------------------------------------------------------------------

    @rule(
        table=st.sampled_from(["items", "items", "contents", "tags", "organizations", "embeddings", "file_assets"]),
        number=PICK,
        cascade=st.booleans(),
    )
    def delete(self, table: str, number: int, cascade: bool) -> None:
        if pk := self.pick(table, number):
            before = dump(self.store)
            preview = self.store.trash.preview([(table, pk)], cascade=cascade)
            entry = self.store.trash.delete([(table, pk)], cascade=cascade, label="gone", kind="gone")
            after = dump(self.store)
            gone = {name: {k: row for k, row in rows.items() if k not in after[name]} for name, rows in before.items()}
            assert {name: len(rows) for name, rows in gone.items() if rows} == entry.deleted == preview.deleted
            self.images[entry.id] = gone

    @rule(number=PICK)
    def restore(self, number: int) -> None:
        pk = self.pick("trash", number) or "none"
        if self.attempt(lambda: self.store.trash.restore(pk)):
            found = dump(self.store)
            for table, rows in self.images.pop(pk, {}).items():
                there = {key: row for key, row in rows.items() if table != "item_tag_links" or key in found[table]}
                back = {key: without_keys(found[table][key]) for key in there}
                assert back == {key: without_keys(row) for key, row in there.items()}

    @rule()
    @precondition(lambda self: self.store.trash.count() > 2)
    def empty(self) -> None:
        assert self.store.trash.empty() > 2

    @rule()
    def undo(self) -> None:
        before = dump(self.store, stamps=False)
        if not self.attempt(self.store.undo):
            return
        undone = dump(self.store, stamps=False)
        if self.attempt(self.store.redo):  # refused when another program deleted what would come back
            assert difference(before, dump(self.store, stamps=False)) == {}
            self.store.undo()
        assert difference(undone, dump(self.store, stamps=False)) == {}

    @rule()
    def redo(self) -> None:
        self.attempt(self.store.redo)

    # -- other programs -----------------------------------------------------------------------------------

    @rule(number=PICK, title=TEXT)
    def foreign_edit(self, number: int, title: str) -> None:
        pk = self.pick("items", number)
        foreign.write(self.store.path, ("UPDATE items SET title = ? WHERE id = ?", (title, pk)))

    @rule(number=PICK, body=TEXT)
    def foreign_rewrite(self, number: int, body: str) -> None:
        pk = self.pick("contents", number)
        foreign.write(self.store.path, ("UPDATE contents SET text = ? WHERE id = ?", (body, pk)))

    @rule(number=PICK, title=TEXT)
    def foreign_replace(self, number: int, title: str) -> None:
        pk = self.pick("items", number) or ids.new_id()
        sql = "INSERT OR REPLACE INTO items (id, owner_id, title) SELECT ?, id, ? FROM users"
        foreign.write(self.store.path, (sql, (pk, title)))

    @rule(number=PICK, table=st.sampled_from(["items", "contents", "tags", "embeddings"]))
    def foreign_delete(self, number: int, table: str) -> None:
        foreign.write(self.store.path, (f"DELETE FROM {table} WHERE id = ?", (self.pick(table, number),)))

    @rule(number=PICK)
    def foreign_vector(self, number: int) -> None:
        content = self.pick("contents", number)
        sql = "INSERT OR REPLACE INTO embeddings (model_id, content_id, vector, dim) SELECT m.id, c.id,"
        rows = "x'0000803f00000000', 2 FROM contents c, ai_models m WHERE c.id = ?"
        foreign.write(self.store.path, (f"{sql} {rows}", (content,)))

    @rule(name=TAG)
    def foreign_tag(self, name: str) -> None:
        pk = ids.new_id()
        tag, links = "INSERT INTO tags (id, name) VALUES (?, ?)", "INSERT INTO item_tag_links SELECT id, ? FROM items"
        foreign.write(self.store.path, (tag, (pk, name)), (links, (pk,)))

    @rule()
    def reopen(self) -> None:
        self.store.close()
        self.store = Store.open(self.folder / "store.db")

    # -- what always holds --------------------------------------------------------------------------------

    @invariant()
    def keys_point_to_rows(self) -> None:
        with self.store.reading() as connection:
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == []

    @invariant()
    def texts_are_found(self) -> None:
        assert self.store.catch_up()
        with self.store.reading() as connection:
            assert text.out_of_step(connection) == freshness.out_of_step(connection) == 0
        found = {word: self.items_with(word) for word in VOCABULARY}
        assert found == {word: self.items_that_hold(word) for word in VOCABULARY}

    def items_with(self, word: str) -> set[str]:
        return {row.id for row in self.store.items.rows(Filter(words=f'"{word}"'), limit=1000).rows}

    def items_that_hold(self, word: str) -> set[str]:
        rows = dump(self.store)
        [token] = words_of(word)
        bodies = [(row["id"], f"{row['title']} {row['description'] or ''}") for row in rows["items"].values()]
        bodies += [(row["item_id"], row["text"]) for row in rows["contents"].values()]
        return {pk for pk, body in bodies if token in words_of(body)}

    @invariant()
    def states_are_those_of_the_hashes(self) -> None:
        assert self.store.catch_up()
        with self.store.reading() as connection:
            states = dict(connection.execute("SELECT embedding_id, state FROM embedding_states").fetchall())
        rows = dump(self.store)
        assert states == {pk: self.state(rows, row) for pk, row in rows["embeddings"].items()}

    def state(self, rows: Dump, row: dict[str, Any]) -> int:
        meta = from_json(row["meta_data"])
        content = row["content_id"] or meta.get("content_id")
        if content and content not in rows["contents"]:
            return Freshness.STALE
        if "text_sha256" not in meta:
            return Freshness.UNKNOWN
        body = rows["contents"][content]["text"] if content else self.whole_text(rows["items"][row["item_id"]])
        return Freshness.FRESH if text_hash(body) == meta["text_sha256"] else Freshness.STALE

    def whole_text(self, item: dict[str, Any]) -> str:
        contents = [content.text for content in self.store.contents.of(item["id"])]
        return "\n\n".join(part for part in (item["title"], item["description"], *contents) if part)

    @invariant()
    def counts_are_those_of_the_rows(self) -> None:
        rows = dump(self.store)
        listed = self.store.items.rows(limit=1000).rows
        assert len(listed) == self.store.items.count() == len(rows["items"])
        assert self.store.items.types() == Counter(row["type"] for row in rows["items"].values())
        folded = {
            (link["item_id"], ids.fold(rows["tags"][link["tag_id"]]["name"]))
            for link in rows["item_tag_links"].values()
        }
        counted = {ids.fold(name): n for name, n in self.store.items.tag_counts().items()}
        assert counted == Counter(name for _, name in folded)
        assert {(row.id, ids.fold(name)) for row in listed for name in row.tags} == folded


def without_keys(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in OPTIONAL}


def difference(one: Dump, two: Dump) -> dict[str, Any]:
    """The rows that differ, by table and key, but for events."""
    pairs = {
        (table, pk): (one[table].get(pk), two[table].get(pk)) for table in one for pk in {*one[table], *two[table]}
    }
    return {f"{table} {pk}": pair for (table, pk), pair in pairs.items() if pair[0] != pair[1] and table != "events"}


TestPerson = Person.TestCase
TestPerson.settings = settings(
    max_examples=2000 if LONG else 20,
    stateful_step_count=60 if LONG else 25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
if LONG:
    TestPerson = pytest.mark.slow(TestPerson)
