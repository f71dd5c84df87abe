"""Settings."""

from __future__ import annotations

from localstore.models import Setting
from localstore.rows import Rows


class Settings(Rows[Setting]):
    """``store.settings``."""

    model = Setting
    label = "key"
