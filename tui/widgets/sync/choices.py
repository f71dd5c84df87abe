"""What a person chose in a conflict, part by part: a value, a key of a document, a piece of a text.

What both sides agree on is not asked for. Pure: nothing is applied before every part has a choice; then the values
go to the store as one edit.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import chain
from typing import TYPE_CHECKING, Any

from localstore import values
from localstore.errors import InvalidValue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync.conflicts import FieldConflict
    from sync.merging.texts import Hunk, Lines

TEXTS = (str, tuple, datetime, type(None))
WRITTEN = (*TEXTS, bool, int, float)
CONTEXT = 3
"""Lines around a piece of a text that are shown with it."""


class How(StrEnum):
    """Where a value comes from."""

    MINE = "mine"
    THEIRS = "theirs"
    BOTH = "both"
    OWN = "own"


@dataclass(slots=True)
class Part:
    """One thing to choose: the value of a field or of a key in it, or the lines of a piece of a text.

    A piece is the ``number``-th of ``whole``; ``keys`` lead to a value within a document.
    """

    name: str
    base: Any
    ours: Any
    theirs: Any
    number: int = 0
    whole: int = 0
    keys: tuple[str, ...] = ()
    before: Lines = ()
    """Lines above a piece of a text, for the eye; ``after`` those below."""
    after: Lines = ()
    how: How | None = None
    own: Any = None

    @property
    def is_text(self) -> bool:
        """Whether the values are text, not documents."""
        return not self.is_document and all(isinstance(value, TEXTS) for value in (self.base, self.ours, self.theirs))

    @property
    def is_written(self) -> bool:
        """Whether a person can write such a value: not a vector, nor a secret, which is not shown."""
        return self.is_document or all(isinstance(value, WRITTEN) for value in (self.ours, self.theirs))

    @property
    def _is_time(self) -> bool:
        return isinstance(self.ours, datetime) or isinstance(self.theirs, datetime)

    @property
    def label(self) -> str:
        """What the part is called."""
        name = ".".join((self.name, *self.keys))
        return f"{name} {self.number}/{self.whole}" if self.whole > 1 else name

    @property
    def is_document(self) -> bool:
        """Whether the value is JSON: a document, or a part of one."""
        return bool(self.keys) or isinstance(self.ours, dict | list) or isinstance(self.theirs, dict | list)

    @property
    def result(self) -> Any:
        """The value that was chosen."""
        assert self.how is not None
        if self.how is How.BOTH:
            return self.both()
        return {How.MINE: self.ours, How.THEIRS: self.theirs, How.OWN: self.own}[self.how]

    def both(self) -> Any:
        """Return theirs with what is ours alone; NoBoth where only one value can stand."""
        from sync.merging.documents import merge_documents
        from sync.merging.prefer import NoBoth, Prefer
        from sync.merging.texts import merge_text

        if isinstance(self.ours, tuple):
            text, _ = merge_text("\n".join(self.base), "\n".join(self.ours), "\n".join(self.theirs), Prefer.BOTH)
            return tuple(text.split("\n"))
        if self.is_text and isinstance(self.ours, str) and isinstance(self.theirs, str):
            return merge_text(self.base or "", self.ours, self.theirs, Prefer.BOTH)[0]
        if self._is_time or not self.is_written:
            raise NoBoth(self.name)
        return merge_documents(self.base, self.ours, self.theirs, Prefer.BOTH, self.label).value

    def written(self, text: str) -> Any:
        """Read what a person wrote as a value of this part; InvalidValue for a document that is none."""
        if isinstance(self.ours, tuple):
            return tuple(text.split("\n")) if text else ()
        if self.is_text:
            return None if not text and (self._is_time or None in (self.ours, self.theirs)) else text
        try:
            return values.from_json(text)
        except (InvalidValue, ValueError) as error:
            raise InvalidValue(f"{error}: write JSON, a text in quotes", self.name) from None


def empty_words(value: Any) -> str:
    """Return in words what a value without text is."""
    if value == ():
        return "(no lines)"
    if value == "":
        return "(empty text)"
    return "(nothing)" if value is None else "(no such key)"


def is_absent(value: Any) -> bool:
    """Tell whether there is no such key at all, which is other than nothing."""
    from sync.merging.documents import ABSENT

    return value is ABSENT


def shown(value: Any, *, document: bool = False) -> str:
    """Return a value as text, to read and to write on; within a *document* a text stands in quotes."""
    if is_absent(value) or (value is None and not document):
        return ""
    if isinstance(value, str) and not document:
        return value
    if isinstance(value, tuple):
        return "\n".join(value)
    if isinstance(value, bytes):
        return f"a vector of {len(value) // 4:,} numbers"
    if document or isinstance(value, dict | list | bool | int | float):
        return json.dumps(value, ensure_ascii=False, indent=2)
    return str(value)


@dataclass(slots=True)
class Choices:
    """All parts of a conflict."""

    parts: list[Part] = field(default_factory=list)
    texts: dict[str, list[Lines | int]] = field(default_factory=dict)
    """Of each text cut in pieces: lines that both sides agree on, and the places of the parts between."""
    documents: dict[str, Any] = field(default_factory=dict)
    """Of each document cut by keys: what it is where nothing is disputed."""

    @property
    def open(self) -> int:
        """How many parts wait for a choice."""
        return sum(part.how is None for part in self.parts)

    def next_open(self, at: int) -> int | None:
        """Return the next part without a choice after *at*, from the front again at the end."""
        order = [*range(at + 1, len(self.parts)), *range(min(at + 1, len(self.parts)))]
        return next((each for each in order if self.parts[each].how is None), None)

    def values(self) -> dict[str, Any]:
        """Return the chosen value of every field."""
        found = {part.name: part.result for part in self.parts if not part.number and not part.keys}
        for name, document in self.documents.items():
            found[name] = deepcopy(document)
        for part in self.parts:
            if part.keys:
                _put(found[part.name], part.keys, part.result)
        for name, pieces in self.texts.items():
            lines: Iterator[Lines] = (self.parts[each].result if isinstance(each, int) else each for each in pieces)
            found[name] = "\n".join(chain.from_iterable(lines))
        return found

    def keep(self, before: Choices) -> None:
        """Take over what was chosen for the same parts when they were read before."""
        known = {_identity(part): part for part in before.parts}
        for part in self.parts:
            if old := known.get(_identity(part)):
                part.how, part.own = old.how, old.own


def _identity(part: Part) -> tuple[str, str, str]:
    return part.label, shown(part.ours), shown(part.theirs)


def _put(document: dict[str, Any], keys: tuple[str, ...], value: Any) -> None:
    """Set the value that keys lead to, or take the key away."""
    from sync.merging.documents import ABSENT

    *path, last = keys
    for key in path:
        document = document[key]
    if value is ABSENT:
        document.pop(last, None)
    else:
        document[last] = value


def choices(fields: Sequence[FieldConflict]) -> Choices:
    """Return what there is to choose between mine and what is live: texts by pieces, documents by keys."""
    found = Choices()
    for each in fields:
        if isinstance(each.ours, str) and isinstance(each.live, str):
            _cut_text(found, each.name, each.base, each.ours, each.live)
        elif isinstance(each.ours, dict) and isinstance(each.live, dict):
            _cut_document(found, each.name, each.base, each.ours, each.live)
        else:
            found.parts.append(Part(each.name, each.base, each.ours, each.live))
    return found


def _cut_document(found: Choices, name: str, base: Any, ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    from sync.merging.documents import ABSENT, merge_documents

    before = ABSENT if base is None else base
    found.documents[name] = merge_documents(before, ours, theirs).value
    found.parts += _keys(name, before, ours, theirs, ())


def _keys(name: str, base: Any, ours: Any, theirs: Any, path: tuple[str, ...]) -> Iterator[Part]:
    """Yield what both sides changed in a document, as ``merge_documents`` finds it."""
    from sync.merging.documents import ABSENT, same

    if same(ours, theirs) or same(ours, base) or same(theirs, base):
        return
    if isinstance(ours, dict) and isinstance(theirs, dict) and (isinstance(base, dict) or base is ABSENT):
        before = base if isinstance(base, dict) else {}
        for key in dict.fromkeys((*theirs, *ours)):
            was, mine, other = (each.get(key, ABSENT) for each in (before, ours, theirs))
            yield from _keys(name, was, mine, other, (*path, key))
    else:
        yield Part(name, base, ours, theirs, keys=path)


def _cut_text(found: Choices, name: str, base: Any, ours: str, theirs: str) -> None:
    """Add the pieces of a text that both sides changed; the whole of it when there is no other line."""
    from sync.merging.texts import hunks

    pieces = hunks(base if isinstance(base, str) else "", ours, theirs)
    disputed = sum(piece.disputed for piece in pieces)
    if len(pieces) == 1 or not disputed:
        found.parts.append(Part(name, base, ours, theirs))
        return
    text: list[Lines | int] = []
    number = 0
    for at, piece in enumerate(pieces):
        if not piece.disputed:
            text.append(piece.merged)
            continue
        number += 1
        text.append(len(found.parts))
        before, after = _around(pieces, at)
        found.parts.append(
            Part(name, piece.base, piece.ours, piece.theirs, number, disputed, before=before, after=after)
        )
    found.texts[name] = text


def _around(pieces: list[Hunk], at: int) -> tuple[Lines, Lines]:
    before = pieces[at - 1].merged[-CONTEXT:] if at and not pieces[at - 1].disputed else ()
    after = pieces[at + 1].merged[:CONTEXT] if at + 1 < len(pieces) and not pieces[at + 1].disputed else ()
    return before, after
