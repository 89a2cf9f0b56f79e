"""The mailroom's pages in a real browser."""
