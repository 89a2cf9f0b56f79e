"""What a raw mail is understood to say."""

import random
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.channels.email.message import EmailChannel
from app.domain.comment_form import Contents
from app.domain.envelope import Channel, DocumentRole, Envelope, Part
from app.domain.findings import FINDINGS
from app.domain.opinion_marks import MarkKind
from app.domain.text import has_forbidden_characters
from tests.unit.email.mails import BODY, MAILS, PDF_BYTES, MailCase, crlf, mail, multipart, pdf
from tests.unit.email.promised import ALL_MAILS, PROMISES

RECEIVED = datetime(2026, 5, 15, 3, 0, tzinfo=UTC)
PIECES = (
    *(b"\x1b$B", b"\x1b(I", b"\x1b(B", b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b"+2D0-", b"\x0e"),
    *(b"=?utf-8?B?", b"=?x?Q?=00?=", b"\r\n\r\n", b"\r\n", b"--=_b\r\n", b"--=_b--", b"=", b"\r"),
    *(b"; charset=idna", b"; charset=utf-16", b"; boundary=x", b"; filename*0*=x'y'%ff", b"<td>"),
    *(b"Content-Type: multipart/mixed; boundary=a\r\n", "住所：".encode(), "意見：".encode()),
)


def opened(raw: bytes) -> Contents:
    channel = EmailChannel(own_addresses=frozenset({"simin@example.jp"}))
    return channel.open(
        Envelope(
            channel=Channel.EMAIL,
            received_at=RECEIVED,
            source="section/INBOX",
            parts=(Part(filename=None, media_type="message/rfc822", data=raw),),
        )
    )


def texts_of(contents: Contents) -> list[str | None]:
    assert contents.form is not None
    assert contents.reply is not None or contents.findings
    submitter = contents.form.submitter
    return [
        *(submitter.name, submitter.address, submitter.representative, submitter.email),
        *(submitter.phone, submitter.fax, submitter.category.code, submitter.category.detail),
        *(contents.form.measure_written, contents.form.opinion, contents.subject),
        *(part.filename for part in contents.attachments),
        *(reading.value for reading in contents.form.readings.values()),
        *(value for finding in contents.findings for value in finding.data.values()),
    ]


def check_is_storable(contents: Contents) -> None:
    for text in texts_of(contents):
        assert text is None or not has_forbidden_characters(text)
    assert contents.form is not None
    for finding in (*contents.findings, *contents.form.findings):
        assert finding.code in FINDINGS


@pytest.mark.parametrize("case", ALL_MAILS, ids=lambda case: case.name)
def test_a_mail_is_understood(case: MailCase) -> None:
    contents = opened(case.raw)
    check_is_storable(contents)
    form = contents.form
    assert form is not None
    assert form.opinion == case.opinion
    assert form.measure_written == case.measure
    submitter = form.submitter
    assert (submitter.kind, submitter.name, submitter.representative) == (
        case.kind,
        case.sender,
        case.representative,
    )
    assert submitter.address == case.address
    assert (submitter.category.code, submitter.category.detail) == (case.category, case.detail)
    assert submitter.email == case.email
    assert contents.subject == case.subject
    assert tuple(finding.code for finding in contents.findings) == case.findings
    assert contents.ignored == case.ignored
    assert contents.reply is not None
    assert contents.reply.allowed is case.replies
    assert tuple(part.filename for part in contents.attachments[: len(case.files)]) == case.files
    marks = {kind.value for kind in MarkKind}
    assert tuple(each.code for each in form.findings if each.code not in marks) == case.noted
    spans = [
        (each.code, form.opinion[int(each.data["start"]) - 1 : int(each.data["end"])].strip())
        for each in form.findings
        if each.code in marks
    ]
    assert tuple(spans) == case.marks
    assert len(contents.images) == case.images
    assert (contents.answers, contents.tokens) == (case.answers, case.tokens)
    told = () if contents.report is None else contents.report.recipients
    assert told == case.undelivered


def test_there_are_enough_mails_and_each_says_what_for() -> None:
    assert len({case.name for case in ALL_MAILS}) == len(ALL_MAILS) >= 100
    assert all(case.purpose.endswith(".") for case in ALL_MAILS)


def test_a_mail_stands_for_every_promise() -> None:
    named = {name for names in PROMISES.values() for name in names}
    assert named <= {case.name for case in ALL_MAILS}
    assert {case.name for case in ALL_MAILS} - {case.name for case in MAILS} <= named | {
        "a reply to our notice"
    }
    assert all(PROMISES.values())


def test_an_attachment_keeps_its_bytes() -> None:
    (part,) = opened(multipart("mixed", pdf('attachment; filename="a.pdf"'))).attachments
    assert part.data == PDF_BYTES
    assert part.media_type == "application/pdf"
    assert part.role is DocumentRole.ATTACHMENT


def test_a_reply_goes_to_one_bare_address() -> None:
    reply = opened(
        mail(
            crlf(BODY).encode(),
            extra=b"Reply-To: =?utf-8?B?6Iqx5a2Q?= <home@example.jp>\r\n",
        )
    ).reply
    assert reply is not None
    assert (reply.address, reply.message_id) == ("home@example.jp", "<m1@example.jp>")


def test_two_reply_addresses_give_way_to_the_one_sender() -> None:
    reply = opened(
        mail(crlf(BODY).encode(), extra=b"Reply-To: a@example.jp, b@example.jp\r\n")
    ).reply
    assert reply is not None
    assert reply.address == "hanako@example.jp"


def test_nothing_at_all_is_a_finding() -> None:
    contents = opened(b"")
    assert [finding.code for finding in contents.findings] == ["file_empty"]


def test_a_mail_nested_without_end_is_opened_within_bounds() -> None:
    deep = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (level, level)
        for level in range(3_000)
    )
    check_is_storable(opened(deep + b"\r\nend"))


def test_a_mail_of_countless_parts_is_opened_within_bounds() -> None:
    many = mail(b"--a\r\n\r\nx\r\n" * 5_000, "multipart/mixed; boundary=a")
    check_is_storable(opened(many))


@given(st.binary(max_size=2_000))
@example(b"Content-Type: text/plain; charset=utf-7\r\n\r\n+2D0-")
@example(b"Content-Type: text/html\r\n\r\n&#xD800;<td")
def test_any_bytes_give_contents(raw: bytes) -> None:
    check_is_storable(opened(raw))


@given(st.sampled_from(MAILS), st.integers(min_value=0, max_value=2**32))
def test_a_mutated_mail_gives_contents(case: MailCase, seed: int) -> None:
    chance = random.Random(seed)
    raw = bytearray(case.raw)
    for _ in range(chance.randint(1, 12)):
        at = chance.randrange(len(raw) + 1)
        action = chance.random()
        if action < 0.3 and at < len(raw):
            raw[at] = chance.randrange(256)
        elif action < 0.5:
            del raw[at : at + chance.randint(1, 60)]
        elif action < 0.7:
            start = chance.randrange(len(raw) + 1)
            raw[at:at] = raw[start : start + chance.randint(1, 80)]
        else:
            raw[at:at] = chance.choice(PIECES)
    check_is_storable(opened(bytes(raw)))
