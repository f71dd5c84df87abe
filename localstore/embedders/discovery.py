"""Discovery: which embedding services answer on this machine, and what their models are called. Downloads nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from localstore.embedders import addresses, replies
from localstore.embedders.retries import Retries
from localstore.embedders.service import Service
from localstore.errors import EmbedderUnavailable, InvalidValue

if TYPE_CHECKING:
    from localstore.embedders.keys import Key

KNOWN = (
    ("Ollama", "http://localhost:11434/v1"),
    ("LM Studio", "http://localhost:1234/v1"),
    ("llama.cpp", "http://localhost:8080/v1"),
    ("vLLM", "http://localhost:8000/v1"),
)
PATIENCE = 1.0
"""Seconds: a service on this machine lists its models at once, or it is not one."""
_EMBEDS = re.compile(r"embed|bge|\be5|gte|minilm|mpnet|nomic|arctic|jina|paraphrase|sentence|gtr|stella", re.I)


@dataclass(frozen=True)
class Found:
    """A service that answers, and its models, those that look like embedding models first."""

    label: str
    url: str
    models: tuple[str, ...]

    @property
    def likely(self) -> tuple[str, ...]:
        """Return the models whose names say that they embed."""
        return tuple(name for name in self.models if embeds(name))


def embeds(name: str) -> bool:
    """Tell whether a model's name looks like one that makes vectors."""
    return bool(_EMBEDS.search(name))


def look(known: Sequence[tuple[str, str]] = KNOWN, timeout: float = PATIENCE) -> list[Found]:
    """Ask all known addresses of this machine at once; return those that list models, in this order."""
    with ThreadPoolExecutor(len(known)) as pool:
        asked = [pool.submit(_answer, label, url, timeout) for label, url in known]
        return [found for each in asked if (found := each.result())]


def _answer(label: str, url: str, timeout: float) -> Found | None:
    try:
        return models_at(label, url, timeout=timeout)
    except (EmbedderUnavailable, InvalidValue):
        return None  # nobody there, or something else: this port is anybody's


def models_at(label: str, url: str, key: Key | None = None, timeout: float = PATIENCE) -> Found:
    """Return the models that one address lists; raises what ``Service.ask`` does."""
    service = Service(addresses.read(url), key, timeout, Retries(most=0))
    names = dict.fromkeys(map(replies.one_line, replies.model_names(service.get("/models"))))
    return Found(label, service.address.url, tuple(sorted(names, key=lambda name: not embeds(name))))
