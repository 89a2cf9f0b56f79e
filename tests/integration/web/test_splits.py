"""A doubtful split of a stack is shown with small pictures of the pages on both sides of it."""

import re
from collections.abc import Callable

import pytest
from PIL import Image, ImageDraw, ImageFont

from app.domain.access import Scope
from app.domain.audit import AuditAction
from app.domain.comment_form import NAME, OPINION
from app.domain.envelope import Channel, Delivery, Part
from app.intake import procedures
from app.intake.desk import Desk
from app.intake.receive import receive
from app.recognition.filled_form import as_pdf, fill
from app.recognition.form_layout import design
from tests.builders import ADMIN, NOON, a_consultation, an_envelope
from tests.integration.web.conftest import Visitor, read_everything

DPI = 150


@pytest.fixture
def stack(clerk: Visitor, desk: Desk) -> str:
    """Scan a form, a sheet that says nothing of itself, and a form about another measure."""
    assert clerk.csrf
    first = desk.queries.consultations.get(a_consultation().code)
    assert first is not None
    other = procedures.create(
        desk, a_consultation(code="other", measure_name="北星市高齢者福祉計画（素案）"), actor=ADMIN
    )
    forms = [
        fill(each, design(each), {NAME: "北野花子", OPINION: "賛成です。"}, dpi=DPI)[0]
        for each in (first, other)
    ]
    loose = Image.new("L", forms[0].size, 255)
    font = ImageFont.load_default(40)
    ImageDraw.Draw(loose).text((150, 200), "2015 05 18", fill=0, font=font)
    part = Part(
        filename="stack.pdf",
        media_type="application/pdf",
        data=as_pdf([forms[0], loose, forms[1]], dpi=DPI),
    )
    envelope = an_envelope(
        channel=Channel.MAIL,
        delivery=Delivery.HAND,
        received_at=NOON,
        source="",
        source_item=None,
        parts=(part,),
    )
    received = receive(desk, envelope, actor=ADMIN)
    read_everything(desk)
    return received.submission_id


def test_the_pages_beside_a_doubtful_cut_stand_beside_the_comment_with_the_reason(
    clerk: Visitor, desk: Desk, stack: str, holder: Callable[..., Visitor]
) -> None:
    one, two = desk.queries.comments.of_submission(stack)
    assert (one.pages, two.pages) == ((1, 2), (3,))
    text = clerk.get(f"/staff/comments/{one.receipt_number}").text
    section = text.partition('id="cuts"')[2].partition("</section>")[0]
    assert [*re.findall(r'alt="(\d)ページ目の画像"', section)] == ["1", "2", "3"]
    assert section.count('class="cut"') == 1
    assert "分けませんでした。別の意見書かもしれません" in section
    assert section.count("この意見書") == 2
    assert f"/staff/comments/{two.receipt_number}" in section
    # Every picture is given by the route that leaves a line behind.
    for path in re.findall(r'<img src="([^"]+)"', section):
        assert clerk.get(path).headers["content-type"] == "image/png"
    looks = [
        each
        for each in desk.queries.audit.page(limit=100).items
        if each.action is AuditAction.DOCUMENT_VIEWED
    ]
    assert len(looks) == 3

    whole = clerk.get(f"/staff/submissions/{stack}").text
    assert whole.count("前のページとの区切りがはっきりしません") == 1
    assert f"/staff/comments/{one.receipt_number}" in whole

    assert 'id="cuts"' not in clerk.get(f"/staff/comments/{two.receipt_number}").text

    confined = holder(Scope.COMMENTS_READ, consultations=frozenset({one.consultation or ""}))
    text = confined.get(f"/staff/comments/{one.receipt_number}").text
    assert "別の手続の意見書" in text
    assert two.receipt_number not in text
