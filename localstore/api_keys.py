"""APIKeys."""

from __future__ import annotations

from localstore.models import APIKey
from localstore.rows import Rows


class APIKeys(Rows[APIKey]):
    """``store.api_keys``."""

    model = APIKey
    label = "id"
