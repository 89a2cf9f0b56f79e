"""Whatever comes by mail becomes a submission, is read without an exception, and stays as it came."""

import random

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from app.domain.status import SubmissionState
from app.domain.submission import Lane
from app.intake.desk import Desk
from app.intake.documents import bytes_of
from app.intake.read import claim, read
from app.intake.receive import receive
from tests.builders import ADMIN, an_envelope
from tests.corpus.mails import CORPUS
from tests.unit.email.mails import MAILS
from tests.unit.email.mutants import mutant

READ = (SubmissionState.DONE, SubmissionState.IGNORED, SubmissionState.QUEUED)
"""What a mail may be after its text was read; queued where its pictures wait for recognition."""
MUTANTS = 2_000
FEW_MUTANTS = 20
ONE_IN = 10
"""So few are sent to PostgreSQL in `make test`; SQLite gets them all."""


def stored(desk: Desk, raw: bytes) -> str:
    """Take a mail in and compare what is kept with what came."""
    received = receive(desk, an_envelope(raw), actor=ADMIN)
    original = desk.queries.submissions.original(received.submission_id)
    assert original is not None
    assert bytes_of(desk, original) == raw
    return received.submission_id


def check_is_read(desk: Desk, raw: bytes) -> None:
    submission_id = stored(desk, raw)
    waiting = claim(desk, Lane.LIGHT, worker="test")
    if waiting is not None:  # None where the same bytes came before
        read(desk, waiting.id, worker="test", lane=Lane.LIGHT)
    submission = desk.queries.submissions.get(submission_id)
    assert submission is not None
    assert submission.state in READ
    original = desk.queries.submissions.original(submission_id)
    assert original is not None
    assert bytes_of(desk, original) == raw


@pytest.mark.soak
def test_every_mail_of_the_corpus_is_kept_byte_for_byte(
    desk: Desk, database_url: str, soak: bool
) -> None:
    whole = soak or database_url.startswith("sqlite")
    for mail in CORPUS if whole else CORPUS[::ONE_IN]:
        stored(desk, mail.raw)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=2_000))
@example(b"")
@example(b"\x00")
@example(b"Subject: \xff\r\n\r\n\xff")
def test_any_bytes_become_a_submission(desk: Desk, raw: bytes) -> None:
    check_is_read(desk, raw)


@pytest.mark.soak
def test_any_mutant_becomes_a_submission(desk: Desk, soak: bool) -> None:
    chance = random.Random(4)
    raws = [*(case.raw for case in MAILS), *(mail.raw for mail in CORPUS)]
    for seed in range(MUTANTS if soak else FEW_MUTANTS):
        check_is_read(desk, mutant(chance.choice(raws), seed))
