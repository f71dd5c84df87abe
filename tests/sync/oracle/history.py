"""A history: three stores of two people and programs with plain SQL, what they do in turn, and what must hold then."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from localstore import LocalstoreError, Store
from sync import resolve, sync
from sync.conflicts import conflicts
from sync.postgres.connection import Connection, connect
from sync.rounds import Round
from sync.shapes import Progress
from tests.sync.oracle import deeds
from tests.sync.oracle.actors import Deed, Person, Program
from tests.sync.oracle.agreement import differences, server_rows
from tests.sync.oracle.tokens import Ledger
from tests.sync.proxy import Cut, Proxy
from tests.sync.trio import ADA, BEA, DEN, LAB, World

ORGANIZATIONS = (LAB, DEN, None)
PASSES = 10


class Stopped(BaseException):
    """The client's process ends here."""


class History:
    """The actors of one example."""

    def __init__(self, world: World, proxy: Proxy) -> None:
        self.world = world
        self.ledger = Ledger()
        self.proxy = proxy
        through = world.invite("desk", url=proxy.address("localstore_device"))
        self.people = [
            Person("ada", world.store("ada"), self.ledger),
            Person("desk", world.store("desk", share="org", url=through), self.ledger),
            Person("bea", world.store("bea", BEA), self.ledger),
        ]
        self.program = Program("program", world.url, self.ledger)
        self.slow = Program("slow program", world.url, self.ledger)
        self.watch: Connection = connect(world.url, autocommit=True)
        for deed, act in self._beginning():
            self.program.do(deed, act)
        for person in self.people:
            self.sync(person)

    def close(self) -> None:
        self.program.close()
        self.slow.close()
        self.watch.close()

    def _beginning(self) -> list[tuple[str, Deed]]:
        """What is there at first, so that every deed finds something."""
        mint = [self.ledger.mint() for _ in range(6)]
        return [
            ("add item", lambda side: deeds.add_item(side, mint[0], ADA, LAB)),
            ("add item", lambda side: deeds.add_item(side, mint[1], BEA, DEN)),
            ("add content", lambda side: deeds.add_content(side, mint[2], 0)),
            ("add content", lambda side: deeds.add_content(side, mint[3], 0)),
            ("tag", lambda side: deeds.tag(side, "todo", mint[4], 0)),
            ("model", lambda side: deeds.model(side, mint[5])),
        ]

    # -- writing ------------------------------------------------------------------------------------------

    def write(self, actor: int, deed: str, act: Deed) -> None:
        """One of the five writes: three stores, the program, the program whose transactions stay open."""
        if actor < 3:
            self.people[actor].do(deed, act)
        elif actor == 3:
            self.program.do(deed, act)
        else:
            self.slow.do(deed, act, leave_open=True)

    def user(self, actor: int) -> str:
        return self.people[actor].user if actor < 3 else (ADA, BEA)[actor % 2]

    # -- syncing ------------------------------------------------------------------------------------------

    def sync(
        self,
        person: Person,
        stop_at: int | None = None,
        meanwhile: Callable[[], object] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Round | None:
        """One round; at step *stop_at* the client dies, or something else happens. None when it did not end well."""
        steps = iter(range(10_000))

        def report(progress: Progress) -> None:
            if next(steps) != stop_at:
                return
            if meanwhile is None:
                raise Stopped
            self.ledger.say(f"{person.name}: in the midst of a round ({progress.phase} {progress.tbl}):")
            meanwhile()

        try:
            done = sync(person.store, report=report, cancelled=cancelled)
        except Stopped:
            self.ledger.say(f"{person.name}: sync, killed at step {stop_at}")
            return None
        except LocalstoreError as error:
            self.ledger.say(f"{person.name}: sync failed: {error}")
            return None
        self.ledger.say(f"{person.name}: sync: {_told(done)}")
        return done

    def cut(self, cut: Cut, *, stops: bool) -> None:
        """A round whose connection is cut, once; with *stops* the client gives up then, else it tries again."""
        self.proxy.forget()
        self.proxy.cut = cut
        self.ledger.say(f"the connection is cut: {cut}")
        try:
            self.sync(self.people[1], cancelled=lambda: stops and self.proxy.cuts_done > 0)
        finally:
            self.proxy.cut = None

    def settle(self) -> None:
        """Bring everything everywhere, and check that nothing is missing, that all agree, and that it stays quiet."""
        self.slow.finish()
        for _ in range(PASSES):
            rounds = [self.sync(person) for person in self.people]
            if all(each is not None and each.quiet for each in rounds):
                break
        else:
            raise AssertionError(f"never quiet: {rounds}\n{self.ledger.told()}")
        self.check()
        self.stays_quiet()

    # -- what must hold -----------------------------------------------------------------------------------

    def check(self) -> None:
        """Every token is somewhere, or was taken away by someone who had seen it; every store agrees."""
        kept = self.program.tokens().union(*(person.kept() | person.tokens() for person in self.people))
        lost = self.ledger.lost(kept)
        assert not lost, f"lost: {', '.join(lost)}\n{self.ledger.told(lost)}"
        whole = server_rows(self.watch)
        lines = [line for person in self.people for line in differences(person.name, person.store, whole)]
        told = "\n".join(lines)
        assert not lines, f"not the same:\n{told}\n{self.ledger.told()}"

    def stays_quiet(self) -> None:
        """More rounds change nothing, anywhere."""
        before = self.marks()
        rounds = [self.sync(person) for person in self.people * 2]
        assert all(each is not None and each.quiet for each in rounds), f"not quiet: {rounds}\n{self.ledger.told()}"
        assert self.marks() == before, f"quiet rounds changed something\n{self.ledger.told()}"

    def marks(self) -> list[Any]:
        """What quiet rounds leave as it is."""
        sql = "SELECT (SELECT count(*) FROM localstore_sync.log), (SELECT count(*) FROM localstore_sync.batch)"
        return [self.watch.execute(sql).fetchone(), *(_counts(person.store) for person in self.people)]

    # -- what a person does besides -----------------------------------------------------------------------

    def resolve(self, person: Person, number: int, how: str) -> None:
        """Choose for one of the open conflicts, both sides of which are on the screen."""
        found = conflicts(person.store, limit=1000).rows
        if not found:
            return
        conflict = found[number % len(found)]
        before = person.tokens() | person.kept()
        if person.call(
            f"resolve {conflict.kind} of {conflict.tbl} {conflict.pk}: {how}", _resolving(person, conflict.id, how)
        ):
            self.ledger.note(person.name, "resolved", before, person.tokens() | person.kept())


def _resolving(person: Person, ref: str, how: str) -> Callable[[], object]:
    return lambda: resolve(person.store, ref, how)


def _counts(store: Store) -> list[Any]:
    tables = ("sync_dirty", "sync_outbox", "sync_conflict", "sync_kept", "sync_loose", "trash")
    with store.reading() as connection:
        return [connection.execute(f"SELECT count(*) FROM {table}").fetchone() for table in tables]


def _told(done: Round) -> str:
    counts = {"up": done.pushed, "down": done.pulled, "deleted": done.deleted_here, "conflicts": done.conflicts}
    counts |= {"refused": done.refused, "busy": done.busy, "parked": done.parked}
    counts |= {"cancelled": done.cancelled}
    return ", ".join(f"{name} {value}" for name, value in counts.items() if value) or "nothing"
