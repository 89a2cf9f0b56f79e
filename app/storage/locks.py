"""Advisory locks of PostgreSQL, by which processes on several machines take turns."""

from enum import IntEnum, unique


@unique
class AdvisoryLock(IntEnum):
    """What is taken; no two may bear one number, or they shut each other out."""

    MIGRATION = 4_714_050_925
    """Of several processes that start at once, one migrates."""
    SEARCH_INDEX = 4_714_050_926
    """Of several processes one keeps the index."""
    MOVE = 4_714_050_927
    """Held by whoever moves an installation into the database."""
