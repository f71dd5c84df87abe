"""New rows that a device sends, in one statement."""

from __future__ import annotations

from localstore.models import Organization, OrganizationMembership
from localstore.quoting import quoted
from localstore.sync_rules import Writes
from sync.postgres.functions import columns, images, judging, keys
from sync.postgres.functions.function import TEXTS, Function, table_of
from sync.postgres.functions.policies import Table
from sync.postgres.functions.rights import COMMITTED, WRITING, declared
from sync.postgres.functions.writing import NOBODY_INSERTS, REASONS, may_become

ARGUMENTS = [("rows", "json"), ("vectors", "real[]")]

# Who made an organization gives it its first owner, with whom all other memberships of the same call may come.
_FOUNDING = """  founding := ARRAY(SELECT DISTINCT g."organization_id"
    FROM json_to_recordset("rows") AS g ("user_id" uuid, "organization_id" uuid, "role" text)
    WHERE g."user_id" = me AND lower(g."role") = 'owner' AND g."organization_id" = ANY (founded));
  governed := governed || founding;
  owned := owned || founding;
"""


def functions(table: Table) -> list[Function]:
    """Return ``insert_T``."""
    listed = table_of(images.names(table), "state text", "reason text")
    return [Function(f"insert_{table.name}", ARGUMENTS, listed, _insert(table), settings=TEXTS)]


def _insert(table: Table) -> str:
    before, after = judging.pushing(table)
    first = table.model is OrganizationMembership
    more = ["mine uuid := localstore_sync.signed_device(NULL)", *judging.variables(table)]
    more += ["founding uuid[]"] if first else []
    return f"""{declared(COMMITTED, WRITING, *more)}BEGIN
{_FOUNDING if first else ""}  {before}
  IF altered THEN
    RETURN QUERY {_statement(table, compared=True)};
  ELSE
    RETURN QUERY {_statement(table, compared=False)};
  END IF;
  {after}
END"""


def _statement(table: Table, *, compared: bool) -> str:
    server = table.server
    places = ", ".join(quoted(each.actual) for each in server.columns)
    values = ", ".join(columns.sent(each, "j") for each in server.columns)
    refused = ", ".join(images.key_only(table, "j"))
    return f"""WITH given AS MATERIALIZED (
    SELECT * FROM json_to_recordset("rows") AS g ({columns.given(server.columns)})
  ),
  {judging.parents(table)}judged AS MATERIALIZED (
    SELECT g.*, {judging.case(_cases(table))} AS refusal
    FROM given AS g{table.joins("g")}{judging.parent_joins(table, "g")}
  ),
  {_noted(table)}put AS (
    INSERT INTO {server.qualified} ({places}) SELECT {values} FROM judged AS j WHERE j.refusal IS NULL
    {f"RETURNING {places}" if compared else ""}
  )
  SELECT 'refused', j.refusal, {refused} FROM judged AS j WHERE j.refusal IS NOT NULL
  {_differing(table, refused) if compared else ""}"""


def _cases(table: Table) -> list[str]:
    reason = NOBODY_INSERTS if table.rule.writes is Writes.ONESELF else REASONS[table.rule.writes]
    allowed = may_become(table, "g", None)
    rights = [] if allowed == "true" else [judging.refused(allowed, reason)]
    if allowed == "false":
        return rights
    return [*judging.parent_cases(table, "g"), *rights, *judging.value_cases(table.server.columns, "g")]


def _noted(table: Table) -> str:
    """Note who made an organization: no membership says it yet."""
    if table.model is not Organization:
        return ""
    return """noted AS (
    INSERT INTO localstore_sync.made (organization, user_id, at)
    SELECT j."id", me, now() FROM judged AS j WHERE j.refusal IS NULL ON CONFLICT (organization) DO NOTHING
  ),
  """


def _differing(table: Table, refused: str) -> str:
    """Return the rows that are stored otherwise than they were sent, or not at all: the server's own triggers."""
    differs = " OR ".join(columns.differs(each, "x", "j") for each in table.server.columns)
    shown = ", ".join(images.texts(table, "x", hashed_vectors=True))
    same = keys.same(table.model, "x", "j")
    return f"""UNION ALL SELECT 'row', NULL, {shown} FROM put AS x JOIN judged AS j ON {same} WHERE {differs}
  UNION ALL SELECT 'refused', 'a trigger of the server left it out', {refused} FROM judged AS j
    WHERE j.refusal IS NULL AND NOT EXISTS (SELECT FROM put AS x WHERE {same})"""
