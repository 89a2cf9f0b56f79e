"""The queue on PostgreSQL."""
