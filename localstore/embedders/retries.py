"""Retries: how long to wait before a service is asked again, and when to stop asking."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

FIRST = 0.25
LONGEST = 30.0
"""Seconds: no single wait is longer; a service that asks for more is not waited for."""


def backoff(attempt: int, chance: float) -> float:
    """Return seconds to wait after attempt 0, 1, 2…: doubling, half of it by chance ("equal jitter").

    Brooker, "Exponential Backoff And Jitter" (2015): clients that failed together must not come back together.
    """
    whole = min(LONGEST, FIRST * 2.0**attempt)
    return whole / 2 + whole / 2 * chance


def asked_for(header: str | None, now: datetime) -> float | None:
    """Return the seconds that a ``Retry-After`` asks for (RFC 9110 §10.2.3: seconds or a date), None without one."""
    if header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())


@dataclass(frozen=True)
class Retries:
    """How often, and with which clock, sleep and chance; tests bring their own."""

    most: int = 4
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    chance: Callable[[], float] = random.random

    def wait(self, attempt: int, header: str | None = None) -> bool:
        """Wait before the next attempt; False, at once, when there is to be none."""
        asked = asked_for(header, datetime.now(UTC))
        if attempt >= self.most or (asked or 0.0) > LONGEST:
            return False
        self.sleep(backoff(attempt, self.chance()) if asked is None else asked)
        return True
