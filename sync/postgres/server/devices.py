"""Devices: made with a secret that is told once, listed, revoked for good."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import quote

import psycopg

from localstore import ids, tables, times, values
from localstore.errors import Ambiguous, InvalidValue, NotFound
from localstore.fields import Default
from localstore.models import User
from localstore.quoting import quoted
from localstore.schema import field_type
from localstore.users import clean
from sync.errors import Contention, SyncError
from sync.postgres.address import Address
from sync.postgres.connection import Connection
from sync.postgres.server import relations, server_settings
from sync.postgres.server.administrator import Administrator, administrator
from sync.postgres.server.survey import read_mapping

_FILES = ("sslrootcert", "sslcert", "sslkey", "sslcrl", "sslcrldir", "passfile", "service", "servicefile", "hostaddr")
"""What names something on the administrator's machine; a device has its own."""


@dataclass(frozen=True)
class Made:
    """A new device. ``url`` holds its secret, which the server does not keep: it is to be shown once."""

    url: str
    id: str
    name: str
    email: str
    user_id: str
    expires_at: datetime | None
    user_made: bool


@dataclass(frozen=True)
class Device:
    """A device as the server knows it; ``revoked_at`` for one that may not come in again."""

    id: str
    name: str
    user_id: str
    email: str | None
    created_at: datetime | None
    expires_at: datetime | None
    seen_at: datetime | None
    pulled_at: datetime | None
    last_batch: int
    revoked_at: datetime | None


def add_device(
    given: str | Address,
    user_email: str,
    name: str,
    expires: datetime | None = None,
    *,
    create_user: bool = False,
    insecure: bool = False,
) -> str:
    """Make a device for the user of that e-mail and return its URL, this once."""
    return add(given, user_email, name, expires, create_user=create_user, insecure=insecure).url


def add(
    given: str | Address,
    user_email: str,
    name: str,
    expires: datetime | None = None,
    *,
    create_user: bool = False,
    insecure: bool = False,
) -> Made:
    """Make a device for the user of that e-mail; a user is made only when asked.

    Raises NotFound for nobody, InvalidValue for a user to be made without an address, and for a time that is over.
    """
    device, secret = ids.new_id(), secrets.token_bytes(32)
    name = values.check_text(name, "name").strip() or "device"
    if expires is not None and expires <= datetime.now(UTC):
        over = f"{times.to_text(expires, 'expires')[:16].replace('T', ' ')} UTC is over"
        raise InvalidValue(f"{over}, the device could never sign in: give a time to come", "expires")
    with administrator(given, insecure=insecure) as admin:
        with admin.transaction() as connection:
            settings = server_settings.need(connection)
            user, email, made = _user(connection, settings, user_email, create_user)
            connection.execute(
                "INSERT INTO localstore_sync.devices (id, user_id, name, secret_hash, expires_at) "
                "VALUES (%s, %s, %s, %s, %s)",
                (device, user, name, sha256(secret).digest(), expires),
            )
        url = device_url(admin, settings["role"], settings.get("role_password"))
    return Made(f"{url}#{device}:{secret.hex()}", device, name, email, user, expires, made)


def device_url(admin: Administrator, role: str, password: str | None) -> str:
    """Return the URL that devices connect with; the part behind ``#`` is each device's own."""
    info = admin.connection.info
    given = {key: value for key, value in admin.address.parameters.items() if key not in _FILES}
    if admin.address.parameters.get("sslrootcert") == "system":
        given["sslrootcert"] = "system"
    given |= {"user": role, "dbname": info.dbname}
    given.setdefault("host", info.host)
    if info.port != 5432:
        given.setdefault("port", str(info.port))
    shown = replace(admin.address, parameters=given, hidden={}).shown
    user = quote(role, safe="")
    return shown if password is None else shown.replace(f"//{user}@", f"//{user}:{quote(password, safe='')}@", 1)


# -- users ------------------------------------------------------------------------------------------------------


def _user(connection: Connection, settings: dict[str, str], email: str, create: bool) -> tuple[str, str, bool]:
    """Return the id and e-mail of a user, and whether it was made."""
    schema, table = read_mapping(settings["map"])["users"]
    users = f"{quoted(schema)}.{quoted(table)}"
    rows = connection.execute(
        f"SELECT id::text, email::text, is_active FROM {users} WHERE lower(email::text) = lower(%s)", (email,)
    ).fetchall()
    exact = [row for row in rows if row[1] == email] or rows
    if len(exact) > 1:
        raise Ambiguous(f"{email} is the e-mail of {len(exact)} users: write it as one of them does")
    if not exact and not create:
        raise NotFound(f"nobody on the server has the e-mail {email}: --create-user makes that person")
    if not exact:
        email = clean(email)
        return _new_user(connection, schema, table, email), email, True
    found, spelled, active = exact[0]
    if not active:
        raise SyncError(f"{spelled} is not active on the server: a device of theirs could not sign in")
    return found, spelled, False


def _new_user(connection: Connection, schema: str, table: str, email: str) -> str:
    """Make a user; what the table fills in by itself is left to it, the rest is as for a new user here."""
    there = next(each for each in relations.relations(connection) if (each.schema, each.table) == (schema, table))
    given: dict[str, str] = {"id": ids.new_id(), "email": email}
    for name in tables.columns(User):
        column, field = there.columns[name], tables.field_of(User, name)
        if name not in given and column.required and not column.filled:
            given[name] = _default(getattr(field, "server_default", None), field_type(field))
    names = ", ".join(quoted(name) for name in given)
    marks = ", ".join(["%s"] * len(given))
    connection.execute(f"INSERT INTO {there.qualified} ({names}) VALUES ({marks})", list(given.values()))
    return given["id"]


def _default(value: object, kind: str) -> str:
    if value is Default.NOW:
        return "now"
    if kind == "BOOL":
        return "true" if value else "false"
    return values.to_json(value) if kind == "JSON" else str(value or "")


# -- listing and revoking ----------------------------------------------------------------------------------------


def devices(given: str | Address, *, insecure: bool = False) -> list[Device]:
    """Return all devices, the revoked ones last."""
    with administrator(given, insecure=insecure) as admin, admin.transaction() as connection:
        return listed(connection)


def listed(connection: Connection) -> list[Device]:
    """Return all devices in the running transaction."""
    schema, table = read_mapping(server_settings.need(connection)["map"])["users"]
    users = f"{quoted(schema)}.{quoted(table)}"
    there = connection.execute("SELECT to_regclass(%s) IS NOT NULL", (users,)).fetchone()
    email = f"(SELECT u.email::text FROM {users} AS u WHERE u.id = d.user_id)" if there and there[0] else "NULL"
    rows = connection.execute(
        f"SELECT d.id::text, d.name, d.user_id::text, {email}, d.created_at, d.expires_at, s.seen_at, s.pulled_at, "
        "coalesce(s.last_batch, 0), NULL::timestamptz AS revoked FROM localstore_sync.devices AS d "
        "LEFT JOIN localstore_sync.device_state AS s ON s.device = d.id "
        f"UNION ALL SELECT d.id::text, d.name, d.user_id::text, {email}, NULL, NULL, NULL, NULL, 0, d.at "
        "FROM localstore_sync.revoked AS d ORDER BY 10 NULLS FIRST, 5, 1"
    ).fetchall()
    return [Device(*row) for row in rows]


def revoke(given: str | Address, ref: str, *, insecure: bool = False) -> Device:
    """End a device by its id, the beginning or end of its id, or its name: nothing more of it gets in or out.

    Waits for what it is doing now; a transaction that goes on for longer is ended.
    """
    with administrator(given, insecure=insecure) as admin:
        with admin.transaction() as connection:
            found = _one_of(listed(connection), ref)
        try:
            _revoke(admin, found)
        except psycopg.errors.LockNotAvailable:
            _end_sessions(admin, found)
            _revoke(admin, found)
        return found


def _one_of(known: list[Device], ref: str) -> Device:
    live = [each for each in known if each.revoked_at is None]
    wanted = ref.lower()
    found = [each for each in live if each.id == wanted] or [each for each in live if each.name == ref]
    if not found and len(wanted) >= 4:
        found = [each for each in live if each.id.startswith(wanted) or each.id.endswith(wanted)]
    if len(found) > 1:
        names = [(each.id, f"{each.name} of {each.email}") for each in found]
        raise Ambiguous(f"{ref!r} is {len(found)} devices: {', '.join(f'{i} ({n})' for i, n in names)}", names)
    if not found:
        raise NotFound(f"no device answers to {ref!r}: 'localstore sync server devices URL' lists them")
    return found[0]


def _revoke(admin: Administrator, device: Device) -> None:
    with admin.transaction() as connection:
        connection.execute("DELETE FROM localstore_sync.devices WHERE id = %s", (device.id,))
        connection.execute("DELETE FROM localstore_sync.device_state WHERE device = %s", (device.id,))
        connection.execute("DELETE FROM localstore_sync.batch WHERE device = %s", (device.id,))
        connection.execute(
            "INSERT INTO localstore_sync.revoked (id, user_id, name) VALUES (%s, %s, %s) ON CONFLICT (id) DO NOTHING",
            (device.id, device.user_id, device.name),
        )


def _end_sessions(admin: Administrator, device: Device) -> None:
    """End the transactions of devices that have been open for as long as we waited: one of them is this device's."""
    try:
        with admin.transaction() as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
                "AND usename = %s AND xact_start < now() - interval '2 seconds'",
                (server_settings.need(connection)["role"],),
            )
    except psycopg.errors.InsufficientPrivilege as error:
        raise Contention(
            f"the device {device.name} is in the middle of a transaction, and {admin.connection.info.user} may not "
            "end it: try again, or have GRANT pg_signal_backend run"
        ) from error
