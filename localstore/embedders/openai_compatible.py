"""Services that speak OpenAI's ``POST /embeddings``: Ollama, LM Studio, llama.cpp, vLLM and many hosted ones.

``parameters`` of the model: ``url`` (``http://localhost:11434/v1``), ``model`` (its name there, when it is another
than the row's), ``dim``, ``dimensions`` (shorter vectors, of services that make them), ``query_prefix`` and
``document_prefix``, ``max_chars`` or ``max_tokens``, ``batch``, ``timeout`` (seconds), ``retries``, and where the
key is: ``key_env`` (a variable of the environment) or ``keyring`` (true).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from localstore.embedders import addresses, keys, replies
from localstore.embedders.limits import BYTES_A_TOKEN, Limit, RefusedText, cut_characters, cut_tokens
from localstore.embedders.parameters import Parameters
from localstore.embedders.retries import Retries
from localstore.embedders.service import Failing, Service
from localstore.errors import InvalidValue

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    from localstore.models import AIModel

PROVIDER = "openai-compatible"
BATCH = 32
TIMEOUT = 120.0
PREFIXES = ("query", "document")


class ServiceEmbedder:
    """Vectors made by a service; the key is read when the first text goes there."""

    lexical = False

    def __init__(self, model: AIModel, retries: Retries | None = None) -> None:
        given = self._parameters = Parameters(model)
        self.address = addresses.read(given.text("url") or _no_url(given))
        self.name = given.text("model") or str(model.name)
        self.dimensions = given.whole("dimensions")
        self.dim = self.dimensions or given.whole("dim")
        self.batch = given.whole("batch", BATCH, 2048) or BATCH
        self.prefixes = {kind: given.text(f"{kind}_prefix") for kind in PREFIXES}
        self.timeout = given.number("timeout", TIMEOUT)
        self.retries = retries or Retries(most=int(given.number("retries", Retries.most)))
        self._chars, self._tokens = given.whole("max_chars"), given.whole("max_tokens")
        self.limit = self._limit()
        self._service: Service | None = None

    def embed(self, texts: Sequence[str], kind: str = "document") -> NDArray[numpy.float32]:
        """Return one vector a text, float32 of shape ``(n, dim)``; asks ``batch`` texts at a time."""
        import numpy

        prefix = self.prefixes.get(kind, "")
        cut = [self._cut(prefix + text) for text in texts]
        parts = [self._ask(cut[at : at + self.batch]) for at in range(0, len(cut), self.batch)]
        if not parts:
            return numpy.empty((0, self.dim or 0), dtype=numpy.float32)
        if len({part.shape[1] for part in parts}) > 1:
            raise InvalidValue(f"{self.address.url} makes vectors of several lengths")
        return numpy.concatenate(parts)

    def _ask(self, texts: list[str]) -> NDArray[numpy.float32]:
        document: dict[str, Any] = {"model": self.name, "input": texts}
        if self.dimensions:
            document["dimensions"] = self.dimensions
        service = self._connected()
        try:
            reply = service.post("/embeddings", document)
        except Failing as error:
            if texts == [PROBE] or not self._answers():
                raise
            raise RefusedText(str(error)) from None
        try:
            return replies.vectors(reply, len(texts), self.dim)
        except InvalidValue as error:
            told = service.hidden(str(error))
        raise InvalidValue(f"{self.address.url}, model {self.name!r}: {told}")  # outside: the cause may hold the key

    def _answers(self) -> bool:
        """Tell whether the service embeds a harmless text: if so, it was the texts that it failed on.

        Some answer 500 to a text whose vector is NaN or that is too long, for ever; that must not stop the rest.
        """
        try:
            self._ask([PROBE])
        except (Failing, InvalidValue):
            return False
        return True

    def _connected(self) -> Service:
        if self._service is None:
            key = keys.find(self.address, self._parameters)
            self._service = Service(self.address, key, self.timeout, self.retries)
        return self._service

    # -- limits -------------------------------------------------------------------------------------------

    def _limit(self) -> Limit | None:
        prefix = self.prefixes["document"]
        if self._chars:
            most = self._chars
            return Limit(most, "characters", lambda text: len(prefix) + len(text) > most)
        if self._tokens:
            room = self._tokens * BYTES_A_TOKEN
            return Limit(self._tokens, "tokens (estimated)", lambda text: len((prefix + text).encode()) > room)
        return None

    def _cut(self, text: str) -> str:
        if self._chars:
            return cut_characters(text, self._chars)
        return cut_tokens(text, self._tokens) if self._tokens else text


PROBE = "probe"


def _no_url(given: Parameters) -> str:
    raise InvalidValue(
        f"{given.model} names no address: 'localstore embed setup' finds one, or set it with "
        f"'localstore models edit {given.model} --parameter url={addresses.EXAMPLE}'",
        "parameters.url",
    )


def embedder(model: AIModel) -> ServiceEmbedder:
    """Return the embedder of a registered model; nothing is asked before the first text."""
    return ServiceEmbedder(model)
