"""API keys: programs act as a user with one; it is shown once, and only its SHA-256 is kept.

A key reads ``lsk_`` + 43 letters and digits (256 random bits) + 6 of a CRC-32 of what stands before, so that a
typing error is told from a key that nobody has.

The schema has no column for revocation. A revoked key stays in the list: its ``expires_at`` is the moment it was
revoked (or earlier, when it had expired), which every program understands, and ``revoked`` stands last among its
scopes, which tells it from one that ran out. Revoking is final: it cannot be undone or edited away.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import zlib
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, NamedTuple

from localstore import ids, tables, times, values
from localstore.connection import Connection
from localstore.errors import InvalidValue, KeyRefused, StoreBusy
from localstore.models import APIKey, User
from localstore.rows import Rows

PREFIX = "lsk_"
REVOKED = "revoked"
EVERYTHING = "*"
NOTED_EVERY = timedelta(minutes=1)
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_RANDOM, _CHECK = 43, 6
_FORM = re.compile(rf"{PREFIX}[0-9A-Za-z]{{{_RANDOM + _CHECK}}}")

KeyState = Literal["live", "expired", "revoked"]


class NewKey(NamedTuple):
    """A key's row and the key itself, which is never shown again."""

    row: APIKey
    secret: str


class APIKeys(Rows[APIKey]):
    """``store.api_keys``."""

    model = APIKey

    def named(self, connection: Connection, ref: str) -> list[tuple[str]]:
        """Find a key by its description."""
        sql = "SELECT id FROM api_keys WHERE description = ? LIMIT 10"
        found: list[Any] = connection.execute(sql, (ref,)).fetchall()
        return found

    def new(
        self,
        user: str | None = None,
        description: str | None = None,
        scopes: Sequence[str] = (),
        expires_at: datetime | str | None = None,
    ) -> NewKey:
        """Make a key for a user (the local one when None); the only time the secret is seen.

        A scope is a word such as ``items:read``; ``items:*`` covers all that begin so, ``*`` everything, and an
        empty list nothing. Raises InvalidValue for an ``expires_at`` that is past or has no zone.
        """
        owner = self.store.users.resolve(user) if user else self.store.local_user_id
        secret = make_secret()
        given = {"user_id": owner, "description": description, "scopes": checked_scopes(scopes)}
        given |= {"key_hash": key_hash(secret), "expires_at": _future(expires_at)}
        with self.store.action("api_key.added", "add API key") as action:
            stored = action.insert(APIKey, given)
            action.payload = {"id": stored["id"], "user": owner}
            return NewKey(self.load(action.connection, stored["id"]), secret)

    def add(self, **columns: Any) -> APIKey:
        """Refuse: a key is made by ``new``, which alone knows the secret."""
        raise InvalidValue("a key is made with 'new', which shows it once")

    def edit(self, ref: str, expected: Any = None, **columns: Any) -> APIKey:
        """Set description, scopes or expiry; a revoked key keeps both of the latter."""
        pk = self.resolve(ref)
        for column in columns.keys() - {"description", "scopes", "expires_at"}:
            raise InvalidValue("only description, scopes and expires_at can be edited", column)
        if "scopes" in columns:
            columns["scopes"] = checked_scopes(columns["scopes"])
        with self.store.action("api_key.edited", "edit API key") as action:
            if columns.keys() - {"description"} and state(self.load(action.connection, pk)) == REVOKED:
                raise InvalidValue(f"the API key {ids.short(pk)} is revoked for good: make a new one")
            action.update(APIKey, pk, columns, expected)
            action.payload = {"id": pk}
            return self.load(action.connection, pk)

    def revoke(self, ref: str) -> APIKey:
        """End a key at once and for good; harmless twice. It stays in the list; not undoable."""
        pk = self.resolve(ref)
        with self.store.action("api_key.revoked") as action:
            key = self.load(action.connection, pk)
            if state(key) != REVOKED:
                moment = datetime.now(UTC)
                ended = min(key.expires_at, moment) if key.expires_at else moment
                action.update(APIKey, pk, {"expires_at": ended, "scopes": [*_written(key), REVOKED]})
                action.payload = {"id": pk}
            return self.load(action.connection, pk)

    def verify(self, secret: str, scope: str | None = None) -> APIKey:
        """Return the key that *secret* is, if it may do *scope*; note its use, at most once a minute.

        Raises KeyRefused with the reason: malformed, mistyped, unknown, revoked, expired, inactive or scope.
        """
        check_form(secret)
        with self.store.database.reading() as connection:
            key = self._holder(connection, key_hash(secret))
            active = tables.need(connection, User, key.user_id)["is_active"]
        _check_use(key, bool(active), scope)
        self._note_use(key)
        return key

    def _holder(self, connection: Connection, wanted: str) -> APIKey:
        row = connection.execute("SELECT id, key_hash FROM api_keys WHERE key_hash = ?", (wanted,)).fetchone()
        if row is None or not hmac.compare_digest(row[1], wanted):
            raise KeyRefused("No key of this store reads so: it was deleted, or belongs to another.", "unknown")
        return self.load(connection, row[0])

    def _note_use(self, key: APIKey) -> None:
        """Write ``last_used_at`` without event or undo; a busy store does without."""
        moment = datetime.now(UTC)
        if self.store.read_only or (key.last_used_at and moment - key.last_used_at < NOTED_EVERY):
            return
        with suppress(StoreBusy), self.store.database.writing(timeout=0.05) as connection:
            tables.update(connection, APIKey, str(key.id), {"last_used_at": times.to_text(moment)})


def state(key: APIKey) -> KeyState:
    """Return whether a key is live, ran out, or was revoked."""
    if REVOKED in _written(key):
        return "revoked"
    return "expired" if key.expires_at and key.expires_at <= datetime.now(UTC) else "live"


def scopes_of(key: APIKey) -> list[str]:
    """Return what a key may do, or might before it was revoked."""
    return [scope for scope in _written(key) if scope != REVOKED]


def _written(key: APIKey) -> list[str]:
    """Return the scopes as stored; what other programs put there that is no list of texts grants nothing."""
    return [scope for scope in key.scopes if isinstance(scope, str)] if isinstance(key.scopes, list) else []


def allows(key: APIKey, scope: str) -> bool:
    """Tell whether a key's scopes cover *scope*."""
    return any(
        granted in (EVERYTHING, scope) or (granted.endswith(":*") and scope.startswith(granted[:-1]))
        for granted in scopes_of(key)
    )


def make_secret() -> str:
    """Return a new key."""
    import secrets

    body = PREFIX + "".join(secrets.choice(_DIGITS) for _ in range(_RANDOM))
    return body + _checksum(body)


def key_hash(secret: str) -> str:
    """Return the SHA-256 of a key, in hex; 256 random bits need no slow hash."""
    return hashlib.sha256(secret.strip().encode()).hexdigest()


def check_form(secret: str) -> None:
    """Raise KeyRefused for what cannot be a key; nothing of it is shown."""
    typed = secret.strip()
    if not typed.startswith(PREFIX):
        raise KeyRefused(f"This is no API key: one begins with {PREFIX}; copy it again.", "malformed")
    if not _FORM.fullmatch(typed) or not hmac.compare_digest(_checksum(typed[:-_CHECK]), typed[-_CHECK:]):
        raise KeyRefused("The API key has a typing error: copy all of it again.", "mistyped")


def checked_scopes(scopes: Iterable[str]) -> list[str]:
    """Return scopes without repetition; InvalidValue for what is no scope."""
    if isinstance(scopes, str) or not isinstance(scopes, Iterable):
        raise InvalidValue(f"expected a list, got {values.shown(scopes)}", "scopes")
    found = list(dict.fromkeys(scopes))
    for index, scope in enumerate(found):
        path = f"scopes[{index}]"
        if not values.check_text(scope, path) or scope == REVOKED or not re.fullmatch(r"[^\s,]+", scope):
            raise InvalidValue(f"{scope[:60]!r} is no scope: write a word such as items:read", path)
    return found


def _check_use(key: APIKey, active: bool, scope: str | None) -> None:
    named = f"The API key {ids.short(str(key.id))}"
    found = state(key)
    if found == "revoked":
        raise KeyRefused(f"{named} was revoked: make a new one.", "revoked")
    if found == "expired":
        raise KeyRefused(f"{named} expired at {times.to_text(key.expires_at)}: make a new one.", "expired")
    if not active:
        raise KeyRefused(f"{named} belongs to a user who is not active: activate the user first.", "inactive")
    if scope is not None and not allows(key, scope):
        granted = ", ".join(scopes_of(key)) or "nothing"
        raise KeyRefused(f"{named} does not cover {scope!r}: it covers {granted}.", "scope")


def _future(moment: datetime | str | None) -> str | None:
    if moment is None:
        return None
    stamp = times.stamp(moment, "expires_at")
    if stamp <= times.now():
        raise InvalidValue(f"{stamp} is past: choose a later time", "expires_at")
    return stamp


def _checksum(body: str) -> str:
    number, text = zlib.crc32(body.encode()), ""
    for _ in range(_CHECK):
        number, digit = divmod(number, len(_DIGITS))
        text = _DIGITS[digit] + text
    return text
