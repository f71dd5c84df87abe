"""Connections to the server."""

from __future__ import annotations

import pytest

from sync.postgres.connection import Connection, connect, normal_url


@pytest.mark.parametrize(
    ("given", "normal"),
    [
        ("postgres://ada@host:5433/work?sslmode=require", "postgresql://ada@host:5433/work?sslmode=require"),
        ("postgresql://host/postgres://", "postgresql://host/postgres://"),
        ("postgresql+psycopg://host/work", "postgresql://host/work"),
        ("postgresql+asyncpg://host/work", "postgresql://host/work"),
        ("host=/run/postgresql dbname=work", "host=/run/postgresql dbname=work"),
        ("", ""),
    ],
)
def test_an_address_is_brought_to_the_form_that_libpq_takes(given: str, normal: str) -> None:
    assert normal_url(given) == normal


@pytest.mark.postgres
def test_a_connection_speaks_utf_8_whatever_the_environment_says(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    with connect(postgres_url.replace("postgresql://", "postgres://")) as connection:
        assert connection.execute("SELECT %s", ["λ 👩🏽‍🚀"]).fetchone() == ("λ 👩🏽‍🚀",)


@pytest.mark.postgres
def test_a_statement_said_often_is_not_prepared(postgres: Connection) -> None:
    cursor = postgres.cursor()
    cursor.executemany("SELECT %s::int", [[number] for number in range(20)])
    assert postgres.execute("SELECT count(*) FROM pg_prepared_statements").fetchone() == (0,)
