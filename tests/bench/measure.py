"""Timing: rounds of ours and theirs in turn, so that a machine whose speed drifts favours neither."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

ROUNDS = int(os.environ.get("LOCALSTORE_BENCH_ROUNDS", "5"))


@dataclass(frozen=True)
class Row:
    """One line of the report: what, ours, theirs, what is asked, and whether it holds."""

    what: str
    ours: str
    peer: str
    asked: str
    got: str
    holds: bool


def seconds(act: Callable[[], Any]) -> float:
    """Return how long one call takes."""
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def in_turn(ours: Callable[[], Any], peer: Callable[[], Any], rounds: int = ROUNDS) -> tuple[float, float]:
    """Return the median seconds of both, run in turn after one warm-up each."""
    ours()
    peer()
    pairs = [(seconds(ours), seconds(peer)) for _ in range(rounds)]
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)


def median(act: Callable[[], Any], rounds: int = 15) -> float:
    """Return the median seconds of one act, after a warm-up."""
    act()
    return statistics.median(seconds(act) for _ in range(rounds))


def medians(acts: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """Return the median of what each act says it took, all in turn; every round begins with another."""
    took: dict[str, list[float]] = {name: [] for name in acts}
    names = list(acts)
    for number in range(rounds):
        at = number % len(names)
        for name in names[at:] + names[:at]:
            took[name].append(acts[name]())
    return {name: statistics.median(found) for name, found in took.items()}


def environment() -> dict[str, str]:
    """Return this environment without what makes Python or numpy slow.

    Without bytecode Python compiles at every start; OpenBLAS is to choose its own kernel for the processor.
    """
    slow = ("PYTHONDONTWRITEBYTECODE", "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
    return {k: v for k, v in os.environ.items() if k not in slow}


def command(arguments: Sequence[str]) -> Callable[[], Any]:
    """Return an act that runs this Python with *arguments* and expects success."""
    env = environment()
    return lambda: subprocess.run([sys.executable, *arguments], check=True, capture_output=True, env=env)


def child(code: str, *arguments: str) -> str:
    """Run Python code in a fresh process and return what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], check=True, capture_output=True, text=True, env=environment()
    )
    return done.stdout


def peak_megabytes() -> float:
    """Return the peak resident memory of this process."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 if sys.platform != "darwin" else 1024 * 1024)


def milliseconds(value: float) -> str:
    """Show seconds as milliseconds."""
    return f"{value * 1000:,.1f} ms"
