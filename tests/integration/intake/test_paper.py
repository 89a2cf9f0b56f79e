"""Paper from its scan to its record, read by the real Tesseract."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import pytest
from PIL import Image

from app.domain.comment import CommentRecord, ConsultationSource
from app.domain.consultation import Consultation
from app.domain.drop_box import Collection, DropBox
from app.domain.envelope import Channel, Delivery, DocumentRole, Envelope, Part
from app.domain.measure import MeasureVerdict
from app.domain.status import CommentStatus, SubmissionState
from app.domain.submission import Lane
from app.domain.timeliness import Clock, TimelinessVerdict
from app.intake import drop_boxes, procedures
from app.intake.desk import Desk
from app.intake.receive import receive
from app.recognition.filled_form import as_fax_tiff, as_pdf, fill
from app.recognition.form_layout import design
from tests.builders import ADMIN, NOON, a_consultation
from tests.integration.intake.test_receive_and_read import read_all

ANSWERS = {
    "/submitter/name": "北野花子",
    "/submitter/address": "北星市中央2条3丁目4番地",
    "/submitter/category/code": "1",
    "/opinion": "評価書の説明会を、平日の夜にも開いてください。",
}


@pytest.fixture
def consultation(desk: Desk) -> Consultation:
    return procedures.create(desk, a_consultation(), actor=ADMIN)


def pages(consultation: Consultation, answers: Mapping[str, str] = ANSWERS) -> list[Image.Image]:
    return fill(consultation, design(consultation), answers)


def a_scan(data: bytes, **changes: object) -> Envelope:
    values: dict[str, Any] = {
        "channel": Channel.MAIL,
        "delivery": Delivery.HAND,
        "received_at": NOON,
        "source": "",
        "parts": (Part(filename="scan.pdf", media_type="application/pdf", data=data),),
    }
    return Envelope(**values | changes)


def read_paper(desk: Desk, envelope: Envelope) -> list[CommentRecord]:
    received = receive(desk, envelope, actor=ADMIN)
    read_all(desk, Lane.OCR)
    submission = desk.queries.submissions.get(received.submission_id)
    assert submission is not None
    assert submission.state is SubmissionState.DONE
    return list(desk.queries.comments.of_submission(received.submission_id))


def codes(record: CommentRecord) -> list[str]:
    return [each.code for each in record.findings]


def test_our_form_is_read_and_left_for_a_person(desk: Desk, consultation: Consultation) -> None:
    [record] = read_paper(desk, a_scan(as_pdf(pages(consultation))))
    assert record.submitter.name == ANSWERS["/submitter/name"]
    assert record.submitter.address == ANSWERS["/submitter/address"]
    assert record.submitter.category.code == "1"
    assert record.opinion.replace("\n", "") == ANSWERS["/opinion"]
    assert record.consultation == consultation.code
    assert record.consultation_source is ConsultationSource.FORM
    assert record.measure.verdict is MeasureVerdict.MATCH
    assert record.timeliness.verdict is TimelinessVerdict.IN_TIME
    assert record.status is CommentStatus.NEEDS_REVIEW
    reading = record.readings["/submitter/name"]
    assert reading.source == "ocr"
    assert reading.box is not None
    assert reading.confidence is not None
    documents = desk.queries.submissions.documents(record.submission_id)
    assert [each.role for each in documents] == [DocumentRole.ORIGINAL, DocumentRole.PAGE_IMAGE]


def test_a_fax_is_read_and_its_missing_page_noticed(desk: Desk, consultation: Consultation) -> None:
    tiff = as_fax_tiff(pages(consultation), dpi=(204, 98), compression="group3")
    envelope = a_scan(
        b"",
        channel=Channel.FAX,
        delivery=None,
        source="fax gateway",
        source_item="7",
        announced=2,
        facts={"job_id": "7"},
        parts=(Part(filename="7.tif", media_type="image/tiff", data=tiff),),
    )
    [record] = read_paper(desk, envelope)
    assert record.submitter.category.code == "1"
    assert record.timeliness.clock is Clock.FAX_GATEWAY
    assert "pages_missing" in codes(record)
    [balance] = [each for each in desk.queries.ledger.summary() if each.channel is Channel.FAX]
    assert (balance.seen, balance.recorded, balance.missing) == (2, 1, 1)


def test_a_stack_becomes_as_many_comments_as_it_holds(
    desk: Desk, consultation: Consultation
) -> None:
    names = ["北野花子", "南川太郎", "東山次郎"]
    stack = [
        image
        for name in names
        for image in pages(consultation, {**ANSWERS, "/submitter/name": name})
    ]
    records = read_paper(desk, a_scan(as_pdf(stack), announced=4))
    assert [each.submitter.name for each in records] == names
    assert len({each.receipt_number for each in records}) == len(names)
    assert all("count_differs" in codes(each) for each in records)


def test_a_letter_is_judged_by_its_postmark(desk: Desk, consultation: Consultation) -> None:
    envelope = a_scan(
        as_pdf(pages(consultation)),
        delivery=Delivery.POST,
        received_at=datetime(2015, 5, 18, 1, 0, tzinfo=UTC),
        postmarked_on=date(2015, 5, 15),
    )
    [record] = read_paper(desk, envelope)
    assert record.timeliness.verdict is TimelinessVerdict.IN_TIME
    assert record.timeliness.clock is Clock.POSTMARK


@pytest.mark.parametrize("with_round", [True, False])
def test_a_box_scan_is_judged_by_its_round(
    desk: Desk, consultation: Consultation, with_round: bool
) -> None:
    drop_boxes.create(desk, DropBox(code="kamui", name="神居支所"), actor=ADMIN)
    made = drop_boxes.collect(
        desk,
        Collection(
            id="",
            drop_box="kamui",
            collected_at=datetime(2015, 5, 16, 1, 0, tzinfo=UTC),
            slip_count=1,
        ),
        actor=ADMIN,
    )
    envelope = a_scan(
        as_pdf(pages(consultation)),
        channel=Channel.DROP_BOX,
        delivery=None,
        received_at=datetime(2015, 5, 16, 5, 0, tzinfo=UTC),
        collection_id=made.id if with_round else None,
    )
    [record] = read_paper(desk, envelope)
    verdict = TimelinessVerdict.IN_TIME if with_round else TimelinessVerdict.UNDETERMINED
    assert record.timeliness.verdict is verdict
    assert ("box_collection_unknown" in codes(record)) is not with_round


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file_empty"),
        (b"%PDF-1.7 and nothing more", "file_unreadable"),
        (b"II*\0 truncated", "file_unreadable"),
        (b"just text in a file named .pdf", "file_unsupported"),
    ],
)
def test_what_cannot_be_read_waits_beside_its_original(
    desk: Desk, consultation: Consultation, data: bytes, code: str
) -> None:
    [record] = read_paper(desk, a_scan(data, consultation=consultation.code))
    assert record.status is CommentStatus.NEEDS_REVIEW
    assert record.consultation == consultation.code
    assert code in codes(record)
