"""What a user may do, read once by each function: who is signed in, and the arrays of their organizations."""

from __future__ import annotations

from collections.abc import Mapping

from localstore.models import OrganizationMembership, User
from sync.postgres.functions.function import Function
from sync.postgres.functions.policies import table_of
from sync.postgres.server.adoption import ServerTable

REPEATABLE, COMMITTED, ANY = "'repeatable read'", "'read committed'", "NULL"
"""The isolation that a function asks for."""

_SIGNED = """
DECLARE
  found uuid;
BEGIN
  -- The transaction's own time too: a dump restored into another cluster brings rows whose numbers come again.
  SELECT s.{column} INTO found FROM localstore_sync.signed_in AS s
    WHERE s.xid = pg_current_xact_id_if_assigned() AND s.at = transaction_timestamp();
  IF found IS NULL THEN
    RAISE EXCEPTION 'nobody has signed in to this transaction' USING ERRCODE = 'LS005';
  END IF;
  IF level <> current_setting('transaction_isolation') THEN
    RAISE EXCEPTION 'this needs a transaction in %, not in %', level, current_setting('transaction_isolation')
      USING ERRCODE = 'LS004';
  END IF;
  RETURN found;
END"""

_ORGANIZATIONS = """
BEGIN
  RETURN ARRAY(SELECT DISTINCT m."organization_id" FROM {memberships} AS m WHERE m."user_id" = person{role});
END"""

_MADE = """
BEGIN
  RETURN ARRAY(SELECT o.organization FROM localstore_sync.made AS o WHERE o.user_id = person
    AND NOT EXISTS (SELECT FROM {memberships} AS m WHERE m."organization_id" = o.organization));
END"""

_SUPERUSER = """
BEGIN
  RETURN coalesce((SELECT u."is_superuser" FROM {users} AS u WHERE u."id" = person), false);
END"""

_SET = "ARRAY(SELECT unnest({a}) UNION SELECT unnest({b}))"
_VARIABLES = {
    "me": "me uuid := localstore_sync.signed_user({level})",
    "mine": "mine uuid := localstore_sync.signed_device({level})",
    "founded": "founded uuid[] := localstore_sync.founded_by(me)",
    "seen": f"seen uuid[] := {_SET.format(a='localstore_sync.seen_by(me)', b='founded')}",
    "writable": f"writable uuid[] := {_SET.format(a='localstore_sync.writable_by(me)', b='founded')}",
    "governed": "governed uuid[] := localstore_sync.governed_by(me)",
    "owned": "owned uuid[] := localstore_sync.owned_by(me)",
    "super": "super boolean := localstore_sync.is_superuser(me)",
}
READING = ("me", "founded", "seen")
WRITING = ("me", "founded", "seen", "writable", "governed", "owned", "super")


def declared(level: str, names: tuple[str, ...] = READING, *more: str) -> str:
    """Return DECLARE with the variables that conditions read, and *more* behind them."""
    variables = [_VARIABLES[name].replace("{level}", level) for name in names]
    return "DECLARE\n" + "".join(f"  {each};\n" for each in (*variables, *more))


def functions(whole: Mapping[str, ServerTable]) -> list[Function]:
    """Return the functions that the others ask first; devices call none of them."""
    memberships = table_of(whole, OrganizationMembership).server.qualified
    users = table_of(whole, User).server.qualified
    person = [("person", "uuid")]
    made = [
        Function(
            f"signed_{what}", [("level", "text")], "uuid", _SIGNED.format(column=column), stable=True, called=False
        )
        for what, column in (("user", "user_id"), ("device", "device"))
    ]
    for name, roles in (
        ("seen_by", ()),
        ("writable_by", ("owner", "admin", "member")),
        ("governed_by", ("owner", "admin")),
        ("owned_by", ("owner",)),
    ):
        among = f' AND lower(m."role"::text) IN ({", ".join(map(repr, roles))})' if roles else ""
        body = _ORGANIZATIONS.format(memberships=memberships, role=among)
        made.append(Function(name, person, "uuid[]", body, stable=True, called=False))
    body = _MADE.format(memberships=memberships)
    made.append(Function("founded_by", person, "uuid[]", body, stable=True, called=False))
    body = _SUPERUSER.format(users=users)
    made.append(Function("is_superuser", person, "boolean", body, stable=True, called=False))
    return made
