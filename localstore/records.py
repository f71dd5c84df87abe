"""Records: what an importer reads and a bulk writer takes, before there are rows.

A record says what its source says: names instead of ids (a tag's name, a model's provider and name, an
organization's slug, an owner's e-mail), and nothing about the store it will go to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class TagRecord:
    """A tag by name."""

    name: str
    color: str | None = None


@dataclass(slots=True)
class EmbeddingRecord:
    """A vector and the model that made it; ``vector`` is any sequence of ``dim`` numbers."""

    provider: str
    name: str
    vector: Sequence[float]
    version: str | None = None
    id: str | None = None
    meta_data: dict[str, Any] = field(default_factory=dict)
    created_at: str | None = None
    updated_at: str | None = None


@dataclass(slots=True)
class ContentRecord:
    """One text of an item; ``key`` names it in its source when it has no UUID."""

    text: str
    role: str = "user"
    id: str | None = None
    key: str | None = None
    meta_data: dict[str, Any] = field(default_factory=dict)
    created_at: str | None = None
    updated_at: str | None = None
    embeddings: list[EmbeddingRecord] = field(default_factory=list)


@dataclass(slots=True)
class FileRecord:
    """A file an item refers to; the bytes stay where they are."""

    path: str
    filename: str | None = None
    id: str | None = None
    mime_type: str | None = None
    size_bytes: int = 0
    checksum: str | None = None
    meta_data: dict[str, Any] = field(default_factory=dict)
    created_at: str | None = None
    updated_at: str | None = None


@dataclass(slots=True)
class ItemRecord:
    """One item with all that hangs on it.

    ``id`` is its own UUID, when it has one; otherwise ``key`` (an id of another kind, a relative path) names
    it within its source, so that a second import finds it again. ``type`` None means: the importer's default.
    ``place`` (``notes.jsonl:12``) is for messages.
    """

    title: str
    type: str | None = None
    description: str | None = None
    id: str | None = None
    key: str | None = None
    meta_data: dict[str, Any] = field(default_factory=dict)
    tags: list[TagRecord] = field(default_factory=list)
    organization: str | None = None
    owner: str | None = None
    contents: list[ContentRecord] = field(default_factory=list)
    embeddings: list[EmbeddingRecord] = field(default_factory=list)
    files: list[FileRecord] = field(default_factory=list)
    created_at: str | None = None
    updated_at: str | None = None
    place: str = ""


@dataclass(slots=True)
class BadRecord:
    """A record that could not be read: where, and why in one sentence."""

    place: str
    reason: str
