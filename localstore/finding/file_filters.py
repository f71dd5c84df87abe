"""Which files: ``words kind:image/* item:ID is:kept is:loose``, read as a person types it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from localstore import values
from localstore.connection import Connection
from localstore.errors import Ambiguous, InvalidFilter, NotFound
from localstore.filters import nearest
from localstore.finding.find_fields import NOTHING, Asked, FindFields, like, read_fields

if TYPE_CHECKING:
    from localstore.store import Store

FIELDS = {"kind": "kind:image/*", "item": "item:0198c0de", "is": "is:missing"}
_KEPT = "(t.path >= 'sha256:' AND t.path < 'sha256;')"
STATES = {"kept": _KEPT, "referred": f"NOT {_KEPT}", "loose": "t.item_id IS NULL"}
VERIFIED = ("missing", "changed", "elsewhere", "ok")
"""States that only reading the bytes can tell."""


@dataclass(frozen=True)
class FileFilter:
    """All conditions hold at once; ``found`` are the ids that a verification found in each of its states."""

    asked: FindFields = NOTHING
    found: Mapping[str, tuple[str, ...]] = field(default_factory=dict, compare=False)

    @classmethod
    def parse(cls, line: str) -> FileFilter:
        """Read a find line; InvalidFilter says where it went wrong."""
        asked = read_fields(line, FIELDS)
        for state in asked.all("is"):
            if state.value not in (*STATES, *VERIFIED):
                known = nearest(state.value, (*STATES, *VERIFIED))
                raise InvalidFilter(f"no file is {state.value!r}{known}", state.position)
        return cls(asked)

    def __bool__(self) -> bool:
        return bool(self.asked)

    @property
    def needs_verifying(self) -> bool:
        """Whether it asks for something that only reading the bytes can tell."""
        return any(state.value in VERIFIED for state in self.asked.all("is"))

    def given(self, found: Mapping[str, tuple[str, ...]]) -> FileFilter:
        """Return the filter with what a verification found."""
        return replace(self, found=found)

    def sql(self, store: Store, connection: Connection) -> tuple[str, list[Any]]:
        """Return a condition over ``t`` and its bindings."""
        conditions: list[str] = []
        bindings: list[Any] = []
        for word in self.asked.words:
            conditions.append("t.filename LIKE ? ESCAPE '\\'")
            bindings.append(like(word))
        for kind in self.asked.all("kind"):
            conditions.append("t.mime_type LIKE ? ESCAPE '\\'")
            bindings.append(like(kind.value)[1:-1].replace("*", "%") + ("" if "*" in kind.value else "%"))
        if item := self.asked.one("item"):
            conditions.append("t.item_id IS ?")
            bindings.append(_item(store, item))
        for state in self.asked.all("is"):
            conditions.append(STATES.get(state.value, "t.id IN (SELECT value FROM json_each(?))"))
            if state.value not in STATES:
                bindings.append(values.to_json(list(self.found.get(state.value, ()))))
        return " AND ".join(conditions) or "1", bindings


def _item(store: Store, asked: Asked) -> str | None:
    if asked.value == "-":
        return None
    try:
        return store.items.resolve(asked.value)
    except (NotFound, Ambiguous) as error:
        raise InvalidFilter(str(error), asked.position) from None
