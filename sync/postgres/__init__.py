"""The server: the only code that knows PostgreSQL."""
