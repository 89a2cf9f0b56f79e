"""A mail with files from its bytes to its record; pictures are read by the real Tesseract."""

import io

import pytest
from PIL import Image

from app.domain.comment import CommentRecord, ConsultationSource
from app.domain.consultation import Consultation
from app.domain.envelope import DocumentRole
from app.domain.status import CommentStatus, SubmissionState
from app.domain.submission import Lane
from app.intake import procedures
from app.intake.desk import Desk
from app.intake.read import claim, read
from app.intake.receive import receive
from app.recognition.filled_form import as_pdf
from tests.builders import ADMIN, MEASURE, a_consultation, an_envelope
from tests.integration.intake.test_paper import ANSWERS, pages
from tests.unit.email.attached import docx, mail_with

NOTE = "意見書を添付します。よろしくお願いします。"
ROWS = [
    ("住所", "北星市中央2条3丁目4番地"),
    ("氏名", "北野 花子"),
    ("区分", "1"),
    ("案の名称", MEASURE),
    ("意見", "説明会を開いてください。"),
]


@pytest.fixture
def consultation(desk: Desk) -> Consultation:
    return procedures.create(desk, a_consultation(), actor=ADMIN)


def read_mail(desk: Desk, raw: bytes, *lanes: Lane) -> list[CommentRecord]:
    """Read a mail in the lanes it goes through, and no other."""
    received = receive(desk, an_envelope(raw), actor=ADMIN)
    for lane in lanes:
        submission = claim(desk, lane, worker="test")
        assert submission is not None
        read(desk, submission.id, worker="test", lane=lane)
    submission = desk.queries.submissions.get(received.submission_id)
    assert submission is not None
    assert (submission.state, submission.attempts) == (SubmissionState.DONE, 1)
    return list(desk.queries.comments.of_submission(received.submission_id))


def codes(record: CommentRecord) -> set[str]:
    return {each.code for each in record.findings}


@pytest.mark.usefixtures("consultation")
def test_a_form_in_word_is_accepted_like_one_in_the_mail(desk: Desk) -> None:
    [record] = read_mail(desk, mail_with(NOTE, {"意見書.docx": docx(ROWS)}), Lane.LIGHT)
    assert record.status is CommentStatus.ACCEPTED
    assert record.submitter.name == "北野 花子"
    assert record.submitter.email == "hanako@example.jp"
    assert record.opinion == "説明会を開いてください。"
    assert codes(record) == {"attachment_joined"}


def test_our_form_as_a_scan_in_a_mail_goes_by_the_rules_of_paper(
    desk: Desk, consultation: Consultation
) -> None:
    scan = as_pdf(pages(consultation))
    [record] = read_mail(desk, mail_with(NOTE, {"scan.pdf": scan}), Lane.LIGHT, Lane.OCR)
    assert record.status is CommentStatus.NEEDS_REVIEW
    assert record.by_ocr
    assert record.consultation_source is ConsultationSource.FORM
    assert record.submitter.name == "北野花子"
    assert record.submitter.email == "hanako@example.jp"
    assert record.opinion == ANSWERS["/opinion"]
    roles = [each.role for each in desk.queries.submissions.documents(record.submission_id)]
    assert roles[:2] == [DocumentRole.ORIGINAL, DocumentRole.ATTACHMENT]
    assert set(roles[2:]) == {DocumentRole.PAGE_IMAGE}


def test_a_form_split_over_mail_and_scan_is_one_record(
    desk: Desk, consultation: Consultation
) -> None:
    """The mail names its writer; the scan holds the opinion."""
    body = "\n".join(f"{label}：{value}" for label, value in ROWS[:3])
    answers = {"/opinion": ANSWERS["/opinion"]}
    scan = as_pdf(pages(consultation, answers))
    [record] = read_mail(desk, mail_with(body, {"scan.pdf": scan}), Lane.LIGHT, Lane.OCR)
    assert record.submitter.name == "北野 花子"
    assert record.opinion == ANSWERS["/opinion"]
    assert record.consultation_source is ConsultationSource.FORM
    assert record.status is CommentStatus.NEEDS_REVIEW
    assert "attachment_joined" in codes(record)


@pytest.mark.usefixtures("consultation")
def test_a_picture_beside_a_complete_comment_is_shown_to_a_person(
    desk: Desk,
) -> None:
    body = "\n".join(f"{label}：{value}" for label, value in ROWS)
    picture = io.BytesIO()
    Image.new("L", (600, 400), 180).save(picture, "PNG")
    raw = mail_with(body, {"写真.png": picture.getvalue()})
    [record] = read_mail(desk, raw, Lane.LIGHT, Lane.OCR)
    assert record.opinion == "説明会を開いてください。"
    assert not record.by_ocr
    assert record.status is CommentStatus.NEEDS_REVIEW
    assert "attachment_not_joined" in codes(record)


def test_two_scanned_forms_in_a_mail_are_two_records(
    desk: Desk, consultation: Consultation
) -> None:
    one = as_pdf(pages(consultation))
    two = as_pdf(pages(consultation, {**ANSWERS, "/submitter/name": "北野太郎"}))
    files = {"1.pdf": one, "2.pdf": two}
    records = read_mail(desk, mail_with(NOTE, files), Lane.LIGHT, Lane.OCR)
    assert [each.submitter.name for each in records] == ["北野花子", "北野太郎"]
