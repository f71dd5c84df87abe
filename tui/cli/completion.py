"""Shell completion of what a store holds: ids with their titles, tags, types."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from localstore.store import Store

FEW = 50


def complete_type(context: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer types of items, most used first."""
    return _offer(context, incomplete, lambda store: ((kind, f"{n} items") for kind, n in store.items.types().items()))


def complete_tag(context: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer tags."""
    return _offer(context, incomplete, lambda store: ((tag.name, f"{tag.items} items") for tag in store.tags.counts()))


def complete_item(context: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the ids of the items that changed last, with their titles."""
    return _offer(
        context, incomplete, lambda store: ((row.id[-8:], row.title) for row in store.items.rows(limit=500).rows)
    )


def _offer(
    context: click.Context, incomplete: str, read: Callable[[Store], Iterable[tuple[str, str]]]
) -> list[CompletionItem]:
    """Offer what begins so; a store that cannot be read offers nothing."""
    from click.shell_completion import CompletionItem

    from localstore.errors import LocalstoreError
    from tui.cli.visible import one_line

    try:
        with context.find_root().obj.reading() as store:
            found = [(value, text) for value, text in read(store) if value.startswith(incomplete)]
    except LocalstoreError:
        return []
    return [CompletionItem(one_line(value), help=one_line(text)[:60]) for value, text in found[:FEW]]
