"""Small screens over others."""
