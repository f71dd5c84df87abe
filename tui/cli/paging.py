"""``--limit`` and ``--after``, the same for every list."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tui.cli.output import Listing

if TYPE_CHECKING:
    from localstore.rows import Page
    from tui.cli.session import Session

R = TypeVar("R")
FEW = 100
"""Rows of a list on a terminal and of a JSON document; a pipe gets all."""


def paged(function: Any) -> Any:
    """Add ``--limit`` and ``--after``."""
    limit = click.option(
        "--limit",
        type=click.IntRange(min=1),
        metavar="N",
        help=f"At most N; else {FEW} on a terminal and in --json, all in a pipe.",
    )
    after = click.option("--after", metavar="CURSOR", help="Go on after the page before ('next' of --json).")
    return limit(after(function))


def listing(
    session: Session,
    fetch: Callable[[str | None, int], Page[R]],
    limit: int | None,
    after: str | None,
    *,
    whole: bool = False,
) -> Listing[R]:
    """Return the rows asked for; *whole*: all of them unless a limit is given."""
    few = not whole and not session.jsonl and (session.json or session.on_screen)
    return Listing(fetch, limit or (FEW if few else None), after)
