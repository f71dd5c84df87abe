"""Our own JSON form of an item, read: see ``formats/jsonl.py`` for what it looks like."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

from localstore.errors import InvalidValue
from localstore.fields import to_vector
from localstore.records import ContentRecord, EmbeddingRecord, FileRecord, ItemRecord
from localstore.transfer.checks import (
    UNKNOWN_PROVIDER,
    check_list,
    check_object,
    identity,
    key_of,
    meta_with_extras,
    model_name,
    optional_short,
    optional_stamp,
    read_tags,
    short_text,
)
from localstore.transfer.format import ReadOptions
from localstore.transfer.titles import title_of
from localstore.values import check_integer, check_text

T = TypeVar("T")
_STAMPS = {"id", "meta_data", "created_at", "updated_at"}
_ITEM = frozenset(
    _STAMPS
    | {"type", "title", "description", "tags", "organization", "owner", "contents", "files"}
    | {"embedding", "embeddings"}
)
_CONTENT = frozenset(_STAMPS | {"role", "text", "embedding", "embeddings"})
_EMBEDDING = frozenset(_STAMPS | {"model", "vector", "dim"})
_FILE = frozenset(_STAMPS | {"path", "filename", "mime_type", "size_bytes", "checksum"})


def read_item(value: Any, raw: bytes, place: str, options: ReadOptions) -> ItemRecord:
    """Return the item that a parsed line describes; raises InvalidValue with the path to what is wrong."""
    given = _renamed(check_object(value, ""), options)
    own, key = identity(given.get("id"))
    tags, files, contents = given.get("tags"), given.get("files"), given.get("contents")
    description = given.get("description")
    return ItemRecord(
        title=short_text(given.get("title"), "title"),
        type=options.type if given.get("type") is None else short_text(given["type"], "type"),
        description=None if description is None else check_text(description, "description"),
        id=own,
        key=key if own or key else key_of(raw),
        meta_data=meta_with_extras(given, _ITEM),
        tags=read_tags(tags) if tags else _nothing(tags, "tags"),
        organization=optional_short(given.get("organization"), "organization"),
        owner=optional_short(given.get("owner"), "owner"),
        contents=_contents(contents, options) if contents else _nothing(contents, "contents"),
        embeddings=_embeddings(given, options),
        files=_each(files, "files", _file) if files else _nothing(files, "files"),
        created_at=optional_stamp(given.get("created_at"), "created_at"),
        updated_at=optional_stamp(given.get("updated_at"), "updated_at"),
        place=place,
    )


def _nothing(value: Any, path: str) -> list[Any]:
    """Return an empty list for none and for an empty list or text; anything else is of the wrong type."""
    return [] if value == "" else list(check_list(value, path))


def _renamed(given: dict[str, Any], options: ReadOptions) -> dict[str, Any]:
    """Put the values of the columns that the options name where ours are."""
    columns = {"title": options.title_column, "id": options.id_column, "tags": options.tags_column}
    for ours, theirs in columns.items():
        if theirs is not None and theirs in given and theirs != ours:
            given[ours] = given.pop(theirs)
    if options.text_column is not None and options.text_column in given and not given.get("contents"):
        text = check_text(given.pop(options.text_column), options.text_column)
        given["contents"] = [{"text": text}]
        given.setdefault("title", title_of(text))
    return given


def _contents(value: Any, options: ReadOptions) -> list[ContentRecord]:
    return _each(value, "contents", lambda entry, number: _content(entry, number, options))


def _each(value: Any, path: str, read: Callable[[Any, int], T]) -> list[T]:
    """Read every entry of a list; an error gets the entry's path, which costs nothing when there is none."""
    found = []
    for number, entry in enumerate(check_list(value, path)):
        try:
            found.append(read(entry, number))
        except InvalidValue as error:
            raise _within(f"{path}[{number}]", error) from None
    return found


def _within(path: str, error: InvalidValue) -> InvalidValue:
    reason = str(error).removeprefix(f"{error.path}: ")
    return InvalidValue(reason, f"{path}.{error.path}" if error.path else path)


def _content(entry: Any, number: int, options: ReadOptions) -> ContentRecord:
    given = {"text": entry} if isinstance(entry, str) else check_object(entry, "")
    own, key = identity(given.get("id"))
    role = given.get("role")
    return ContentRecord(
        text=check_text(given.get("text", ""), "text"),
        role="user" if role is None else short_text(role, "role"),
        id=own,
        key=key if own or key else str(number),
        meta_data=meta_with_extras(given, _CONTENT),
        created_at=optional_stamp(given.get("created_at"), "created_at"),
        updated_at=optional_stamp(given.get("updated_at"), "updated_at"),
        embeddings=_embeddings(given, options),
    )


def _embeddings(given: dict[str, Any], options: ReadOptions) -> list[EmbeddingRecord]:
    """Return what stands under ``embeddings`` and under ``embedding``."""
    single, several = given.get("embedding"), given.get("embeddings")
    found = [] if several is None else _each(several, "embeddings", lambda entry, _: _embedding(entry, options))
    if single is not None:
        try:
            found.append(_embedding(single, options))
        except InvalidValue as error:
            raise _within("embedding", error) from None
    return found


def _embedding(entry: Any, options: ReadOptions) -> EmbeddingRecord:
    given = {"vector": entry} if isinstance(entry, list) else check_object(entry, "")
    provider, name, version = _model(given.get("model", options.model))
    own, key = identity(given.get("id"))
    meta = meta_with_extras(given, _EMBEDDING)
    if key:
        meta.setdefault("id", key)
    return EmbeddingRecord(
        provider=provider,
        name=name,
        version=version,
        vector=_vector(given),
        id=own,
        meta_data=meta,
        created_at=optional_stamp(given.get("created_at"), "created_at"),
        updated_at=optional_stamp(given.get("updated_at"), "updated_at"),
    )


def _model(value: Any) -> tuple[str, str, str | None]:
    if value is None:
        raise InvalidValue("a vector needs its model: write one beside it, or say --model", "model")
    if isinstance(value, str):
        provider, name = model_name(short_text(value, "model"))
        return provider, name, None
    given = check_object(value, "model")
    if unknown := sorted(given.keys() - {"provider", "name", "version"}):
        raise InvalidValue(f"unknown key {unknown[0]!r}: a model has provider, name and version", "model")
    version = optional_short(given.get("version"), "model.version")
    provider = short_text(given.get("provider", UNKNOWN_PROVIDER), "model.provider")
    return provider, short_text(given.get("name"), "model.name"), version


def _vector(given: dict[str, Any]) -> Sequence[float]:
    value = check_list(given.get("vector"), "vector")
    if not value or not set(map(type, value)) <= {int, float}:
        raise InvalidValue(f"expected a list of numbers, got {str(value)[:60]!r}", "vector")
    dim = given.get("dim")
    if dim is not None and dim != len(value):
        raise InvalidValue(f"{str(dim)[:20]} is not the {len(value)} numbers of the vector", "dim")
    return cast("Sequence[float]", to_vector(value, "vector"))


def _file(entry: Any, _: int) -> FileRecord:
    given = check_object(entry, "")
    own, key = identity(given.get("id"))
    meta = meta_with_extras(given, _FILE)
    if key:
        meta.setdefault("id", key)
    size = check_integer(given.get("size_bytes", 0), "size_bytes")
    if size < 0:
        raise InvalidValue(f"{size} is less than no bytes", "size_bytes")
    return FileRecord(
        path=short_text(given.get("path"), "path"),
        filename=optional_short(given.get("filename"), "filename"),
        id=own,
        mime_type=optional_short(given.get("mime_type"), "mime_type"),
        size_bytes=size,
        checksum=optional_short(given.get("checksum"), "checksum"),
        meta_data=meta,
        created_at=optional_stamp(given.get("created_at"), "created_at"),
        updated_at=optional_stamp(given.get("updated_at"), "updated_at"),
    )
