"""The mailroom's pages over both databases."""
