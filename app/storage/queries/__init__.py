"""What may be asked of the records; nothing here writes."""
