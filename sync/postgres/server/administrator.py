"""The administrator's connection: where the tables of sync are made, looked at and taken away."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from localstore.errors import InvalidValue
from sync.postgres.address import Address, read
from sync.postgres.connection import Connection, reach
from sync.postgres.failures import told

# What an administrator's session sets for itself must not decide what our SQL means.
_SETTINGS = (
    "SET LOCAL search_path TO pg_catalog; SET LOCAL TimeZone TO 'UTC'; SET LOCAL DateStyle TO 'ISO'; "
    "SET LOCAL standard_conforming_strings TO on; "
    "SET LOCAL check_function_bodies TO off; SET LOCAL row_security TO off; SET LOCAL client_min_messages TO warning"
)
LOCK_TIMEOUT = "3s"
"""How long a lock is waited for: whoever comes after us waits as long."""
_ONE_AT_A_TIME = 7_305_188_413_902
"""The advisory lock of those who change the schema ``localstore_sync``."""


@dataclass(frozen=True)
class Administrator:
    """A connection in autocommit, and the address it was made with."""

    connection: Connection
    address: Address

    @contextmanager
    def transaction(self, *, alone: bool = False) -> Iterator[Connection]:
        """Begin a transaction with settings of our own; *alone* waits for others who change the same schema."""
        with self.connection.transaction():
            self.connection.execute(f"{_SETTINGS}; SET LOCAL lock_timeout TO '{LOCK_TIMEOUT}'")
            if alone:
                self.connection.execute("SELECT pg_advisory_xact_lock(%s)", (_ONE_AT_A_TIME,))
            yield self.connection


@contextmanager
def administrator(given: str | Address, *, insecure: bool = False) -> Iterator[Administrator]:
    """Connect with an administrator's address; whatever PostgreSQL says becomes one sentence."""
    address = read(given, insecure=insecure) if isinstance(given, str) else given
    if address.is_device:
        raise InvalidValue("this is a device's address (it has a # part): an administrator's is needed here")
    with told(address.place, address.user, address.database), reach(address.conninfo()) as connection:
        yield Administrator(connection, address)
