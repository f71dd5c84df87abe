"""List items, the last changed first."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click

from tui.cli.filtering import filter_options, with_line
from tui.cli.output import emit_list, write
from tui.cli.paging import listing, paged
from tui.cli.program import command
from tui.cli.session import Session

if TYPE_CHECKING:
    from localstore.filters import Filter

_MEANT = re.compile(r"\b[\w.]+(?:!=|[<>]=?|=)\S+")
"""Words that look like a condition, such as ``lang=en``."""


@command(
    "localstore list type:paper '#nlp'",
    "localstore list --since 7d --where 'meta_data.year>2020' --sort title",
    "localstore list --ids --tag todo | localstore tag add later -",
)
@click.argument("find", nargs=-1)
@filter_options
@click.option(
    "--sort", default="", metavar="F", help="updated, created, title, type or id; -F for the other way round."
)
@paged
@click.option("--ids", is_flag=True, help="Whole ids only, a line each.")
@click.option("--csv", is_flag=True, help="CSV with a header.")
def entry(
    session: Session,
    find: tuple[str, ...],
    where: Filter,
    sort: str,
    limit: int | None,
    after: str | None,
    ids: bool,
    csv: bool,
) -> None:
    r"""List items, the last changed first.

    FIND is a find line as in the terminal UI: words, #tag, type:…, org:…, meta_data.x=…, since:7d.
    Quotes hold blanks together (#"to read"); a quote within them is written \".
    """
    from tui.cli.item_list import COLUMNS, emit_csv, row_document

    chosen = with_line(where, find)
    with session.reading() as store:
        store.catch_up()

        def fetch(cursor: str | None, count: int) -> Any:
            return store.items.rows(chosen, sort=sort, after=cursor, limit=count)

        rows = listing(session, fetch, limit, after, whole=ids or csv)
        if ids:
            for row in rows:
                write(row.id)
        elif csv:
            emit_csv(rows, row_document(store))
        else:
            emit_list(session, rows, COLUMNS, row_document(store), _nothing(chosen))


def _nothing(chosen: Filter) -> str:
    """Say why a list is empty, and what to do about it."""
    if not chosen:
        return "No item yet: 'localstore add TITLE' adds one, 'localstore import' takes in files, folders and chats."
    if meant := _MEANT.search(chosen.words):
        return f"No item fits. To ask metadata, write meta_data.{meant[0]}."
    if chosen.tags or chosen.any_tags:
        return "No item fits. 'localstore tags' lists the tags there are."
    return "No item fits. Leave a condition out, or see all with 'localstore list'."
