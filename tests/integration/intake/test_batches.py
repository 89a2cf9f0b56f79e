"""Long stacks: a lane of their own, progress that is told, and readings that are broken off."""

import io
from dataclasses import replace
from datetime import datetime

import pypdfium2
import pytest
from PIL import Image

from app.domain.envelope import DocumentRole, Part
from app.domain.status import CommentStatus, SubmissionDecision, SubmissionState
from app.domain.submission import LONG_STACK, Lane
from app.intake import decide, procedures
from app.intake.desk import Desk
from app.intake.read import LEASE, claim, read
from app.intake.receive import receive
from app.recognition.filled_form import as_pdf
from app.recognition.pages import ReadingLimits, Recogniser
from tests.builders import ADMIN, a_consultation
from tests.integration.conftest import Clock
from tests.integration.intake.test_paper import a_scan, codes, pages, read_paper
from tests.integration.intake.test_receive_and_read import read_all


def empty_pages(count: int) -> bytes:
    document = pypdfium2.PdfDocument.new()
    for _ in range(count):
        document.new_page(595, 842)
    out = io.BytesIO()
    document.save(out)
    document.close()
    return out.getvalue()


def white(count: int) -> bytes:
    return as_pdf([Image.new("L", (200, 280), 255)] * count)


@pytest.mark.parametrize("count", [LONG_STACK, LONG_STACK + 1])
def test_a_long_stack_never_stands_before_a_fax(desk: Desk, count: int) -> None:
    envelope = a_scan(empty_pages(count))
    received = receive(desk, envelope, actor=ADMIN)
    submission = claim(desk, Lane.OCR, worker="test")
    assert submission is not None
    read(desk, submission.id, worker="test", lane=Lane.OCR)
    moved = claim(desk, Lane.STACK, worker="test")
    assert (moved is not None) is (count > LONG_STACK)
    if moved is not None:
        assert moved.attempts == 1
        assert claim(desk, Lane.OCR, worker="test") is None
        read(desk, moved.id, worker="test", lane=Lane.STACK)
    found = desk.queries.submissions.get(received.submission_id)
    assert found is not None
    assert (found.state, found.pages, found.pages_done) == (SubmissionState.DONE, count, count)
    documents = desk.queries.submissions.documents(received.submission_id)
    pictures = [each.page for each in documents if each.role is DocumentRole.PAGE_IMAGE]
    assert pictures == list(range(1, count + 1))


def test_pages_of_several_files_are_told_and_numbered_through(desk: Desk, clock: Clock) -> None:
    parts = tuple(
        Part(filename=f"{count}.pdf", media_type="application/pdf", data=white(count))
        for count in (2, 1, 3)
    )
    received = receive(desk, a_scan(b"", parts=parts), actor=ADMIN)
    told: list[tuple[int | None, int | None]] = []

    def watching() -> datetime:
        found = desk.queries.submissions.get(received.submission_id)
        assert found is not None
        told.append((found.pages_done, found.pages))
        return clock.now

    submission = claim(desk, Lane.OCR, worker="test")
    assert submission is not None
    read(replace(desk, clock=watching), submission.id, worker="test")
    while_reading = [each for each in dict.fromkeys(told) if each[1] is not None]
    assert while_reading[:6] == [(done, 6) for done in range(6)]
    documents = desk.queries.submissions.documents(received.submission_id)
    assert [each.page for each in documents] == [None, None, None, 1, 2, 3, 4, 5, 6]


def test_whoever_lost_its_lease_records_nothing(desk: Desk, clock: Clock) -> None:
    received = receive(desk, a_scan(white(3)), actor=ADMIN)
    calls = 0

    def meanwhile() -> datetime:
        nonlocal calls
        calls += 1
        if calls == 2:
            clock.now += 2 * LEASE
            assert claim(desk, Lane.OCR, worker="other") is not None
        return clock.now

    assert claim(desk, Lane.OCR, worker="test") is not None
    read(replace(desk, clock=meanwhile), received.submission_id, worker="test")
    found = desk.queries.submissions.get(received.submission_id)
    assert found is not None
    assert found.state is SubmissionState.PROCESSING
    assert desk.queries.comments.of_submission(received.submission_id) == ()
    read(desk, received.submission_id, worker="other")
    assert len(desk.queries.comments.of_submission(received.submission_id)) == 1


def test_whoever_lost_its_lease_lets_go_of_nothing(desk: Desk, clock: Clock) -> None:
    """What another reader has begun or settled since is not queued by the one before it."""
    received = receive(desk, a_scan(white(1)), actor=ADMIN)
    first = claim(desk, Lane.OCR, worker="test")
    assert first is not None
    clock.now += 2 * LEASE
    assert claim(desk, Lane.OCR, worker="other") is not None

    def state_after_a_late_failure() -> SubmissionState:
        desk.writer.run(
            lambda repositories: repositories.queue.put(
                first.id, run_at=clock.now, attempts=1, failures=1, begun=first.attempts
            )
        )
        found = desk.queries.submissions.get(received.submission_id)
        assert found is not None
        return found.state

    assert state_after_a_late_failure() is SubmissionState.PROCESSING
    read(desk, received.submission_id, worker="other")
    assert state_after_a_late_failure() is SubmissionState.DONE


def test_a_stack_broken_off_by_the_end_of_the_service_waits_for_the_next_start(
    desk: Desk, clock: Clock
) -> None:
    received = receive(desk, a_scan(white(3)), actor=ADMIN)
    stopping = Recogniser()
    stopping.close()
    assert claim(desk, Lane.OCR, worker="test") is not None
    read(replace(desk, recogniser=stopping), received.submission_id, worker="test")
    stopping.end()
    found = desk.queries.submissions.get(received.submission_id)
    assert found is not None
    assert (found.state, found.attempts, found.pages) == (SubmissionState.QUEUED, 0, None)
    clock.pass_by(minutes=1)
    read_all(desk, Lane.OCR)
    assert len(desk.queries.comments.of_submission(received.submission_id)) == 1


def test_a_new_reading_that_finds_fewer_comments_says_so_and_keeps_them_all(desk: Desk) -> None:
    consultation = procedures.create(desk, a_consultation(), actor=ADMIN)
    names = ["北野花子", "南川太郎"]
    stack = [page for name in names for page in pages(consultation, {"/submitter/name": name})]
    first = read_paper(desk, a_scan(as_pdf(stack)))
    assert len(first) == 2
    arrival = first[0].submission_id

    def again(desk: Desk) -> list[list[str]]:
        decide.decide_submission(
            desk, arrival, SubmissionDecision.REPLAY, reason="確認", actor=ADMIN
        )
        read_all(desk, Lane.OCR)
        found = desk.queries.submissions.get(arrival)
        assert found is not None
        assert ("fewer_than_before" in {each.code for each in found.findings}) is bool(
            desk.recogniser is not whole
        )
        records = desk.queries.comments.of_submission(arrival)
        assert [each.receipt_number for each in records] == [each.receipt_number for each in first]
        assert [each.submitter.name for each in records] == names
        assert all(each.status is CommentStatus.NEEDS_REVIEW for each in records)
        return [codes(each) for each in records]

    whole = desk.recogniser
    half = Recogniser(limits=ReadingLimits(pages=1))
    for _ in range(2):
        kept = again(replace(desk, recogniser=half))
        assert kept[1].count("fewer_than_before") == 1
    half.end()
    assert not any("fewer_than_before" in each for each in again(desk))
