"""Which model embeds: the one that is named, else the setting ``embed.model``, else the only one there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localstore.ai_models import spelled
from localstore.embedders import providers
from localstore.errors import NotFound

if TYPE_CHECKING:
    from localstore.models import AIModel
    from localstore.store import Store

SETTING = "embed.model"


def chosen(store: Store, ref: str | None = None) -> AIModel:
    """Return the model to embed with; NotFound says how to get one, or names those to choose from."""
    wanted = ref or store.settings.get(SETTING).value
    if wanted:
        try:
            return store.ai_models.get(wanted)
        except NotFound as error:
            if ref:
                raise
            raise NotFound(f"The setting {SETTING} names no model here ({error}); choose one with --model.") from None
    found = [model for model in store.ai_models.all() if model.provider in providers()]
    if len(found) == 1:
        return found[0]
    if not found:
        raise NotFound(
            "There is no model to embed with: 'localstore embed setup' finds one, with --builtin it makes one."
        )
    names = ", ".join(called(model) for model in found[:5])
    raise NotFound(f"There are {len(found)} models to embed with: choose one with --model ({names}).")


def called(model: AIModel) -> str:
    """Return ``provider/name@version``."""
    return spelled({"provider": model.provider, "name": model.name, "version": model.version})
