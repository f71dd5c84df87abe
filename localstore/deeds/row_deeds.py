"""What is done to many rows of any table, as one deed with one undo: delete."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from localstore import tables
from localstore.deeds.deeds import Deed, Part, Told

if TYPE_CHECKING:
    from localstore.store import Store


def delete(store: Store, table: str, keys: Sequence[str], told: Told, *, cascade: bool = False) -> int:
    """Move rows of a table to the trash with what hangs on them; return how many. Rows that are gone are left out."""
    model = tables.model_of(table)
    noun = tables.noun(model, len(keys))
    label = f"delete {len(keys):,} {noun}"
    deed = Deed(store, f"{tables.noun(model)}.deleted", label)

    def act(part: Part, some: list[str]) -> int:
        roots = [(table, pk) for pk in some if tables.fetch(part.connection, model, pk)]
        if roots:
            store.trash.delete_in(part, roots, cascade=cascade, label=label, at=deed.at)
        return len(roots)

    return deed.do(keys, act, told)
