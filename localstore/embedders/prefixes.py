"""Prefixes that some families of models were trained with; without them their vectors are worse, and nothing tells."""

from __future__ import annotations

import re

_PASSAGES = "Represent this sentence for searching relevant passages: "
_FAMILIES = (
    (r"nomic-embed-text", "search_query: ", "search_document: "),
    (r"multilingual-e5.*instruct", "Instruct: Retrieve passages that answer the query\nQuery: ", ""),
    (r"(?:^|[/_-])e5-", "query: ", "passage: "),
    (r"mxbai-embed|snowflake-arctic-embed|arctic-embed-[a-z]", _PASSAGES, ""),
    (r"bge-(?:small|base|large)-en", _PASSAGES, ""),
    (r"embeddinggemma", "task: search result | query: ", "title: none | text: "),
)
"""As their makers' cards say: name, before a query, before a document."""


def usual(name: str) -> dict[str, str]:
    """Return ``query_prefix`` and ``document_prefix`` of a model by its name; nothing for one that needs none."""
    for pattern, query, text in _FAMILIES:
        if re.search(pattern, name, re.I):
            return {key: value for key, value in (("query_prefix", query), ("document_prefix", text)) if value}
    return {}
