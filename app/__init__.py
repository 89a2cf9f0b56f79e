"""Ikenbako takes in public comments and turns every one into one comment record."""
