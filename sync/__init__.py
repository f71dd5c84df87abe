"""sync: carries changes between a store and a shared PostgreSQL server; so far, the server's schema."""
