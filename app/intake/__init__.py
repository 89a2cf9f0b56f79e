"""The use cases: every way a record comes to be or changes."""
