"""ONNX models through the fastembed package, from a folder of this machine (``parameters.path``).

The folder holds ``tokenizer.json``, ``tokenizer_config.json``, ``config.json`` and the ``.onnx`` file. Further
``parameters``: ``model`` (a name that fastembed knows, whose pooling is then used), else ``pooling`` (``mean``, ``cls``
or ``last_token``), ``normalize`` (true), ``model_file``, ``dim``; and ``query_prefix``, ``document_prefix``, ``batch``,
``threads``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from localstore.embedders.folders import missing_extra, model_folder, stay_offline
from localstore.embedders.limits import Limit
from localstore.embedders.parameters import Parameters
from localstore.errors import InvalidValue

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    from localstore.models import AIModel

PROVIDER = "fastembed"
BATCH = 64
POOLINGS = ("mean", "cls", "last_token")
FILES = ("model.onnx", "model_optimized.onnx", "onnx/model.onnx", "onnx/model_quantized.onnx")


class OnnxEmbedder:
    """Vectors of a model that was loaded into this process."""

    lexical = False

    def __init__(self, given: Parameters) -> None:
        folder = model_folder(given)
        pooling = given.text("pooling", POOLINGS[0])
        if pooling not in POOLINGS:
            raise given.refused("pooling", " or ".join(POOLINGS))
        file = given.text("model_file") or _file(folder)
        dim = given.whole("dim") or _hidden_size(folder)
        threads = given.whole("threads", most=1024)
        self._model = _load(str(folder), given.text("model"), file, pooling, given.yes("normalize", True), dim, threads)
        self.dim: int | None = self._model.embedding_size
        self.batch = given.whole("batch", BATCH, 4096) or BATCH
        self._prefixes = {kind: given.text(f"{kind}_prefix") for kind in ("query", "document")}
        self.limit = self._limit()

    def embed(self, texts: Sequence[str], kind: str = "document") -> NDArray[numpy.float32]:
        """Return one vector a text, float32 of shape ``(n, dim)``."""
        import numpy

        if not texts:
            return numpy.empty((0, self.dim or 0), dtype=numpy.float32)
        prefix = self._prefixes.get(kind, "")
        given = [prefix + text for text in texts]
        ask = self._model.query_embed if kind == "query" else self._model.passage_embed
        return numpy.stack(list(ask(given, batch_size=self.batch))).astype(numpy.float32)

    def _limit(self) -> Limit | None:
        tokenizer: Any = getattr(self._model.model, "tokenizer", None)
        cut = getattr(tokenizer, "truncation", None)
        if not cut:
            return None
        most, prefix = int(cut["max_length"]), self._prefixes["document"]

        def over(text: str) -> bool:
            # A token has a byte at least: a short text needs no counting.
            whole = prefix + text
            return len(whole.encode()) + 2 > most and bool(tokenizer.encode(whole).overflowing)

        return Limit(most, "tokens", over)


@lru_cache(maxsize=2)
def _load(
    folder: str, name: str, file: str, pooling: str, normalize: bool, dim: int | None, threads: int | None
) -> Any:
    """Load a model once: that takes long, and a screen asks again for each query."""
    stay_offline()
    try:
        package = import_module("fastembed")
        described = import_module("fastembed.common.model_description")
    except ImportError:
        raise missing_extra("fastembed", "ONNX models") from None
    known = {str(each["model"]).lower() for each in package.TextEmbedding.list_supported_models()}
    if name and name.lower() not in known:
        raise InvalidValue(f"fastembed knows no model {name!r}: leave it out, and say pooling", "parameters.model")
    if not name:
        name = f"local:{folder}:{file}:{pooling}:{normalize}:{dim}"
    if name.lower() not in known:
        if dim is None:
            raise InvalidValue("say how long the vectors are: config.json does not", "parameters.dim")
        package.TextEmbedding.add_custom_model(
            model=name,
            pooling=described.PoolingType[pooling.upper()],
            normalization=normalize,
            sources=described.ModelSource(url="file:"),
            dim=dim,
            model_file=file,
        )
    try:
        return package.TextEmbedding(name, specific_model_path=folder, local_files_only=True, threads=threads)
    except Exception as error:  # onnxruntime and tokenizers raise their own, and bare ones
        told = " ".join(str(error).split())[:200]
        message = f"{folder} holds no model that fastembed reads ({type(error).__name__}: {told})"
        raise InvalidValue(message, "parameters.path") from None


def _file(folder: Path) -> str:
    found = [name for name in FILES if (folder / name).is_file()]
    if not found:
        raise InvalidValue(f"{folder} has no {' or '.join(FILES)}: name the file in model_file", "parameters.path")
    return found[0]


def _hidden_size(folder: Path) -> int | None:
    try:
        found = json.loads((folder / "config.json").read_text(encoding="utf-8")).get("hidden_size")
    except (OSError, ValueError, AttributeError):
        return None
    return found if isinstance(found, int) and found > 0 else None


def embedder(model: AIModel) -> OnnxEmbedder:
    """Return the embedder of a registered model, loaded from its folder."""
    return OnnxEmbedder(Parameters(model))
