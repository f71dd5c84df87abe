"""Parameters: what ``ai_models.parameters`` says to an embedder, read with a sentence for what it must not say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from localstore.errors import InvalidValue
from localstore.values import shown

if TYPE_CHECKING:
    from localstore.models import AIModel


class Parameters:
    """Reads one model's parameters; InvalidValue names the model and the parameter."""

    def __init__(self, model: AIModel) -> None:
        self.model = f"{model.provider}/{model.name}"
        self._given: dict[str, Any] = dict(model.parameters or {})

    def text(self, name: str, default: str = "") -> str:
        """Return a text; null is the default."""
        value = self._given.get(name)
        if value is None:
            return default
        if not isinstance(value, str):
            raise self.refused(name, "a text")
        return value

    def whole(self, name: str, default: int | None = None, most: int = 1_000_000_000) -> int | None:
        """Return a whole number from 1."""
        value = self._given.get(name)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
            raise self.refused(name, f"a whole number from 1 to {most:,}")
        return value

    def number(self, name: str, default: float) -> float:
        """Return a number above 0."""
        value = self._given.get(name)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e9:
            raise self.refused(name, "a number above 0")
        return float(value)

    def yes(self, name: str, default: bool = False) -> bool:
        """Return true or false."""
        value = self._given.get(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self.refused(name, "true or false")
        return value

    def refused(self, name: str, wanted: str) -> InvalidValue:
        """Return the error of a parameter that is something else."""
        return InvalidValue(f"{shown(self._given.get(name))} of {self.model} is not {wanted}", f"parameters.{name}")
