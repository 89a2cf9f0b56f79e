"""Mails other projects' tests were written for: each is read, whole, and as its source says."""

import pytest

from app.channels.email.body import Body, read_body
from app.channels.email.decoding import decode
from app.channels.email.delivery_report import read_report
from app.channels.email.mime import MimePart, read_mime
from app.channels.email.opening import open_mail
from tests.corpus.mails import CORPUS, CorpusMail, digest, digest_of_bytes, fingerprint
from tests.unit.email.test_message import RECEIVED, check_is_storable, opened

ONE_IN = 40
"""So few are read with all their files in `make test`: each file is opened in its own process."""


def name_of(mail: CorpusMail) -> str:
    return f"{mail.package}:{mail.path.rpartition('/')[2]}"


def read(mail: CorpusMail) -> tuple[MimePart, Body]:
    root = read_mime(mail.raw)
    return root, read_body(root)


def texts_of(root: MimePart, media_type: str) -> list[str]:
    return [
        text
        for part in root.walk()
        if not part.children
        and part.media_type == media_type
        and part.disposition != "attachment"
        and (text := decode(part.data(), part.charset).text)
    ]


def test_there_are_enough_of_them_from_many_hands() -> None:
    assert len({mail.sha256 for mail in CORPUS}) == len(CORPUS) >= 400
    assert len({mail.package for mail in CORPUS}) >= 15
    stated = [mail.stated for mail in CORPUS if mail.stated is not None]
    assert len(stated) >= 80
    assert sum(bool(said.subject or said.text or said.plain or said.html) for said in stated) >= 60
    assert sum(mail.subject is not None and mail.text is not None for mail in CORPUS) >= 300


@pytest.mark.parametrize("mail", CORPUS, ids=name_of)
def test_every_part_and_every_byte_has_its_place(mail: CorpusMail) -> None:
    root, body = read(mail)
    leaves = [part for part in root.walk() if not part.children]
    assert root.source == mail.raw
    assert 0 <= root.start <= root.end == len(mail.raw)
    for part in root.walk():
        at = part.start
        for child in part.children:
            # Between parts there is their boundary and their headers, nothing else.
            between = mail.raw[at : child.start]
            assert at <= child.start <= child.end <= part.end
            assert b"--" in between
            at = child.end
    kept = {id(part) for part in body.attachments}
    for leaf in leaves:
        text = leaf.media_type in ("text/plain", "text/html")
        assert text or id(leaf) in kept
    contents = open_mail(mail.raw, own_addresses=frozenset(), received_at=RECEIVED).contents
    check_is_storable(contents)
    assert [part.data for part in contents.attachments] == [
        part.data() for part in body.attachments
    ]


@pytest.mark.parametrize("mail", CORPUS, ids=name_of)
def test_subject_text_and_files_read_as_they_are_known_to(mail: CorpusMail) -> None:
    root, body = read(mail)
    if mail.subject is not None:
        subject = root.headers.text("subject")
        assert subject is not None
        assert digest(subject.text) == mail.subject
    if mail.text is not None:
        assert digest(body.text.text) == mail.text
    assert set(mail.files) <= {digest_of_bytes(part.data()) for part in root.walk()}


@pytest.mark.parametrize("mail", [mail for mail in CORPUS if mail.stated is not None], ids=name_of)
def test_a_mail_says_what_its_source_states(mail: CorpusMail) -> None:
    root, body = read(mail)
    stated = mail.stated
    assert stated is not None
    if stated.subject is not None:
        subject = root.headers.text("subject")
        assert subject is not None
        assert subject.text == stated.subject
    if stated.text is not None:
        assert stated.text in " ".join(body.text.text.split())
    names = {part.filename.text for part in body.attachments if part.filename is not None}
    assert set(stated.names) <= names
    if stated.recipients is not None:
        report = read_report(root)
        told = set() if report is None else {digest(each) for each in report.recipients}
        assert set(stated.recipients) <= told
        assert bool(told) is bool(stated.recipients)  # a delay names nobody
    if stated.plain is not None:
        assert fingerprint(texts_of(root, "text/plain")) == stated.plain
    if stated.html is not None:
        assert fingerprint(texts_of(root, "text/html")) == stated.html


@pytest.mark.soak
def test_every_mail_is_opened_with_all_that_is_attached(soak: bool) -> None:
    for mail in CORPUS if soak else CORPUS[::ONE_IN]:
        check_is_storable(opened(mail.raw))
