"""Stacks of paper and repeated faxes, from their arrival to their records."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from PIL import Image

from app.domain.consultation import Consultation
from app.domain.envelope import Channel, DocumentRole, Envelope, Part
from app.domain.status import CommentStatus
from app.intake import forms, procedures
from app.intake.desk import Desk
from app.recognition.filled_form import as_fax_tiff, as_pdf, fill, fill_fields, printed
from app.recognition.form_layout import design
from app.recognition.form_template import Variant
from app.recognition.separator_sheet import draw_separator
from app.recognition.templates import to_json
from tests.builders import ADMIN, NOON, a_consultation
from tests.integration.intake.test_paper import ANSWERS, a_scan, codes, pages, read_paper


@pytest.fixture
def consultation(desk: Desk) -> Consultation:
    return procedures.create(desk, a_consultation(), actor=ADMIN)


def a_fax(images: Sequence[Image.Image], job: str, **changes: object) -> Envelope:
    tiff = as_fax_tiff(images, compression="group3")
    values: dict[str, Any] = {
        "channel": Channel.FAX,
        "delivery": None,
        "source": "fax gateway",
        "source_item": job,
        "facts": {"job_id": job, "caller_number": "0166000000"},
        "parts": (Part(filename=f"{job}.tif", media_type="image/tiff", data=tiff),),
    }
    return a_scan(b"", **values | changes)


def test_separator_sheets_part_a_stack_and_stay_in_the_original(
    desk: Desk, consultation: Consultation
) -> None:
    (sheet,) = printed(draw_separator(), dpi=200)
    further = design(consultation).kind(Variant.CONTINUATION)
    assert further is not None
    (more,) = fill(consultation, further, {"/opinion": "記録も公表してください。"}, dpi=200)
    (form,) = fill(consultation, design(consultation), ANSWERS, dpi=200)
    white = Image.new("L", sheet.size, 255)
    stack = [form, more, sheet, white, form, white]
    facts = {"separator": "sheet", "sides": "two"}
    records = read_paper(desk, a_scan(as_pdf(stack, dpi=200), announced=2, facts=facts))
    assert [each.pages for each in records] == [(1, 2), (5,)]
    assert records[0].opinion.replace("\n", "").endswith("記録も公表してください。")
    assert not any({"split_doubtful", "count_differs"} & set(codes(each)) for each in records)
    documents = desk.queries.submissions.documents(records[0].submission_id)
    pictures = [each.page for each in documents if each.role is DocumentRole.PAGE_IMAGE]
    assert pictures == [1, 2, 3, 4, 5, 6]


def test_a_form_filled_in_on_a_computer_is_recorded_to_the_letter(
    desk: Desk, consultation: Consultation
) -> None:
    blank = forms.as_pdf(forms.blank_form(desk, consultation))
    answers = {**ANSWERS, "/submitter/name": "髙橋 花子"}
    [record] = read_paper(desk, a_scan(fill_fields(blank, design(consultation), answers)))
    assert record.submitter.name == "髙橋 花子"
    assert record.opinion == ANSWERS["/opinion"]
    assert record.readings["/submitter/name"].source == "text"
    assert record.readings["/submitter/name"].confidence is None
    assert record.status is CommentStatus.NEEDS_REVIEW
    assert "text_layer_read" in codes(record)
    assert "read_by_ocr" not in codes(record)


def test_a_form_stored_before_there_were_several_kinds_is_given_them(
    desk: Desk, consultation: Consultation
) -> None:
    template = design(consultation)
    old = {**to_json(template), "variants": []}
    desk.writer.run(
        lambda repositories: repositories.consultations.add_template(
            consultation.number, 2, old, at=NOON
        )
    )
    desk.writer.run(
        lambda repositories: repositories.consultations.change(
            replace(consultation, template_revision=2), at=NOON
        )
    )
    known = desk.queries.consultations.get(consultation.code)
    assert known is not None
    assert forms.blank_form(desk, known).template.kind(Variant.LARGE) is not None
    assert forms.known_templates(desk)[consultation.number, 2].kind(Variant.LARGE) is not None


def test_a_fax_sent_again_is_pointed_out_on_both_and_merged_with_none(
    desk: Desk, consultation: Consultation
) -> None:
    images = pages(consultation)
    [first] = read_paper(desk, a_fax(images, "7"))
    speckled = [each.rotate(0.4, fillcolor=255) for each in images]
    again = a_fax(speckled, "8", received_at=NOON + timedelta(minutes=12))
    [second] = read_paper(desk, again)
    assert first.receipt_number != second.receipt_number
    known = desk.queries.comments.get(first.receipt_number)
    assert known is not None
    for record, other in ((second, first), (known, second)):
        [finding] = [each for each in record.findings if each.code == "possible_duplicate"]
        assert finding.data["receipt_number"] == other.receipt_number
        relations = {
            each.receipt_number: each.relation for each in desk.queries.comments.related(record)
        }
        assert relations == {other.receipt_number: "sent_again"}


@pytest.mark.parametrize(
    "changes",
    [
        {"facts": {"job_id": "8", "caller_number": "0166111111"}},
        {"received_at": NOON + timedelta(hours=25)},
    ],
    ids=["another caller", "days later"],
)
def test_the_same_words_from_elsewhere_are_no_repeated_fax(
    desk: Desk, consultation: Consultation, changes: dict[str, object]
) -> None:
    images = pages(consultation)
    read_paper(desk, a_fax(images, "7"))
    [second] = read_paper(desk, a_fax(images, "8", **changes))
    assert "possible_duplicate" not in codes(second)
