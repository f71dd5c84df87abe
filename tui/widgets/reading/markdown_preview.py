"""Markdown as people read it: a line for each line, so that a text of any size costs only what is shown of it.

No parser of whole documents: a hostile text must not cost more than a friendly one, and each line keeps its place,
which finding and scrolling count on.
"""

from __future__ import annotations

import re

from tui import glyphs
from tui.widgets.reading.reader import Line, Piece

LONGEST = 1_000
"""Characters of a line in which emphasis is looked for."""
_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(.*?)[ \t]*#*$")
_FENCE = re.compile(r"\s*(`{3,}|~{3,})(.*)")
_RULE = re.compile(r" {0,3}([-*_])(?:[ \t]*\1){2,}[ \t]*$")
_BULLET = re.compile(r"(\s*)([-*+])[ \t]+(\[[ xX]\][ \t]+)?")
_NUMBERED = re.compile(r"(\s*)(\d{1,9}[.)])[ \t]+")
_QUOTE = re.compile(r" {0,3}((?:>[ \t]?)+)")
_INLINE = re.compile(
    r"(?P<code>`[^`]{1,300}`)"
    r"|!?\[(?P<label>[^\]\[]{1,300})\]\((?P<link>[^)(\s]{1,500})\)"
    r"|(?P<two>\*\*|__)(?=\S)(?P<strong>[^*_]{1,300}?)(?<=\S)(?P=two)"
    r"|(?<![\w*_])(?P<one>[*_])(?=\S)(?P<slanted>[^*_]{1,300}?)(?<=\S)(?P=one)(?![\w*_])"
    r"|~~(?P<struck>[^~]{1,300})~~"
    r"|\\(?P<plain>[*_`\[\]#\\~])"
)


def rendered(lines: list[Line]) -> list[Line]:
    """Return the lines of one text (see ``reader.plain``) as Markdown means them; notes stay as they are."""
    shown: list[Line] = []
    fence = ""
    for line in lines:
        text = line[0].text
        if line[0].tone != "text":
            shown.append(line)
        elif fence:
            ends = (match := _FENCE.match(text)) and match[1].startswith(fence) and not match[2].strip()
            shown.append((Piece("└", "note"),) if ends else (Piece("│ ", "note"), Piece(text, "code"), *line[1:]))
            fence = "" if ends else fence
        elif match := _FENCE.match(text):
            fence = match[1]
            shown.append((Piece(f"┌ {match[2].strip()}".rstrip(), "note"),))
        else:
            shown.append((*_block(text), *line[1:]))
    return shown


def _block(text: str) -> Line:
    """Return a line outside fences."""
    if match := _HEADING.match(text):
        tone = "title" if len(match[1]) > 2 else "heading"
        return tuple(Piece(piece.text, tone if piece.tone == "text" else piece.tone) for piece in inline(match[2]))
    if _RULE.match(text):
        return (Piece(glyphs.RULE * 24, "note"),)
    if match := _QUOTE.match(text):
        bars = "│ " * match[1].count(">")
        return (Piece(bars, "note"), *inline(text[match.end() :], "slanted"))
    if match := _BULLET.match(text):
        mark = match[3] and (glyphs.GOOD if match[3][1] in "xX" else "○")
        return (Piece(f"{match[1]}{mark or '•'} ", "accent"), *inline(text[match.end() :]))
    if match := _NUMBERED.match(text):
        return (Piece(match.group().rstrip("\t"), "accent"), *inline(text[match.end() :]))
    return inline(text)


def inline(text: str, tone: str = "text") -> Line:
    """Return a line's emphasis, code and links as pieces."""
    if len(text) > LONGEST:
        return (Piece(text, tone),)
    pieces: list[Piece] = []
    at = 0
    for match in _INLINE.finditer(text):
        if match.start() > at:
            pieces.append(Piece(text[at : match.start()], tone))
        pieces += _meant(match, tone)
        at = match.end()
    if at < len(text) or not pieces:
        pieces.append(Piece(text[at:], tone))
    return tuple(pieces)


def _meant(match: re.Match[str], tone: str) -> list[Piece]:
    if match["code"]:
        return [Piece(match["code"][1:-1], "code")]
    if match["label"]:
        return [Piece(match["label"], "link"), Piece(f" ({match['link']})", "note")]
    for name in ("strong", "slanted", "struck"):
        if match[name]:
            return [Piece(match[name], name)]
    return [Piece(match["plain"], tone)]
