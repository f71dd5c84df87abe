"""The whole installation as plain SQL, for administrators who read before they run: ``init`` without us."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from localstore.quoting import quoted
from sync.postgres.address import Address
from sync.postgres.server import capture, ddl, functions_installed, grants, install, roles, survey
from sync.postgres.server.administrator import administrator
from sync.postgres.server.adoption import ServerTable, literal
from sync.postgres.server.finding import Place
from sync.postgres.server.grants import RIGHTS
from sync.postgres.server.roles import Roles
from sync.postgres.versions import SERVER_SCHEMA

_HEAD = """-- What 'localstore sync server init' does, as SQL: run it with psql -v ON_ERROR_STOP=1 -f FILE.
-- One transaction: it waits up to 3 s for each table, and then leaves everything as it was.
BEGIN;
SET LOCAL lock_timeout = '3s';
SET LOCAL search_path = pg_catalog;
SET LOCAL check_function_bodies = off;"""


def ddl_of(
    given: str | Address,
    *,
    mapping: Mapping[str, Place] | None = None,
    naive_timestamps: str | None = None,
    device_role: str | None = None,
    insecure: bool = False,
) -> str:
    """Return what would prepare a database, as a script; the database is read and not touched."""
    wish = install.Wish(mapping or {}, naive_timestamps, device_role)
    with administrator(given, insecure=insecure) as admin:
        state = install.examine(admin, wish)
        with admin.transaction() as connection:
            found = roles.planned(connection, {}, device_role or state.settings.get("role"))
            sequences = grants.sequences(connection, state.survey.tables.values())
    return script(state, found, sequences, own_role=device_role is None)


def script(state: install.State, who: Roles, sequences: Sequence[str], *, own_role: bool) -> str:
    """Return the script for tables that were surveyed; *own_role*: the devices' role is made, and its password."""
    found = state.survey
    whole, owner = found.tables, quoted(who.owner)
    settings = {
        **ddl.DEFAULTS,
        "schema": str(SERVER_SCHEMA),
        "map": json.dumps(found.mapping, sort_keys=True),
        "owner": who.owner,
        "role": who.device,
        "functions": functions_installed.wanted(whole, who),
        **({"naive_timestamps": "utc"} if state.naive else {}),
    }
    parts = [
        _role(who.owner, "NOLOGIN"),
        f"DO $do$ BEGIN IF NOT pg_has_role({literal(who.owner)}, 'USAGE') THEN GRANT {owner} TO CURRENT_USER; END IF; "
        "END $do$",
        *(sql for name in found.missing for sql in survey.creation(whole, name)),
        f"CREATE SCHEMA {ddl.SCHEMA} AUTHORIZATION {owner}",
        f"SET LOCAL ROLE {owner}",
        *(sql for step in ddl.MIGRATIONS for sql in step),
        *(_setting(key, literal(value)) for key, value in settings.items()),
        "RESET ROLE",
        *([_device_role(who.device)] if own_role else []),
        *_grants(whole, who),
        *(f"GRANT USAGE ON SEQUENCE {name} TO {owner}" for name in sequences),
        f"SET LOCAL ROLE {owner}",
        *functions_installed.statements(whole, who),
        functions_installed.CLOSED,
        _setting("installed", f"({functions_installed.INSTALLED})"),
        "RESET ROLE",
        *(sql for table in whole.values() for sql in capture.trigger_statements(table)),
        _setting("fingerprint", "localstore_sync.fingerprint()"),
        "COMMIT",
    ]
    return "\n\n".join([_HEAD, *(f"{part};" for part in parts)]) + "\n"


def _role(name: str, options: str) -> str:
    return (
        f"DO $do$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {literal(name)}) THEN "
        f"CREATE ROLE {quoted(name)} {options}; END IF; END $do$"
    )


def _device_role(name: str) -> str:
    """Return what makes the devices' role with a password that only the settings and the server know."""
    return f"""DO $do$
DECLARE
  secret text := replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '');
  verb text := CASE WHEN EXISTS (SELECT FROM pg_roles WHERE rolname = {literal(name)}) THEN 'ALTER' ELSE 'CREATE' END;
BEGIN
  EXECUTE format('%s ROLE %I LOGIN PASSWORD %L', verb, {literal(name)}, secret);
  INSERT INTO localstore_sync.settings (key, value) VALUES ('role_password', secret);
END $do$"""


def _setting(key: str, expression: str) -> str:
    return f"INSERT INTO localstore_sync.settings (key, value) SELECT {literal(key)}, {expression}"


def _grants(whole: Mapping[str, ServerTable], who: Roles) -> list[str]:
    owner, device = quoted(who.owner), quoted(who.device)
    return [
        *(f"GRANT USAGE ON SCHEMA {quoted(name)} TO {owner}" for name in sorted({t.schema for t in whole.values()})),
        *(f"GRANT {', '.join(RIGHTS)} ON {table.qualified} TO {owner}" for table in whole.values()),
        f"GRANT USAGE ON SCHEMA {ddl.SCHEMA} TO {device}",
    ]
