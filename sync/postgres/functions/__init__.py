"""The functions on the server that devices call, made from the models: who asks, what they see, what they may write.

All belong to the schema ``localstore_sync``, run as their owner with a fixed search path, contain no dynamic SQL and
name no table's row type in their signatures, which would stop an owner's DROP TABLE.
"""

from __future__ import annotations

from collections.abc import Mapping

from sync.postgres.functions import (
    batches,
    delete,
    hashes,
    identity,
    insert,
    judging,
    lock,
    pages,
    pull,
    rights,
    tidying,
    tombstones,
    update,
)
from sync.postgres.functions.function import Function
from sync.postgres.functions.policies import all_tables
from sync.postgres.server.adoption import ServerTable

_PER_TABLE = (pull, pages, lock, insert, update, delete)


def functions(tables: Mapping[str, ServerTable]) -> list[Function]:
    """Return all functions for a server's tables."""
    whole = [
        *hashes.functions(),
        *rights.functions(tables),
        *identity.functions(tables),
        *batches.functions(),
        *judging.functions(),
        *tombstones.functions(tables),
        *tidying.functions(),
    ]
    return whole + [each for table in all_tables(tables) for part in _PER_TABLE for each in part.functions(table)]


def statements(tables: Mapping[str, ServerTable]) -> list[str]:
    """Return what makes them; devices may call those that they need, nobody else any."""
    return [statement for each in functions(tables) for statement in each.statements]
