"""Office machines that mail what they took in, known by the rules of their mailbox."""

from datetime import UTC, datetime

import pytest

from app.channels.email.headers import Headers, read_headers
from app.channels.email.machine_mail import MachineMail
from app.channels.email.machines import (
    ByMachine,
    MachineRule,
    announced_pages,
    by_machine,
    caller_facts,
    recognised,
)
from app.channels.email.message import EmailChannel
from app.channels.fax import FaxChannel
from app.domain.envelope import Channel, Delivery, Envelope
from tests.builders import an_envelope
from tests.unit.email.attached import mail_with

FAX = MachineRule(name="市民課の複合機", channel=Channel.FAX, sender="fax-*@city.example.jp")
SCAN = MachineRule(
    name="文書係",
    channel=Channel.MAIL,
    delivery=Delivery.POST,
    recipient="scan@city.example.jp",
    headers={"x-mailer": "*Scanner*"},
)
MACHINES = EmailChannel(own_addresses=frozenset({"koho@example.jp"}))


def headers(text: str) -> Headers:
    return read_headers(text.replace("\n", "\r\n").encode() + b"\r\n\r\n")


def from_machine(body: str, files: dict[str, bytes], extra: str = "") -> bytes:
    return (
        b"From: =?utf-8?B?6KSH5ZCI5qmf?= <FAX-1@city.example.jp>\r\nTo: koho@example.jp\r\n"
        b"Subject: FAX from 0166-00-0000 CSID:HOKUSEI (2 pages)\r\n"
        + extra.encode()
        + b"\r\n".join(
            line
            for line in mail_with(body, files).split(b"\r\n")
            if not line.startswith((b"From:", b"To:", b"Subject:"))
        )
    )


def machine_envelope(raw: bytes) -> Envelope:
    said = recognised(read_headers(raw), (SCAN, FAX))
    assert said is not None
    return by_machine(an_envelope(raw), read_headers(raw), said)


def test_every_condition_of_a_rule_must_hold() -> None:
    whole = headers(
        "From: a@example.jp\nDelivered-To: SCAN@city.example.jp\nX-Mailer: My Scanner 2"
    )
    assert recognised(whole, (FAX, SCAN)) == ByMachine(
        machine="文書係",
        channel=Channel.MAIL,
        delivery=Delivery.POST,
        evidence=("delivered-to", "x-mailer"),
    )
    assert recognised(headers("To: scan@city.example.jp\nX-Mailer: Other"), (FAX, SCAN)) is None
    assert recognised(headers("X-Mailer: My Scanner"), (FAX, SCAN)) is None


@pytest.mark.parametrize(
    "senders",
    [
        "someone@example.jp",
        "fax-1@city.example.jp.example.com",
        "fax-1@city.example.jp, hanako@example.jp",
        "",
    ],
)
def test_a_citizen_is_no_machine(senders: str) -> None:
    assert recognised(headers(f"From: {senders}\nTo: koho@example.jp"), (FAX,)) is None


@pytest.mark.parametrize(
    ("subject", "facts"),
    [
        ("FAX from 0166-00-0000", {"caller_number": "0166-00-0000"}),
        ("受信 ０１６６０００００００ 様", {"caller_number": "01660000000"}),
        (
            "+81 166 00 0000 CSID: HOKUSEI",
            {"caller_number": "+81 166 00 0000", "station_id": "HOKUSEI"},
        ),
        ("発信元名：北星太郎、3枚", {"station_id": "北星太郎"}),
        ("0166-00-0000 to 0166-11-1111", {}),
        ("scan 20150515235958", {}),
        ("", {}),
    ],
)
def test_the_caller_is_taken_where_one_can_be_told(subject: str, facts: dict[str, str]) -> None:
    assert caller_facts(subject) == facts


@pytest.mark.parametrize(
    ("subject", "pages"),
    [
        ("FAX 2 pages", 2),
        ("受信 ３枚", 3),
        ("ページ数：12", 12),
        ("Page: 1 of 3 pages", None),
        ("0 pages", None),
        ("no number", None),
    ],
)
def test_pages_are_announced_where_one_number_is_stated(subject: str, pages: int | None) -> None:
    assert announced_pages(subject) == pages


def test_a_machines_mail_is_a_fax_with_its_mail_as_original() -> None:
    raw = from_machine("本機は返信を受け付けません。", {"fax.tif": b"II*\x00page"})
    envelope = machine_envelope(raw)
    assert envelope.channel is Channel.FAX
    assert [part.data for part in envelope.parts] == [raw]
    assert envelope.announced == 2
    assert envelope.facts["caller_number"] == "0166-00-0000"
    assert envelope.facts["station_id"] == "HOKUSEI"
    contents = MachineMail(FaxChannel(), MACHINES).open(envelope)
    assert [part.data for part in contents.images] == [b"II*\x00page"]
    assert contents.form is None
    assert contents.reply is None
    found = {each.code: each.data for each in contents.findings}
    assert found["machine_mail"]["machine"] == "市民課の複合機"
    assert "FAX-1@city.example.jp" in found["machine_mail"]["evidence"]
    assert found["machine_mail_text"]["text"] == "本機は返信を受け付けません。"


def test_an_automatic_mail_of_a_machine_is_read_all_the_same() -> None:
    raw = from_machine("", {"fax.tif": b"II*\x00page"}, "Auto-Submitted: auto-generated\r\n")
    contents = MachineMail(FaxChannel(), MACHINES).open(machine_envelope(raw))
    assert contents.ignored is None
    assert len(contents.images) == 1


def test_labelled_text_in_it_is_kept_beside_the_pages() -> None:
    raw = from_machine("氏名：北野 花子\n意見：反対です。", {"fax.tif": b"II*\x00page"})
    contents = MachineMail(FaxChannel(), MACHINES).open(machine_envelope(raw))
    assert contents.form is not None
    assert contents.form.submitter.name == "北野 花子"
    assert contents.form.submitter.email is None


def test_a_machines_mail_without_pages_is_shown_to_a_person() -> None:
    contents = MachineMail(FaxChannel(), MACHINES).open(
        machine_envelope(from_machine("用紙がありません。", {}))
    )
    assert contents.form is not None
    assert contents.form.opinion.strip() == "用紙がありません。"
    assert contents.form.submitter.email is None
    assert contents.reply is None
    assert "machine_without_pages" in [each.code for each in contents.findings]


@pytest.mark.parametrize("raw", [b"", b"\x00\xff", b"From: fax-1@city.example.jp", b"\r\n\r\n"])
def test_any_bytes_give_contents(raw: bytes) -> None:
    said = ByMachine(machine="m", channel=Channel.FAX, delivery=None, evidence=("from", "no such"))
    envelope = by_machine(an_envelope(raw), read_headers(raw), said)
    assert MachineMail(FaxChannel(), MACHINES).open(envelope).findings


def test_a_fax_that_was_posted_is_opened_as_before() -> None:
    envelope = an_envelope(
        b"II*", channel=Channel.FAX, received_at=datetime(2015, 5, 1, tzinfo=UTC)
    )
    assert MachineMail(FaxChannel(), MACHINES).open(envelope).images == envelope.parts
