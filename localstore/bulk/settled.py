"""Settling: a record checked at the door, with ids, times and order, ready to become rows.

A record with a UUID keeps it; otherwise its id is the UUIDv5 of (source name, key), so that importing again, here or
on another device, finds the same item. ``meta_data.source`` then says where it came from and the hash of what came.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from localstore import ids, tables, times, values
from localstore.bulk.fingerprint import SOURCE, fingerprint
from localstore.errors import InvalidValue
from localstore.fields import checker, to_vector
from localstore.models import AIModel, Content, FileAsset, Item, Tag
from localstore.records import ContentRecord, EmbeddingRecord, FileRecord, ItemRecord, TagRecord
from localstore.tags import clean

TEXT_HASH = "text_sha256"
_title, _type, _description = (checker(tables.field_of(Item, name)) for name in ("title", "type", "description"))
_role, _text = (checker(tables.field_of(Content, name)) for name in ("role", "text"))
_color = checker(tables.field_of(Tag, "color"))
_file_columns = {name: checker(tables.field_of(FileAsset, name)) for name in ("path", "filename", "mime_type")}
_file_columns |= {name: checker(tables.field_of(FileAsset, name)) for name in ("size_bytes", "checksum")}
_model_columns = [(name, checker(tables.field_of(AIModel, name))) for name in ("provider", "name", "version")]


@dataclass(slots=True)
class Vector:
    """An embedding: its model by name, its bytes, where it came from."""

    model: tuple[str, str, str | None]
    blob: bytes
    dim: int
    id: str | None
    meta_data: dict[str, Any]
    created_at: str
    updated_at: str


@dataclass(slots=True)
class Text:
    """A content with its id and times; ``dated`` and ``stamped`` tell which time the record brought."""

    id: str
    role: str
    text: str
    meta_data: dict[str, Any]
    created_at: str
    updated_at: str
    dated: bool
    stamped: bool
    vectors: list[Vector] = field(default_factory=list)


@dataclass(slots=True)
class Settled:
    """An item ready to be written.

    ``own`` tells that the record brought its UUID, ``dated`` its ``created_at``, ``stamped`` its ``updated_at``.
    """

    place: str
    id: str
    own: bool
    dated: bool
    stamped: bool
    sha256: str
    type: str
    title: str
    description: str | None
    meta_data: dict[str, Any]
    created_at: str
    updated_at: str
    owner: str | None
    organization: str | None
    tags: list[TagRecord]
    texts: list[Text]
    vectors: list[Vector]
    files: list[FileRecord]

    @property
    def weight(self) -> int:
        """About how much work writing it is: rows, and thousands of bytes."""
        vectors = [*self.vectors, *(vector for text in self.texts for vector in text.vectors)]
        texts = sum(2 + len(text.text) // 1000 for text in self.texts)
        return 2 + texts + sum(1 + len(vector.blob) // 1000 for vector in vectors)

    def copied(self) -> Settled:
        """Return it as another item, the same each time; files stay with the first."""
        pk = ids.natural_id("import", self.id, self.sha256)
        texts = [replace(text, id=ids.natural_id("import", pk, text.id)) for text in self.texts]
        for text in texts:
            text.vectors = [replace(vector, id=None) for vector in text.vectors]
        moved = dict(zip([text.id for text in self.texts], [text.id for text in texts], strict=True))
        vectors = [replace(v, id=None, meta_data=_pointing(v.meta_data, moved)) for v in self.vectors]
        return replace(self, id=pk, texts=texts, vectors=vectors, files=[])


def _pointing(meta_data: dict[str, Any], moved: dict[str, str]) -> dict[str, Any]:
    """Return an item vector's metadata, naming the copy of the text it stands for."""
    named = meta_data.get("content_id")
    return meta_data | {"content_id": moved[named]} if named in moved else meta_data


def settle(record: ItemRecord, source: str, default_type: str, now: str) -> Settled:
    """Check a record and give it ids and times; InvalidValue says what is wrong, with the path to it."""
    meta = _object(record.meta_data, "meta_data")
    kind = _type(record.type or default_type, "type")
    title = _title(record.title, "title")
    description = _description(record.description, "description")
    tags = _tags(record.tags)
    created = _stamp(record.created_at, "created_at") or now
    texts = _in_order([_plain_text(content, n) for n, content in enumerate(record.contents)], created)
    names = [tag.name for tag in tags]
    own, key = _identity(record, lambda: fingerprint(kind, title, description, meta, names, texts))
    pk = own or ids.natural_id("import", source, key)
    _give_ids(texts, record.contents, pk)
    sha256 = fingerprint(kind, title, description, meta, names, texts)
    if not own:
        meta = meta | {SOURCE: {"name": source, "key": key, "sha256": sha256}}
    return Settled(
        place=record.place,
        id=pk,
        own=own is not None,
        dated=record.created_at is not None,
        stamped=record.updated_at is not None,
        sha256=sha256,
        type=kind,
        title=title,
        description=description,
        meta_data=meta,
        created_at=created,
        updated_at=_stamp(record.updated_at, "updated_at") or created,
        owner=record.owner,
        organization=record.organization,
        tags=tags,
        texts=texts,
        vectors=[_vector(one, f"embeddings[{n}]", now) for n, one in enumerate(record.embeddings)],
        files=[_file(one, f"files[{n}]", now) for n, one in enumerate(record.files)],
    )


def _identity(record: ItemRecord, hashed: Callable[[], str]) -> tuple[str | None, str]:
    """Return the record's own UUID, or none, and the key that names it in its source: at least its hash."""
    own = _own_id(record.id, "id")
    if own is None:
        return None, values.check_text(record.key or hashed()[:32], "id", values.MAX_INDEXED)
    return own, own


def _own_id(value: Any, path: str) -> str | None:
    if value is None:
        return None
    own = ids.as_id(value)
    if own is None:
        raise InvalidValue(f"{values.shown(value)} is not a UUID", path)
    return own


def _object(value: Any, path: str) -> dict[str, Any]:
    checked = values.check_json(value, path)
    if not isinstance(checked, dict):
        raise InvalidValue(f"expected an object, got {values.shown(value)}", path)
    return checked


def _stamp(value: Any, path: str) -> str | None:
    return None if value is None else times.stamp(value, path)


def _tags(given: Iterable[TagRecord]) -> list[TagRecord]:
    """Return each tag once, by its name without regard to case."""
    found: dict[str, TagRecord] = {}
    for tag in given:
        name = clean(values.check_text(tag.name, "tags", values.MAX_INDEXED))
        found.setdefault(ids.fold(name), TagRecord(name, _color(tag.color, "tags.color")))
    return list(found.values())


def _plain_text(content: ContentRecord, number: int) -> Text:
    path = f"contents[{number}]"
    created = _stamp(content.created_at, f"{path}.created_at")
    updated = _stamp(content.updated_at, f"{path}.updated_at")
    text = Text(
        id=_own_id(content.id, f"{path}.id") or "",
        role=_role(content.role, f"{path}.role"),
        text=_text(content.text, f"{path}.text"),
        meta_data=_object(content.meta_data, f"{path}.meta_data") if content.meta_data else {},
        created_at=created or "",
        updated_at=updated or "",
        dated=created is not None,
        stamped=updated is not None,
    )
    if content.embeddings:
        text.vectors = [_vector(one, f"{path}.embeddings[{n}]", "") for n, one in enumerate(content.embeddings)]
        for vector in text.vectors:
            if vector.id is None:
                vector.meta_data.setdefault(TEXT_HASH, values.text_hash(text.text))
    return text


def _in_order(texts: list[Text], first: str) -> list[Text]:
    """Give the times that are missing, so that the texts keep their order.

    Where times that were carried contradict the order and no text says its position, all get one.
    """
    fill_times(texts, first)
    rising = all(_before(*pair) for pair in pairwise(texts))
    if not rising and not any("position" in text.meta_data for text in texts):
        for number, text in enumerate(texts, 1):
            text.meta_data = text.meta_data | {"position": number}
    return texts


def _before(text: Text, then: Text) -> bool:
    return text.created_at < then.created_at or (text.created_at == then.created_at and "" < text.id < then.id)


def fill_times(texts: list[Text], first: str) -> None:
    """Date the texts that brought no time: *first*, then each a microsecond after the one before it."""
    last = ""
    for text in texts:
        if not text.dated:
            text.created_at = times.after(first, last) if last else first
        if not text.stamped:
            text.updated_at = text.created_at
        last = text.created_at
        for vector in text.vectors:
            vector.created_at = vector.created_at or text.created_at
            vector.updated_at = vector.updated_at or vector.created_at


def _give_ids(texts: list[Text], records: list[ContentRecord], item: str) -> None:
    """Give derived ids to the texts without a UUID, and sort the texts as a store reads them."""
    used: set[str] = set()
    for number, (text, record) in enumerate(zip(texts, records, strict=True)):
        key = str(number) if record.key is None else record.key
        text.id = text.id or ids.natural_id("import", item, key)
        if text.id in used:
            raise InvalidValue(f"the id {record.id or key!r} stands twice in this item", f"contents[{number}].id")
        used.add(text.id)
    if len(texts) > 1:
        texts.sort(key=_place)


def _place(text: Text) -> tuple[bool, float, str, str]:
    """The order of ``freshness.CONTENT_ORDER``."""
    position = text.meta_data.get("position")
    known = isinstance(position, int | float) and not isinstance(position, bool)
    return not known, float(position) if known else 0.0, text.created_at, text.id  # type: ignore[arg-type]


def _vector(record: EmbeddingRecord, path: str, now: str) -> Vector:
    array = to_vector(record.vector, f"{path}.vector")
    named = [check(getattr(record, name), f"{path}.model.{name}") for name, check in _model_columns]
    created = _stamp(record.created_at, f"{path}.created_at") or now
    return Vector(
        model=(named[0], named[1], named[2]),
        blob=array.tobytes(),
        dim=len(array),
        id=_own_id(record.id, f"{path}.id"),
        meta_data=_object(record.meta_data, f"{path}.meta_data"),
        created_at=created,
        updated_at=_stamp(record.updated_at, f"{path}.updated_at") or created,
    )


def _file(record: FileRecord, path: str, now: str) -> FileRecord:
    given = replace(record, filename=record.filename or record.path.rstrip("/").rsplit("/", 1)[-1] or record.path)
    for name, check in _file_columns.items():
        setattr(given, name, check(getattr(given, name), f"{path}.{name}"))
    given.id = _own_id(record.id, f"{path}.id")
    given.meta_data = _object(record.meta_data, f"{path}.meta_data")
    given.created_at = _stamp(record.created_at, f"{path}.created_at") or now
    given.updated_at = _stamp(record.updated_at, f"{path}.updated_at") or given.created_at
    return given
