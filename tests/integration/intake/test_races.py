"""Two who change one record at the same time: neither undoes what the other did.

On SQLite writers never meet, so this is about PostgreSQL.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from app.domain.comment import CommentRecord
from app.domain.findings import Finding
from app.domain.status import CommentDecision, Decision, SubmissionDecision
from app.domain.submission import Submission
from app.intake import procedures
from app.intake.decide import SET_ASIDE, decide_submission
from app.intake.desk import Desk
from app.intake.receive import receive
from app.storage.repositories.unit import Repositories
from tests.builders import ADMIN, NOON, a_consultation, a_mail, an_envelope
from tests.integration.intake.test_people import a_record
from tests.integration.intake.test_receive_and_read import BODY

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)

DECISION = Decision(decision=CommentDecision.ACCEPT, reason="画像と照合した。", by="a", at=NOON)


def until_somebody_waits(engine: sa.Engine) -> None:
    """Wait until a connection to this database waits for a lock of another."""
    waiting = sa.text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with engine.connect() as connection:
            if connection.execute(waiting).scalar_one():
                return
        time.sleep(0.01)
    raise AssertionError("nobody waits")


def decided_meanwhile(
    desk: Desk, engine: sa.Engine, record: CommentRecord, other: Callable[[], object]
) -> CommentRecord:
    """Decide on a record while somebody else is about to change it; gives what became of it."""
    with ThreadPoolExecutor(1) as pool:
        with engine.begin() as connection:
            comments = Repositories(connection).comments
            held = comments.get(record.receipt_number, lock=True)
            assert held is not None
            going_on = pool.submit(other)
            until_somebody_waits(engine)
            comments.change(replace(held, decision=DECISION, revision=held.revision + 1))
        going_on.result(20)
    found = desk.queries.comments.get(record.receipt_number)
    assert found is not None
    return found


def test_a_decision_outlives_the_same_mail_coming_again(desk: Desk, engine: sa.Engine) -> None:
    record = a_record(desk)
    later = an_envelope(a_mail(BODY), received_at=NOON + timedelta(hours=1))
    found = decided_meanwhile(desk, engine, record, lambda: receive(desk, later, actor=ADMIN))
    assert found.decision == DECISION
    assert "same_bytes_other_facts" in {each.code for each in found.findings}
    assert found.revision == record.revision + 2


def test_a_decision_outlives_changed_rules(desk: Desk, engine: sa.Engine) -> None:
    record = a_record(desk)
    moved = a_consultation(closes_on=date(2015, 4, 20))
    found = decided_meanwhile(
        desk, engine, record, lambda: procedures.change(desk, moved, actor=ADMIN)
    )
    assert found.decision == DECISION


def test_setting_aside_sees_a_decision_that_was_made_meanwhile(
    desk: Desk, engine: sa.Engine
) -> None:
    record = a_record(desk)

    def set_aside() -> Submission:
        return decide_submission(
            desk,
            record.submission_id,
            SubmissionDecision.NOT_A_COMMENT,
            reason="取り違え",
            actor=ADMIN,
        )

    found = decided_meanwhile(desk, engine, record, set_aside)
    # The later of two decisions counts; it was made from the record the earlier one left.
    assert found.decision is not None
    assert found.decision.reason == SET_ASIDE
    assert found.revision == record.revision + 2


def test_what_two_find_about_one_arrival_is_both_kept(desk: Desk, engine: sa.Engine) -> None:
    first = receive(desk, an_envelope(a_mail(BODY)), actor=ADMIN)
    later = an_envelope(a_mail(BODY), received_at=NOON + timedelta(hours=1))
    with ThreadPoolExecutor(1) as pool:
        with engine.begin() as connection:
            submissions = Repositories(connection).submissions
            assert submissions.get(first.submission_id, lock=True) is not None
            going_on = pool.submit(receive, desk, later, actor=ADMIN)
            until_somebody_waits(engine)
            submissions.add_findings(first.submission_id, [Finding(code="text_repaired")])
        going_on.result(20)
    found = desk.queries.submissions.get(first.submission_id)
    assert found is not None
    assert [each.code for each in found.findings] == ["text_repaired", "same_bytes_other_facts"]
