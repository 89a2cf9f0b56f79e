"""The structure of mails that broke on their way, piece by piece."""

import binascii

import pytest

from app.channels.email.body import read_body
from app.channels.email.delivery_report import read_report
from app.channels.email.mime import read_mime


def texts(raw: bytes) -> list[tuple[str, str]]:
    return [
        (part.media_type, part.data().decode())
        for part in read_mime(raw).walk()
        if not part.children
    ]


def text(raw: bytes) -> str:
    return read_body(read_mime(raw)).text.text


def subject(raw: bytes) -> str:
    found = read_mime(raw).headers.text("subject")
    assert found is not None
    return found.text


def test_a_body_that_no_blank_line_parts_from_its_headers_is_found() -> None:
    raw = (
        "From: a@example.jp\r\nSubject: 意見\r\n説明会を開いてください。\r\nお願いします。".encode()
    )
    assert (subject(raw), text(raw)) == ("意見", "説明会を開いてください。\nお願いします。")


def test_a_subject_broken_by_a_relay_keeps_its_second_line() -> None:
    raw = "From: a@example.jp\r\nSubject: 説明会を\r\n開いてください\r\nTo: b@example.jp\r\n\r\n本文".encode()
    assert (subject(raw), text(raw)) == ("説明会を開いてください", "本文")


def test_a_first_part_right_below_the_headers_is_found() -> None:
    raw = (
        b"Content-Type: multipart/alternative; boundary=b\r\nMIME-Version: 1.0\r\n"
        b"--b\r\nContent-Type: text/plain\r\n\r\nplain\r\n"
        b"--b\r\nContent-Type: text/html\r\n\r\n<p>html\r\n--b--\r\n"
    )
    assert texts(raw) == [("text/plain", "plain"), ("text/html", "<p>html")]


def test_lines_of_a_mailbox_file_and_of_quoting_do_not_end_the_headers() -> None:
    raw = (
        b"From a Mon Jan  1 00:00:00 2026\r\nSubject: x\r\n>From a\r\nTo: b@example.jp\r\n\r\nbody"
    )
    assert (subject(raw), text(raw)) == ("x", "body")


@pytest.mark.parametrize("closing", [b"--other--\r\n", b""])
def test_a_boundary_other_than_declared_is_found_by_its_lines(closing: bytes) -> None:
    raw = (
        b'Content-Type: multipart/mixed; boundary="declared"\r\n\r\n'
        b"--other\r\nContent-Type: text/html\r\n\r\n<p>one\r\n" + closing
    )
    assert text(raw).strip() == "one"


def test_a_boundary_that_begins_with_dashes_is_found() -> None:
    raw = (
        b'Content-Type: multipart/mixed; boundary="declared"\r\n\r\n'
        b"----=_x\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\nb25l\r\n"
    )
    assert text(raw) == "one"


def test_a_named_text_is_the_text_of_a_mail_that_has_no_other() -> None:
    only = b'Content-Type: text/plain; name="iken.txt"\r\n\r\nopinion'
    assert text(only) == "opinion"
    attached = b'Content-Disposition: attachment; filename="iken.txt"\r\n' + only
    assert text(attached) == ""
    beside = (
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhello\r\n--b\r\n"
        + only
        + b"\r\n--b--\r\n"
    )
    assert text(beside) == "hello"


@pytest.mark.parametrize("filling", [b"", b"X", b"  "])
def test_filling_behind_a_uuencoded_line_costs_no_byte(filling: bytes) -> None:
    data = bytes(range(100))
    lines = [binascii.b2a_uu(data[at : at + 45]).rstrip(b"\n") for at in range(0, 100, 45)]
    raw = (
        b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: x-uuencode\r\n\r\n"
        b"begin 644 a.bin\r\n"
        + b"".join(line + filling + b"\r\n" for line in lines)
        + b"`\r\nend\r\n"
    )
    assert read_mime(raw).data() == data


def test_raw_bytes_of_a_subject_are_in_the_charset_of_the_body() -> None:
    raw = (
        b"Subject: "
        + "来信".encode("gbk")
        + b"\r\nContent-Type: text/plain; charset=gb2312\r\n\r\nx"
    )
    found = read_mime(raw).headers.text("subject")
    assert found is not None
    assert (found.text, found.repaired) == ("来信", True)


@pytest.mark.parametrize("action", ["failed", "failure", "error", "Failed (no such user)"])
@pytest.mark.parametrize("recipient", ["rfc822; a@example.jp", "<a@example.jp>"])
def test_a_failure_is_known_in_the_words_of_many_servers(action: str, recipient: str) -> None:
    raw = (
        "Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\n"
        "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.jp\r\n\r\n"
        f"Final-Recipient: {recipient}\r\nAction: {action}\r\nStatus: 5.1.1\r\n\r\n--b--\r\n"
    ).encode()
    report = read_report(read_mime(raw))
    assert report is not None
    assert report.recipients == ("a@example.jp",)
