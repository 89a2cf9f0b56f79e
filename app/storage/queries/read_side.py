"""The read side: small questions, each answered from one consistent view; nothing here writes."""

import sqlalchemy as sa

from app.storage.queries.access import AccessQueries
from app.storage.queries.audit import AuditQueries
from app.storage.queries.comments import CommentQueries
from app.storage.queries.consultations import ConsultationQueries
from app.storage.queries.drop_boxes import DropBoxQueries
from app.storage.queries.gazetteers import GazetteerQueries
from app.storage.queries.ledger import LedgerQueries
from app.storage.queries.load import LoadQueries
from app.storage.queries.outbox import OutboxQueries
from app.storage.queries.search_index import SearchIndexQueries
from app.storage.queries.sources import SourceQueries
from app.storage.queries.submissions import SubmissionQueries
from app.storage.queries.tally import TallyQueries
from app.storage.queries.warming import WarmingQueries


class Queries:
    """Every question there is, grouped by noun."""

    __slots__ = (
        "access",
        "audit",
        "comments",
        "consultations",
        "drop_boxes",
        "gazetteers",
        "ledger",
        "load",
        "outbox",
        "search_index",
        "sources",
        "submissions",
        "tally",
        "warming",
    )

    def __init__(self, engine: sa.Engine) -> None:
        """Ask over an engine; each question takes a connection of its own."""
        self.access = AccessQueries(engine)
        self.audit = AuditQueries(engine)
        self.comments = CommentQueries(engine)
        self.consultations = ConsultationQueries(engine)
        self.drop_boxes = DropBoxQueries(engine)
        self.gazetteers = GazetteerQueries(engine)
        self.ledger = LedgerQueries(engine)
        self.load = LoadQueries(engine)
        self.outbox = OutboxQueries(engine)
        self.search_index = SearchIndexQueries(engine)
        self.sources = SourceQueries(engine)
        self.submissions = SubmissionQueries(engine)
        self.tally = TallyQueries(engine)
        self.warming = WarmingQueries(engine)
