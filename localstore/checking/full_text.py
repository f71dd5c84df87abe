"""Full text: whether every row is in the index, and (deep) whether the index says what the texts say."""

from __future__ import annotations

from collections.abc import Iterator

from localstore import ids, text
from localstore.checking.finding import Finding, Inquiry
from localstore.connection import Connection
from localstore.quoting import quoted

_TERMS = 1_000
"""Differing words that are followed to their rows."""


def full_text(asked: Inquiry) -> Iterator[Finding]:
    """Rows that the index lacks or has too many; *deep*: rows whose words are others."""
    asked.store.catch_up()
    with asked.reading() as connection:
        count = text.out_of_step(connection)
        other = [] if count or not asked.deep else differing(connection)
    if not count and not other:
        return
    count = count or len(other)
    shown = f", such as {ids.short(other[0])}" if other and other[0] else ""
    message = f"full text is out of step with {count} rows{shown}: 'check --repair' builds it anew"
    found = Finding("text", "text_index", count, message, row=other[0] if other else "")
    if asked.repair:
        with asked.store.database.writing() as connection:
            text.rebuild(connection)
        found = found.mended()
    yield found


def differing(connection: Connection) -> list[str]:
    """Return the keys of rows that are indexed under other words than theirs.

    An index of the rows as they are is made beside the file, and the words of both are compared by how often they
    stand in which column. Where more than a thousand words differ, only these are followed to their rows.
    """
    connection.execute(
        f"""CREATE VIRTUAL TABLE temp.fresh USING fts5(
  title, body, content='', contentless_delete=1, tokenize="{text.TOKENIZER}"
);
CREATE VIRTUAL TABLE temp.fresh_words USING fts5vocab(temp, fresh, col);
CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, text_index, col)"""
    )
    try:
        connection.execute(f"INSERT INTO temp.fresh (rowid, title, body) {_ROWS}")
        terms = [str(term) for (term,) in connection.execute(_DIFFERING)]
        found: set[str] = set()
        for term in terms:
            found |= _rows_with(connection, term)
    finally:
        connection.execute("DROP TABLE temp.words; DROP TABLE temp.fresh_words; DROP TABLE temp.fresh")
    return sorted(found) or ([""] if terms else [])


_ROWS = (
    "SELECT r.docid, i.title, COALESCE(c.text, i.description) FROM text_rows r LEFT JOIN contents c ON c.id = r.id"
    " LEFT JOIN items i ON i.id = COALESCE(c.item_id, r.id) ORDER BY r.docid"
)
_WORDS, _FRESH = (f"SELECT term, col, doc, cnt FROM temp.{name}" for name in ("words", "fresh_words"))
_DIFFERING = (
    f"SELECT DISTINCT term FROM (SELECT * FROM ({_WORDS} EXCEPT {_FRESH})"
    f" UNION ALL SELECT * FROM ({_FRESH} EXCEPT {_WORDS})) ORDER BY term LIMIT {_TERMS}"
)


def _rows_with(connection: Connection, term: str) -> set[str]:
    """Return the keys of rows that one index has under a word and the other has not."""
    here = "SELECT rowid FROM {0} WHERE {0} MATCH ?1"
    pairs = (("text_index", "fresh"), ("fresh", "text_index"))
    found: set[str] = set()
    for one, other in pairs:
        sql = f"SELECT id FROM text_rows WHERE docid IN ({here.format(one)} EXCEPT {here.format(other)})"
        found |= {str(pk) for (pk,) in connection.execute(sql, (quoted(term),))}
    return found
