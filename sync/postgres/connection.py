"""Connections to the server, and how their sessions print values."""

from __future__ import annotations

import re
from typing import Any

import psycopg

Connection = psycopg.Connection[tuple[Any, ...]]

TEXT_FORMS = "SET LOCAL TimeZone TO 'UTC'; SET LOCAL DateStyle TO 'ISO'; SET LOCAL extra_float_digits TO 1"
"""Said first in each transaction: ``sync.postgres.values`` reads what it makes. Poolers drop ``options``."""

_SCHEME = re.compile(r"postgres(ql)?(\+\w+)?://")


def normal_url(url: str) -> str:
    """Return *url* as libpq takes it: ``postgres://`` and SQLAlchemy's ``postgresql+driver://`` are accepted too."""
    return _SCHEME.sub("postgresql://", url, count=1) if _SCHEME.match(url) else url


def connect(url: str, *, autocommit: bool = False) -> Connection:
    """Open a connection that speaks UTF-8 and prepares nothing (transaction poolers mix sessions)."""
    return psycopg.connect(normal_url(url), autocommit=autocommit, prepare_threshold=None, client_encoding="utf8")
