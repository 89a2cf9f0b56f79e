"""Whether something that arrives now could be kept."""

from app.domain.errors import Unavailable
from app.intake.desk import Desk


def check(desk: Desk) -> None:
    """Write and sync a little, to the database and to the blob store.

    Raises:
        Unavailable: An arrival could not be kept now.
    """
    try:
        desk.writer.run(lambda repositories: repositories.counters.step("readiness"))
    except Unavailable as error:
        raise Unavailable from error
    if not desk.blobs.writable():
        raise Unavailable
