"""Lists: rows as screens show them, in any order, in pages, under the names people call them by."""
