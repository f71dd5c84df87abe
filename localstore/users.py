"""Users."""

from __future__ import annotations

from localstore.models import User
from localstore.rows import Rows


class Users(Rows[User]):
    """``store.users``."""

    model = User
    label = "email"
