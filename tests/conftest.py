"""Fixtures for every room."""

from tests.postgres import postgres, postgres_server, postgres_template, postgres_url

__all__ = ["postgres", "postgres_server", "postgres_template", "postgres_url"]
