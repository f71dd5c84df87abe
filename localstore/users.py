"""Users: people and agents, found by e-mail, with argon2 hashes of their passwords.

A password passes through two methods only and is kept nowhere; its hash is in no event, error or undo entry, so
that setting one cannot be undone. An empty hash means: nobody logs in with a password.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from localstore import ids, tables, values
from localstore.connection import Connection
from localstore.errors import InvalidValue, StoreBusy, Taken
from localstore.models import User
from localstore.rows import Rows

if TYPE_CHECKING:
    from argon2 import PasswordHasher

HASH = "hashed_password"
LONGEST_EMAIL = 254
"""RFC 5321 §4.5.3.1.3, without the angle brackets."""
LONGEST_PASSWORD = 4096


class Users(Rows[User]):
    """``store.users``."""

    model = User
    label = "email"

    def named(self, connection: Connection, ref: str) -> list[tuple[str]]:
        """Find a user by e-mail: exactly, else whatever the case."""
        exact: list[Any] = connection.execute("SELECT id FROM users WHERE email = ?", (ref.strip(),)).fetchall()
        return exact or _alike(connection, ref)

    def add(  # type: ignore[override]
        self, email: str, full_name: str | None = None, password: str | None = None, **columns: Any
    ) -> User:
        """Add a user; without a password nobody can log in as them.

        Raises InvalidValue, or Taken when a user has the e-mail in any case.
        """
        _spare_hash(columns)
        given = {"email": clean(email), "full_name": full_name, **columns}
        if password is not None:
            given[HASH] = hashed(password)
        with self.store.action("user.added", f"add user {given['email'][:60]!r}") as action:
            _check_free(action.connection, given["email"])
            stored = action.insert(User, given)
            action.payload = {"id": stored["id"], "email": stored["email"]}
            return self.load(action.connection, stored["id"])

    def edit(self, ref: str, expected: Any = None, **columns: Any) -> User:
        """Set only the given columns; a password goes through ``set_password``."""
        _spare_hash(columns)
        pk = self.resolve(ref)
        with self.store.action("user.edited", "edit user") as action:
            if "email" in columns:
                columns["email"] = clean(columns["email"])
                _check_free(action.connection, columns["email"], pk)
            if columns.get("is_active") is False:
                self._spare_local_user(pk)
            action.update(User, pk, columns, expected)
            action.payload = {"id": pk}
            return self.load(action.connection, pk)

    def activate(self, ref: str) -> User:
        """Let a user log in and use their keys again."""
        return self.edit(ref, is_active=True)

    def deactivate(self, ref: str) -> User:
        """Refuse a user's password and keys; what is theirs stays."""
        return self.edit(ref, is_active=False)

    def _spare_local_user(self, pk: str) -> None:
        if pk == self.store.local_user_id:
            raise InvalidValue("this is the store's own user, who owns what is made here: it stays active")

    # -- passwords ----------------------------------------------------------------------------------------

    def set_password(self, ref: str, password: str | None) -> User:
        """Set a user's password, or with None take it away; not undoable."""
        pk = self.resolve(ref)
        new = "" if password is None else hashed(password)
        with self.store.action("user.password_set") as action:
            action.update(User, pk, {HASH: new})
            action.payload = {"id": pk}
            return self.load(action.connection, pk)

    def verify_password(self, ref: str, password: str) -> bool:
        """Tell whether a user may log in with this password.

        Never true for somebody inactive or without a password. A hash made with older parameters is made anew.
        Raises NotFound for an unknown user.
        """
        import argon2

        user = self.get(ref)
        kept, hasher = str(user.hashed_password), argon2.PasswordHasher()
        typed = unicodedata.normalize("NFC", password)
        try:
            right = bool(kept) and hasher.verify(kept, typed)
        except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError, UnicodeEncodeError):
            return False
        if right and hasher.check_needs_rehash(kept):
            self._rehash(user, hasher, typed)
        return right and bool(user.is_active)

    def _rehash(self, user: User, hasher: PasswordHasher, password: str) -> None:
        """Replace the hash that was read, unless somebody set another meanwhile; no event: nobody did anything."""
        if self.store.read_only:
            return
        new = hasher.hash(password)
        with suppress(StoreBusy), self.store.database.writing(timeout=0.1) as connection:
            row = tables.fetch(connection, User, str(user.id))
            if row and row[HASH] == user.hashed_password:
                tables.update(connection, User, str(user.id), {HASH: new})


def hashed(password: str) -> str:
    """Return the argon2id hash of a password (RFC 9106, the library's current parameters).

    The text is composed first (NFC), as RFC 8265 §4.2.2 asks: keyboards differ. Raises InvalidValue.
    """
    from argon2 import PasswordHasher

    if not values.check_text(password, "password", LONGEST_PASSWORD):
        raise InvalidValue("it is empty: type at least one character", "password")
    return PasswordHasher().hash(unicodedata.normalize("NFC", password))


def clean(email: object) -> str:
    """Return an e-mail without outer blanks; InvalidValue for what cannot be one."""
    bare = values.check_text(email, "email", LONGEST_EMAIL).strip()
    name, _, host = bare.rpartition("@")
    if not name or not host or not bare.isprintable() or " " in bare:
        raise InvalidValue(f"{bare[:60]!r} is no e-mail address: write it like ada@example.org", "email")
    return bare


def _spare_hash(columns: Mapping[str, Any]) -> None:
    if HASH in columns:
        raise InvalidValue("a hash is never set by hand: set the password instead", HASH)


def _alike(connection: Connection, email: str) -> list[tuple[str]]:
    sql = "SELECT id FROM users WHERE fold(email) = ? LIMIT 10"
    found: list[Any] = connection.execute(sql, (ids.fold(email.strip()),)).fetchall()
    return found


def _check_free(connection: Connection, email: str, own: str = "") -> None:
    """Raise Taken when another user has this e-mail in any case."""
    for (pk,) in _alike(connection, email):
        if pk != own:
            held = tables.need(connection, User, pk)["email"]
            message = f"{email!r} is taken by the user {ids.short(pk)} ({held}): choose another"
            raise Taken(message, "email", pk)
