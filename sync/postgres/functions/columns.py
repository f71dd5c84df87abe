"""A column in SQL: as the text that travels, as what is hashed, and from what a device sent to the server's type."""

from __future__ import annotations

from localstore.quoting import quoted
from sync.postgres.server.adoption import ServerColumn, literal

EMPTY = {"JSON": "'{}'", "TEXT": "''"}
"""What a masked column arrives as."""
_EXACT = ("text",)
_RANGES = {"integer": (-(2**31), 2**31 - 1), "smallint": (-(2**15), 2**15 - 1)}
_GIVEN = {"ID": "uuid", "TEXT": "text", "UTC": "timestamptz", "BOOL": "boolean", "BIGINT": "bigint"}


def place(column: ServerColumn, alias: str) -> str:
    """Return the column of a row of the server."""
    return f"{alias}.{quoted(column.actual)}"


def text(column: ServerColumn, alias: str) -> str:
    """Return the text of a column, as ``sync.postgres.values`` reads it."""
    if column.kind == "VECTOR":
        return f"{place(column, alias)}::text"
    return f"({value(column, alias)})::text" if column.naive else _text(column, place(column, alias))


def _text(column: ServerColumn, expression: str) -> str:
    return f"lower({expression}::text)" if _is_caseless(column) else f"{expression}::text"


def _is_caseless(column: ServerColumn) -> bool:
    """Tell whether labels are known without their case: ORMs write the names of their members."""
    labels = column.enum or ()
    return bool(labels) and len({label.lower() for label in labels}) == len(labels)


def value(column: ServerColumn, alias: str) -> str:
    """Return the value of a column in the type that devices send it in."""
    at = place(column, alias)
    if column.kind == "TEXT":
        return _text(column, at)
    if column.kind == "UTC":
        return f"{at} AT TIME ZONE 'UTC'" if column.naive else at
    if column.kind in ("JSON", "VECTOR"):
        return f"{at}::jsonb"
    return f"{at}::bigint" if column.kind == "BIGINT" else at


def hashed(column: ServerColumn, alias: str) -> str:
    """Return the text of a column that goes into the hash of its row."""
    at = place(column, alias)
    if column.kind == "UTC":
        moment = at if column.naive else f"{at} AT TIME ZONE 'UTC'"
        return f'to_char({moment}, \'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\')'
    if column.kind == "BOOL":
        return f"CASE WHEN {at} THEN 't' WHEN NOT {at} THEN 'f' END"
    if column.kind == "VECTOR":
        return vector_hash(column, alias)
    if column.kind == "JSON":
        # A json column may hold what jsonb refuses; the hash of such a row is that of no other.
        return f"localstore_sync.jsonb_text({at})" if column.type == "json" else f"{at}::text"
    return text(column, alias)


def vector_hash(column: ServerColumn, alias: str) -> str:
    """Return the hash of a vector."""
    return f"localstore_sync.vector_hash({place(column, alias)}::jsonb)"


# -- what a device sends --------------------------------------------------------------------------------------


def given(columns: tuple[ServerColumn, ...]) -> str:
    """Return the column definitions of the records that a device sends."""
    found = []
    for column in columns:
        if column.kind == "VECTOR":
            found += ["_at integer", "_n integer"]
        else:
            kind = ("json" if column.type == "json" else "jsonb") if column.kind == "JSON" else _GIVEN[column.kind]
            found.append(f"{quoted(column.name)} {kind}")
    return ", ".join(found)


def names(columns: tuple[ServerColumn, ...], alias: str) -> str:
    """Return those columns as a list."""
    found = []
    for column in columns:
        found += [f"{alias}._at", f"{alias}._n"] if column.kind == "VECTOR" else [f"{alias}.{quoted(column.name)}"]
    return ", ".join(found)


def sent(column: ServerColumn, alias: str) -> str:
    """Return a sent value in the type of the server's column; labels were found to be among the column's."""
    at = f"{alias}.{quoted(column.name)}"
    if column.kind == "VECTOR":
        make = "to_json" if column.type == "json" else "to_jsonb"
        return f"{make}(vectors[{alias}._at : {alias}._at + {alias}._n - 1])"
    if column.enum and _is_caseless(column):
        cases = " ".join(f"WHEN {literal(label.lower())} THEN {literal(label)}" for label in column.enum)
        return f"(CASE lower({at}) {cases} END)::{column.type}"
    if column.naive:
        return f"({at} AT TIME ZONE 'UTC')::{column.type}"
    if column.kind == "JSON":
        # The null of a document is a value; in a record it is NULL.
        return f"coalesce({at}, 'null')::{column.type}"
    return f"{at}::{column.type}"


def differs(column: ServerColumn, row: str, other: str) -> str:
    """Return the condition that a row holds something else than was sent."""
    if column.kind == "VECTOR":
        return f"{value(column, row)} IS DISTINCT FROM ({sent(column, other)})::jsonb"
    theirs = f"{other}.{quoted(column.name)}"
    if column.kind == "JSON":
        theirs = f"coalesce({theirs}, 'null')::jsonb"
    return f"({value(column, row)}) IS DISTINCT FROM {f'lower({theirs})' if _is_caseless(column) else theirs}"


def limit_variable(column: ServerColumn) -> str | None:
    """Return the name of the variable with the greatest length of a column, where it has one."""
    limited = column.kind == "TEXT" and not column.enum and column.type not in _EXACT
    return f"most_{column.name}" if limited else None


def refusals(column: ServerColumn, alias: str) -> list[tuple[str, str]]:
    """Return when a sent value does not fit the column, each with the SQL of its reason."""
    at = f"{alias}.{quoted(column.name)}"
    if column.enum:
        found = f"lower({at})" if _is_caseless(column) else at
        labels = [label.lower() for label in column.enum] if _is_caseless(column) else column.enum
        among = f"{found} IN ({', '.join(literal(label) for label in labels)})"
        takes = literal(f"{column.name} takes only {', '.join(column.enum)} on the server, not ")
        return [(f"{at} IS NOT NULL AND NOT {among}", f"{takes} || left({at}, 60)")]
    if variable := limit_variable(column):
        reason = (
            f"{literal(f'{column.name} may have at most ')} || {variable} || "
            f"' characters on the server, this has ' || length({at})"
        )
        return [(f"length({at}) > {variable}", reason)]
    if column.kind == "BIGINT" and column.type in _RANGES:
        least, most = _RANGES[column.type]
        reason = f"{literal(f'{column.name} is at most {most} on the server, this is ')} || {at}"
        return [(f"{at} NOT BETWEEN {least} AND {most}", reason)]
    return []
