"""The JSON API over both databases."""
