"""Incoming: many vectors stored at once, checked first, in short transactions beside other writers."""
