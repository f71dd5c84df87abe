"""Names: the rows that records name by e-mail, slug, tag or model; tags and models are made when missing.

What was found is remembered from batch to batch, and forgotten when anybody else wrote to the file.
"""

from __future__ import annotations

from collections.abc import Iterable

from localstore import ids, tables
from localstore.ai_models import dimension
from localstore.bulk.settled import Vector
from localstore.connection import Connection
from localstore.errors import InvalidValue
from localstore.filters import nearest
from localstore.models import AIModel, Row, Tag
from localstore.records import TagRecord

ModelName = tuple[str, str, str | None]


class Names:
    """Looks up by name within the batch's transaction."""

    def __init__(self, local_user: str) -> None:
        self._local_user = local_user
        self._version: tuple[int, int] | None = None
        self.forget()

    def forget(self) -> None:
        """Read everything anew: a transaction was rolled back."""
        self._version = None
        self._users: dict[str, str] = {}
        self._organizations: dict[str, str] = {}
        self._tags: dict[str, str] | None = None
        self._models: dict[ModelName, str] = {}
        self._dims: dict[str, int | None] = {}

    def begin(self, connection: Connection) -> None:
        """Work with this connection; forget when others wrote since ``end``."""
        self._connection = connection
        if self._version != (connection.pragma("data_version"), connection.total_changes()):
            self.forget()

    def end(self) -> None:
        """Remember the state of the file as this writer leaves it."""
        self._version = (self._connection.pragma("data_version"), self._connection.total_changes())

    def owner(self, email: str | None) -> str:
        """Return the id of the user with this e-mail, the local user for none; InvalidValue names the nearest."""
        if email is None:
            return self._local_user
        return self._found(self._users, "users", "email", email, "user", "owner")

    def organization(self, slug: str | None) -> str | None:
        """Return the id of the organization with this slug; InvalidValue names the nearest."""
        if slug is None:
            return None
        return self._found(self._organizations, "organizations", "slug", slug, "organization", "organization")

    def _found(self, known: dict[str, str], table: str, column: str, value: str, word: str, path: str) -> str:
        if value not in known:
            row = self._connection.execute(f"SELECT id FROM {table} WHERE {column} = ?", (value,)).fetchone()
            if row is None:
                all_names = [r[0] for r in self._connection.execute(f"SELECT {column} FROM {table} LIMIT 1000")]
                near = nearest(value, all_names)
                raise InvalidValue(f"there is no {word} {value!r} here (add it first){near}", path)
            known[value] = str(row[0])
        return known[value]

    def tags(self, records: Iterable[TagRecord]) -> list[str]:
        """Return the ids of tags, made when there is none of the name in any case; of equal ones the oldest."""
        if self._tags is None:
            rows = self._connection.execute("SELECT name, id FROM tags ORDER BY created_at DESC, id DESC")
            self._tags = {ids.fold(name): pk for name, pk in rows}
        return [self._tags.get(ids.fold(tag.name)) or self._make_tag(tag) for tag in records]

    def _make_tag(self, tag: TagRecord) -> str:
        assert self._tags is not None
        pk = self._free(Tag, ids.tag_id(tag.name))
        self._insert(Tag, {"id": pk, "name": tag.name, "color": tag.color})
        self._tags[ids.fold(tag.name)] = pk
        return pk

    def model(self, vector: Vector) -> str:
        """Return the id of a vector's model, made when missing; InvalidValue for another length than its vectors'."""
        pk = self._models.get(vector.model) or self._find_model(vector.model)
        if pk not in self._dims:
            self._dims[pk] = dimension(self._connection, pk)
        wanted = self._dims[pk]
        if wanted is not None and wanted != vector.dim:
            name = "/".join(vector.model[:2])
            raise InvalidValue(f"{vector.dim} numbers, but vectors of {name} have {wanted}", "vector")
        self._dims[pk] = vector.dim
        return pk

    def _find_model(self, name: ModelName) -> str:
        sql = "SELECT id FROM ai_models WHERE provider = ? AND name = ? AND version IS ? ORDER BY created_at, id"
        row = self._connection.execute(sql, name).fetchone()
        pk = str(row[0]) if row else self._free(AIModel, ids.natural_id("ai_model", *name))
        if row is None:
            self._insert(AIModel, {"id": pk, "provider": name[0], "name": name[1], "version": name[2]})
        self._models[name] = pk
        return pk

    def _free(self, model: type[Row], natural: str) -> str:
        """Return the natural id, or a new one when the row that had it was renamed since."""
        return ids.new_id() if tables.fetch(self._connection, model, natural) else natural

    def _insert(self, model: type[Row], given: dict[str, str | None]) -> None:
        stored = tables.with_defaults(model, tables.encode(model, given))
        tables.insert(self._connection, model, stored)
