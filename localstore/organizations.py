"""Organizations."""

from __future__ import annotations

from localstore.models import Organization
from localstore.rows import Rows


class Organizations(Rows[Organization]):
    """``store.organizations``."""

    model = Organization
    label = "slug"
