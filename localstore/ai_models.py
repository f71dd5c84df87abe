"""AI models: what made a vector, or what an item refers to; found by name, provider and version."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from localstore import ids, tables, values
from localstore.connection import Connection
from localstore.errors import Ambiguous, InvalidValue, Taken
from localstore.filters import models_called
from localstore.models import AIModel
from localstore.rows import Rows

METRICS = ("cosine", "dot", "l2")
LEXICAL = "builtin"
"""The provider whose vectors compare words, not meanings."""
_KEY = ("provider", "name", "version")


class AIModels(Rows[AIModel]):
    """``store.ai_models``."""

    model = AIModel
    label = "name"

    def named(self, connection: Connection, ref: str) -> list[tuple[str]]:
        """Find a model by ``name``, ``provider/name`` or ``provider/name@version``."""
        return [(pk,) for pk in models_called(connection, ref.strip())]

    def add(  # type: ignore[override]
        self, name: str, provider: str, version: str | None = None, **columns: Any
    ) -> AIModel:
        """Register a model; Taken when this provider, name and version are registered already."""
        given = {"provider": provider, "name": name, "version": version, **columns}
        _check(given)
        with self.store.action("model.added", f"add model {spelled(given)[:60]!r}") as action:
            _check_free(action.connection, given)
            natural = ids.natural_id("ai_model", provider, name, version)
            if tables.fetch(action.connection, AIModel, natural):
                natural = ids.new_id()  # the model of this first name was renamed since
            stored = action.insert(AIModel, {"id": natural} | given)
            action.about = {"model_id": stored["id"]}
            action.payload = {"id": stored["id"], "model": spelled(given)}
            return self.load(action.connection, stored["id"])

    def edit(self, ref: str, expected: Any = None, **columns: Any) -> AIModel:
        """Set only the given columns; Taken when another model has that provider, name and version."""
        pk = self.resolve(ref)
        _check(columns)
        with self.store.action("model.edited", "edit model") as action:
            row = tables.need(action.connection, AIModel, pk)
            _check_free(action.connection, row | columns, pk)
            _check_dim(action.connection, pk, columns.get("parameters"))
            action.update(AIModel, pk, columns, expected)
            action.about = {"model_id": pk}
            action.payload = {"id": pk}
            return self.load(action.connection, pk)

    def edit_parameters(self, ref: str, changes: Mapping[str, Any], remove: Iterable[str] = ()) -> AIModel:
        """Set and remove keys of ``parameters``, keeping the others."""
        return self._merge(ref, "parameters", changes, remove)

    def edit_meta(self, ref: str, changes: Mapping[str, Any], remove: Iterable[str] = ()) -> AIModel:
        """Set and remove keys of ``meta_data``, keeping the others."""
        return self._merge(ref, "meta_data", changes, remove)

    def _merge(self, ref: str, column: str, changes: Mapping[str, Any], remove: Iterable[str]) -> AIModel:
        pk, gone = self.resolve(ref), set(remove)
        with self.store.database.writing() as connection:
            old = json.loads(tables.need(connection, AIModel, pk)[column])
            new = {key: value for key, value in (old | dict(changes)).items() if key not in gone}
            return self.edit(pk, **{column: new})

    def _unresolved(self, connection: Connection, ref: str, found: list[str]) -> Exception:
        if not found:
            return super()._unresolved(connection, ref, found)
        rows = [(pk, spelled(tables.need(connection, AIModel, pk))) for pk in found]
        some = "; ".join(f"{ids.short(pk)} {label[:60]!r}" for pk, label in rows[:5])
        return Ambiguous(f"{ref!r} fits {len(rows)} models: {some}. Say provider/name@version.", rows)


def spelled(row: Mapping[str, Any]) -> str:
    """Return ``provider/name@version``, as a person names the model."""
    version = f"@{row['version']}" if row.get("version") else ""
    return f"{row['provider']}/{row['name']}{version}"


def dimension(connection: Connection, pk: str) -> int | None:
    """Return the length of a model's vectors: ``parameters.dim``, else that of a vector it has; None before any."""
    row = tables.need(connection, AIModel, pk)
    declared = values.from_json(row["parameters"])
    if isinstance(declared, dict) and _is_dim(declared.get("dim")):
        return int(declared["dim"])
    first = connection.execute("SELECT dim FROM embeddings WHERE model_id = ? LIMIT 1", (pk,)).fetchone()
    return int(first[0]) if first else None


_SECRETS = frozenset(["api_key", "apikey", "token", "access_token", "secret", "password", "authorization"])
_WITH_PASSWORD = re.compile(r"^\w+://[^/@\s]*:[^/@\s]+@")


def _check_no_secret(parameters: Mapping[str, Any]) -> None:
    """Refuse a service's key: parameters are shown in lists, exported, and sent to the server."""
    for name, value in parameters.items():
        if name.lower().replace("-", "_") in _SECRETS or _WITH_PASSWORD.match(str(value)):
            way = "'localstore embed setup' keeps the key of a service outside the store"
            raise InvalidValue(f"a secret would be kept in the clear: {way}", f"parameters.{name[:40]}")


def _is_dim(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _check(given: Mapping[str, Any]) -> None:
    for column in ("name", "provider"):
        if column in given and not str(given[column] or "").strip():
            raise InvalidValue(f"a model needs a {column}", column)
    if "version" in given and given["version"] == "":
        raise InvalidValue("an empty version is none: leave it out", "version")
    parameters = given.get("parameters")
    if isinstance(parameters, dict):
        _check_parameters(parameters)


def _check_parameters(parameters: Mapping[str, Any]) -> None:
    if "dim" in parameters and not _is_dim(parameters["dim"]):
        shown = values.shown(parameters["dim"])
        raise InvalidValue(f"{shown} is no length of a vector: give a whole number above 0", "parameters.dim")
    _check_no_secret(parameters)
    metric = parameters.get("metric", METRICS[0])
    if metric not in METRICS:
        raise InvalidValue(
            f"there is no metric {values.shown(metric)}: choose {', '.join(METRICS)}", "parameters.metric"
        )


def _check_dim(connection: Connection, pk: str, parameters: object) -> None:
    """Refuse a length that the model's vectors do not have."""
    wanted = parameters.get("dim") if isinstance(parameters, dict) else None
    row = connection.execute("SELECT dim FROM embeddings WHERE model_id = ? LIMIT 1", (pk,)).fetchone()
    if wanted and row and row[0] != wanted:
        raise InvalidValue(f"{wanted}, but the model's vectors have {row[0]} numbers", "parameters.dim")


def _check_free(connection: Connection, given: Mapping[str, Any], own: str = "") -> None:
    """Raise Taken when another model has the same provider, name and version."""
    sql = "SELECT id FROM ai_models WHERE provider = ? AND name = ? AND version IS ? AND id <> ?"
    row = connection.execute(sql, (*tables.encode(AIModel, {k: given[k] for k in _KEY}).values(), own)).fetchone()
    if row:
        raise Taken(f"the model {spelled(given)!r} is registered already ({ids.short(row[0])})", "name", row[0])
