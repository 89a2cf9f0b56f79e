"""Writing and reading domain objects inside one unit of work."""
