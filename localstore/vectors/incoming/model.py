"""The model of many vectors: found, or made in the transaction of the first of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from localstore import ids, tables, values
from localstore.ai_models import dimension, spelled
from localstore.connection import Connection
from localstore.errors import NotFound
from localstore.models import AIModel
from localstore.vectors.incoming.matrix import check_width

if TYPE_CHECKING:
    from localstore.store import Store


@dataclass(slots=True)
class Model:
    """A model by id, or, before it is registered, by its name."""

    id: str
    provider: str
    name: str
    version: str | None

    @property
    def spelled(self) -> str:
        """``provider/name@version``."""
        return spelled({"provider": self.provider, "name": self.name, "version": self.version})

    def check_width(self, connection: Connection, width: int, path: str) -> None:
        """Refuse vectors of another length than those it has."""
        if self._find(connection):
            check_width(width, dimension(connection, self.id), self.spelled, path)

    def ensure(self, connection: Connection, width: int) -> str:
        """Return its id, registering it, with ``parameters.dim``, when it is not."""
        if self._find(connection):
            tables.need(connection, AIModel, self.id)
            return self.id
        pk = ids.natural_id("ai_model", self.provider, self.name, self.version)
        if tables.fetch(connection, AIModel, pk):
            pk = ids.new_id()  # the model of this first name was renamed since
        given = {"id": pk, "provider": self.provider, "name": self.name, "version": self.version}
        row = tables.encode(AIModel, {**given, "parameters": {"dim": width}})
        tables.insert(connection, AIModel, tables.with_defaults(AIModel, row))
        return pk

    def _find(self, connection: Connection) -> bool:
        """Look for a model of this name that was registered meanwhile; tell whether there is one."""
        if not self.id:
            sql = "SELECT id FROM ai_models WHERE provider = ? AND name = ? AND version IS ? ORDER BY created_at, id"
            row = connection.execute(sql, (self.provider, self.name, self.version)).fetchone()
            if row:
                self.id = str(row[0])
        return bool(self.id)


def model_called(store: Store, ref: str, *, create: bool) -> Model:
    """Return the model that *ref* names; one spelled ``provider/name[@version]`` may be registered by *create*.

    Raises NotFound, saying how to spell it, and Ambiguous.
    """
    try:
        row = store.ai_models.get(ref)
        return Model(str(row.id), row.provider, row.name, row.version)
    except NotFound:
        new = _read(ref)
        if new and create:
            return new
    how = "leave create on, or register it" if new else "spell it provider/name or provider/name@version to register it"
    raise NotFound(f"There is no model {ref!r}: {how}.")


def _read(ref: str) -> Model | None:
    """Read ``provider/name@version``; the name may hold slashes."""
    provider, slash, rest = values.check_text(ref, "model", values.MAX_INDEXED).strip().partition("/")
    name, at, version = rest.rpartition("@")
    if not at:
        name, version = rest, ""
    complete = all(part.strip() for part in (provider, name)) and (version or not at)
    return Model("", provider.strip(), name.strip(), version or None) if slash and complete else None
