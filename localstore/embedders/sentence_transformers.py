"""Models of the sentence-transformers package, from a folder of this machine (``parameters.path``).

Further ``parameters``: ``device`` (``cpu``, ``cuda``, ``mps``), ``batch``, ``normalize``, ``query_prompt`` and
``document_prompt`` (names of prompts that the model has; ``query`` and ``document`` where it has those).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from localstore.embedders.folders import missing_extra, model_folder, stay_offline
from localstore.embedders.limits import Limit
from localstore.embedders.parameters import Parameters
from localstore.errors import InvalidValue

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    from localstore.models import AIModel

PROVIDER = "sentence-transformers"
BATCH = 64


class TransformerEmbedder:
    """Vectors of a model that was loaded into this process."""

    lexical = False

    def __init__(self, given: Parameters) -> None:
        self._parameters = given
        self._model = _load(str(model_folder(given)), given.text("device"))
        self.batch = given.whole("batch", BATCH, 4096) or BATCH
        self._normalize = given.yes("normalize")
        self.dim = _dimension(self._model)
        self.limit = self._limit()

    def embed(self, texts: Sequence[str], kind: str = "document") -> NDArray[numpy.float32]:
        """Return one vector a text, float32 of shape ``(n, dim)``; a query gets the model's prompt for queries."""
        import numpy

        if not texts:
            return numpy.empty((0, self.dim or 0), dtype=numpy.float32)
        made = self._model.encode(
            list(texts),
            prompt_name=self._prompt(kind),
            batch_size=self.batch,
            show_progress_bar=False,
            convert_to_numpy=True,
            normalize_embeddings=self._normalize,
        )
        return numpy.asarray(made, dtype=numpy.float32)

    def _prompt(self, kind: str) -> str | None:
        known = getattr(self._model, "prompts", None) or {}
        wanted = self._parameters.text(f"{kind}_prompt")
        if wanted and wanted not in known:
            names = ", ".join(sorted(known)) or "none"
            raise InvalidValue(f"the model has no prompt {wanted!r}: it has {names}", f"parameters.{kind}_prompt")
        return wanted or (kind if known.get(kind) else None)

    def _limit(self) -> Limit | None:
        most = self._model.max_seq_length
        if not isinstance(most, int) or most < 1:
            return None
        name = self._prompt("document")
        prefix = self._model.prompts[name] if name else ""

        def over(text: str) -> bool:
            # A token has a byte at least: a short text needs no counting.
            if len((prefix + text).encode()) + 2 <= most:
                return False
            return len(self._model.tokenizer(prefix + text, truncation=False, verbose=False)["input_ids"]) > most

        return Limit(most, "tokens", over)


@lru_cache(maxsize=2)
def _load(folder: str, device: str) -> Any:
    """Load a model once: that takes seconds, and a screen asks again for each query."""
    stay_offline()
    try:
        package = import_module("sentence_transformers")
    except ImportError:
        raise missing_extra("sentence-transformers", "models of sentence-transformers") from None
    try:
        return package.SentenceTransformer(
            folder, device=device or None, local_files_only=True, trust_remote_code=False
        )
    except (OSError, ValueError, RuntimeError, KeyError, ImportError, AttributeError, TypeError) as error:
        raise InvalidValue(
            f"{folder} holds no model that sentence-transformers reads ({type(error).__name__}: "
            f"{' '.join(str(error).split())[:200]})",
            "parameters.path",
        ) from None


def _dimension(model: Any) -> int | None:
    ask = getattr(model, "get_embedding_dimension", None) or model.get_sentence_embedding_dimension
    found: int | None = ask()
    return found


def embedder(model: AIModel) -> TransformerEmbedder:
    """Return the embedder of a registered model, loaded from its folder."""
    return TransformerEmbedder(Parameters(model))
