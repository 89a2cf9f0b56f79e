"""A large mail is opened by a process of its own, and nobody waits for it."""

import asyncio
import base64
import random
from collections.abc import Callable

import pytest

from app.channels.email import message
from app.channels.email.child_process import ChildFailed, ChildLimits, ChildProcess
from app.channels.email.message import EmailChannel
from app.channels.email.opened_json import opened_from_json, opened_to_json
from app.channels.email.opening import open_mail
from app.domain.comment_form import Contents
from app.domain.envelope import Channel, Envelope, Part
from app.domain.text import MAX_OPINION_CHARACTERS
from tests.unit.email.mails import MAILS, NAME, MailCase, mail
from tests.unit.email.test_message import RECEIVED

HEADERS = b"Subject: x\r\nFrom: hanako@example.jp\r\nMessage-ID: <big@example.jp>\r\n"
LARGE = 30_000_000
FORM = f"氏名：{NAME}\r\n意見：\r\n".encode()


def one_line() -> bytes:
    return (HEADERS + b"\r\n").ljust(LARGE, b"x")


def large_attachment() -> bytes:
    encoded = base64.encodebytes(random.Random(1).randbytes(LARGE * 3 // 4))
    return (
        HEADERS
        + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
        + b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
        + FORM
        + "賛成です。".encode()
        + b"\r\n--b\r\nContent-Type: application/octet-stream; name=plan.bin\r\n"
        + b"Content-Transfer-Encoding: base64\r\n\r\n"
        + encoded
        + b"--b--\r\n"
    )


def envelope(raw: bytes) -> Envelope:
    part = Part(filename=None, media_type="message/rfc822", data=raw)
    return Envelope(
        channel=Channel.EMAIL, received_at=RECEIVED, source="section/INBOX", parts=(part,)
    )


def codes(contents: Contents) -> set[str]:
    assert contents.form is not None
    return {each.code for each in (*contents.findings, *contents.form.findings)}


async def read_beside_other_work(raw: bytes) -> tuple[Contents, int]:
    """Read a mail in a thread; count what the loop answers meanwhile."""
    answered = 0
    reading = asyncio.create_task(asyncio.to_thread(EmailChannel().open, envelope(raw)))
    while not reading.done():
        await asyncio.sleep(0.001)
        answered += 1
    return await reading, answered


@pytest.mark.parametrize("make", [one_line, large_attachment])
def test_others_are_answered_while_a_large_mail_is_read(
    make: Callable[[], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    def here(*_: object, **__: object) -> Contents:
        raise AssertionError("a large mail is opened inside the service")

    monkeypatch.setattr(message, "open_mail", here)
    contents, answered = asyncio.run(read_beside_other_work(make()))
    assert contents.form is not None
    assert contents.form.submitter.email == "hanako@example.jp"
    assert answered > 10


def test_a_large_attachment_comes_back_whole() -> None:
    contents = EmailChannel().open(envelope(large_attachment()))
    assert contents.form is not None
    assert (contents.form.submitter.name, contents.form.opinion) == (NAME, "賛成です。")
    (kept,) = contents.attachments
    assert kept.data == random.Random(1).randbytes(LARGE * 3 // 4)


def test_an_opinion_beyond_the_limit_is_cut_and_said() -> None:
    raw = mail(FORM + "意見です。\r\n".encode() * 60_000)
    contents = EmailChannel().open(envelope(raw))
    assert contents.form is not None
    assert len(contents.form.opinion) == MAX_OPINION_CHARACTERS
    assert "opinion_too_long" in codes(contents)


def test_text_without_line_ends_is_cut_between_characters() -> None:
    headers = HEADERS + b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
    for lead in (b"", b"x", b"xx"):
        opened = open_mail(
            headers + lead + "意見".encode() * 500_000,
            own_addresses=frozenset(),
            received_at=RECEIVED,
        )
        assert codes(opened.contents) == {"opinion_too_long"}


def test_a_mail_beyond_the_limit_is_left_to_a_person() -> None:
    channel = EmailChannel(max_bytes=1_000_000)
    contents = channel.open(envelope(one_line()))
    assert codes(contents) == {"file_too_large"}
    assert contents.subject == "x"
    assert contents.reply is not None
    assert (contents.reply.address, contents.reply.message_id) == (
        "hanako@example.jp",
        "<big@example.jp>",
    )


@pytest.mark.parametrize(
    "limits",
    [ChildLimits(memory_bytes=64 * 1024**2), ChildLimits(seconds=0.0)],
    ids=["memory", "time"],
)
def test_a_mail_whose_process_ends_is_left_to_a_person(limits: ChildLimits) -> None:
    contents = EmailChannel(limits=limits).open(envelope(one_line()))
    assert codes(contents) == {"reading_failed"}
    assert contents.form is not None
    assert contents.form.submitter.email == "hanako@example.jp"


def test_a_process_that_ended_starts_again_with_the_next_question() -> None:
    question: dict[str, object] = {"own_addresses": [], "received_at": RECEIVED.isoformat()}
    with ChildProcess("app.channels.email.mail_child", ChildLimits()) as child:
        with pytest.raises(ChildFailed):
            child.ask({}, [])
        answer, tails = child.ask(question, [mail("意見：賛成です。".encode())])
    assert opened_from_json(answer, tails).contents.form is not None


@pytest.mark.parametrize("case", MAILS, ids=lambda case: case.name)
def test_contents_cross_between_processes_unchanged(case: MailCase) -> None:
    opened = open_mail(case.raw, own_addresses=frozenset(), received_at=RECEIVED)
    assert opened_from_json(*opened_to_json(opened)) == opened
