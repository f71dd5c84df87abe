"""Lines that find, and what completes them."""
