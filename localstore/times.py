"""Times: aware in Python, one text form in the file (UTC, microseconds, ``Z``), which sorts as it reads."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from localstore.errors import InvalidValue

PATTERN = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
_SPAN = re.compile(r"(\d+)\s*(min|[smhdwMy])")
_SECONDS = {"s": 1, "min": 60, "m": 60, "h": 3600, "d": 86400, "w": 604800, "M": 2_592_000, "y": 31_536_000}


def now() -> str:
    """Return this moment as stored text."""
    return to_text(datetime.now(UTC))


def to_text(moment: datetime, path: str = "") -> str:
    """Return an aware time as stored text; a naive one raises InvalidValue."""
    if moment.tzinfo is None:
        raise InvalidValue(f"{moment.isoformat()} has no time zone: add one, such as +00:00", path)
    try:
        utc = moment.astimezone(UTC)
    except OverflowError:
        raise InvalidValue(f"{moment.isoformat()} lies outside the years 1 to 9999 in UTC", path) from None
    return f"{utc.year:04d}-{utc:%m-%dT%H:%M:%S}.{utc.microsecond:06d}Z"


def from_text(text: str) -> datetime:
    """Return stored text as an aware time."""
    return datetime.fromisoformat(text)


def local(stamp: str | datetime) -> datetime:
    """Return a time as the clock here shows it; at the ends of the years 1 and 9999 it may have none: then in UTC."""
    moment = from_text(stamp) if isinstance(stamp, str) else stamp
    try:
        return moment.astimezone()
    except (OverflowError, ValueError, OSError):
        return moment


def local_day(stamp: str | datetime) -> str:
    """Return the day of a time, here; what is no time stays as it is stored."""
    try:
        return local(stamp).date().isoformat()
    except ValueError:
        return str(stamp)


def local_minute(stamp: str | datetime) -> str:
    """Return day and minute of a time, here; what is no time stays as it is stored."""
    try:
        return local(stamp).replace(tzinfo=None).isoformat(" ", "minutes")
    except ValueError:
        return str(stamp)


def of_here(typed: datetime) -> datetime:
    """Return a typed time as an aware one: without a zone it is one of the clock here. Raises InvalidValue."""
    if typed.tzinfo:
        return typed
    try:
        return typed.astimezone()
    except (OverflowError, ValueError, OSError):
        raise InvalidValue(f"{typed.isoformat()} is on no clock here: add a time zone, such as +00:00") from None


def stamp(value: object, path: str = "") -> str:
    """Return *value* as stored text: an aware datetime, ISO 8601 text with a zone, or epoch seconds.

    Raises InvalidValue for anything else, naive times among it.
    """
    if isinstance(value, datetime):
        return to_text(value, path)
    if isinstance(value, str):
        if PATTERN.fullmatch(value):
            return _checked(value, path)
        try:
            return to_text(datetime.fromisoformat(value), path)
        except ValueError:
            raise InvalidValue(f"{value[:60]!r} is not a time like 2026-01-31T09:30:00Z", path) from None
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return to_text(datetime.fromtimestamp(value, UTC), path)
        except (ValueError, OverflowError, OSError):
            raise InvalidValue(f"{value!r} is no number of seconds since 1970", path) from None
    raise InvalidValue(f"{str(value)[:60]!r} is not a time like 2026-01-31T09:30:00Z", path)


def _checked(text: str, path: str) -> str:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        raise InvalidValue(f"{text!r} is not a day and time that exists", path) from None
    return text


def after(text: str, floor: str) -> str:
    """Return *text*, or a microsecond after *floor* when that is later: stamps of one row only rise."""
    if text > floor:
        return text
    try:
        return to_text(from_text(floor) + timedelta(microseconds=1))
    except OverflowError:
        return floor  # the last moment of the year 9999


def since(text: str, moment: datetime | None = None) -> str:
    """Read what a person types for a time: a date, a time, or an age such as ``7d``, ``12h``, ``2w``.

    A date or time without a zone is local. Raises InvalidValue.
    """
    if match := _SPAN.fullmatch(text.strip()):
        try:
            age = timedelta(seconds=int(match[1]) * _SECONDS[match[2]])
            return to_text((moment or datetime.now(UTC)) - age)
        except (OverflowError, ValueError):  # ValueError: Python reads no number of more than 4,300 digits
            raise InvalidValue(f"{text[:60]!r} is too long an age") from None
    try:
        typed = datetime.fromisoformat(text.strip())
    except ValueError:
        raise InvalidValue(f"{text[:60]!r} is neither a date (2026-01-31) nor an age (7d, 12h, 2w)") from None
    return to_text(of_here(typed))
