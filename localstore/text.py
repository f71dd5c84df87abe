"""Full text: which rows are in the index, what is pending, and how words become a safe query.

Triggers note every changed item and content in ``text_pending``, whatever tool wrote it; the Store indexes them
before it commits, or before the next search. The index keeps no text of its own, so that each hit is joined to
its row, and what is shown is what is stored now. A content is indexed under its item's title, so that words of the
title and of the text find it together.
"""

from __future__ import annotations

import re
import unicodedata

from localstore.connection import Connection
from localstore.finding.tokens import QUOTED, unquoted
from localstore.quoting import quoted

TOKENIZER = "unicode61 remove_diacritics 2"
BATCH = 2_000
MATCHING_ITEMS = (
    "SELECT COALESCE(c.item_id, r.id) FROM text_index x JOIN text_rows r ON r.docid = x.rowid"
    " LEFT JOIN contents c ON c.id = r.id WHERE text_index MATCH ?"
)
ITEM_MATCHES = (
    "EXISTS (SELECT 1 FROM text_rows r WHERE r.id IN (SELECT i.id WHERE NOT EXISTS"
    " (SELECT 1 FROM contents c WHERE c.id = i.id) UNION ALL SELECT c.id FROM contents c WHERE c.item_id = i.id)"
    " AND +r.docid IN (SELECT rowid FROM text_index WHERE text_index MATCH ?))"
)
"""The same of an item ``i`` that is looked at: of a common word only its rows' numbers are gathered, not their items
(1.3 million rows: 0.24 s instead of 1.56)."""
_UNSAFE = re.compile("[\0\ud800-\udfff]")
"""What SQLite takes for the end of a text, and what no UTF-8 has (a terminal's bytes of another encoding)."""
_WORD = re.compile(rf'({QUOTED})|([^\s"]+)', re.DOTALL)


def match_query(words: str) -> str:
    """Return an FTS5 query in which all *words* must occur, whatever they contain; empty when none is left.

    ``"…"`` is a phrase; the last word matches as a prefix, unless it is a phrase; signs are left to the
    tokenizer (``C++`` finds ``c``), a word of signs alone is dropped.
    """
    parts = [(unquoted(m[0]) if m[1] else m[0], bool(m[1])) for m in _WORD.finditer(words)]
    parts = [(text, phrase) for text, phrase in parts if _has_token(text)]
    terms = [_quote(text) for text, _ in parts]
    if parts and not parts[-1][1] and _ends_in_token(parts[-1][0]):
        terms[-1] += " *"
    return " AND ".join(terms)


def _has_token(text: str) -> bool:
    """Tell whether unicode61 finds anything in a word: letters, numbers, private use."""
    return any(unicodedata.category(char)[0] in "LN" or unicodedata.category(char) == "Co" for char in text)


def _ends_in_token(text: str) -> bool:
    return _has_token(text[-1]) or unicodedata.category(text[-1])[0] == "M"


def _quote(text: str) -> str:
    return quoted(_UNSAFE.sub(" ", text))


def has_pending(connection: Connection) -> bool:
    """Tell whether rows wait to be indexed."""
    return bool(connection.execute("SELECT 1 FROM text_pending LIMIT 1").fetchone())


def index_pending(connection: Connection) -> None:
    """Bring the index up to date with the rows noted, within the caller's transaction."""
    while has_pending(connection):
        connection.execute(
            "CREATE TEMP TABLE IF NOT EXISTS indexed (id TEXT PRIMARY KEY) WITHOUT ROWID;"
            "DELETE FROM temp.indexed;"
            f"INSERT INTO temp.indexed SELECT id FROM text_pending LIMIT {BATCH};"
            "DELETE FROM text_index WHERE rowid IN"
            " (SELECT docid FROM text_rows WHERE id IN (SELECT id FROM temp.indexed));"
            "DELETE FROM text_rows WHERE id IN (SELECT id FROM temp.indexed);"
        )
        add_rows(connection, "SELECT id FROM temp.indexed")
        connection.execute(
            "DELETE FROM text_pending WHERE id IN (SELECT id FROM temp.indexed); DELETE FROM temp.indexed"
        )


def add_rows(connection: Connection, ids_sql: str) -> None:
    """Index the items and contents with these ids, set-wise; none of them may be in the index yet."""
    floor = connection.execute("SELECT COALESCE(max(docid), 0) FROM text_rows").fetchone()[0]
    connection.execute(
        f"INSERT INTO text_rows (id) SELECT id FROM items WHERE id IN ({ids_sql})"
        f" UNION ALL SELECT id FROM contents WHERE id IN ({ids_sql})"
        " ON CONFLICT DO NOTHING"  # another program may give an item and a content one id: the content is indexed
    )
    connection.execute(
        "INSERT INTO text_index (rowid, title, body) SELECT r.docid, i.title, COALESCE(c.text, i.description)"
        " FROM text_rows r LEFT JOIN contents c ON c.id = r.id"
        " LEFT JOIN items i ON i.id = COALESCE(c.item_id, r.id)"
        " WHERE r.docid > ? ORDER BY r.docid",
        (floor,),
    )


def rebuild(connection: Connection) -> None:
    """Index everything anew."""
    connection.execute(
        "DELETE FROM text_pending; DELETE FROM text_rows;INSERT INTO text_index (text_index) VALUES ('delete-all')"
    )
    add_rows(connection, "SELECT id FROM items UNION ALL SELECT id FROM contents")
    connection.execute("INSERT INTO text_index (text_index) VALUES ('optimize')")


def out_of_step(connection: Connection) -> int:
    """Return how many rows the index lacks or has too many (those that wait are in step)."""
    sql = (
        "SELECT (SELECT count(*) FROM (SELECT id FROM items UNION ALL SELECT id FROM contents) a WHERE"
        " NOT EXISTS (SELECT 1 FROM text_rows r WHERE r.id = a.id)"
        " AND NOT EXISTS (SELECT 1 FROM text_pending p WHERE p.id = a.id))"
        " + (SELECT count(*) FROM text_rows r WHERE NOT EXISTS (SELECT 1 FROM items WHERE id = r.id)"
        " AND NOT EXISTS (SELECT 1 FROM contents WHERE id = r.id)"
        " AND NOT EXISTS (SELECT 1 FROM text_pending p WHERE p.id = r.id))"
        " + (SELECT count(*) FROM text_rows r WHERE NOT EXISTS"
        " (SELECT 1 FROM text_index_docsize d WHERE d.id = r.docid))"
        " + (SELECT count(*) FROM text_index_docsize d WHERE NOT EXISTS"
        " (SELECT 1 FROM text_rows r WHERE r.docid = d.id))"
    )
    return int(connection.execute(sql).fetchone()[0])
