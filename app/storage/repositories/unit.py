"""All repositories of one unit of work, over one connection."""

import sqlalchemy as sa

from app.storage.repositories.access import AccessRepository
from app.storage.repositories.audit import AuditRepository
from app.storage.repositories.calls import CallRepository
from app.storage.repositories.comments import CommentRepository
from app.storage.repositories.consultations import ConsultationRepository
from app.storage.repositories.counters import CounterRepository
from app.storage.repositories.drop_boxes import DropBoxRepository
from app.storage.repositories.faxes import FaxRepository
from app.storage.repositories.gazetteers import GazetteerRepository
from app.storage.repositories.idempotency import IdempotencyRepository
from app.storage.repositories.outbox import OutboxRepository
from app.storage.repositories.queue import QueueRepository
from app.storage.repositories.search_index import SearchIndexRepository
from app.storage.repositories.sources import SourceRepository
from app.storage.repositories.submissions import SubmissionRepository


class Repositories:
    """What a use case may write to within one transaction."""

    __slots__ = (
        "access",
        "audit",
        "calls",
        "comments",
        "consultations",
        "counters",
        "drop_boxes",
        "faxes",
        "gazetteers",
        "idempotency",
        "outbox",
        "queue",
        "search_index",
        "sources",
        "submissions",
    )

    def __init__(self, connection: sa.Connection) -> None:
        """Open every repository over one connection."""
        self.access = AccessRepository(connection)
        self.audit = AuditRepository(connection)
        self.calls = CallRepository(connection)
        self.comments = CommentRepository(connection)
        self.consultations = ConsultationRepository(connection)
        self.counters = CounterRepository(connection)
        self.drop_boxes = DropBoxRepository(connection)
        self.faxes = FaxRepository(connection)
        self.gazetteers = GazetteerRepository(connection)
        self.idempotency = IdempotencyRepository(connection)
        self.outbox = OutboxRepository(connection)
        self.queue = QueueRepository(connection)
        self.search_index = SearchIndexRepository(connection)
        self.sources = SourceRepository(connection)
        self.submissions = SubmissionRepository(connection)
