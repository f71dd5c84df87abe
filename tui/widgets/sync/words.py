"""What the Sync screen says: how the store stands with its server, and what rounds did. Pure: no widget, no file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from tui import glyphs
from tui.keymap import Keys, display
from tui.visible import line
from tui.widgets.reading.reader import Line, Piece
from tui.words import duration, how_many, size

if TYPE_CHECKING:
    from sync.comparing.verifying import VerifyReport
    from sync.linking import LinkPlan
    from sync.rounds import Estimate, Round, Status

LABEL = 12
NOT_LINKED = (
    "Not linked with a server",
    "A shared PostgreSQL carries items between your devices and your colleagues;",
    "all works without one. The administrator's 'sync server add-device'",
    "prints an address for this device.",
    "",
    "l links this store: paste the address",
)
NO_ROUNDS = ("No round yet", "s carries changes both ways; it shows what would go, and asks.")
SHARES = {"org": "what belongs to an organization", "all": "everything"}
OUTCOMES = {
    "done": (glyphs.GOOD, "done", "good"),
    "failed": (glyphs.BAD, "failed", "warn"),
    "cancelled": (glyphs.OFFLINE, "stopped", "muted"),
    "linked": (glyphs.SYNC, "linked", "good"),
    "unlinked": (glyphs.OFFLINE, "unlinked", "muted"),
}


def fact_lines(status: Status, minutes: int, offline: str, reached: str, keys: Keys) -> list[Line]:
    """Return what is known of the link; *reached* is when the server answered last."""
    lines = [
        _fact("server", line(status.server, 200)),
        _reach(offline, reached, status),
        _fact("device", line(status.device, 80), f"  acts as {line(status.user, 120)}"),
        _fact(
            "shared", share_words(status.share), f"  {how_many(status.kept, 'row')} not shared" if status.kept else ""
        ),
        _fact("interval", every(minutes), f"  {_key(keys, 'sync.interval')} changes it"),
        (Piece(""),),
        _waiting(status),
    ]
    if status.unfinished:
        lines.append(_fact("on its way", f"{glyphs.ELLIPSIS} a batch without an answer; the next round sends it again"))
    if status.held:
        words = f"{glyphs.OFFLINE} {how_many(status.held, 'row')} set aside until changed"
        lines.append(_fact("held", words))
    lines.append(_conflicts(status.conflicts, keys))
    if status.last:
        lines.append(_fact("last round", *_last(status.last)))
    return lines


def _fact(label: str, text: str, note: str = "", tone: str = "text") -> Line:
    return (Piece(f"{label:<{LABEL}}", "note"), Piece(text, tone), Piece(note, "note"))


def _key(keys: Keys, name: str) -> str:
    return display(keys[name].all_keys[0])


def _reach(offline: str, reached: str, status: Status) -> Line:
    if offline:
        return _fact("", f"{glyphs.OFFLINE} offline: {line(offline, 300)}", tone="warn")
    if status.last and status.last.get("outcome") == "failed":
        return _fact("", f"{glyphs.BAD} failed: {line(str(status.last.get('error', '')), 300)}", tone="bad")
    if reached:
        return _fact("", f"{glyphs.GOOD} reached {reached}", tone="good")
    return _fact("", f"{glyphs.OFFLINE} not reached yet: no round was made", tone="note")


def _waiting(status: Status) -> Line:
    total = sum(status.to_push.values())
    if not total:
        return _fact("to push", f"{glyphs.GOOD} nothing", tone="good")
    return _fact("to push", f"{glyphs.SYNC} {how_many(total, 'row')}", f"  {by_table(status.to_push)}")


def _conflicts(number: int, keys: Keys) -> Line:
    if not number:
        return _fact("conflicts", f"{glyphs.GOOD} none", tone="good")
    words = f"{glyphs.WARNING} {number:,} {'waits' if number == 1 else 'wait'} for you"
    return _fact(
        "conflicts", words, f"  {_key(keys, 'sync.conflicts')} shows {'it' if number == 1 else 'them'}", "warn"
    )


def _last(last: Mapping[str, Any]) -> tuple[str, str, str]:
    sign, word, _ = OUTCOMES.get(str(last.get("outcome")), ("", line(str(last.get("outcome")), 40), ""))
    return (
        f"{sign} {word}",
        f"  {summary_words(last)}",
        {"done": "good", "failed": "bad"}.get(str(last["outcome"]), "note"),
    )


def share_words(share: str) -> str:
    """Return what is shared, in words."""
    return SHARES.get(share) or f"what fits: {line(share, 200)}"


def every(minutes: int) -> str:
    """Return how often rounds begin by themselves."""
    if not minutes:
        return "off: on demand only"
    return f"every {'minute' if minutes == 1 else 'hour' if minutes == 60 else f'{minutes} minutes'} while this is open"


def by_table(counts: Mapping[str, int]) -> str:
    """Return rows by table, most first."""
    ordered = sorted(counts.items(), key=lambda pair: -pair[1])
    return f" {glyphs.DOT} ".join(f"{name.replace('_', ' ')} {number:,}" for name, number in ordered)


# -- rounds -----------------------------------------------------------------------------------------------


def round_words(done: Round) -> str:
    """Return what a round did."""
    return summary_words(asdict(done))


def summary_words(summary: Mapping[str, Any]) -> str:
    """Return what a round of the log did, or why it ended."""
    if summary.get("error"):
        return line(str(summary["error"]), 400)
    if summary.get("what"):
        return line(str(summary["what"]), 400)
    parts = [f"{number:,} {word}" for word, number in _numbers(summary).items() if number]
    if summary.get("state") in ("first", "late", "restored"):
        parts.insert(0, {"first": "the first", "late": "caught up", "restored": "reconciled"}[str(summary["state"])])
    seconds = summary.get("seconds")
    took = [duration(float(seconds))] if seconds else []
    return f" {glyphs.DOT} ".join([*(parts or ["nothing to do"]), *took])


def _numbers(summary: Mapping[str, Any]) -> dict[str, int]:
    conflicts = int(summary.get("conflicts") or 0)
    return {
        f"{glyphs.UP} pushed": _sum(summary, "pushed"),
        f"{glyphs.DOWN} pulled": _sum(summary, "pulled"),
        "deleted here": _sum(summary, "deleted_here"),
        "conflict" if conflicts == 1 else "conflicts": conflicts,
        "refused": int(summary.get("refused") or 0),
        "busy there": int(summary.get("busy") or 0),
        "waiting for a parent": int(summary.get("parked") or 0),
    }


def _sum(summary: Mapping[str, Any], name: str) -> int:
    return sum((summary.get(name) or {}).values())


# -- questions --------------------------------------------------------------------------------------------


def estimate_words(found: Estimate) -> list[str]:
    """Return what a round would carry, a line for each way."""
    return [
        f"{glyphs.UP} to the server: {_carried(found.up)}",
        f"{glyphs.DOWN} to this device: {_carried(found.down)}",
    ]


def _carried(rows: Mapping[str, tuple[int, int]]) -> str:
    counts = {name: number for name, (number, _) in rows.items() if number}
    if not counts:
        return "nothing"
    carried = sum(each for _, each in rows.values())
    return f"{how_many(sum(counts.values()), 'row')}, {size(carried)} ({by_table(counts)})"


def plan_words(plan: LinkPlan) -> list[str]:
    """Return what linking would do."""
    lines = [
        f"Server: {plan.server}",
        f"This device is called {plan.device} there and acts as {plan.email}.",
    ]
    if plan.local_email != plan.email:
        lines.append(f"What belongs to {plan.local_email} here becomes that person's.")
    if plan.again:
        lines.append("It was linked before: both sides are compared row by row, and nothing is dropped.")
    lines.append(f"Shared: {share_words(plan.share.items)}. Nothing is sent before the first round, which asks.")
    return lines


def verified_words(found: VerifyReport) -> list[str]:
    """Return what a comparison with the server found, the most important first."""
    if found.repaired:
        return [f"Repaired {how_many(found.differences, 'row')}: what they were before waits among the conflicts."]
    compared = f"Compared {how_many(found.rows, 'row')}"
    if found.is_well:
        return [
            f"{compared}: both sides are the same" + (f"; {found.waiting:,} on their way." if found.waiting else ".")
        ]
    differ = {tbl: table.differences for tbl, table in found.tables.items() if table.differences}
    lines = [f"{compared}: {how_many(found.differences, 'row')} differ ({by_table(differ)})."] if differ else []
    if found.references:
        lines.append(f"Here, rows refer to others that are gone: {by_table(found.references)}. See 'localstore check'.")
    lines.append("Repairing makes them here as the server has them; what they were waits among the conflicts.")
    return lines
