"""Versions of rows to merge, and what hypothesis draws them from."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from hypothesis import strategies as st

from localstore import tables
from localstore.fields import JsonField
from localstore.models import APIKey, Content, Embedding, Item, OrganizationMembership, Row, Setting, Tag
from localstore.models import User as Person
from localstore.schema import field_type
from sync.merging.columns import Shape, derived, plan
from sync.shapes import Image

ID = "0190abcd-1111-7222-8333-444455556666"
OTHER = "0190abcd-1111-7222-8333-444455557777"
MOMENT = "2026-01-0{}T00:00:00.000000Z"
MODELS = (Item, Content, Embedding, Setting, Tag, Person, APIKey, OrganizationMembership)


def item(**columns: Any) -> Image:
    """An item's image; documents may be given as such."""
    known = {"owner_id": ID, "organization_id": None, "type": "note", "title": "Title", "description": None}
    return whole(Item, known | {"meta_data": {}} | columns)


def whole(model: type[Row], columns: dict[str, Any]) -> Image:
    """An image with every column of a model."""
    stamps = {"id": ID, "created_at": MOMENT.format(1), "updated_at": MOMENT.format(1)}
    found = {name: columns.get(name, stamps.get(name)) for name in tables.columns(model)}
    return {n: json.dumps(v) if isinstance(v, dict | list) else v for n, v in found.items()}


def embedding(vector: bytes | str, **meta: Any) -> Image:
    """A text's vector of four numbers."""
    columns = {"model_id": ID, "content_id": ID, "item_id": None, "vector": vector, "dim": 4, "meta_data": meta}
    return whole(Embedding, columns)


# -- drawn ------------------------------------------------------------------------------------------------

lines = st.lists(st.sampled_from(["", "a", "b", "c", "the same", "other"]), max_size=8).map("\n".join)
leaves = st.one_of(st.none(), st.booleans(), st.integers(-3, 3), st.sampled_from(["x", "y", "1"]), st.just(1.5))
documents = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)
objects = st.dictionaries(st.sampled_from("abc"), documents, max_size=3)
moments = st.integers(1, 9).map(MOMENT.format)
vectors = st.integers(1, 3).map(lambda number: bytes([number] * 16))


def values_of(model: type[Row], name: str) -> st.SearchStrategy[Any]:
    """What a column may hold."""
    kinds: dict[str, st.SearchStrategy[Any]] = {
        "ID": st.sampled_from([ID, OTHER]),
        "TEXT": lines,
        "UTC": moments,
        "BOOL": st.sampled_from([0, 1]),
        "BIGINT": st.just(4),
        "VECTOR": vectors,
    }
    field = tables.field_of(model, name)
    kind = field_type(field)
    if isinstance(field, JsonField):
        of_kind: dict[type | None, st.SearchStrategy[Any]] = {dict: objects, list: st.lists(leaves, max_size=3)}
        return of_kind.get(field.kind, documents).map(json.dumps)
    return st.none() | kinds[kind] if field.null else kinds[kind]


def images(model: type[Row]) -> st.SearchStrategy[Image]:
    """Rows of one id."""
    keys = {name: st.just(ID) for name in tables.key_columns(model)}
    return st.fixed_dictionaries({name: values_of(model, name) for name in tables.columns(model)} | keys)


@st.composite
def three(draw: st.DrawFn) -> tuple[type[Row], Image, Image, Image]:
    """A model, a base, and two versions of it of which most columns are as they were."""
    model = draw(st.sampled_from(MODELS))
    base = draw(images(model))
    return model, base, draw(_edited(model, base)), draw(_edited(model, base))


@st.composite
def _edited(draw: st.DrawFn, model: type[Row], base: Image) -> Image:
    other = draw(images(model))
    changed = draw(st.sets(st.sampled_from(sorted(base)), max_size=4))
    return base | {name: other[name] for name in changed}


# -- what must not be lost --------------------------------------------------------------------------------


def tokens(model: type[Row], image: Image | None, base: Image | None) -> set[str]:
    """What a version wrote: lines of texts and leaves of documents that the base did not hold at that place.

    Where there is no base a column's default is nothing that anybody wrote.
    """
    before = base or {column.name: column.default for column in plan(model)}
    return set(_tokens(model, image or {})) - set(_tokens(model, before))


def written(model: type[Row], image: Mapping[str, Any] | None) -> set[str]:
    """All that an image says."""
    return set(_tokens(model, image or {}))


def _tokens(model: type[Row], image: Mapping[str, Any]) -> Iterator[str]:
    for column in plan(model):
        value = image.get(column.name)
        if value is None or column.shape.is_stamp or column.name in derived(model):
            continue
        if column.shape is Shape.DOCUMENT:
            yield from (f"{column.name}{path}={leaf}" for path, leaf in _leaves(json.loads(value)))
        elif column.shape is Shape.TEXT:
            yield from (f"{column.name}={line}" for line in value.split("\n") if line)
        else:
            yield f"{column.name}={value}"


def _leaves(document: Any) -> Iterator[tuple[str, str]]:
    if isinstance(document, dict):
        for key, value in document.items():
            yield from ((f".{key}{path}", leaf) for path, leaf in _leaves(value))
    else:
        yield "", json.dumps(document)
