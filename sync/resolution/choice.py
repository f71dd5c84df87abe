"""One choice of a person and what it does to the store, by the kind of the conflict."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from localstore import tables
from localstore.deeds.actions import Action
from localstore.errors import InvalidValue
from localstore.models import Row
from sync.merging.prefer import Prefer
from sync.resolution import refusals, resolving_columns
from sync.resolution.reading_again import read_again
from sync.resolution.reviving import ABOVE, Revival, Trash
from sync.shapes import Conflict, Image, Kind

if TYPE_CHECKING:
    from localstore.store import Store


class How(StrEnum):
    """What a person may say."""

    MINE = "mine"
    THEIRS = "theirs"
    BOTH = "both"
    REVIVE = "revive"
    RETRY = "retry"
    VALUE = "value"


Apply = Callable[["Choice"], None]


class Choice:
    """One conflict, what was chosen, and the action in which it is carried out."""

    def __init__(
        self, store: Store, action: Action, conflict: Conflict, value: Mapping[str, Any], trash: Trash | None = None
    ) -> None:
        self.store = store
        self.action = action
        self.conflict = conflict
        self.value = value
        self.model: type[Row] = tables.model_of(conflict.key.tbl)
        self.trash = trash or Trash(action.connection)

    # -- disputed columns -----------------------------------------------------------------------------------

    def mine(self) -> None:
        """Put my values where the server's stand."""
        self._choose(Prefer.OURS)

    def both(self) -> None:
        """Keep both: of texts theirs then mine, of lists all elements."""
        self._choose(Prefer.BOTH)

    def _choose(self, prefer: Prefer) -> None:
        live = resolving_columns.need_row(self.action, self.model, self.conflict)
        columns = resolving_columns.chosen(self.model, self.conflict, live, prefer)
        resolving_columns.write(self.action, self.model, self.conflict.key.pk, columns)

    def edit(self) -> None:
        """Set the columns that were given."""
        resolving_columns.edit(self.action, self.model, self.conflict, self.value)

    def nothing(self) -> None:
        """Leave the store as it is."""

    # -- whole rows -----------------------------------------------------------------------------------------

    def revive_ours(self) -> None:
        """Bring back the row that I edited or made."""
        self._revive(self.conflict.ours)

    def revive_theirs(self) -> None:
        """Bring back the row that I deleted, as the server's side edited it."""
        self._revive(self.conflict.theirs)

    def _revive(self, image: Mapping[str, Any] | None) -> None:
        whole: Image = dict(image or {}) | self._given()
        parent = dict(self.conflict.theirs or {}) if self.conflict.kind in ABOVE else None
        base = dict(self.conflict.base or {}) if self.conflict.kind in ABOVE else None
        Revival(self.action, self.trash, parent).bring_back(self.model, self.conflict.key.pk, whole, base)

    def _given(self) -> Image:
        return tables.encode(self.model, self.value) if self.value else {}

    # -- refused, taken, unreadable -------------------------------------------------------------------------

    def retry(self) -> None:
        """Let my row be pushed again, or set the value again that was taken."""
        refusals.retry(self.action, self.model, self.conflict, self.trash)

    def give_up(self) -> None:
        """Take back what the server refuses."""
        refusals.give_up(self.store, self.action, self.model, self.conflict, self.trash)

    def change(self) -> None:
        """Set the columns that were given, and let the row be pushed again."""
        self.edit()
        refusals.release(self.action, self.conflict.key)

    def read_again(self) -> None:
        """Take the server's row if it can be read by now."""
        read_again(self.store, self.action, self.conflict)


_REFUSED: dict[How, Apply] = {
    How.MINE: Choice.retry,
    How.RETRY: Choice.retry,
    How.THEIRS: Choice.give_up,
    How.VALUE: Choice.change,
}
_REVIVABLE: dict[How, Apply] = {
    How.MINE: Choice.revive_ours,
    How.REVIVE: Choice.revive_ours,
    How.THEIRS: Choice.nothing,
    How.VALUE: Choice.revive_ours,
}
_RULES: dict[Kind, dict[How, Apply]] = {
    Kind.COLUMNS: {
        How.MINE: Choice.mine,
        How.THEIRS: Choice.nothing,
        How.BOTH: Choice.both,
        How.VALUE: Choice.edit,
    },
    Kind.DELETED_THERE: _REVIVABLE,
    Kind.PARENT_GONE: _REVIVABLE,
    Kind.DELETED_HERE: {
        How.MINE: Choice.nothing,
        How.THEIRS: Choice.revive_theirs,
        How.REVIVE: Choice.revive_theirs,
        How.VALUE: Choice.revive_theirs,
    },
    Kind.REFUSED: _REFUSED,
    Kind.TAKEN: _REFUSED,
    Kind.UNREADABLE: {How.RETRY: Choice.read_again},
    Kind.PARKED: {How.RETRY: Choice.read_again},
}


def possible(kind: Kind) -> tuple[How, ...]:
    """Return what may be said to a conflict of this kind (``both`` only where texts or lists are in dispute)."""
    return tuple(_RULES[kind])


def carry_out(choice: Choice, how: How) -> None:
    """Do what was chosen, within the open action; InvalidValue says what is possible instead."""
    rules = _RULES[choice.conflict.kind]
    if how not in rules:
        words = ", ".join(each for each in rules)
        raise InvalidValue(f"'{how}' means nothing to a conflict of the kind '{choice.conflict.kind}': choose {words}")
    rules[how](choice)
