"""Filter: which items. One object for lists, search, export and sync, written the same in find line and options.

``Filter.parse('attention type:paper #nlp meta.year>2020 since:7d')`` reads what a person types; ``str`` writes
it back; ``sql`` makes the condition. ``~what it means`` and ``like:ID`` are no condition: they rank what is left.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from localstore import ids, times, values
from localstore.errors import InvalidFilter, InvalidValue
from localstore.finding.conditions import Condition
from localstore.finding.tokens import Token, in_quotes, quoted, split, with_meaning
from localstore.freshness import Freshness

if TYPE_CHECKING:
    from localstore.connection import Connection

FACTS = ("embedding", "fresh", "stale", "file", "tag")
_STATES = {"fresh": Freshness.FRESH, "stale": Freshness.STALE}
MARKS = 500
"""Up to so many ids are bound one by one; above, as one list: a statement takes 32,766 values at most."""
FEW = 5_000
"""Up to so many rows a sub-query is read first and the list sorted; above, the list is walked in its order."""

FIELDS = {
    "type": "types",
    "tag": "tags",
    "any": "any_tags",
    "org": "organization",
    "organization": "organization",
    "owner": "owner",
    "model": "model",
    "since": "since",
    "until": "until",
    "created": "created_since",
    "has": "has",
    "no": "without",
    "without": "without",
    "like": "like",
}
UNRANKED = "~words and like: rank by nearness, and this does not: leave them out, or use 'localstore similar'"
_TIMES = ("since", "until", "created_since")


@dataclass(frozen=True, slots=True)
class Filter:
    """Which items: all conditions hold at once; an empty one holds for every item.

    ``types`` are alternatives, ``tags`` must all be there, of ``any_tags`` one. Times are stored text
    (``localstore.times``). ``organization`` is a slug, or ``-`` for none. ``meaning`` (a text) and ``like`` (an id)
    ask for the nearest of what the rest finds: lists that rank take them out with ``unranked``.
    """

    words: str = ""
    types: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    any_tags: tuple[str, ...] = ()
    organization: str | None = None
    owner: str | None = None
    where: tuple[Condition, ...] = ()
    since: str | None = None
    until: str | None = None
    created_since: str | None = None
    has: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    model: str | None = None
    ids: tuple[str, ...] = ()
    meaning: str = ""
    like: str = ""

    @classmethod
    def parse(cls, text: str) -> Filter:
        """Read a find line; InvalidFilter says where it went wrong and what is near."""
        found: dict[str, Any] = {}
        words: list[str] = []
        for token in with_meaning(split(text)):
            _take(token, found, words)
        return cls(words=" ".join(words), **found)

    @property
    def ranks(self) -> bool:
        """Whether the filter asks for what is nearest to a text or an item."""
        return bool(self.meaning or self.like)

    def unranked(self) -> Filter:
        """Return the conditions alone: what is ranked."""
        return replace(self, meaning="", like="") if self.ranks else self

    def __bool__(self) -> bool:
        return self != Filter()

    def __str__(self) -> str:
        """Write the filter as a find line that parses back to it."""
        parts = [self.words] if self.words else []
        parts += [f"#{quoted(name)}" for name in self.tags]
        names = {"types": "type", "any_tags": "any", "has": "has", "without": "no"}
        for attribute, key in names.items():
            parts += [f"{key}:{quoted(value)}" for value in getattr(self, attribute)]
        singles = {"organization": "org", "owner": "owner", "model": "model", "since": "since"}
        singles |= {"until": "until", "created_since": "created"}
        for attribute, key in singles.items():
            if (value := getattr(self, attribute)) is not None:
                parts.append(f"{key}:{quoted(value)}")
        parts += [f"~{in_quotes(self.meaning)}"] if self.meaning else []
        parts += [f"like:{quoted(self.like)}"] if self.like else []
        return " ".join(parts + [str(condition) for condition in self.where])

    def also(self, **more: Any) -> Filter:
        """Return the filter with more values: lists are added to, the rest replaced."""
        merged: dict[str, Any] = {}
        for name, value in more.items():
            old = getattr(self, name)
            merged[name] = (*old, *value) if isinstance(old, tuple) else value
        return replace(self, **merged)

    # -- SQL ----------------------------------------------------------------------------------------------

    def sql(self, connection: Connection, *, text: bool = True) -> tuple[str, list[Any]]:
        """Return a condition over ``items i`` and its bindings; without *text*, the words are left out.

        Names that must exist (organization, owner, model) raise InvalidFilter with the nearest; so does a filter
        that ranks: nobody shall take a list in another order for its answer.
        """
        if self.ranks:
            raise InvalidFilter(UNRANKED)
        build = _Sql(connection)
        if self.types:
            build.add(f"i.type IN ({_marks(self.types)})", *self.types)
        if len(self.ids) > MARKS:
            build.add("i.id IN (SELECT value FROM json_each(?))", values.to_json(self.ids))
        elif self.ids:
            build.add(f"i.id IN ({_marks(self.ids)})", *self.ids)
        for column, operator, value in (
            ("updated_at", ">=", self.since),
            ("updated_at", "<", self.until),
            ("created_at", ">=", self.created_since),
        ):
            if value is not None:
                build.add(f"i.{column} {operator} ?", value)
        build.owned(self.organization, self.owner)
        build.tagged(self.tags, self.any_tags)
        for condition in self.where:
            build.add(*condition.sql("i"))
        build.facts(self.has, self.without, self.model)
        if text and self.words:
            build.words(self.words)
        return " AND ".join(build.conditions) or "1", build.bindings


class _Sql:
    """Conditions and bindings, gathered."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.conditions: list[str] = []
        self.bindings: list[Any] = []

    def add(self, condition: str, *bindings: Any) -> None:
        self.conditions.append(condition)
        self.bindings += bindings

    def owned(self, organization: str | None, owner: str | None) -> None:
        if organization == "-":
            self.add("i.organization_id IS NULL")
        elif organization is not None:
            self.add("i.organization_id = ?", self._named("organizations", "slug", organization, "organization"))
        if owner is not None:
            self.add("i.owner_id = ?", self._named("users", "email", owner, "user"))

    def tagged(self, every: Iterable[str], some: Iterable[str]) -> None:
        alone: list[tuple[str, ...]] = [(name,) for name in every]
        for group in alone + ([tuple(some)] if some else []):
            tags = tag_ids(self.connection, group)
            inner = f"SELECT item_id FROM item_tag_links WHERE tag_id IN ({_marks(tags)})"
            walked = f"EXISTS (SELECT 1 FROM item_tag_links l WHERE l.item_id = i.id AND l.tag_id IN ({_marks(tags)}))"
            self._member(inner, walked, tags)

    def words(self, words: str) -> None:
        from localstore.text import ITEM_MATCHES, MATCHING_ITEMS, has_pending, match_query

        query = match_query(words)
        if not query:
            self.add("0")
        elif has_pending(self.connection):
            self._waiting_words(query)
        else:
            self._member(MATCHING_ITEMS, ITEM_MATCHES, [query])

    def _waiting_words(self, query: str) -> None:
        """Take the rows that wait to be indexed (another program wrote them) by what they say now."""
        from localstore.search import waiting
        from localstore.text import MATCHING_ITEMS

        fresh = sorted({item for _, item, _ in waiting(self.connection, query)})
        indexed = f"{MATCHING_ITEMS} AND r.id NOT IN (SELECT id FROM text_pending)"
        inner = f"{indexed} UNION ALL SELECT value FROM json_each(?)"
        self._member(inner, f"+i.id IN ({inner})", [query, values.to_json(fresh)])

    def _member(self, inner: str, walked: str, bindings: list[Any]) -> None:
        probe = f"SELECT count(*) FROM (SELECT 1 FROM ({inner}) LIMIT {FEW + 1})"
        few = self.connection.execute(probe, bindings).fetchone()[0] <= FEW
        self.add(f"i.id IN ({inner})" if few else walked, *bindings)

    def facts(self, has: Iterable[str], without: Iterable[str], model: str | None) -> None:
        found = self._model(model) if model is not None else None
        for name in has:
            self.add(*_fact(name, found))
        for name in without:
            condition, *bindings = _fact(name, found)
            self.add(f"NOT {condition}", *bindings)
        if found and "embedding" not in {*has, *without}:
            self.add(*_fact("embedding", found))

    def _model(self, name: str) -> str:
        return find_model(self.connection, name)

    def _named(self, table: str, column: str, value: str, word: str) -> str:
        row = self.connection.execute(f"SELECT id FROM {table} WHERE {column} = ?", (value,)).fetchone()
        if row:
            return str(row[0])
        known = [r[0] for r in self.connection.execute(f"SELECT {column} FROM {table} LIMIT 1000")]
        raise InvalidFilter(f"there is no {word} {value!r}{nearest(value, known)}")


def find_model(connection: Connection, ref: str) -> str:
    """Return the id of the AI model called *ref*: ``name``, ``provider/name``, with ``@version``, or an id."""
    found = models_called(connection, ref)
    if len(found) == 1:
        return found[0]
    if found:
        raise InvalidFilter(f"{ref!r} names {len(found)} models: say provider/name@version")
    names = [row[0] for row in connection.execute("SELECT name FROM ai_models")]
    raise InvalidFilter(f"there is no model {ref!r}{nearest(ref, names)}")


def models_called(connection: Connection, ref: str) -> list[str]:
    """Return the ids of all AI models called *ref*: those it spells out whole, else those it names in part."""
    rows: list[Any] = connection.execute("SELECT id, provider, name, version FROM ai_models").fetchall()
    whole = [str(row[0]) for row in rows if ref in _whole(*row)]
    return whole or [str(row[0]) for row in rows if ref in _bare(*row)]


def _whole(pk: str, provider: str, name: str, version: str | None) -> set[str]:
    return {pk, f"{provider}/{name}@{version}" if version else f"{provider}/{name}"}


def _bare(pk: str, provider: str, name: str, version: str | None) -> set[str]:
    return {name, f"{provider}/{name}", f"{name}@{version}", ids.short(pk)}


def tag_ids(connection: Connection, names: Iterable[str]) -> list[str]:
    """Return the ids of all tags with these names, whatever their case; equal names count as one tag."""
    wanted = {ids.fold(name) for name in names}
    rows = connection.execute("SELECT id, name FROM tags")
    return [pk for pk, name in rows if ids.fold(name) in wanted]


def _fact(name: str, model: str | None) -> tuple[Any, ...]:
    if name == "file":
        return ("EXISTS (SELECT 1 FROM file_assets f WHERE f.item_id = i.id)",)
    if name == "tag":
        return ("EXISTS (SELECT 1 FROM item_tag_links l WHERE l.item_id = i.id)",)
    if name in _STATES:
        state = "SELECT max(s.state) FROM embedding_states s WHERE s.item_id = i.id"
        return (f"(COALESCE(({state}), {Freshness.NONE:d}) = {_STATES[name]:d})",)
    if model is None:
        return ("EXISTS (SELECT 1 FROM embedding_states s WHERE s.item_id = i.id)",)
    states = "embedding_states s JOIN embeddings e ON e.id = s.embedding_id"
    return (f"EXISTS (SELECT 1 FROM {states} WHERE s.item_id = i.id AND e.model_id = ?)", model)


def nearest(value: str, known: Iterable[str]) -> str:
    """Return ``: did you mean 'lab'?``, or what is known when nothing is near."""
    import difflib

    names = sorted({*known})
    close = difflib.get_close_matches(value, names, 1)
    if close:
        return f": did you mean {close[0]!r}?"
    if not names:
        return ": there are none yet"
    return f": there is {', '.join(names[:8])}{' …' if len(names) > 8 else ''}"


def _marks(values: Iterable[Any]) -> str:
    return ", ".join("?" for _ in values)


def _take(token: Token, found: dict[str, Any], words: list[str]) -> None:
    """Put one token of a find line where it belongs."""
    if token.kind == "word":
        words.append(token.text)
    elif token.kind == "meaning":
        if not token.value.strip():
            raise InvalidFilter("~ needs words, such as ~how to retry", token.position)
        found["meaning"] = " ".join(filter(None, (found.get("meaning"), token.value)))
    elif token.kind == "tag":
        found["tags"] = (*found.get("tags", ()), token.value)
    elif token.kind == "condition":
        found["where"] = (*found.get("where", ()), _condition(token))
    else:
        _take_field(token, found)


def _condition(token: Token) -> Condition:
    try:
        return Condition.parse(token.text)
    except InvalidFilter as error:
        raise InvalidFilter(str(error), token.position + error.position) from None


def _take_field(token: Token, found: dict[str, Any]) -> None:
    attribute = FIELDS.get(token.key)
    if attribute is None:
        hint = nearest(token.key, FIELDS)
        shown = token.value[:40] if token.value.isprintable() and "did you" not in hint else ""
        meant = f" Metadata is meta_data.{token.key}={shown}." if shown else ""
        raise InvalidFilter(
            f"unknown field {token.key!r}{hint} Put quotes around it to find it as words.{meant}", token.position
        )
    if not token.value:
        raise InvalidFilter(
            f"{token.key}: needs a value, such as {_EXAMPLES[attribute]}", token.position + len(token.text)
        )
    value = _read(attribute, token)
    many = attribute in _MANY
    found[attribute] = (*found.get(attribute, ()), value) if many else value


def _read(attribute: str, token: Token) -> str:
    """Read the value of a field; what is wrong with it is wrong after the colon."""
    value, place = token.value, token.position + len(token.key) + 1
    if attribute in ("has", "without") and value not in FACTS:
        raise InvalidFilter(f"{token.key}: takes {', '.join(FACTS)}, not {value!r}", place)
    if attribute not in _TIMES:
        return value
    try:
        return times.since(value)
    except InvalidValue as error:
        raise InvalidFilter(str(error), place) from None


_MANY = {field.name for field in fields(Filter) if str(field.type).startswith("tuple")}
_EXAMPLES = {
    "types": "type:paper",
    "tags": "tag:todo",
    "any_tags": "any:todo",
    "organization": "org:lab",
    "owner": "owner:ada@example.org",
    "model": "model:bge-small",
    "since": "since:7d",
    "until": "until:2026-01-31",
    "created_since": "created:30d",
    "has": "has:file",
    "without": "no:embedding",
    "like": "like:0198c0de",
}
