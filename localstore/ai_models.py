"""AIModels."""

from __future__ import annotations

from localstore.models import AIModel
from localstore.rows import Rows


class AIModels(Rows[AIModel]):
    """``store.ai_models``."""

    model = AIModel
    label = "name"
