"""Server-rendered pages for the mailroom."""
