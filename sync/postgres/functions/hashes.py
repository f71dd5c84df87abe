"""Hashes of values that are the same on both sides, however their texts are written."""

from __future__ import annotations

from sync.postgres.functions.function import Function

# Numbers go through float64, as they do on the way to a file. Of all shortest texts of float32 one is, as a float64,
# half-way to its neighbour, and is told from it (``localstore.fields``). Text of jsonb has no exponents.
_VECTOR = """
DECLARE
  listed text := vector::text;
  wide float8[];
  numbers real[];
BEGIN
  -- translate() and substr() count characters, which costs more than all the rest.
  IF listed !~ '^[[][-0-9., ]+[]]$' THEN
    RETURN NULL;
  END IF;
  listed := replace(replace(listed, '[', '{'), ']', '}');
  wide := listed::float8[];
  BEGIN
    IF NOT 7.038531e-26 = ANY (wide) AND NOT -7.038531e-26 = ANY (wide) THEN
      numbers := wide::real[];
    END IF;
  EXCEPTION WHEN numeric_value_out_of_range THEN
    NULL;
  END;
  IF numbers IS NULL THEN
    -- What is too small for float32 is 0; what is too large fails again.
    numbers := ARRAY(SELECT CASE WHEN abs(n) <= 7.006492321624085e-46 THEN 0
        WHEN abs(n) = 7.038531e-26 THEN sign(n) * 7.03853069185120912e-26 ELSE n END::real
      FROM unnest(wide) WITH ORDINALITY AS u (n, at) ORDER BY at);
  END IF;
  -- There is no -0 in a file.
  RETURN (SELECT md5(string_agg(float4send(n + 0::real), ''::bytea ORDER BY at))
    FROM unnest(numbers) WITH ORDINALITY AS u (n, at));
EXCEPTION WHEN numeric_value_out_of_range OR invalid_text_representation THEN
  RETURN NULL;
END"""

_JSONB = """
BEGIN
  RETURN document::jsonb::text;
EXCEPTION WHEN data_exception OR program_limit_exceeded THEN
  RETURN document::text;
END"""


def functions() -> list[Function]:
    """Return the functions that hash a vector, and print a ``json`` that ``jsonb`` may refuse."""
    return [
        Function("vector_hash", [("vector", "jsonb")], "text", _VECTOR, immutable=True),
        Function("jsonb_text", [("document", "json")], "text", _JSONB, immutable=True, called=False),
    ]
