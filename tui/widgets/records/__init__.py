"""Rows of any table, and the fields of their forms."""
