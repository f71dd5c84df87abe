"""Completion: what a person may mean by the word they have begun. Pure: no widget, no store."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from textual.suggester import Suggester

from localstore.filters import FIELDS
from localstore.finding.tokens import quoted, unquoted
from localstore.finding.vocabulary import Vocabulary
from tui.visible import text

Names = Callable[[], Iterable[str]]
MOST = 60
"""Offers of one list."""
_TOKEN = re.compile(r'(?:[^\s"]|"(?:\\.|[^"\\])*(?:"|\\?$))+')
_CONDITION = re.compile(r"[=!<>~:]")
FIELD_HELP = {
    "type:": "a type, or one of several",
    "#": "a tag; all of several",
    "any:": "a tag; one of several is enough",
    "org:": "an organization, - for none",
    "owner:": "whose, by e-mail",
    "meta.": "a value in the metadata",
    "since:": "changed since a day or for 7d",
    "until:": "changed before",
    "created:": "made since",
    "has:": "embedding, fresh, stale, file, tag",
    "no:": "without one",
    "model:": "with a vector by this model",
    "like:": "nearest to an item, by its id",
    "~": "nearest in meaning to the words",
}
FACT_HELP = {
    "embedding": "has vectors",
    "fresh": "all its vectors are fresh",
    "stale": "the text changed since",
    "file": "has a file",
    "tag": "has a tag",
}
AGES = {"1d": "a day", "7d": "a week", "30d": "a month", "90d": "a quarter", "1y": "a year", "12h": "half a day"}


class Offer(NamedTuple):
    """What may be meant: the text that takes the place of the token, or of the whole line, and a word of help."""

    text: str
    note: str = ""
    whole: bool = False


class Offers(NamedTuple):
    """Some offers for what stands from ``start`` to ``end`` in a line."""

    found: Sequence[Offer]
    start: int = 0
    end: int = 0


@dataclass
class Words:
    """All that may be offered: the store's names, searches with a name, and lines used before."""

    names: Vocabulary = field(default_factory=Vocabulary)
    saved: dict[str, str] = field(default_factory=dict)
    recent: Sequence[str] = ()


def offers(line: str, cursor: int, words: Words) -> Offers:
    """Return what the token under the cursor may become; for an empty line, the lines used before."""
    if not line.strip():
        return Offers(list(_searches(words)), 0, len(line))
    token = next((m for m in _TOKEN.finditer(line) if m.start() < cursor <= m.end()), None)
    if token is None:
        return Offers(())
    begun = line[token.start() : cursor]
    found = [offer for offer in _of_token(begun, words) if offer.text != token.group() and _is_clear(offer.text)]
    return Offers(found[:MOST], token.start(), token.end())


def taken(line: str, chosen: Offer, start: int, end: int) -> tuple[str, int]:
    """Return the line with an offer in its place, and where the cursor goes."""
    if chosen.whole:
        return chosen.text, len(chosen.text)
    goes_on = chosen.text[-1:] in (":", ".", "#", "~", "=")
    after = line[end:]
    gap = "" if goes_on or after.startswith(" ") else " "
    at = start + len(chosen.text) + (0 if goes_on else 1)
    return line[:start] + chosen.text + gap + after, at


def _searches(words: Words) -> Iterator[Offer]:
    for name, line in words.saved.items():
        yield Offer(line, f"★ {name}", whole=True)
    named = set(words.saved.values())
    for line in words.recent:
        if line not in named:
            yield Offer(line, "used before", whole=True)


def _of_token(begun: str, words: Words) -> Iterator[Offer]:
    if begun.startswith(('"', "~")):
        return iter(())
    if begun.startswith("#"):
        return _values("#", begun[1:], {name: "" for name in words.names.tags})
    if begun.startswith(("meta.", "meta_data.")):
        return _paths(begun, words.names.paths)
    key, colon, value = begun.partition(":")
    if colon:
        return _values(f"{key}:", value, _known(key.casefold(), words.names))
    return (Offer(name, note) for name, note in FIELD_HELP.items() if name.startswith(begun.casefold()))


def _known(key: str, names: Vocabulary) -> dict[str, str]:
    """Return the values a field may have, with a word on each."""
    attribute = FIELDS.get(key)
    plain = {
        "types": names.types,
        "tags": names.tags,
        "any_tags": names.tags,
        "owner": names.owners,
        "model": names.models,
    }
    if attribute in plain:
        return dict.fromkeys(plain[attribute], "")
    if attribute == "organization":
        return {"-": "in none", **dict.fromkeys(names.organizations, "")}
    if attribute in ("has", "without"):
        return FACT_HELP
    if attribute in ("since", "until", "created_since"):
        today = date.today()
        days = {f"{today:%Y-%m-%d}": "today", f"{today:%Y-%m}-01": "the first of this month"}
        return AGES | days | {f"{today:%Y}-01-01": "the first of this year"}
    return {}


def _values(front: str, begun: str, known: dict[str, str]) -> Iterator[Offer]:
    for name in fitting(unquoted(begun), known):
        yield Offer(front + quoted(name), known[name])


def _paths(begun: str, paths: Iterable[str]) -> Iterator[Offer]:
    if _CONDITION.search(begun):
        return
    front, _, rest = begun.partition(".")
    for path in fitting(f"meta.{rest}", paths):
        yield Offer(f"{front}.{path.removeprefix('meta.')}=", "also != < > ~")


def fitting(begun: str, names: Iterable[str]) -> list[str]:
    """Return the names that begin so, whatever the case, then those that have it inside; in their order."""
    folded = begun.casefold()
    known = [(name, name.casefold()) for name in names]
    first = [name for name, low in known if low.startswith(folded)][:MOST]
    return first + [name for name, low in known if folded in low and not low.startswith(folded)][: MOST - len(first)]


def _is_clear(name: str) -> bool:
    """Tell whether a name hides no characters: what cannot be read is not offered."""
    return text(name) == name


def complete(begun: str, names: Iterable[str]) -> str | None:
    """Return the first of *names* that goes on from *begun*, whatever the case; none that hides characters."""
    folded = begun.casefold()
    fits = (name for name in names if name.casefold().startswith(folded) and len(name) > len(begun))
    return next((name for name in fits if _is_clear(name)), None)


class WordSuggester(Suggester):
    """Completes a whole field, or the last of several words parted by blanks or commas."""

    def __init__(self, names: Names, *, last_word: bool = False) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self.names = names
        self.last_word = last_word

    async def get_suggestion(self, value: str) -> str | None:
        """Return the value with its last word completed."""
        at = max(value.rfind(" "), value.rfind(",")) + 1 if self.last_word else 0
        begun = value[at:].removeprefix("#") if self.last_word else value
        found = complete(begun, self.names()) if begun else None
        return value[: len(value) - len(begun)] + begun + found[len(begun) :] if found else None


class FindSuggester(Suggester):
    """Completes the find line with the first of what the list below it offers."""

    def __init__(self, words: Words) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self.words = words

    async def get_suggestion(self, value: str) -> str | None:
        """Return the find line with its last token completed."""
        if not value.strip():
            return None
        found = offers(value, len(value), self.words)
        begun = value[found.start :]
        whole = complete(begun, (offer.text for offer in found.found)) if found.found else None
        return value + whole[len(begun) :] if whole else None
