"""A server as a device sees it: one kept connection, and transactions that begin by signing in.

Nothing is set that would outlive a transaction: behind a transaction pooler the next one may run in another session.
"""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Literal, TypeVar

import psycopg
from psycopg.pq import TransactionStatus

from sync.errors import Cancelled, ConnectionLost, Contention, ServerUnreachable, SyncError
from sync.postgres import failures
from sync.postgres.address import Address
from sync.postgres.connection import TEXT_FORMS, Connection, reach
from sync.postgres.versions import PROTOCOL
from sync.shapes import Cancelled as Asked
from sync.shapes import Identity

Isolation = Literal["repeatable read", "read committed"]
Result = TypeVar("Result")

TRIES = 5
PAUSES = (0.05, 0.2, 0.5, 1.0)
"""Seconds between tries, each made up to twice as long by chance: two devices that met must not meet again."""


def proof(secret: bytes, challenge: str) -> bytes:
    """Return what shows, once, that we have the secret; nothing reusable in any log of the server.

    *challenge* is ``xid:pid:device``. The server undoes the XOR and compares the hash of what it finds.
    """
    mask = hashlib.sha256(hashlib.sha256(secret).digest() + challenge.encode()).digest()
    return bytes(a ^ b for a, b in zip(secret, mask, strict=True))


class Session:
    """A transaction in which this device is signed in."""

    def __init__(self, connection: Connection, identity: Identity, address: Address, asked: Asked | None) -> None:
        self.connection = connection
        self.identity = identity
        self.address = address
        self.closing: list[tuple[str, Sequence[Any]]] = []
        """Statements that go with COMMIT, in one round trip."""
        self._asked = asked

    def check(self) -> None:
        """Raise Cancelled when somebody asked to stop; called between messages."""
        if self._asked is not None and self._asked():
            raise Cancelled("Stopped; nothing is lost, the next 'localstore sync' goes on.")

    def execute(self, sql: str, values: Sequence[Any] = ()) -> psycopg.Cursor[tuple[Any, ...]]:
        """Send one statement with its parameters bound, never within its text."""
        self.check()
        return self.connection.execute(sql.encode(), values or None)

    def value(self, sql: str, values: Sequence[Any] = ()) -> Any:
        """Return the one value of a statement."""
        row = self.execute(sql, values).fetchone()
        return row[0] if row else None

    @contextmanager
    def told(self) -> Iterator[None]:
        """Turn what psycopg raises within into an error for a person."""
        with told_of(self.address):
            yield


class Server:
    """A device's server. ``cancelled`` is asked between messages; ``pause`` waits between tries."""

    def __init__(
        self, address: Address, *, cancelled: Asked | None = None, pause: Callable[[float], None] = time.sleep
    ) -> None:
        assert address.device_id is not None and address.secret is not None, (
            "an administrator's address signs nobody in"
        )
        self.address = address
        self._device, self._secret = address.device_id, address.secret
        self._asked, self._pause = cancelled, pause
        self._connection: Connection | None = None

    def __repr__(self) -> str:
        return f"Server({self.address.shown})"

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the kept connection."""
        if self._connection is not None:
            with suppress(psycopg.Error):
                self._connection.close()
        self._connection = None

    def whoami(self) -> Identity:
        """Sign in and return who this device is."""
        return self.run("read committed", lambda session: session.identity)

    @contextmanager
    def transaction(self, isolation: Isolation = "read committed") -> Iterator[Session]:
        """Sign in, in a transaction that is committed at the end and rolled back by any error.

        Raises the errors of ``sync.errors``. After ConnectionLost at the commit it is not known whether it was done;
        the protocol makes it harmless to do the same again.
        """
        with told_of(self.address):
            session = self._begin(isolation)
            try:
                yield session
                session.check()
                _commit(session)
            except BaseException:
                self._abandon(session.connection)
                raise

    def run(self, isolation: Isolation, work: Callable[[Session], Result]) -> Result:
        """Return what *work* makes of a transaction; it is called again when others were in the way.

        Again after serialization failures, deadlocks, locks that were not had in time, and lost connections, up to
        ``TRIES`` times with growing pauses; so *work* must be fit to be repeated.
        """
        for tried in range(TRIES):
            try:
                with self.transaction(isolation) as session:
                    return work(session)
            except (Contention, ConnectionLost, ServerUnreachable) as error:
                # A server that was never reached is told at once; one that went away may come back.
                first = tried == 0 and not isinstance(error, Contention | ConnectionLost)
                if first or tried == TRIES - 1:
                    raise
            self._check()
            self._pause(PAUSES[tried] * (1 + random.random()))
        raise AssertionError("unreachable")

    # -- beginning and ending ---------------------------------------------------------------------------------

    def _begin(self, isolation: Isolation) -> Session:
        self._check()
        kept = self._connection is not None and not self._connection.closed
        try:
            return self._signed_in(isolation)
        except psycopg.OperationalError:
            # Nothing was done yet: a kept connection that a restart, a pooler or a firewall ended is replaced once.
            if not kept or (self._connection is not None and not self._connection.closed):
                raise
        return self._signed_in(isolation)

    def _signed_in(self, isolation: Isolation) -> Session:
        connection = self._connected()
        try:
            opening = f"BEGIN ISOLATION LEVEL {isolation.upper()}; {TEXT_FORMS}; "
            cursor = connection.execute(f"{opening}SELECT pg_current_xact_id()::text, pg_backend_pid()".encode())
            while cursor.nextset():
                pass
            row = cursor.fetchone()
            assert row is not None
            given = proof(self._secret, f"{row[0]}:{row[1]}:{self._device}")
            cursor = connection.execute(
                "SELECT localstore_sync.sign_in(%s::uuid, %s, %s)", (self._device, given, PROTOCOL)
            )
            answer = cursor.fetchone()
            assert answer is not None
            return Session(connection, _identity(self._device, answer[0]), self.address, self._asked)
        except BaseException:
            self._abandon(connection)
            raise

    def _connected(self) -> Connection:
        if self._connection is None or self._connection.closed:
            self._connection = reach(self.address.conninfo())
        return self._connection

    def _abandon(self, connection: Connection) -> None:
        """Roll back; a connection in the middle of a message, or not answering, is closed, which does the same."""
        try:
            status = connection.info.transaction_status
            if status in (TransactionStatus.INTRANS, TransactionStatus.INERROR):
                connection.execute("ROLLBACK")
            elif status is not TransactionStatus.IDLE:
                self.close()
        except BaseException:
            self.close()

    def _check(self) -> None:
        if self._asked is not None and self._asked():
            raise Cancelled("Stopped; nothing is lost, the next 'localstore sync' goes on.")


def _commit(session: Session) -> None:
    connection = session.connection
    if session.closing:
        with connection.pipeline():
            for sql, values in session.closing:
                connection.execute(sql.encode(), values)
            cursor = connection.execute("COMMIT")
    else:
        cursor = connection.execute("COMMIT")
    if cursor.statusmessage != "COMMIT":  # a transaction that failed before is rolled back without an error
        raise SyncError("The server rolled the transaction back at its end; nothing was changed there: sync again.")


def _identity(device_id: str, answer: dict[str, Any]) -> Identity:
    return Identity(
        device_id,
        str(answer["name"]),
        str(answer["user"]),
        str(answer["email"]),
        str(answer["system"]),
        int(answer["schema"]),
    )


@contextmanager
def told_of(address: Address) -> Iterator[None]:
    """Turn what psycopg raises within into an error of ``sync.errors`` that names the server."""
    with failures.told(address.place, address.user, address.database):
        yield
