"""Labels: what items are coloured by on a map."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, get_args

from localstore.errors import InvalidValue

if TYPE_CHECKING:
    from localstore.store import Store

Kind = Literal["type", "tag", "organization"]
CHUNK = 5_000
_SQL = {
    "type": "i.type",
    "tag": "(SELECT g.name FROM item_tag_links l JOIN tags g ON g.id = l.tag_id WHERE l.item_id = i.id"
    " ORDER BY g.name LIMIT 1)",
    "organization": "(SELECT o.name FROM organizations o WHERE o.id = i.organization_id)",
}


def labels(store: Store, item_ids: Sequence[str], kind: Kind) -> list[str]:
    """Return one label an item, in the same order: its type, its first tag by name, or its organization's name.

    Empty for an item without one, or that is gone.
    """
    if kind not in _SQL:
        raise InvalidValue(f"there is no label {kind!r}: choose {', '.join(get_args(Kind))}")
    sql = f"SELECT i.id, {_SQL[kind]} FROM json_each(?) j JOIN items i ON i.id = j.value"
    wanted = list(dict.fromkeys(item_ids))
    found: dict[str, str] = {}
    with store.reading() as connection:
        for start in range(0, len(wanted), CHUNK):
            rows: Any = connection.execute(sql, (json.dumps(wanted[start : start + CHUNK]),))
            found |= {pk: label or "" for pk, label in rows}
    return [found.get(pk, "") for pk in item_ids]
