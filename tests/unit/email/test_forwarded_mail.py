"""A colleague's forwarded mail keeps the citizen as submitter; every name is invented."""

import pytest

from tests.unit.email.attached import mail_with
from tests.unit.email.mails import ADDRESS, BODY, NAME, crlf, mail
from tests.unit.email.test_attachments import codes, opened

HEADER = (
    "差出人: 旭川 花子 <citizen@example.jp>\n送信日時: 2026年5月1日 10:00\n"
    "宛先: 総務課 <soumu@example.jp>\n件名: 意見\n\n"
)
MARKS = ("-----Original Message-----\n", "---------- Forwarded message ---------\n", "")


def forward(text: str, note: str = "転送します。\n\n") -> bytes:
    return mail(crlf(note + text).encode(), extra=b"Subject: FW: iken\r\n")


@pytest.mark.parametrize("mark", MARKS)
def test_the_citizen_stays_the_submitter(mark: str) -> None:
    contents, form = opened(forward(mark + HEADER + BODY))
    assert (form.submitter.name, form.submitter.address) == (NAME, ADDRESS)
    assert form.submitter.email == "citizen@example.jp"
    assert codes(contents) == ["forwarded_mail"]
    assert contents.reply is not None
    assert contents.reply.address == "hanako@example.jp"


@pytest.mark.parametrize("mark", MARKS)
def test_a_forwarded_text_without_labels_stays_whole_with_its_header_marked(mark: str) -> None:
    contents, form = opened(forward(mark + HEADER + "説明会を開いてください。"))
    assert form.submitter.email == "citizen@example.jp"
    assert form.opinion.startswith("転送します。")
    assert form.opinion.endswith("説明会を開いてください。")
    assert codes(contents) == ["forwarded_mail", "forward_header_in_opinion"]


def test_a_forward_in_marks_of_quoting_is_read() -> None:
    quoted = "".join(f"> {line}\n" for line in BODY.split("\n"))
    contents, form = opened(forward(HEADER + quoted))
    assert (form.submitter.name, form.submitter.email) == (NAME, "citizen@example.jp")
    assert codes(contents) == ["forwarded_mail"]


def test_a_reply_to_the_office_keeps_its_own_writer() -> None:
    office = HEADER.replace("citizen@example.jp", "simin@example.jp")
    text = BODY + "\n-----Original Message-----\n" + office + "ご意見を募集しています。"
    contents, form = opened(mail(crlf(text).encode(), extra=b"Subject: Re: iken\r\n"))
    assert form.submitter.email == "hanako@example.jp"
    assert codes(contents) == ["quotation_in_opinion"]


def test_the_office_s_own_address_is_nobody_s() -> None:
    from_office = HEADER.replace("citizen@example.jp", "noreply@example.jp")
    _, form = opened(forward(from_office + BODY))
    assert form.submitter.email is None


def test_a_signature_stays_in_the_opinion_and_is_marked() -> None:
    contents, form = opened(mail(crlf(BODY + "\n-- \n旭川 花子\nTEL 0166-00-0000").encode()))
    assert form.opinion.endswith("TEL 0166-00-0000")
    assert codes(contents) == ["signature_in_opinion"]


def test_a_signature_does_not_make_a_note_an_opinion() -> None:
    note = "意見書を添付します。\n-- \n旭川 花子\n〒070-0000 北星市中央1条1丁目、問題のない所。\n"
    contents, form = opened(mail_with(note, {"a.txt": BODY.encode()}))
    assert form.submitter.name == NAME
    assert codes(contents) == ["attachment_joined"]
