"""Which rows go that the server never had: the rule of each table, as an SQL condition over its alias ``t``.

Who may write a row says what it hangs on: an item, a person, an organization. What others share (tags, AI models)
goes with the first row that refers to it. An item that the server has takes its new parts along, shared or not.
"""

from __future__ import annotations

import re

import apsw

from localstore import tables
from localstore.connection import Connection
from localstore.filters import Filter
from localstore.models import AIModel, Content, Item, Organization, User
from localstore.models import Row as Model
from localstore.sync_rules import RULES, Writes
from sync.local.images import name_of

ORG, ALL = "org", "all"


def literal(value: str | int | float | bytes | None) -> str:
    """Return a value as SQL: these conditions stand in several statements."""
    return str(apsw.format_sql_value(value))


def items_sql(connection: Connection, items: str) -> str:
    """Return which items are shared, as a condition over ``items i``; a filter's unknown names raise InvalidFilter."""
    if items == ALL:
        return "1"
    if items == ORG:
        return f"i.{_column(Item, Organization)} IS NOT NULL"
    condition, bindings = Filter.parse(items).sql(connection)
    given = iter(bindings)
    # the filters' SQL has no question mark in its own literals
    return f"({re.sub('[?]', lambda _: literal(next(given)), condition)})"


def unknown(table: str, pk: str) -> str:
    """Return the condition that the server does not have a row that is here."""
    return (
        f"(EXISTS (SELECT 1 FROM sync_kept x WHERE x.tbl = '{table}' AND x.pk = {pk})"
        f" OR EXISTS (SELECT 1 FROM sync_dirty x WHERE x.tbl = '{table}' AND x.pk = {pk} AND x.base IS NULL))"
    )


def is_kept(table: str, pk: str) -> str:
    """Return the condition that a row is kept from the server."""
    return f"EXISTS (SELECT 1 FROM sync_kept x WHERE x.tbl = '{table}' AND x.pk = {pk})"


class Rules:
    """The conditions of one share: *items* (SQL over ``items i``), whose store it is, and what stays home."""

    def __init__(self, items: str, user_id: str, homely: tuple[str, ...], *, everything: bool) -> None:
        self.items = items
        self.user_id = user_id
        self.user = literal(user_id)
        self.homely = homely
        self.everything = everything

    def goes(self, model: type[Model]) -> str:
        """Return the condition that a row which the server never had goes there."""
        return f"({self._rule(model)}){self._stays_home(model)}{self._of_strangers(model, 't')}"

    def _rule(self, model: type[Model]) -> str:
        writes = RULES[name_of(model)].writes
        if writes is Writes.ONESELF:
            return "0"
        if writes is Writes.ACTOR:
            return self._acted(model)
        if writes is Writes.WITH_ITEM:
            return self._item(self._place(model))
        if writes is Writes.OWNER_AND_ITEM:
            alone = f" OR {_of(model, Item)} IS NULL" if self.everything else ""
            return f"{self._item(_of(model, Item))}{alone}"
        if self.everything or writes is Writes.ADMINISTRATORS:
            return "1"
        if writes is Writes.DEPENDENTS:
            return "0"
        if model is Item:
            return f"EXISTS (SELECT 1 FROM items i WHERE i.id = t.id AND {self.items})"
        own = f"t.{_column(model, User)} IS {self.user}"
        if writes is Writes.SCOPE:
            return (
                f"(t.scope = 'user' AND {own}) OR (t.scope = 'organization' AND {_of(model, Organization)} IS NOT NULL)"
            )
        return own

    def _acted(self, model: type[Model]) -> str:
        """What this person did to an item that goes, or in an organization."""
        item, organization = _of(model, Item), _of(model, Organization)
        alone = f"{item} IS NULL" if self.everything else f"{item} IS NULL AND {organization} IS NOT NULL"
        return f"{_of(model, User)} IS {self.user} AND ({self._item(item)} OR {alone})"

    def _place(self, model: type[Model]) -> str:
        """Return the item that a row hangs on, itself or through its text."""
        item = _of(model, Item)
        texts = [column for column, parent, _ in tables.references(model) if parent is Content]
        return f"COALESCE({item}, (SELECT c.item_id FROM contents c WHERE c.id = t.{texts[0]}))" if texts else item

    def _item(self, pk: str) -> str:
        return (
            f"EXISTS (SELECT 1 FROM items i WHERE i.id = {pk} AND"
            f" (({self.items}{self._of_strangers(Item, 'i')}) OR NOT {unknown('items', 'i.id')}))"
        )

    def _of_strangers(self, model: type[Model], row: str) -> str:
        """Devices make no people: what belongs to one whom the server does not know stays here."""
        owned = [column for column, parent, _ in tables.references(model) if parent is User]
        stranger = " AND NOT ({0} IS NOT {1} AND {2})"
        return "".join(
            stranger.format(f"{row}.{column}", self.user, is_kept("users", f"{row}.{column}")) for column in owned
        )

    def _stays_home(self, model: type[Model]) -> str:
        condition = self.home(model)
        return f" AND NOT ({condition})" if condition else ""

    def home(self, model: type[Model]) -> str:
        """Return the condition that a row is a vector of a model whose vectors stay here; empty: none is."""
        if not self.homely or not tables.blobs(model):
            return ""
        return f"{_of(model, AIModel)} IN ({', '.join(map(literal, self.homely))})"


def _column(model: type[Model], target: type[Model]) -> str:
    return next(column for column, parent, _ in tables.references(model) if parent is target)


def _of(model: type[Model], target: type[Model]) -> str:
    return f"t.{_column(model, target)}"
