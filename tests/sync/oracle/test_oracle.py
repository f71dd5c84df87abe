"""Nothing is lost, whatever is done in whatever order: histories that hypothesis makes up, judged by their tokens.

``LOCALSTORE_LONG=1`` runs many more and longer ones.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from tests.postgres import Server
from tests.sync.cuts import AfterCommit
from tests.sync.oracle import deeds
from tests.sync.oracle.actors import Refused
from tests.sync.oracle.history import ORGANIZATIONS, History
from tests.sync.proxy import Cut, proxied
from tests.sync.sides import Side
from tests.sync.trio import BEA, DEN, LAB, world

LONG = bool(os.environ.get("LOCALSTORE_LONG"))
ACTOR, STORE = st.integers(0, 4), st.integers(0, 2)
PICK, LINE = st.integers(0, 7), st.integers(0, 6)
TABLE = st.sampled_from(["items", "contents", "tags", "embeddings", "file_assets", "settings", "api_keys", "ai_models"])
NAME = st.sampled_from(["a", "b"])
MEANWHILE = ["add content", "edit title", "edit line", "delete item", "delete content", "give", "sync"]


class Histories(RuleBasedStateMachine):
    """Writes, rounds and faults, in any order; at the end all is brought together and judged."""

    server: Server
    template: str

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        found = self.stack.enter_context(world(self.server, self.template, folder))
        self.history = History(found, self.stack.enter_context(proxied(found.url)))
        self.stack.callback(self.history.close)
        self.whole = True

    def teardown(self) -> None:
        with self.stack:
            if self.whole:
                self.history.settle()

    def fresh(self) -> str:
        return self.history.ledger.mint()

    # -- writing, by anyone -------------------------------------------------------------------------------

    @rule(actor=ACTOR, group=st.sampled_from(ORGANIZATIONS))
    def add_item(self, actor: int, group: str | None) -> None:
        token, owner = self.fresh(), self.history.user(actor)
        self.history.write(actor, "add item", lambda side: deeds.add_item(side, token, owner, group))

    @rule(actor=ACTOR, number=PICK)
    def add_content(self, actor: int, number: int) -> None:
        token = self.fresh()
        self.history.write(actor, "add content", lambda side: deeds.add_content(side, token, number))

    @rule(actor=ACTOR, number=PICK, column=st.sampled_from(["title", "description"]))
    def edit_column(self, actor: int, number: int, column: str) -> None:
        token, act = self.fresh(), deeds.edit_title if column == "title" else deeds.edit_description
        self.history.write(actor, f"edit {column} of item {number}", lambda side: act(side, token, number))

    @rule(actor=ACTOR, number=PICK, line=LINE, drop=st.booleans())
    def edit_line(self, actor: int, number: int, line: int, drop: bool) -> None:
        if drop:
            act = f"drop line {line} of content {number}"
            self.history.write(actor, act, lambda side: deeds.drop_line(side, number, line))
            return
        token = self.fresh()
        act = f"edit line {line} of content {number}"
        self.history.write(actor, act, lambda side: deeds.edit_line(side, token, number, line))

    @rule(actor=ACTOR, number=PICK)
    def rewrite(self, actor: int, number: int) -> None:
        token = self.fresh()
        self.history.write(actor, f"rewrite content {number}", lambda side: deeds.rewrite(side, token, number))

    @rule(
        actor=ACTOR, table=st.sampled_from(["items", "contents", "ai_models", "organizations"]), number=PICK, name=NAME
    )
    def set_key(self, actor: int, table: str, number: int, name: str) -> None:
        token = self.fresh()
        act = f"set key {name} of {table} {number}"
        self.history.write(actor, act, lambda side: deeds.set_key(side, token, table, number, name))

    @rule(actor=ACTOR, number=PICK, name=NAME)
    def drop_key(self, actor: int, number: int, name: str) -> None:
        self.history.write(
            actor, f"drop key {name} of item {number}", lambda side: deeds.drop_key(side, "items", number, name)
        )

    @rule(actor=ACTOR, table=TABLE, number=PICK)
    def delete(self, actor: int, table: str, number: int) -> None:
        self.history.write(actor, f"delete {table} {number}", lambda side: deeds.delete(side, table, number))

    @rule(actor=ACTOR, number=PICK, to=PICK)
    def move(self, actor: int, number: int, to: int) -> None:
        act = f"move content {number} to item {to}"
        self.history.write(actor, act, lambda side: deeds.move_content(side, number, to))

    @rule(actor=ACTOR, number=PICK, group=st.sampled_from(ORGANIZATIONS))
    def give(self, actor: int, number: int, group: str | None) -> None:
        self.history.write(actor, f"give item {number} to {group}", lambda side: deeds.give(side, number, group))

    @rule(actor=ACTOR, name=st.sampled_from(["todo", "lab"]), number=PICK)
    def tag(self, actor: int, name: str, number: int) -> None:
        token = self.fresh()
        self.history.write(actor, f"tag item {number} {name}", lambda side: deeds.tag(side, name, token, number))

    @rule(actor=ACTOR, name=st.sampled_from(["todo", "lab"]), number=PICK)
    def untag(self, actor: int, name: str, number: int) -> None:
        self.history.write(actor, f"untag item {number} {name}", lambda side: deeds.untag(side, name, number))

    @rule(actor=ACTOR, number=PICK)
    def color(self, actor: int, number: int) -> None:
        token = self.fresh()
        self.history.write(actor, f"color tag {number}", lambda side: deeds.color(side, token, number))

    @rule(actor=ACTOR)
    def model(self, actor: int) -> None:
        token = self.fresh()
        self.history.write(actor, "register or change the model", lambda side: deeds.model(side, token))

    @rule(actor=ACTOR, number=PICK, value=st.integers(0, 9))
    def embed(self, actor: int, number: int, value: int) -> None:
        self.history.write(actor, f"embed content {number}", lambda side: deeds.embed(side, number, value))

    @rule(actor=ACTOR, name=NAME, scope=st.sampled_from(["global", "user", "organization"]))
    def set_setting(self, actor: int, name: str, scope: str) -> None:
        token, user = self.fresh(), self.history.user(actor)
        act = f"set {scope} setting {name}"
        self.history.write(actor, act, lambda side: deeds.set_setting(side, token, name, scope, user, LAB))

    @rule(actor=ACTOR, number=PICK, path=st.integers(0, 2))
    def attach(self, actor: int, number: int, path: int) -> None:
        token, owner = self.fresh(), self.history.user(actor)
        act = f"attach path {path} to item {number}"
        self.history.write(actor, act, lambda side: deeds.attach(side, token, f"file://h/{path}", owner, number))

    @rule(actor=ACTOR)
    def add_key(self, actor: int) -> None:
        token, user = self.fresh(), self.history.user(actor)
        self.history.write(actor, "add API key", lambda side: deeds.key(side, token, user))

    @rule(actor=ACTOR)
    def rename_user(self, actor: int) -> None:
        token, user = self.fresh(), self.history.user(actor)
        self.history.write(actor, "rename the user", lambda side: deeds.rename_user(side, token, user))

    @rule(actor=ACTOR, number=PICK)
    def rename_organization(self, actor: int, number: int) -> None:
        token = self.fresh()
        self.history.write(actor, "rename organization", lambda side: deeds.rename_organization(side, token, number))

    @rule(actor=ACTOR)
    def swap_slugs(self, actor: int) -> None:
        self.history.write(actor, "swap slugs", deeds.swap_slugs)

    @rule(actor=ACTOR, slug=st.sampled_from(["one", "two"]), number=PICK)
    def new_slug(self, actor: int, slug: str, number: int) -> None:
        self.history.write(actor, f"slug {slug}", lambda side: deeds.new_slug(side, slug, number))

    @rule(actor=st.sampled_from([0, 3, 4]), comes=st.booleans(), role=st.sampled_from(["member", "admin", "viewer"]))
    def membership(self, actor: int, comes: bool, role: str) -> None:
        def act(side: Side) -> None:
            return deeds.join(side, BEA, DEN, role) if comes else deeds.leave(side, BEA, DEN)

        self.history.write(actor, f"Bea {'joins' if comes else 'leaves'} the den as {role}", act)

    # -- what a person does through the store --------------------------------------------------------------

    @rule(who=STORE)
    def note_down(self, who: int) -> None:
        person, token = self.history.people[who], self.fresh()
        store = person.store
        person.call(
            "add note", lambda: store.items.add(f"note {token}", text=f"one\ntwo\nthree {token}", tags=["todo"])
        )

    @rule(who=STORE)
    def found(self, who: int) -> None:
        person, token = self.history.people[who], self.fresh()
        person.call("make organization", lambda: person.store.organizations.add(f"Org {token}", slug="one"))

    @rule(
        who=STORE,
        table=st.sampled_from(["items", "contents", "tags", "organizations"]),
        number=PICK,
        cascade=st.booleans(),
    )
    def throw_away(self, who: int, table: str, number: int, cascade: bool) -> None:
        person = self.history.people[who]

        def act() -> object:
            found = person.rows(f"SELECT id FROM {table} ORDER BY id")
            if not found or (table == "organizations" and found[number % len(found)]["id"] in (LAB, DEN)):
                raise Refused
            root = (table, found[number % len(found)]["id"])
            return person.store.trash.delete([root], cascade=cascade, label="gone", kind="gone")

        person.call(f"throw {table} {number} away{' with all' if cascade else ''}", act)

    @rule(who=STORE)
    def restore(self, who: int) -> None:
        person = self.history.people[who]
        person.call("restore", lambda: person.store.trash.restore("@last"))

    @rule(who=STORE, again=st.booleans())
    def undo(self, who: int, again: bool) -> None:
        person = self.history.people[who]
        person.call("redo" if again else "undo", person.store.redo if again else person.store.undo)

    @rule(who=STORE, number=PICK, how=st.sampled_from(["mine", "theirs"]))
    def resolve(self, who: int, number: int, how: str) -> None:
        self.history.resolve(self.history.people[who], number, how)

    # -- rounds and faults --------------------------------------------------------------------------------

    @rule(who=STORE)
    def sync(self, who: int) -> None:
        self.history.sync(self.history.people[who])

    @rule(first=STORE, second=STORE)
    def sync_both(self, first: int, second: int) -> None:
        self.history.sync(self.history.people[first])
        self.history.sync(self.history.people[second])

    @rule(who=STORE, step=st.integers(0, 12))
    def sync_and_die(self, who: int, step: int) -> None:
        self.history.sync(self.history.people[who], step)

    @rule(number=st.integers(1, 60), after=st.booleans(), commit=st.booleans(), stops=st.booleans())
    def cut(self, number: int, after: bool, commit: bool, stops: bool) -> None:
        where = AfterCommit(number=1 + number % 4) if commit else Cut("client", number, after)
        self.history.cut(where, stops=stops)

    @rule(who=STORE, step=st.integers(0, 12), actor=st.integers(0, 3), number=PICK, deed=st.sampled_from(MEANWHILE))
    def sync_meanwhile(self, who: int, step: int, actor: int, number: int, deed: str) -> None:
        history, token = self.history, self.fresh()
        acts: dict[str, Callable[[Side], None]] = {
            "add content": lambda side: deeds.add_content(side, token, number),
            "edit title": lambda side: deeds.edit_title(side, token, number),
            "edit line": lambda side: deeds.edit_line(side, token, number, 2),
            "delete item": lambda side: deeds.delete(side, "items", number),
            "delete content": lambda side: deeds.delete(side, "contents", number),
            "give": lambda side: deeds.give(side, number, None),
        }

        def meanwhile() -> None:
            if deed == "sync":
                history.sync(history.people[(who + 1) % 3])
            else:
                history.write(actor, f"{deed} {number}", acts[deed])

        history.sync(history.people[who], step, meanwhile)

    @rule(commit=st.booleans())
    @precondition(lambda self: self.history.slow.open)
    def finish(self, commit: bool) -> None:
        self.history.slow.finish(commit=commit)

    @rule()
    def settle(self) -> None:
        self.whole = False
        self.history.settle()
        self.whole = True


@pytest.fixture
def histories(postgres_server: Server, prepared: str) -> Iterator[type[Histories]]:
    Histories.server, Histories.template = postgres_server, prepared
    yield Histories


BOUNDED = settings(
    max_examples=int(os.environ.get("LOCALSTORE_ORACLE_EXAMPLES", "1000" if LONG else "15")),
    stateful_step_count=int(os.environ.get("LOCALSTORE_ORACLE_STEPS", "60" if LONG else "25")),
    phases=[Phase.generate] if os.environ.get("LOCALSTORE_ORACLE_FIRST") else list(Phase),
    report_multiple_bugs=False,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def test_every_token_is_live_or_kept_or_was_taken_away_by_someone_who_had_seen_it(histories: type[Histories]) -> None:
    run_state_machine_as_test(histories, settings=BOUNDED)
