"""What a person reads of a match: its item, its text, its first words."""

from __future__ import annotations

from collections.abc import Sequence

from localstore import values
from localstore.connection import Connection
from localstore.freshness import CONTENT_ORDER
from localstore.vectors.matches import Match

SNIPPET = 160
CLIP = 400
STEP = 500
_OF = "COALESCE(e.content_id, json_extract(e.meta_data, '$.content_id'))"
_SHOWN = (
    f"SELECT e.id, i.id, {_OF}, i.type, i.title, substr(COALESCE(c.text, i.description,"
    f" (SELECT t.text FROM contents t WHERE t.item_id = i.id ORDER BY {CONTENT_ORDER} LIMIT 1), ''), 1, {CLIP})"
    f" FROM json_each(?) j CROSS JOIN embeddings e ON e.id = j.value LEFT JOIN contents c ON c.id = {_OF}"
    " JOIN items i ON i.id = COALESCE(c.item_id, e.item_id)"
)


def matches(connection: Connection, pairs: Sequence[tuple[str, float]]) -> list[Match]:
    """Join (embedding id, score) to titles and snippets, in this order; those whose item is gone are left out."""
    rows: dict[str, tuple[str, str | None, str, str, str]] = {}
    for at in range(0, len(pairs), STEP):
        among = values.to_json([pk for pk, _ in pairs[at : at + STEP]])
        rows |= {row[0]: row[1:] for row in connection.execute(_SHOWN, (among,))}
    found: list[Match] = []
    for pk, score in pairs:
        if pk in rows:
            item, content, kind, title, text = rows[pk]
            snippet = " ".join(text.split())[:SNIPPET]
            found.append(Match(len(found) + 1, float(score), pk, item, content, kind, title, snippet))
    return found
