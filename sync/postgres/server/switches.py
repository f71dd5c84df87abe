"""Sync switched off and on, and taken away: the thirteen tables and their rows stay as they are."""

from __future__ import annotations

import psycopg

from localstore.quoting import quoted
from sync.postgres.address import Address
from sync.postgres.connection import Connection
from sync.postgres.server import install, relations, roles, server_settings, survey, trigger_state
from sync.postgres.server.administrator import Administrator, administrator
from sync.postgres.server.adoption import ServerTable
from sync.postgres.server.trigger_state import Say


def disable(
    given: str | Address, *, without_triggers: bool = False, insecure: bool = False, report: Say | None = None
) -> list[str]:
    """Keep all devices out for a while; *without_triggers* also stops noting what other programs change.

    After that every device compares all its rows when sync is switched on again.
    """
    say = report or _silent
    with administrator(given, insecure=insecure) as admin:
        with admin.transaction(alone=True) as connection:
            settings = server_settings.need(connection)
            server_settings.put(connection, enabled="false")
            whole = _tables(connection, settings)
        steps = ["devices are kept out"] if settings.get("enabled") != "false" else []
        if without_triggers and (taken := trigger_state.take(admin, whole, say)):
            steps.append(f"took the triggers from {', '.join(whole[name].place for name in taken)}")
        return steps


def enable(given: str | Address, *, insecure: bool = False, report: Say | None = None) -> list[str]:
    """Let devices in again, once tables, triggers and functions are as they should be."""
    with administrator(given, insecure=insecure) as admin:
        with admin.transaction() as connection:
            before = server_settings.need(connection)
        wish = install.Wish()
        steps = install.prepare(admin, install.examine(admin, wish), wish, report or _silent)
        with admin.transaction(alone=True) as connection:
            server_settings.put(connection, enabled="true")
        return steps if before.get("enabled") != "false" else [*steps, "devices are let in"]


def uninstall(given: str | Address, *, insecure: bool = False, report: Say | None = None) -> list[str]:
    """Take triggers, functions, the schema of sync and its roles away. The thirteen tables stay, with their rows."""
    say = report or _silent
    with administrator(given, insecure=insecure) as admin:
        with admin.transaction(alone=True) as connection:
            settings = server_settings.need(connection)
            server_settings.put(connection, enabled="false")
            whole = _tables(connection, settings)
        taken = trigger_state.take(admin, whole, say)
        steps = [f"took the triggers from {', '.join(whole[name].place for name in taken)}"] if taken else []
        with admin.transaction(alone=True) as connection:
            connection.execute("DROP SCHEMA localstore_sync CASCADE")
            steps.append("dropped the schema localstore_sync")
        for role in (settings["role"], settings["owner"]):
            steps += _drop_role(admin, role)
        return steps


def _silent(_: str) -> None:
    """Tell nobody."""


def _tables(connection: Connection, settings: dict[str, str]) -> dict[str, ServerTable]:
    """Return the tables that are still there under the names that were remembered, fitting or not."""
    by_place = {(each.schema, each.table): each for each in relations.relations(connection)}
    mapping = survey.read_mapping(settings["map"])
    there = {name: by_place[place] for name, place in mapping.items() if place in by_place}
    return {name: ServerTable(name, each.schema, each.table, ()) for name, each in there.items()}


def _drop_role(admin: Administrator, role: str) -> list[str]:
    """Drop a role of ours with the rights it has here; where another database needs it, the rights alone."""
    if not role.startswith((roles.OWNER, roles.DEVICE)):
        return []
    for statements in ([f"DROP ROLE {quoted(role)}"], [f"DROP OWNED BY {quoted(role)}", f"DROP ROLE {quoted(role)}"]):
        try:
            with admin.transaction(alone=True) as connection:
                for sql in statements:
                    connection.execute(sql)
            return [f"dropped the role {role}"]
        except (psycopg.errors.DependentObjectsStillExist, psycopg.errors.UndefinedObject):
            continue
        except psycopg.errors.InsufficientPrivilege:
            return [f"the role {role} stays: another role made it"]
    with admin.transaction(alone=True) as connection:
        if roles.exists(connection, role):
            connection.execute(f"DROP OWNED BY {quoted(role)}")
    return []
