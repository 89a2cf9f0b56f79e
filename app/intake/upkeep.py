"""What has to be put right at the start, and tidied now and then."""

from app.intake.desk import Desk
from app.storage.repositories.unit import Repositories


def take_back(desk: Desk) -> int:
    """Queue again what a process that died held; only where one process tree writes.

    Returns:
        How many arrivals were taken back.
    """
    now = desk.clock()

    def work(repositories: Repositories) -> int:
        repositories.outbox.release_all()
        return repositories.queue.release_all(now=now)

    return desk.writer.run(work)


def forget_expired(desk: Desk) -> None:
    """Forget staff sessions that have ended."""
    now = desk.clock()
    desk.writer.run(lambda repositories: repositories.access.drop_expired_sessions(now=now))
