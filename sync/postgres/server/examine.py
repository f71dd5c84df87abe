"""``check`` and ``repair``: is what was installed still so, one sentence for each thing that is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import psycopg

from localstore.errors import LocalstoreError
from sync.errors import ServerReadOnly, SyncError
from sync.postgres.address import Address
from sync.postgres.connection import Connection
from sync.postgres.server import (
    fitness,
    functions_installed,
    grants,
    install,
    relations,
    role_check,
    roles,
    server_settings,
    state_of_server,
    survey,
    trigger_state,
)
from sync.postgres.server.administrator import Administrator, administrator
from sync.postgres.server.adoption import ServerTable
from sync.postgres.server.findings import Finding, Weight, broken, note, risk
from sync.postgres.server.relations import Relation
from sync.postgres.server.roles import Roles
from sync.postgres.versions import SERVER_SCHEMA


@dataclass(frozen=True)
class Installed:
    """What an installation remembers, and the tables that are still there under those names."""

    settings: dict[str, str]
    roles: Roles
    relations: dict[str, Relation]
    tables: dict[str, ServerTable]
    """Those that still fit."""


def check(given: str | Address, *, insecure: bool = False) -> list[Finding]:
    """Return what is not as it should be on a server; empty when all is well and nothing is worth a note."""
    with administrator(given, insecure=insecure) as admin:
        return examined(admin)


def examined(admin: Administrator) -> list[Finding]:
    """Return the findings of a server that is connected."""
    with admin.transaction() as connection:
        unfit = _refused(lambda: survey.need_fit_server(connection))
        if unfit:
            return [broken("server", unfit, repairable=False)]
        settings = server_settings.read(connection)
        if "schema" not in settings:
            return [
                broken(
                    "server",
                    "the database is not prepared: 'localstore sync server init URL' does it",
                    repairable=False,
                )
            ]
        version = int(settings["schema"])
        if version > SERVER_SCHEMA:
            text = f"the server was prepared by a newer localstore (schema {version}, known here {SERVER_SCHEMA})"
            return [broken("server", text, repairable=False)]
        there, found = _installed(connection, settings)
        if version < SERVER_SCHEMA:
            found.append(
                broken("server", f"the schema of sync is at version {version}, this program's is {SERVER_SCHEMA}")
            )
        if settings.get("enabled") == "false":
            found.append(note("server", "sync is switched off: 'localstore sync server enable URL' switches it on"))
        found += _tables(connection, there) + _functions(connection, there)
        if all(each.weight is Weight.NOTE for each in found) and _fingerprint(connection) != settings.get(
            "fingerprint"
        ):
            text = "the tables are not as they were when sync was installed, and devices are refused"
            found.append(broken("tables", text))
        found += role_check.check(admin, connection, there.roles.device, there.roles.password)
        if roles.exists(connection, there.roles.device):
            found += role_check.check_reach(connection, there.roles.device, there.tables)
        return found + state_of_server.notes(connection)


def _refused(work: Callable[[], object]) -> str | None:
    """Return the sentence that *work* is refused with, if it is."""
    try:
        work()
    except (SyncError, ServerReadOnly, LocalstoreError) as error:
        return str(error)
    return None


def _installed(connection: Connection, settings: dict[str, str]) -> tuple[Installed, list[Finding]]:
    """Return what is there of what was installed; a finding for each table that is gone or no longer fits."""
    by_place = {(each.schema, each.table): each for each in relations.relations(connection)}
    mapping = survey.read_mapping(settings.get("map"))
    found, gone = {}, []
    for name, place in mapping.items():
        if place in by_place:
            found[name] = by_place[place]
        else:
            text = (
                f"{'.'.join(place)}, the table of {name}, is gone or has another name now: 'server init --map' names it"
            )
            gone.append(broken("tables", text, repairable=False))
    relations.with_keys(connection, list(found.values()))
    tables: dict[str, ServerTable] = {}
    for name, relation in found.items():
        try:
            tables[name] = fitness.fitted(name, relation, naive=settings.get("naive_timestamps") == "utc")
        except SyncError as error:
            gone.append(broken("tables", str(error), repairable=False))
    known = Roles(settings["owner"], settings["role"], settings.get("role_password"))
    return Installed(settings, known, found, tables), gone


def _tables(connection: Connection, there: Installed) -> list[Finding]:
    owner = there.roles.owner
    if not roles.exists(connection, owner):
        return [broken("role", f"the role {owner}, which owns the functions, is gone", repairable=False)]
    found = [broken("rights", grants.policy_sentence(each, owner), repairable=False)
             for each in grants.hidden(connection, there.relations.values(), owner)]  # fmt: skip
    for table in there.tables.values():
        if wrong := trigger_state.wrong(connection, table):
            found.append(broken("triggers", f"changes of {table.place} are not noticed: {', '.join(wrong)}"))
    missing = grants.missing_on_tables(connection, there.tables, owner)
    missing += (
        grants.missing_for_devices(connection, there.roles) if roles.exists(connection, there.roles.device) else []
    )
    found += [broken("rights", f"a right on {each.what} is missing: {each.sql}") for each in missing]
    for name, relation in there.relations.items():
        found += [
            risk("tables", f"no index of {relation.place} begins with {column}: devices' reads of it will be slow")
            for column in fitness.missing_indexes(name, relation)
        ]
    return found


def _functions(connection: Connection, there: Installed) -> list[Finding]:
    found = []
    whole = len(there.tables) == len(survey.read_mapping(there.settings.get("map")))
    if there.settings.get("installed") != functions_installed.installed(connection):
        found.append(broken("functions", "functions of the schema localstore_sync were changed or dropped"))
    elif whole and there.settings.get("functions") != functions_installed.wanted(there.tables, there.roles):
        found.append(broken("functions", "the functions are those of another version, or of other column types"))
    return found + [
        broken(
            "tables", f"{'.'.join(place)} was written while a column of its key had another name: changes are missing"
        )
        for name, place in survey.read_mapping(there.settings.get("map")).items()
        if name in _unnoticed(connection)
    ]


def _unnoticed(connection: Connection) -> set[str]:
    return {tbl for (tbl,) in connection.execute("SELECT DISTINCT tbl FROM localstore_sync.unnoticed").fetchall()}


def _fingerprint(connection: Connection) -> str | None:
    row = connection.execute("SELECT localstore_sync.fingerprint()").fetchone()
    return str(row[0]) if row else None


# -- repair -----------------------------------------------------------------------------------------------------


def repair(given: str | Address, *, insecure: bool = False, report: trigger_state.Say | None = None) -> list[Finding]:
    """Set right what can be; return what is left. Where changes went unnoticed, devices compare all their rows."""
    with administrator(given, insecure=insecure) as admin:
        with admin.transaction() as connection:
            settings = server_settings.need(connection)
        wish = install.Wish()
        state = install.examine(admin, wish)
        say = report or (lambda _: None)
        install.prepare(admin, state, wish, say)
        _repair_role(admin, settings, state.survey.tables, say)
        return [each for each in examined(admin) if each.weight is not Weight.NOTE]


def _repair_role(
    admin: Administrator, settings: dict[str, str], whole: dict[str, ServerTable], say: trigger_state.Say
) -> None:
    with admin.transaction(alone=True) as connection:
        now = server_settings.need(connection)
        if not role_check.check(
            admin, connection, now["role"], now.get("role_password")
        ) and not role_check.check_reach(connection, now["role"], whole):
            return
        try:
            with connection.transaction():
                role_check.repair(connection, now["role"], now.get("role_password"), whole)
            say(f"gave the role {now['role']} back its password, defaults and rights")
        except psycopg.errors.InsufficientPrivilege:
            say(f"{connection.info.user} may not change the role {now['role']}: ask who made it")
