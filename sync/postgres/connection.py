"""Connections to the server, and how their sessions print values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import psycopg

Connection = psycopg.Connection[tuple[Any, ...]]

TEXT_FORMS = "SET LOCAL TimeZone TO 'UTC'; SET LOCAL DateStyle TO 'ISO'; SET LOCAL extra_float_digits TO 1"
"""Said first in each transaction: ``sync.postgres.values`` reads what it makes. Poolers drop ``options``."""

_SCHEME = re.compile(r"postgres(ql)?(\+\w+)?://")

# A server that is gone is noticed within a minute, not within the two hours of the system's default.
_PATIENCE = {
    "connect_timeout": "10",
    "keepalives_idle": "20",
    "keepalives_interval": "10",
    "keepalives_count": "4",
    "application_name": "localstore",
}


def normal_url(url: str) -> str:
    """Return *url* as libpq takes it: ``postgres://`` and SQLAlchemy's ``postgresql+driver://`` are accepted too."""
    return _SCHEME.sub("postgresql://", url, count=1) if _SCHEME.match(url) else url


def connect(url: str, *, autocommit: bool = False) -> Connection:
    """Open a connection that speaks UTF-8 and prepares nothing (transaction poolers mix sessions)."""
    return psycopg.connect(normal_url(url), autocommit=autocommit, prepare_threshold=None, client_encoding="utf8")


def reach(parameters: Mapping[str, Any]) -> Connection:
    """Open a connection for ``Server``: in autocommit, patient for a bounded time; *parameters* are libpq's."""
    given = {**_PATIENCE, **parameters, "client_encoding": "utf8"}
    return psycopg.connect(**given, autocommit=True, prepare_threshold=None)
