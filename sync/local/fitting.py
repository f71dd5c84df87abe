"""Whether a vector fits the text it stands for, as far as its hash tells."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from localstore.freshness import Freshness, compared, content_text, item_text
from sync.shapes import Image

if TYPE_CHECKING:
    from localstore.store import Store


def fits(store: Store) -> Callable[[Image], bool]:
    """Return what tells whether an embedding's image was made of the text as it reads here now."""

    def check(image: Image) -> bool:
        meta = json.loads(image.get("meta_data") or "{}")
        noted = meta.get("text_sha256") if isinstance(meta, dict) else None
        content = image.get("content_id") or (meta.get("content_id") if isinstance(meta, dict) else None)
        with store.reading() as connection:
            if content:
                text = content_text(connection, str(content))
            else:
                text = item_text(connection, str(image.get("item_id") or ""))
        return text is not None and compared(noted, text) is Freshness.FRESH

    return check
