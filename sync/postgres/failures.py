"""What PostgreSQL, libpq and the network say, as one sentence of ours that tells what to do.

The server's own errors are told apart by SQLSTATE. While a connection is made libpq hands on texts alone: they are
matched in English, and a server that speaks otherwise is quoted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from sync import errors
from sync.errors import SyncError
from sync.postgres.versions import PROTOCOL

_REPAIR = "'localstore sync server repair' by an administrator sets this right"
_ADD = "'localstore sync link' with a new URL from 'localstore sync server add-device' does it"

# LS001 … LS011: raised by our own functions on the server.
_OURS: dict[str, tuple[type[SyncError], str]] = {
    "LS001": (
        errors.DeviceRevoked,
        "{place} does not let this device in: it was revoked, or never made there. Nothing here is lost; to sync "
        f"again, {_ADD}.",
    ),
    "LS003": (
        errors.DeviceExpired,
        f"this device was allowed in at {{place}} until a day that has passed: ask for another; {_ADD}.",
    ),
    "LS004": (errors.ServerError, "{place} took our transaction for another kind: {said}."),
    "LS005": (errors.ServerError, "{place} has lost our sign-in: run 'localstore sync' again ({said})."),
    "LS006": (
        errors.ServerChanged,
        f"the tables at {{place}} are not as they were when sync was installed: {{said}}; {_REPAIR}.",
    ),
    "LS007": (
        errors.SyncDisabled,
        "sync is switched off at {place} for now; changes are kept here and go with the next round after "
        "'localstore sync server enable'.",
    ),
    "LS008": (
        errors.UserInactive,
        "the person whom this device acts for is not active at {place}: an administrator of that server can change it.",
    ),
    "LS010": (
        errors.StoreCopied,
        "{place} already has another batch of this number from this device: a copy of this file has synced. Give "
        f"this one a device of its own; {_ADD}.",
    ),
    "LS011": (
        errors.ServerRestored,
        "{place} misses a batch that it had acknowledged: it was restored from an older state; "
        "the next round compares both sides.",
    ),
}

_STATES: dict[str, tuple[type[SyncError], str]] = {
    "25006": (
        errors.ServerReadOnly,
        "{place} takes no writes (a replica, or set read-only), and pulling writes too: name the primary in the "
        "address, or several hosts, of which the one that takes writes is used.",
    ),
    "53100": (errors.ServerFull, "the disk of {place} is full: nothing was lost, sync again when there is room."),
    "53200": (errors.ServerError, "{place} is out of memory: sync again later ({said})."),
    "53300": (errors.ServerUnreachable, "{place} has too many connections: sync again in a while."),
    "57P01": (errors.ConnectionLost, "{place} ended the connection, it is being restarted: sync again in a moment."),
    "57P02": (errors.ConnectionLost, "{place} is restarting after a crash: sync again in a moment."),
    "57P03": (errors.ServerUnreachable, "{place} is starting or stopping: sync again in a moment."),
    "57P05": (errors.ConnectionLost, "{place} ended the connection, it was idle for too long: sync again."),
    "25P03": (
        errors.ConnectionLost,
        "{place} ended the connection, its transaction was idle for too long: sync again.",
    ),
    "25P04": (errors.ConnectionLost, "{place} ended the connection, its transaction took too long: sync again."),
    "57014": (
        errors.ServerError,
        "{place} stopped a statement ({said}): a statement_timeout set for our role is too short; " + _REPAIR + ".",
    ),
    "40001": (errors.Contention, "other programs kept changing the same rows at {place}: sync again in a moment."),
    "40P01": (errors.Contention, "other programs kept locking the same rows at {place}: sync again in a moment."),
    "55P03": (errors.Contention, "other programs kept rows at {place} locked: sync again in a moment."),
    "28P01": (errors.SignInRefused, "{place} refused the password of {user}."),
    "28000": (errors.SignInRefused, "{place} does not let {user} in: {said}."),
    "3D000": (errors.SignInRefused, "{place} has no database {database!r}: correct its name in the address."),
    "42501": (
        errors.RightMissing,
        f"{{user}} lacks a right at {{place}}: {{said}}; {_REPAIR}, or this does: {{grant}}.",
    ),
}
_UNPREPARED = (
    "the database {database!r} at {place} was not prepared for sync, or its functions are gone ({said}): an "
    "administrator runs 'localstore sync server init URL'."
)
_LOST = "the connection to {place} broke; nothing was lost, sync again when it is back ({said})."

_STARTS = ("the ", "this ", "no ", "nothing ", "other ", "none ")
"""Words that a sentence may begin with; hosts keep their spelling."""

# Texts of libpq and of the server while a connection is made, the first that matches.
_TEXTS: tuple[tuple[str, type[SyncError], str], ...] = (
    (r"password authentication failed|no password supplied", errors.SignInRefused,
     "{place} refused the password of {user}: look at the address, or ask for a new one."),
    (r"does not support SSL", errors.TlsFailed,
     "{place} offers no encryption: set up TLS there, or say --insecure when the network is to be trusted."),
    (r"certificate|SSL error|sslmode|private key", errors.TlsFailed,
     "no encrypted connection to {place}: {said}; sslrootcert=FILE in the address names the certificate to trust."),
    (r"no pg_hba\.conf entry .*no encryption", errors.TlsFailed,
     "{place} lets {user} in only encrypted, if at all: say sslmode=require in the address ({said})."),
    (r"no pg_hba\.conf entry|pg_hba\.conf rejects", errors.SignInRefused,
     "{place} has no line in its pg_hba.conf that lets {user} in: {said}."),
    (r"database .* does not exist", errors.SignInRefused,
     "{place} has no database {database!r}: correct its name in the address."),
    (r"role .* does not exist|not permitted to log in|authentication failed", errors.SignInRefused,
     "{place} does not let {user} in: {said}; 'localstore sync server init' makes the role of devices."),
    (r"permission denied for database", errors.RightMissing,
     "{user} may not connect to {database!r} at {place}: " + _REPAIR + ", or GRANT CONNECT ON DATABASE does."),
    (r"too many (clients|connections)|remaining connection slots", errors.ServerUnreachable,
     "{place} has too many connections: sync again in a while."),
    (r"starting up|shutting down|not yet accepting|recovery", errors.ServerUnreachable,
     "{place} is starting or stopping: sync again in a moment."),
    (r"session is read-only|hot standby|target_session_attrs", errors.ServerReadOnly,
     "none of {place} takes writes now, and pulling writes too: sync again when one does."),
    (r"timeout expired|timed out|ETIMEDOUT", errors.ServerUnreachable,
     "{place} does not answer: are you online, and is a firewall between?"),
    (r"could not translate|Name or service|nodename|failed to resolve|not known|resolution", errors.ServerUnreachable,
     "no machine is called {place}: are you online, and is the address spelled right?"),
    (r"refused|No such file|Connection reset|unreachable|No route", errors.ServerUnreachable,
     "nothing answers at {place}: is the server running, and are host and port right?"),
)  # fmt: skip


@contextmanager
def told(place: str, user: str = "", database: str = "") -> Iterator[None]:
    """Turn what psycopg raises within into an error of ``sync.errors``."""
    try:
        yield
    except psycopg.Error as error:
        raise explained(error, place, user, database) from error


def explained(error: psycopg.Error, place: str, user: str = "", database: str = "") -> SyncError:
    """Return the error for a person; *place* is the server's host."""
    kind, sentence = _chosen(error)
    said = _said(error)
    place = place or "the server"
    user = repr(user) if user else "our role"
    text = sentence.format(place=place, user=user, database=database, said=said, grant=_grant(said, user))
    if text.startswith(_STARTS):
        text = text[0].upper() + text[1:]
    if kind is errors.ServerError:
        return errors.ServerError(text, error.sqlstate)
    return kind(text)


def _chosen(error: psycopg.Error) -> tuple[type[SyncError], str]:
    state = error.sqlstate
    if state == "LS002":
        return errors.ProtocolDiffers, _protocol(error)
    if state in _OURS:
        return _OURS[state]
    if state in _STATES:
        return _STATES[state]
    if state in ("42883", "3F000") or (state == "42P01" and "localstore_sync" in str(error)):
        return errors.NotPrepared, _UNPREPARED
    if state is not None and not state.startswith("08"):
        return errors.ServerError, "{place} refused: {said}."
    connecting = next(((kind, text) for pattern, kind, text in _TEXTS if _matches(pattern, error)), None)
    if state is None and connecting and not _was_open(error):
        return connecting
    if state is None and "FATAL" in str(error):
        return errors.SignInRefused, "{place} does not let {user} in: {said}."
    if isinstance(error, psycopg.OperationalError):
        return errors.ConnectionLost, _LOST
    return errors.ServerError, "the talk with {place} failed: {said}."


def _matches(pattern: str, error: psycopg.Error) -> bool:
    return re.search(pattern, str(error), re.IGNORECASE) is not None


def _was_open(error: psycopg.Error) -> bool:
    return (
        re.search(r"closed the connection|connection is (lost|closed)|consuming input|sending", str(error)) is not None
    )


def _protocol(error: psycopg.Error) -> str:
    number = (error.diag.message_detail or "").strip() or (error.diag.message_primary or "")
    found = re.search(r"\d+", number)
    if found is None:
        return f"{{place}} speaks another version of the protocol than ours, {PROTOCOL}: bring both to one release."
    newer = int(found[0]) > PROTOCOL
    what = "update localstore here" if newer else "an administrator runs 'localstore sync server init' of this release"
    return f"{{place}} speaks version {found[0]} of the protocol, this program version {PROTOCOL}: {what}."


def _said(error: psycopg.Error) -> str:
    """Return what was said, as one line; the server's sentence alone when it is the server's."""
    line = error.diag.message_primary or str(error).partition("\n")[0]
    for prefix in (r"^connection failed: ", r"^connection to server (at|on) .*? failed: ", r"^(FATAL|ERROR): +"):
        line = re.sub(prefix, "", " ".join(line.split()))
    return line.rstrip(".")[:300]


def _grant(said: str, user: str) -> str:
    """Return the GRANT that a 'permission denied' asks for."""
    match = re.search(r"permission denied for (\w+) (.+)", said)
    role = user.strip("'") if user != "our role" else "ROLE"
    if match is None:
        return f"a GRANT to {role}"
    right = {"function": "EXECUTE", "schema": "USAGE", "database": "CONNECT", "sequence": "USAGE"}.get(
        match[1], "SELECT"
    )
    what = match[1].upper()
    name = f"{match[2]}" if what != "FUNCTION" else f"localstore_sync.{match[2]}"
    return f"GRANT {right} ON {what} {name} TO {role}"
