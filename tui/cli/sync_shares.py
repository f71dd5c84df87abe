"""What is shared, in words, with how many items a filter finds: a mistyped share finds none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.cli.questions import counted

if TYPE_CHECKING:
    from localstore.store import Store
    from sync.local.sharing import Share


def found_now(store: Store, share: Share) -> int | None:
    """Return how many items a filter finds now; None for what is no filter."""
    from localstore.filters import Filter
    from sync.local.shared_rows import ALL, ORG

    return None if share.items in (ALL, ORG) else store.items.count(Filter.parse(share.items))


def shown(store: Store, share: Share) -> str:
    """Return what is shared, for a person."""
    from sync.linking import share_words

    words, found = share_words(store, share), found_now(store, share)
    return words if found is None else f"{words}: {counted({'items': found}) if found else 'none'} now"
