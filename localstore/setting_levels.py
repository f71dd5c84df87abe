"""All settings at once: the value that holds for somebody, where it comes from, and what each level says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from localstore.errors import InvalidFilter, InvalidValue
from localstore.filters import nearest
from localstore.finding.find_fields import NOTHING, FindFields, read_fields
from localstore.models import SCOPES
from localstore.setting_keys import KNOWN, Known

if TYPE_CHECKING:
    from localstore.settings import Place
    from localstore.store import Store

STATES = ("set", "unknown", "wrong")


class Level(NamedTuple):
    """What one scope says: the row that counts there, its value, and why it is passed over, if it is."""

    scope: str
    row: str
    value: Any
    wrong: str = ""


@dataclass(frozen=True)
class SettingRow:
    """A setting as somebody sees it; ``origin`` is a scope, ``default``, or ``–`` when it is set only for others.

    ``elsewhere`` counts the rows of other people and organizations.
    """

    key: str
    value: Any
    origin: str
    levels: tuple[Level, ...] = ()
    elsewhere: int = 0

    @property
    def known(self) -> Known | None:
        """What this program knows of it."""
        return KNOWN.get(self.key)

    @property
    def wrong(self) -> str:
        """Why a stored value was passed over."""
        return "; ".join(f"{level.scope}: {level.wrong}" for level in self.levels if level.wrong)

    def at(self, scope: str) -> Level | None:
        """Return what one scope says."""
        return next((level for level in self.levels if level.scope == scope), None)


@dataclass(frozen=True)
class SettingFilter:
    """Words of key and help; ``is:set``, ``is:unknown``, ``is:wrong``, ``from:user``."""

    asked: FindFields = NOTHING

    @classmethod
    def parse(cls, line: str) -> SettingFilter:
        """Read a find line; InvalidFilter says where it went wrong."""
        asked = read_fields(line, {"is": "is:set", "from": "from:user"})
        origins = (*SCOPES, "default")
        for name, allowed in (("is", STATES), ("from", origins)):
            for each in asked.all(name):
                if each.value not in allowed:
                    hint = nearest(each.value, allowed)
                    raise InvalidFilter(f"{name}: does not take {each.value!r}{hint}", each.position)
        return cls(asked)

    def __bool__(self) -> bool:
        return bool(self.asked)

    def holds(self, row: SettingRow) -> bool:
        """Tell whether a setting is asked for."""
        text = f"{row.key} {row.known.help if row.known else ''}".casefold()
        facts = {"set": bool(row.levels), "unknown": row.known is None, "wrong": bool(row.wrong)}
        states = all(facts[each.value] for each in self.asked.all("is"))
        origins = all(each.value == row.origin for each in self.asked.all("from"))
        return states and origins and all(word.casefold() in text for word in self.asked.words)


def rows(store: Store, user: str | None = None, organization: str | None = None) -> list[SettingRow]:
    """Return every setting that is known or stored anywhere, as a user of an organization sees it, by key.

    None means the local user and the default organization, ``-`` none.
    """
    with store.reading():
        places = store.settings.places(user, organization)
        stored = {place: store.settings.stored_at(place) for place in places}
        counts = store.settings.counts()
        keys = sorted({*KNOWN, *counts})
        return [_row(key, places, stored, counts.get(key, 0)) for key in keys]


def _row(
    key: str, places: list[Place], stored: dict[Place, dict[str, list[tuple[str, Any]]]], count: int
) -> SettingRow:
    levels: list[Level] = []
    here = 0
    for place in places:
        found = stored[place].get(key, [])
        here += len(found)
        if found:
            levels.append(_level(key, place.scope, found))
    holding = next((level for level in levels if not level.wrong), None)
    if holding:
        return SettingRow(key, holding.value, holding.scope, tuple(levels), count - here)
    known = KNOWN.get(key)
    origin = "default" if known else "–"
    return SettingRow(key, known.default if known else None, origin, tuple(levels), count - here)


def _level(key: str, scope: str, found: list[tuple[str, Any]]) -> Level:
    """Return what counts of the rows of one place: the one written last that the setting takes."""
    first: Level | None = None
    for pk, value in found:
        try:
            if key in KNOWN:
                KNOWN[key].check(value, "")
        except InvalidValue as error:
            first = first or Level(scope, pk, value, str(error))
        else:
            return Level(scope, pk, value)
    assert first is not None
    return first
