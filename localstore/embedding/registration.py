"""Registration: a model of a service, or the built-in one, becomes a row and the one that ``embed`` takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from localstore.ai_models import dimension
from localstore.embedders import builtin, openai_compatible, prefixes
from localstore.embedding.choice import SETTING, called
from localstore.errors import InvalidValue
from localstore.models import AIModel

if TYPE_CHECKING:
    from localstore.connection import Connection
    from localstore.embedders.retries import Retries
    from localstore.store import Store

LEXICAL = "compares words, not meanings"
_VERSIONS = (
    "SELECT id FROM ai_models m WHERE provider = ? AND name = ?"
    " ORDER BY NOT EXISTS (SELECT 1 FROM embeddings e WHERE e.model_id = m.id), version IS NOT NULL, version, id"
)


def register_service(
    store: Store,
    url: str,
    model: str,
    *,
    name: str | None = None,
    dim: int | None = None,
    parameters: Mapping[str, Any] | None = None,
    retries: Retries | None = None,
) -> AIModel:
    """Ask a service for one vector, write the model's row, and make it the default; return the row.

    *name* is what the row is called, else as the service calls the model; *dim* asks for vectors of that length.
    ``parameters`` are further ones of the provider. Raises what the embedder does when the service fails, and
    InvalidValue when the row has vectors of another length.
    """
    given: dict[str, Any] = {"url": url.strip().rstrip("/")} | prefixes.usual(model) | dict(parameters or {})
    given |= {"model": model} if name and name != model else {}
    given |= {"dimensions": dim} if dim else {}
    trial = AIModel(name=name or model, provider=openai_compatible.PROVIDER, parameters=given)
    vector = openai_compatible.ServiceEmbedder(trial, retries).embed([openai_compatible.PROBE])[0]
    if not vector.any():
        raise InvalidValue(f"{model!r} answers with zeros: it is no embedding model", "model")
    return _write(store, str(trial.name), str(trial.provider), given | {"dim": len(vector)})


def register_builtin(store: Store, *, name: str | None = None, dim: int | None = None) -> AIModel:
    """Write the row of the built-in lexical model, or find that of any version; make it the default; return it.

    A program is the same whatever its row's version: the row that has vectors comes first.
    """
    dim = dim or builtin.DEFAULT_DIM
    name = name or f"hashing-{dim}"
    with store.database.writing() as connection:
        return _write(store, name, builtin.PROVIDER, {"dim": dim}, _builtin_row(connection, name, dim))


def _builtin_row(connection: Connection, name: str, dim: int) -> str | None:
    """Return the id of the built-in model of this name and length, if there is one."""
    found = connection.execute(_VERSIONS, (builtin.PROVIDER, name)).fetchall()
    return next((pk for (pk,) in found if (dimension(connection, pk) or builtin.DEFAULT_DIM) == dim), None)


def _write(store: Store, name: str, provider: str, parameters: dict[str, Any], pk: str | None = None) -> AIModel:
    """Add the row, or bring *pk* or the one of this name to these parameters; both and the setting, or nothing."""
    with store.database.writing() as connection:
        if pk is None:
            sql = "SELECT id FROM ai_models WHERE provider = ? AND name = ? AND version IS NULL"
            (pk,) = connection.execute(sql, (provider, name)).fetchone() or (None,)
        if pk is None:
            row = store.ai_models.add(name, provider, parameters=parameters)
        else:
            ours = {"url", "model", "dim", "dimensions", "key_env", "keyring"}
            row = store.ai_models.edit_parameters(pk, parameters, ours - parameters.keys())
        store.settings.set(SETTING, called(row), "user")
    return row
