"""One item: read and written whole."""
