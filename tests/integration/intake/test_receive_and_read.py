"""An arrival from its bytes to its record."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar, cast

import pytest

from app.domain.access import Actor, Scope
from app.domain.comment_form import CommentForm, Contents
from app.domain.envelope import Channel, Envelope
from app.domain.errors import InvalidInput, NotAllowed, StorageFull, Unavailable
from app.domain.retry import READING_ATTEMPTS
from app.domain.status import CommentStatus, SubmissionState
from app.domain.submission import Lane
from app.domain.timeliness import TimelinessVerdict
from app.intake import procedures
from app.intake.desk import IN_ROW_BYTES, Desk
from app.intake.documents import bytes_of
from app.intake.read import DEATHS, LEASE, claim, read
from app.intake.receive import receive
from app.storage.repositories.unit import Repositories
from tests.builders import ADMIN, MEASURE, NOON, a_consultation, a_mail, an_envelope
from tests.integration.conftest import Clock

if TYPE_CHECKING:
    from app.storage.unit_of_work import Writer

T = TypeVar("T")
BODY = (
    "住所：北星市中央2条3丁目4番地\r\n氏名：髙﨑 花子\r\n区分：1\r\n"
    f"案の名称：{MEASURE}\r\n意見：\r\n①説明会を開いてください。\r\n𠮷田さんも同じ意見です。\r\n"
)


def read_all(desk: Desk, lane: Lane = Lane.LIGHT) -> None:
    while (submission := claim(desk, lane, worker="test")) is not None:
        read(desk, submission.id, worker="test")


def test_a_complete_mail_becomes_an_accepted_record(desk: Desk) -> None:
    procedures.create(desk, a_consultation(), actor=ADMIN)
    received = receive(desk, an_envelope(a_mail(BODY)), actor=ADMIN)
    assert received.state is SubmissionState.QUEUED
    read_all(desk)

    [record] = desk.queries.comments.of_submission(received.submission_id)
    assert record.receipt_number.startswith("001-000001-")
    assert record.submitter.name == "髙﨑 花子"
    assert record.submitter.address == "北星市中央2条3丁目4番地"
    assert record.submitter.category.code == "1"
    assert "①説明会を開いてください。" in record.opinion
    assert "𠮷田" in record.opinion
    assert record.consultation == "juki-pia-2015"
    assert record.timeliness.verdict is TimelinessVerdict.IN_TIME
    assert record.status is CommentStatus.ACCEPTED


@pytest.mark.parametrize(
    ("changes", "status", "codes"),
    [
        ({}, CommentStatus.NEEDS_CORRECTION, {"category_unknown"}),
        ({"required_fields": ()}, CommentStatus.NEEDS_REVIEW, {"category_not_listed"}),
        ({"required_fields": (), "categories": ()}, CommentStatus.ACCEPTED, set[str]()),
    ],
)
def test_a_category_that_does_not_exist_is_asked_for_only_where_one_is_owed(
    desk: Desk, changes: dict[str, object], status: CommentStatus, codes: set[str]
) -> None:
    procedures.create(desk, a_consultation(**changes), actor=ADMIN)
    mail = a_mail(BODY.replace("区分：1", "区分：77"))
    received = receive(desk, an_envelope(mail), actor=ADMIN)
    read_all(desk)
    [record] = desk.queries.comments.of_submission(received.submission_id)
    assert record.status is status
    assert {each.code for each in record.findings} == codes
    assert record.submitter.category.code == "77"


def test_the_same_mail_again_is_the_same_arrival(desk: Desk) -> None:
    procedures.create(desk, a_consultation(), actor=ADMIN)
    first = receive(desk, an_envelope(a_mail(BODY)), actor=ADMIN)
    read_all(desk)
    again = receive(desk, an_envelope(a_mail(BODY), source_item="7:9"), actor=ADMIN)
    assert again.repeated
    assert again.submission_id == first.submission_id
    assert len(desk.queries.comments.of_submission(first.submission_id)) == 1


def test_other_metadata_leave_a_finding_on_arrival_and_record(desk: Desk) -> None:
    procedures.create(desk, a_consultation(), actor=ADMIN)
    first = receive(desk, an_envelope(a_mail(BODY)), actor=ADMIN)
    read_all(desk)
    later = an_envelope(a_mail(BODY), received_at=NOON + timedelta(hours=1))
    for _ in range(2):
        receive(desk, later, actor=ADMIN)
    submission = desk.queries.submissions.get(first.submission_id)
    assert submission is not None
    assert [each.code for each in submission.findings] == ["same_bytes_other_facts"]
    [record] = desk.queries.comments.of_submission(first.submission_id)
    assert "same_bytes_other_facts" in [each.code for each in record.findings]
    assert record.status is CommentStatus.ACCEPTED


@pytest.mark.parametrize(("job", "same"), [("A", True), ("B", False)])
def test_a_fax_is_the_same_only_under_the_same_job(desk: Desk, job: str, same: bool) -> None:
    envelope = an_envelope(
        b"II*\0", channel=Channel.FAX, source="gateway", source_item="A", facts={"job_id": "A"}
    )
    first = receive(desk, envelope, actor=ADMIN)
    second = receive(desk, replace(envelope, facts={"job_id": job}, source_item=job), actor=ADMIN)
    assert (second.submission_id == first.submission_id) is same


def test_other_bytes_under_a_used_uid_are_a_new_arrival(desk: Desk) -> None:
    first = receive(desk, an_envelope(b"one"), actor=ADMIN)
    second = receive(desk, an_envelope(b"two"), actor=ADMIN)
    assert first.submission_id != second.submission_id
    assert not second.repeated


@pytest.mark.parametrize("size", [0, IN_ROW_BYTES, IN_ROW_BYTES + 1])
def test_every_original_comes_back_byte_for_byte(desk: Desk, size: int) -> None:
    data = bytes(index % 251 for index in range(size))
    received = receive(desk, an_envelope(data), actor=ADMIN)
    original = desk.queries.submissions.original(received.submission_id)
    assert original is not None
    assert bytes_of(desk, original) == data


@pytest.mark.parametrize(
    ("field", "code"),
    [
        ("consultation", "consultation_unknown"),
        ("drop_box", "drop_box_unknown"),
        ("collection_id", "collection_unknown"),
    ],
)
def test_a_name_nobody_knows_is_refused_before_anything_is_stored(
    desk: Desk, field: str, code: str
) -> None:
    envelope = an_envelope(b"", channel=Channel.DROP_BOX, source="", **{field: "nowhere"})
    with pytest.raises(InvalidInput) as refused:
        receive(desk, envelope, actor=ADMIN)
    assert [each.code for each in refused.value.problems] == [code]
    assert claim(desk, Lane.OCR, worker="test") is None


def test_a_confined_key_brings_nothing_for_other_consultations(desk: Desk) -> None:
    confined = Actor(
        id="k",
        name="k",
        scopes=frozenset({Scope.INTAKE_SCAN}),
        consultations=frozenset({"other"}),
    )
    with pytest.raises(NotAllowed):
        receive(desk, an_envelope(consultation="juki-pia-2015"), actor=confined)


def test_a_mail_of_no_known_measure_waits_for_a_person(desk: Desk) -> None:
    procedures.create(desk, a_consultation(), actor=ADMIN)
    body = BODY.replace(MEASURE, "市民会館の建替え計画（案）")
    received = receive(desk, an_envelope(a_mail(body)), actor=ADMIN)
    read_all(desk)
    [record] = desk.queries.comments.of_submission(received.submission_id)
    assert record.consultation is None
    assert record.receipt_number.startswith("000-000001-")
    assert record.timeliness.verdict is TimelinessVerdict.UNDETERMINED
    assert record.status is CommentStatus.NEEDS_REVIEW


def test_a_measure_named_in_the_subject_is_found_and_said_so(desk: Desk) -> None:
    procedures.create(desk, a_consultation(), actor=ADMIN)
    body = "\r\n".join(line for line in BODY.split("\r\n") if "案の名称" not in line)
    mail = a_mail(body, subject=f"{MEASURE}への意見")
    received = receive(desk, an_envelope(mail), actor=ADMIN)
    read_all(desk)
    [record] = desk.queries.comments.of_submission(received.submission_id)
    assert record.consultation == "juki-pia-2015"
    assert "measure_name_from_subject" in [each.code for each in record.findings]
    assert record.status is CommentStatus.ACCEPTED


def test_a_late_mail_is_still_numbered(desk: Desk) -> None:
    procedures.create(desk, a_consultation(), actor=ADMIN)
    late = an_envelope(a_mail(BODY), received_at=NOON + timedelta(days=15))
    received = receive(desk, late, actor=ADMIN)
    read_all(desk)
    [record] = desk.queries.comments.of_submission(received.submission_id)
    assert record.status is CommentStatus.LATE
    assert record.receipt_number.startswith("001-")


def test_automatic_mail_is_ignored_visibly(desk: Desk) -> None:
    mail = b"Auto-Submitted: auto-replied\r\n" + a_mail("不在です。")
    received = receive(desk, an_envelope(mail), actor=ADMIN)
    read_all(desk)
    submission = desk.queries.submissions.get(received.submission_id)
    assert submission is not None
    assert submission.state is SubmissionState.IGNORED
    assert submission.reason
    assert desk.queries.comments.of_submission(received.submission_id) == ()


class _Broken:
    """A channel that raises as often as it is told."""

    kind = Channel.EMAIL

    def __init__(self, error: Exception) -> None:
        self.error = error

    def open(self, _envelope: Envelope) -> Contents:
        raise self.error


def test_a_reading_that_keeps_failing_leaves_a_record_for_a_person(
    desk: Desk, clock: Clock
) -> None:
    broken = replace(desk, channels={**desk.channels, Channel.EMAIL: _Broken(ValueError())})
    received = receive(desk, an_envelope(a_mail(BODY)), actor=ADMIN)
    for _ in range(10):
        read_all(broken)
        clock.pass_by(minutes=6)
    submission = desk.queries.submissions.get(received.submission_id)
    assert submission is not None
    assert submission.state is SubmissionState.FAILED
    [record] = desk.queries.comments.of_submission(received.submission_id)
    assert record.status is CommentStatus.NEEDS_REVIEW
    assert "reading_failed" in [each.code for each in record.findings]


def test_a_fault_of_ours_is_waited_out_however_long(desk: Desk, clock: Clock) -> None:
    broken = replace(desk, channels={**desk.channels, Channel.EMAIL: _Broken(Unavailable())})
    received = receive(desk, an_envelope(a_mail(BODY)), actor=ADMIN)
    for _ in range(30):
        read_all(broken)
        clock.pass_by(minutes=6)
    read_all(desk)
    submission = desk.queries.submissions.get(received.submission_id)
    assert submission is not None
    assert submission.state is SubmissionState.DONE


def test_a_reading_is_put_off_even_where_the_disk_is_full_for_a_moment(
    desk: Desk, clock: Clock
) -> None:
    class Full:
        """A writer without room for its first transactions."""

        def __init__(self) -> None:
            self.refusals = 2

        def run(self, work: Callable[[Repositories], T]) -> T:
            if self.refusals:
                self.refusals -= 1
                raise StorageFull
            return desk.writer.run(work)

    received = receive(desk, an_envelope(a_mail(BODY)), actor=ADMIN)
    claimed = claim(desk, Lane.LIGHT, worker="a")
    assert claimed is not None
    broken = {**desk.channels, Channel.EMAIL: _Broken(StorageFull())}
    full = replace(desk, channels=broken, writer=cast("Writer", Full()))
    read(full, received.submission_id, worker="a")
    clock.pass_by(minutes=1)
    read_all(desk)
    submission = desk.queries.submissions.get(received.submission_id)
    assert submission is not None
    assert submission.state is SubmissionState.DONE


def test_what_a_dead_worker_held_is_read_by_another(desk: Desk, clock: Clock) -> None:
    received = receive(desk, an_envelope(a_mail(BODY)), actor=ADMIN)
    assert claim(desk, Lane.LIGHT, worker="dies") is not None
    assert claim(desk, Lane.LIGHT, worker="other") is None
    clock.now += LEASE + timedelta(seconds=1)
    read_all(desk)
    submission = desk.queries.submissions.get(received.submission_id)
    assert submission is not None
    assert submission.state is SubmissionState.DONE


def test_what_kills_its_reader_again_and_again_is_quarantined(desk: Desk, clock: Clock) -> None:
    received = receive(desk, an_envelope(a_mail(BODY)), actor=ADMIN)
    for _ in range(DEATHS):
        assert claim(desk, Lane.LIGHT, worker="dies") is not None
        clock.now += LEASE + timedelta(seconds=1)
    read_all(desk)
    submission = desk.queries.submissions.get(received.submission_id)
    assert submission is not None
    assert submission.state is SubmissionState.QUARANTINED
    assert len(desk.queries.comments.of_submission(received.submission_id)) == 1


def test_what_can_be_read_but_not_recorded_ends_with_a_person(desk: Desk, clock: Clock) -> None:
    """As where a text holds what the database cannot keep (a lone surrogate)."""

    class Spoils:
        kind = Channel.EMAIL

        def open(self, _envelope: Envelope) -> Contents:
            return Contents(form=CommentForm(opinion="\ud842"))

    spoilt = replace(desk, channels={**desk.channels, Channel.EMAIL: Spoils()})
    received = receive(spoilt, an_envelope(a_mail(BODY)), actor=ADMIN)
    for _ in range(READING_ATTEMPTS):
        read_all(spoilt)
        clock.pass_by(minutes=6)

    submission = desk.queries.submissions.get(received.submission_id)
    assert submission is not None
    assert submission.state is SubmissionState.FAILED
    [record] = desk.queries.comments.of_submission(received.submission_id)
    assert record.status is CommentStatus.NEEDS_REVIEW
