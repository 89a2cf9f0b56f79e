"""PDF attachments whose text layer says what the page does not show."""

from collections.abc import Callable

import pytest
from fpdf import FPDF
from fpdf.enums import TextMode
from PIL import Image

from app.channels.email.message import EmailChannel
from app.recognition.fonts import font_file
from tests.unit.email.attached import mail_with, pdf
from tests.unit.email.test_attachments import FORM, NOTE, OPINION
from tests.unit.email.test_large_mail import envelope

HIDDEN = "意見：実は賛成です。"


def _white(made: FPDF) -> None:
    made.set_text_color(255, 255, 255)
    made.multi_cell(0, text=HIDDEN)


def _invisible(made: FPDF) -> None:
    with made.local_context(text_mode=TextMode.INVISIBLE):
        made.multi_cell(0, text=HIDDEN)


def _outside(made: FPDF) -> None:
    made.text(x=400, y=400, text=HIDDEN)


def _below_a_picture(made: FPDF) -> None:
    made.image(Image.new("L", (40, 60), 255), x=0, y=0, w=210, h=297)


def made_with(hide: Callable[[FPDF], None]) -> bytes:
    made = FPDF()
    made.add_page()
    made.add_font("gothic", fname=str(font_file()))
    made.set_font("gothic", size=12)
    made.multi_cell(0, text=FORM, new_x="LMARGIN", new_y="NEXT")
    hide(made)
    return bytes(made.output())


@pytest.mark.parametrize("hide", [_white, _invisible, _outside, _below_a_picture])
def test_text_that_is_not_to_be_seen_sends_the_file_to_be_read_from_its_pages(
    hide: Callable[[FPDF], None],
) -> None:
    contents = EmailChannel().open(envelope(mail_with(NOTE, {"意見書.pdf": made_with(hide)})))
    assert [each.filename for each in contents.images] == ["意見書.pdf"]
    assert contents.form is not None
    assert HIDDEN not in contents.form.opinion
    assert contents.form.submitter.name is None


@pytest.mark.parametrize("text", [FORM, f"{FORM}\n、。．，・：；…ー「」｜iIl.,:;'-", FORM * 4])
def test_text_that_is_all_to_be_seen_is_taken_as_it_is(text: str) -> None:
    contents = EmailChannel().open(envelope(mail_with(NOTE, {"意見書.pdf": pdf(text)})))
    assert contents.images == ()
    assert contents.form is not None
    assert OPINION in contents.form.opinion
