"""Preparing a database for sync: step by step, each repeatable, nothing done twice."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from localstore.quoting import quoted
from sync.errors import SyncError
from sync.postgres.connection import Connection
from sync.postgres.server import ddl, functions_installed, grants, roles, server_settings, survey, trigger_state
from sync.postgres.server.administrator import Administrator, administrator
from sync.postgres.server.adoption import ServerTable
from sync.postgres.server.finding import Place
from sync.postgres.server.roles import Roles
from sync.postgres.server.survey import Survey
from sync.postgres.server.trigger_state import Say
from sync.postgres.versions import SERVER_SCHEMA


@dataclass(frozen=True)
class InitReport:
    """What was found, and what was done (or would be): empty when the database was ready already."""

    survey: Survey
    steps: tuple[str, ...]
    dry_run: bool

    @property
    def lines(self) -> list[str]:
        """What a person reads: the tables first, then the steps."""
        return [*(each.line for each in self.survey.surveyed), *self.steps]


@dataclass(frozen=True)
class Wish:
    """What the administrator said; what was said once is remembered by the server."""

    mapping: Mapping[str, Place] = field(default_factory=dict)
    naive_timestamps: str | None = None
    device_role: str | None = None
    device_password: str | None = None


@dataclass(frozen=True)
class State:
    """What was there before: the settings of an earlier installation, and what the survey found."""

    settings: dict[str, str]
    survey: Survey
    naive: bool


def init(
    url: str,
    *,
    mapping: Mapping[str, Place] | None = None,
    naive_timestamps: str | None = None,
    device_role: str | None = None,
    device_password: str | None = None,
    dry_run: bool = False,
    insecure: bool = False,
    report: Say | None = None,
    found: Say | None = None,
) -> InitReport:
    """Prepare a database: tables that are missing, the schema ``localstore_sync``, roles, rights, triggers.

    *found* is told each line about the thirteen tables before anything is changed, *report* each step as it is
    done. Harmless when repeated: also the way to a newer version's schema.
    """
    wish = Wish(mapping or {}, naive_timestamps, device_role, device_password)
    with administrator(url, insecure=insecure) as admin:
        state = examine(admin, wish)
        for each in state.survey.surveyed:
            (found or _silent)(each.line)
        steps = planned(admin, state, wish) if dry_run else prepare(admin, state, wish, report or _silent)
    return InitReport(state.survey, tuple(steps), dry_run)


def _silent(_: str) -> None:
    """Tell nobody."""


def examine(admin: Administrator, wish: Wish) -> State:
    """Look whether this server, these tables and this role will do; raises the first reason why not."""
    path = survey.search_path(admin.connection)
    with admin.transaction() as connection:
        survey.need_fit_server(connection)
        settings = server_settings.read(connection)
        _need_known_schema(settings)
        naive = (wish.naive_timestamps or settings.get("naive_timestamps")) == "utc"
        remembered = survey.read_mapping(settings.get("map"))
        surveyed = survey.survey(connection, path, {**remembered, **wish.mapping}, naive=naive)
        survey.need_fit_tables(connection, surveyed.relations)
        grants.need_tables(connection, surveyed.relations.values())
        home = surveyed.tables[surveyed.missing[0]].schema if surveyed.missing else None
        grants.need_create(connection, home)
        owner = roles.planned(connection, settings, wish.device_role).owner
        grants.need_visible(connection, surveyed.relations, owner)
    return State(settings, surveyed, naive)


def _need_known_schema(settings: Mapping[str, str]) -> None:
    version = int(settings.get("schema", "0"))
    if version > SERVER_SCHEMA:
        raise SyncError(
            f"the server was prepared by a newer localstore (its schema is {version}, this program knows "
            f"{SERVER_SCHEMA}): update localstore here"
        )


def planned(admin: Administrator, state: State, wish: Wish) -> list[str]:
    """Return the steps that ``prepare`` would do, changing nothing."""
    with admin.transaction() as connection:
        found = roles.planned(connection, state.settings, wish.device_role)
        fresh = [role for role in (found.owner, found.device) if not roles.exists(connection, role)]
        steps = [f"make the role {role}" for role in fresh]
        if int(state.settings.get("schema", "0")) < SERVER_SCHEMA:
            steps.append(f"bring the schema {ddl.SCHEMA} to version {SERVER_SCHEMA}")
        steps += [f"make {state.survey.tables[name].place}" for name in state.survey.missing]
        if fresh or not functions_installed.same(connection, state.settings, state.survey.tables, found):
            steps.append("make the functions that devices call")
        there = [table for name, table in state.survey.tables.items() if name not in state.survey.missing]
        steps += [f"put triggers on {table.place}" for table in there if trigger_state.wrong(connection, table)]
    return steps


def prepare(admin: Administrator, state: State, wish: Wish, say: Say) -> list[str]:
    """Do what is to be done, in transactions of their own; return the steps that changed something."""
    done: list[str] = []

    def did(step: str) -> None:
        done.append(step)
        say(step)

    whole = state.survey.tables
    with admin.transaction(alone=True) as connection:
        found, made = roles.prepare(connection, state.settings, wish.device_role, wish.device_password)
        for step in [*made, *_schema(connection, found), *_missing_tables(connection, state.survey)]:
            did(step)
        _remember(connection, state, found)
    with admin.transaction(alone=True) as connection:
        for step in [*_grants(connection, whole, found), *_functions(connection, whole, found)]:
            did(step)
    captured = trigger_state.put(admin, whole, say)
    if captured:
        did(f"put triggers on {', '.join(whole[name].place for name in captured)}")
    with admin.transaction(alone=True) as connection:
        for step in finish(connection, captured):
            did(step)
    return done


def _schema(connection: Connection, found: Roles) -> list[str]:
    """Make or bring up to date the schema of sync, as the owner of its functions."""
    there = connection.execute("SELECT to_regnamespace('localstore_sync') IS NOT NULL").fetchone()
    if not (there and there[0]):
        connection.execute(f"CREATE SCHEMA {ddl.SCHEMA} AUTHORIZATION {quoted(found.owner)}")
    version = int(server_settings.read(connection).get("schema", "0"))
    with acting_as(connection, found.owner):
        for step in ddl.MIGRATIONS[version:]:
            for sql in step:
                connection.execute(sql)
        if version == 0:
            server_settings.put(connection, **ddl.DEFAULTS)
        if version < SERVER_SCHEMA:
            server_settings.put(connection, schema=str(SERVER_SCHEMA))
    return [f"brought the schema {ddl.SCHEMA} to version {SERVER_SCHEMA}"] if version < SERVER_SCHEMA else []


class acting_as:
    """Run what is within as another role: what it makes belongs to it."""

    def __init__(self, connection: Connection, role: str) -> None:
        self._connection = connection
        self._role = role

    def __enter__(self) -> None:
        self._connection.execute(f"SET LOCAL ROLE {quoted(self._role)}")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._connection.execute("RESET ROLE")


def _missing_tables(connection: Connection, found: Survey) -> list[str]:
    for name in found.missing:
        for sql in survey.creation(found.tables, name):
            connection.execute(sql)
    return [f"made {', '.join(found.tables[name].place for name in found.missing)}"] if found.missing else []


def _remember(connection: Connection, state: State, found: Roles) -> None:
    values = {
        "map": json.dumps(state.survey.mapping, sort_keys=True),
        "naive_timestamps": "utc" if state.naive else None,
        "owner": found.owner,
        "role": found.device,
        "role_password": found.password,
    }
    changed = {key: value for key, value in values.items() if state.settings.get(key) != value}
    with acting_as(connection, found.owner):
        server_settings.put(connection, **changed)


def _grants(connection: Connection, whole: Mapping[str, ServerTable], found: Roles) -> list[str]:
    missing = grants.missing_on_tables(connection, whole, found.owner)
    for each in [*missing, *grants.missing_for_devices(connection, found)]:
        connection.execute(each.sql)
    return [f"let {found.owner} read and write {', '.join(each.what for each in missing)}"] if missing else []


def _functions(connection: Connection, whole: Mapping[str, ServerTable], found: Roles) -> list[str]:
    settings = server_settings.read(connection)
    if functions_installed.same(connection, settings, whole, found):
        return []
    with acting_as(connection, found.owner):
        server_settings.put(connection, **functions_installed.make(connection, whole, found))
    return ["made the functions that devices call"]


def finish(connection: Connection, captured: list[str]) -> list[str]:
    """Note the fingerprint; where changes may not have been seen, make every device compare everything.

    A column's new type is such a change: ALTER TABLE … USING rewrites rows without a trigger.
    """
    settings = server_settings.need(connection)
    gaps = connection.execute("DELETE FROM localstore_sync.unnoticed").rowcount
    row = connection.execute("SELECT localstore_sync.fingerprint()").fetchone()
    now = str(row[0]) if row else ""
    if settings.get("fingerprint") == now and not captured and not gaps:
        return []
    server_settings.put(connection, fingerprint=now)
    return ["every device compares all its rows when it next syncs"] if raise_floor(connection) else []


def raise_floor(connection: Connection) -> bool:
    """Make all cursors that devices hold too old; tell whether there are any.

    Such a cursor's snapshot was taken before this transaction, so that its xmin is at most our number.
    """
    if connection.execute("SELECT 1 FROM localstore_sync.device_state LIMIT 1").fetchone() is None:
        return False
    row = connection.execute("SELECT (pg_current_xact_id()::text::numeric + 1)::text").fetchone()
    server_settings.put(connection, floor=str(row[0]) if row else "0")
    return True
