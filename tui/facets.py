"""What the rail does to a find line: puts a name in, or takes it out. Pure."""

from __future__ import annotations

from localstore.errors import InvalidFilter
from localstore.filters import Filter
from localstore.finding.tokens import Token, quoted, split

FACTS = {"fresh": ("has", "fresh"), "stale": ("has", "stale"), "none": ("no", "embedding"), "file": ("has", "file")}
"""Field and value of what the rail says an item may have."""
_FIELDS = {"types": "type", "organizations": "org"}


def toggled(line: str, section: str, name: str) -> str:
    """Return a find line with a name of the rail put in, or taken out when it was there.

    An item is of one organization: another one takes the place of the one that was there.
    """
    key, value = FACTS[name] if section == "facts" else (_FIELDS.get(section, ""), name)
    try:
        tokens = list(split(line))
    except InvalidFilter:
        tokens = []
    same = [token for token in tokens if _is(token, key, value)]
    out = [token for token in tokens if token.key in ("org", "organization")] if section == "organizations" else same
    kept = [token.text for token in tokens if token not in out]
    if not same:
        kept.append(f"{key}:{quoted(value)}" if key else f"#{quoted(value)}")
    return " ".join(kept)


def _is(token: Token, key: str, value: str) -> bool:
    kind = "field" if key else "tag"
    spelled = {"organization": "org", "without": "no"}.get(token.key, token.key)
    return token.kind == kind and spelled == key and token.value.casefold() == value.casefold()


def chosen(where: Filter) -> dict[str, set[str]]:
    """Return the names of the rail that a filter holds, by section."""
    held = {("has", value) for value in where.has} | {("no", value) for value in where.without}
    return {
        "types": set(where.types),
        "tags": set(where.tags),
        "organizations": {where.organization} if where.organization else set(),
        "facts": {name for name, fact in FACTS.items() if fact in held},
    }


def parsed(line: str) -> Filter:
    """Return the filter of a find line; an empty one when it cannot be read."""
    try:
        return Filter.parse(line)
    except InvalidFilter:
        return Filter()
