"""What a form of a row starts with, and what it writes: read and written on the threads of the store."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from localstore import by_columns, times
from localstore.errors import NotFound
from localstore.setting_keys import KNOWN
from tui.record_fields import WORDS, Kind, Spec, blank, shown, specs

if TYPE_CHECKING:
    from localstore.drafts import Draft as Kept
    from localstore.store import Store


@dataclass
class Draft:
    """What somebody was writing, and the ``updated_at`` they started from."""

    texts: dict[str, str]
    expected: str | None = None
    at: str = ""
    base: dict[str, str] = field(default_factory=dict)
    """What stood in these fields before."""

    def to_text(self) -> str:
        """Return the draft as it is kept."""
        return json.dumps({"texts": self.texts, "base": self.base, "expected": self.expected}, ensure_ascii=False)


@dataclass
class FormStart:
    """Texts by column, what linked rows are called, words to offer, the draft if any."""

    specs: tuple[Spec, ...]
    texts: dict[str, str]
    names: dict[str, str] = field(default_factory=dict)
    words: dict[str, list[str]] = field(default_factory=dict)
    secrets: dict[str, bool] = field(default_factory=dict)
    expected: str | None = None
    title: str = ""
    dim: int | None = None
    draft: Draft | None = None


def draft_name(table: str, key: str | None) -> str:
    """Return under which name a draft is kept."""
    return f"record:{table}:{key or 'new'}"


def read_start(
    store: Store, table: str, key: str | None, given: Mapping[str, Any], kept: Kept | None = None
) -> FormStart:
    """Read what a form needs, in one reading, over it the draft *kept*; NotFound when the row is gone."""
    with store.reading():
        start = _stored(store, table, key) if key else _new(store, table, given)
        start.draft = _draft(kept, start)
        if start.draft:
            for spec in start.specs:
                if spec.kind is Kind.LINK and (named := start.draft.texts.get(spec.column)):
                    start.names.setdefault(f"{spec.column}={named}", _name(store, spec, named))
        start.words = {spec.column: _words(store, spec) for spec in start.specs if spec.offers}
        if table == "embeddings":
            start.dim = dimension_of(store, start.texts.get("model_id", ""))
    return start


def _stored(store: Store, table: str, key: str) -> FormStart:
    row = store.table(table).get(key)
    fields = specs(table, new=False)
    texts = {spec.column: shown(spec, row.columns[spec.column]) for spec in fields}
    names = {f"{column}={row.columns[column]}": name for column, name in row.names.items()}
    expected = row.columns.get("updated_at")
    title = store.table(table).name_of(key)
    return FormStart(
        fields, texts, names, secrets=row.secrets, expected=times.stamp(expected) if expected else None, title=title
    )


def _new(store: Store, table: str, given: Mapping[str, Any]) -> FormStart:
    fields = specs(table, new=True)
    start = FormStart(fields, {spec.column: blank(spec) for spec in fields})
    owned = by_columns.OWNED.get(table)
    first = ({owned: store.local_user_id} if owned and not store.read_only else {}) | dict(given)
    for spec in fields:
        if spec.column in first:
            start.texts[spec.column] = shown(spec, first[spec.column])
        if spec.kind is Kind.LINK and (key := start.texts[spec.column]):
            start.names[f"{spec.column}={key}"] = _name(store, spec, key)
    return start


def _name(store: Store, spec: Spec, key: str) -> str:
    try:
        return store.table(spec.parent).name_of(key)
    except NotFound:
        return "gone: somebody deleted it"


def _draft(kept: Kept | None, start: FormStart) -> Draft | None:
    """Return a kept draft; None when there is none or another version wrote it otherwise."""
    try:
        document = json.loads(kept.text) if kept else {}
        texts = {name: str(text) for name, text in document["texts"].items() if name in start.texts}
        base = {name: str(document.get("base", {}).get(name, "")) for name in texts}
        stamp = document["expected"]
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return Draft(texts, stamp if isinstance(stamp, str) else None, kept.at if kept else "", base)


def _words(store: Store, spec: Spec) -> list[str]:
    words = [*WORDS.get((spec.table, spec.column), ()), *store.table(spec.table).known(spec.column)]
    if (spec.table, spec.column) == ("ai_models", "provider"):
        from localstore.embedders import providers

        words += sorted(providers())
    if (spec.table, spec.column) == ("settings", "key"):
        words += sorted(KNOWN)
    return list(dict.fromkeys(words))


def dimension_of(store: Store, model: str) -> int | None:
    """Return the length that vectors of a model have; None while nobody knows."""
    from localstore.ai_models import dimension

    with store.reading() as connection:
        return dimension(connection, model) if model else None


def save(
    store: Store, table: str, key: str | None, written: Mapping[str, Any], expected: str | None
) -> by_columns.Added:
    """Add a row, or set the columns that were changed; return its key. Raises as the store does."""
    if key is None:
        given = {name: value for name, value in written.items() if not _is_empty(value) or name == "value"}
        return store.table(table).add(**given)
    return by_columns.Added(store.table(table).edit(key, expected, **written))


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value)
