"""Any history of edits here and there, pulls and pushes in flight: no word that anyone wrote is lost.

The server is a model of one: rows by key, a program that edits them, and the merge of a push as the real one does it.
Each edit writes a new word; in the end each is live on one side, in a conflict, in the trash, or was overwritten by
somebody who had read it.
"""

from __future__ import annotations

import itertools
import re
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from localstore import Store, tables, times
from localstore.models import Item, Organization
from localstore.models import Row as Model
from sync import state
from sync.local import capture, dirty
from sync.local.applying import apply_gone, apply_page
from sync.local.images import differing, name_of
from sync.local.settling import settle
from sync.merge import merge
from sync.shapes import Batch, Image, Key, PushResult
from tests.sync.local.linked import STAMP, page

ITEMS = [f"00000000-0000-7000-8000-00000000000{n}" for n in range(3)]
HOMES = [f"00000000-0000-7000-8000-0000000000a{n}" for n in range(2)]
COLUMNS = ("title", "description", "type")
SLUGS = ("a", "b")
WORD = re.compile(r"w\d+w")


class Histories(RuleBasedStateMachine):
    """One store, a model of a server, and words."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.store = Store.open(Path(self._folder.name) / "store.db", email="ada@example.org")
        with self.store.database.writing() as connection:
            state.put(connection, "share", "all")
            capture.install(connection)
        self.server: dict[Key, Image] = {}
        self.log: list[Key] = []
        self.seen = 0
        self.flight: tuple[Batch, PushResult | None] | None = None
        self.number = itertools.count(1)
        self.words = itertools.count(1)
        self.written: set[str] = set()
        self.overwritten: set[str] = set()

    def teardown(self) -> None:
        try:
            self.quiet()
        finally:
            self.store.close()
            self._folder.cleanup()

    def quiet(self) -> None:
        """Sync until nothing is to be carried: then both sides are the same, but for what is held."""
        for _ in range(8):
            if self.flight and self.flight[1] is None:
                self.send(busy=False, refuses=False)
            if self.flight:
                self.answer(twice=False)
            self.pull()
            self.no_word_is_lost()
            self.build()
        assert self.flight is None
        with self.store.reading() as connection:
            held = {key for key, _ in dirty.held(connection)}
            here = {
                Key(name_of(model), pk): tables.need(connection, model, pk)
                for model in (Item, Organization)
                for (pk,) in connection.execute(f"SELECT id FROM {name_of(model)}").fetchall()
            }
        assert {k: v for k, v in here.items() if k not in held} == {
            k: v for k, v in self.server.items() if k not in held
        }

    @initialize()
    def begin(self) -> None:
        """The local user is on the server."""
        self.me = self.store.local_user_id

    # -- edits ----------------------------------------------------------------------------------------------

    def word(self) -> str:
        return f"w{next(self.words)}w"

    def here(self) -> set[str]:
        with self.store.reading() as connection:
            rows = [connection.execute(f"SELECT * FROM {tbl}").fetchall() for tbl in ("items", "organizations")]
        return set(WORD.findall(repr(rows)))

    def there(self) -> set[str]:
        return set(WORD.findall(repr(list(self.server.values()))))

    def act_here(self, sql: str, *bindings: Any) -> None:
        before = self.here()
        with self.store.database.writing() as connection:
            connection.execute(sql, bindings)
        self.note(before, self.here())

    def note(self, before: set[str], after: set[str]) -> None:
        """Somebody who saw *before* made *after* of it."""
        self.overwritten |= before - after
        self.written |= after - before

    @rule(pk=st.sampled_from(ITEMS), column=st.sampled_from(COLUMNS))
    def edit_here(self, pk: str, column: str) -> None:
        self.act_here(f"UPDATE items SET {column} = ? WHERE id = ?", self.word(), pk)

    @rule(pk=st.sampled_from(ITEMS))
    def add_here(self, pk: str) -> None:
        sql = "INSERT INTO items (id, owner_id, title) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
        self.act_here(sql, pk, self.me, self.word())

    @rule(pk=st.sampled_from(ITEMS))
    def delete_here(self, pk: str) -> None:
        self.act_here("DELETE FROM items WHERE id = ?", pk)

    @rule(pk=st.sampled_from(HOMES), slug=st.sampled_from(SLUGS))
    def home_here(self, pk: str, slug: str) -> None:
        sql = (
            "INSERT INTO organizations (id, name, slug) SELECT ?1, ?2, ?3"
            " WHERE NOT EXISTS (SELECT 1 FROM organizations WHERE slug = ?3 AND id <> ?1)"
            " ON CONFLICT (id) DO UPDATE SET name = excluded.name, slug = excluded.slug"
        )
        self.act_here(sql, pk, self.word(), slug)

    def put(self, key: Key, image: Image) -> None:
        before = self.there()
        self.server[key] = image
        self.log.append(key)
        self.note(before, self.there())

    @rule(pk=st.sampled_from(ITEMS), column=st.sampled_from(COLUMNS))
    def edit_there(self, pk: str, column: str) -> None:
        key = Key("items", pk)
        if key in self.server:
            self.put(key, self.server[key] | {column: self.word(), "updated_at": times.now()})

    @rule(pk=st.sampled_from(ITEMS))
    def add_there(self, pk: str) -> None:
        new = {"id": pk, "created_at": STAMP, "updated_at": STAMP, "owner_id": self.me, "organization_id": None}
        if Key("items", pk) not in self.server:
            self.put(
                Key("items", pk), new | {"type": "note", "title": self.word(), "description": None, "meta_data": "{}"}
            )

    @rule(pk=st.sampled_from(ITEMS))
    def delete_there(self, pk: str) -> None:
        before = self.there()
        if self.server.pop(Key("items", pk), None):
            self.log.append(Key("items", pk))
        self.note(before, self.there())

    @rule(pk=st.sampled_from(HOMES), slug=st.sampled_from(SLUGS))
    def home_there(self, pk: str, slug: str) -> None:
        taken = any(image.get("slug") == slug and key.pk != pk for key, image in self.server.items())
        if not taken:
            image = {"id": pk, "created_at": STAMP, "updated_at": times.now(), "name": self.word(), "slug": slug}
            self.put(Key("organizations", pk), image | {"plan_type": "free", "meta_data": "{}"})

    # -- sync -----------------------------------------------------------------------------------------------

    @precondition(lambda self: self.flight is None)  # a round answers for its last batch before it pulls
    @rule()
    def pull(self) -> None:
        changed = list(dict.fromkeys(self.log[self.seen :]))
        self.seen = len(self.log)
        for tbl in ("organizations", "items"):
            rows = [self.server[key] for key in changed if key.tbl == tbl and key in self.server]
            apply_page(self.store, page(tbl, *rows))
        apply_gone(self.store, "items", [key.pk for key in changed if key.tbl == "items" and key not in self.server])

    @precondition(lambda self: self.flight is None)
    @rule()
    def build(self) -> None:
        with self.store.database.writing() as connection:
            changes = dirty.changes(connection, 100, 1_000_000)
        if changes:
            self.flight = Batch(next(self.number), "", tuple(changes)), None

    @precondition(lambda self: self.flight is not None and self.flight[1] is None)
    @rule(busy=st.booleans(), refuses=st.booleans())
    def send(self, busy: bool, refuses: bool) -> None:
        assert self.flight
        result = PushResult()
        for number, change in enumerate(self.flight[0].changes):
            model = {"items": Item, "organizations": Organization}.get(change.key.tbl)
            if model is None:
                continue
            if number == 0 and busy:
                result.busy.append(change.key)
            elif number == 0 and refuses:
                result.refused[change.key] = "refused"
            else:
                self._merge_there(model, change.key, change.base, change.ours, result)
        self.flight = self.flight[0], result

    def _merge_there(
        self, model: type[Model], key: Key, base: Image | None, ours: Image | None, result: PushResult
    ) -> None:
        theirs = self.server.get(key)
        merged = merge(model, base, ours, theirs)
        row = merged.row
        taken = row and any(
            image.get("slug") == row.get("slug") and other != key and "slug" in image
            for other, image in self.server.items()
        )
        if taken:
            result.refused[key] = "taken"
            return
        result.conflicts += merged.conflicts
        if row is None:
            if self.server.pop(key, None):
                self.log.append(key)
        elif theirs is None or differing(model, row, theirs):
            self.server[key] = dict(row)
        if row != ours:
            result.rows[key] = row and dict(row)

    @precondition(lambda self: self.flight is not None and self.flight[1] is not None)
    @rule(twice=st.booleans())
    def answer(self, twice: bool) -> None:
        assert self.flight
        batch, result = self.flight
        assert result
        settle(self.store, batch, result)
        if twice:
            settle(self.store, batch, result)
        self.flight = None

    # -- what must hold -------------------------------------------------------------------------------------

    @invariant()
    def no_word_is_lost(self) -> None:
        with self.store.reading() as connection:
            kept = connection.execute("SELECT base, ours, theirs FROM sync_conflict").fetchall()
            trash = connection.execute("SELECT image FROM trash_rows").fetchall()
        answers = repr(self.flight[1].conflicts) if self.flight and self.flight[1] else ""
        found = self.here() | self.there() | set(WORD.findall(repr(kept) + repr(trash) + answers))
        assert self.written - found - self.overwritten == set()


Histories.TestCase.settings = settings(
    max_examples=25, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
TestHistories = Histories.TestCase
