"""Files with a password, opened with words of the writer's mails; documents of 一太郎."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from app.channels.email.message import EmailChannel
from app.domain.comment_form import CommentForm, Contents
from tests.unit.email.attached import (
    docx,
    jtd,
    locked_office,
    mail_with,
    pdf,
    whole_docx,
    xlsx,
    zipped,
    zipped_with_old_cipher,
    zipped_with_password,
)
from tests.unit.email.mails import ADDRESS, MEASURE, NAME
from tests.unit.email.test_attachments import FORM, NOTE, OPINION, ROWS
from tests.unit.email.test_large_mail import envelope

SECRET = "Kita-2026!"
SAID = f"パスワード：{SECRET}"
LOCKED: dict[str, Callable[[], bytes]] = {
    "意見書.pdf": lambda: pdf(FORM, password=SECRET),
    "意見書.docx": lambda: locked_office(whole_docx(ROWS), SECRET),
    "意見書.xlsx": lambda: locked_office(xlsx(ROWS), SECRET),
    "aes.zip": lambda: zipped_with_password({"意見書.docx": docx(ROWS)}, SECRET.encode()),
    "old.zip": lambda: zipped_with_old_cipher("form.txt", FORM.encode(), SECRET.encode()),
}


def opened(raw: bytes, *passwords: str, confirmed: bool = False) -> tuple[Contents, CommentForm]:
    whole = replace(envelope(raw), passwords=passwords, opened_confirmed=confirmed)
    contents = EmailChannel().open(whole)
    assert contents.form is not None
    return contents, contents.form


def codes(contents: Contents) -> list[str]:
    return [each.code for each in contents.findings]


@pytest.mark.parametrize("name", LOCKED)
def test_what_a_password_opens_is_kept_and_shown_but_not_taken_over(name: str) -> None:
    data = LOCKED[name]()
    contents, form = opened(mail_with(f"{NOTE}\n{SAID}", {name: data}))
    assert codes(contents) == ["attachment_opened"]
    assert contents.findings[0].data == {"filename": name}
    assert contents.attachments[0].data == data
    assert len(contents.attachments) == 2
    assert form.submitter.name is None
    assert OPINION not in form.opinion
    assert contents.several == ()


@pytest.mark.parametrize("name", LOCKED)
def test_what_a_person_confirmed_is_read_like_any_attachment(name: str) -> None:
    contents, form = opened(mail_with(NOTE, {name: LOCKED[name]()}), SECRET, confirmed=True)
    assert (form.submitter.name, form.submitter.address) == (NAME, ADDRESS)
    assert form.measure_written == MEASURE
    assert form.opinion == OPINION
    assert codes(contents) == []
    assert [each.code for each in form.findings] == ["attachment_joined"]


@pytest.mark.parametrize("name", LOCKED)
def test_a_password_that_does_not_fit_leaves_it_locked(name: str) -> None:
    contents, form = opened(
        mail_with(f"{NOTE}\nパスワード：Higashi-1", {name: LOCKED[name]()}), "x" * 9
    )
    assert codes(contents) == ["attachment_encrypted"]
    assert len(contents.attachments) == 1
    assert form.submitter.name is None


def test_the_password_stands_in_nothing_that_is_shown_or_logged() -> None:
    raw = mail_with(f"{NOTE}\n{SAID}", {"意見書.pdf": LOCKED["意見書.pdf"]()})
    contents, _ = opened(raw)
    assert SECRET in contents.passwords
    assert SECRET not in repr(replace(contents, form=None, attachments=()))
    assert SECRET not in repr(replace(envelope(b""), passwords=(SECRET,)))


def test_pictures_behind_a_password_wait_for_a_person_too() -> None:
    scan = zipped_with_password({"紙.png": b"\x89PNG\r\n\x1a\n invented"}, SECRET.encode())
    contents, _ = opened(mail_with(NOTE, {"紙.zip": scan}), SECRET)
    assert contents.images == ()
    contents, _ = opened(mail_with(NOTE, {"紙.zip": scan}), SECRET, confirmed=True)
    assert [each.filename for each in contents.images] == ["紙.png"]


def test_a_locked_archive_inside_another_is_opened_as_well() -> None:
    inner = zipped_with_password({"意見書.docx": docx(ROWS)}, SECRET.encode())
    raw = mail_with(NOTE, {"外.zip": zipped({"内.zip": inner})})
    contents, form = opened(raw, SECRET)
    assert codes(contents) == ["attachment_opened"]
    assert form.submitter.name is None
    _, form = opened(raw, SECRET, confirmed=True)
    assert form.submitter.name == NAME


def test_a_password_of_other_letters_opens_what_windows_packed() -> None:
    packed = zipped_with_password({"意見書.docx": docx(ROWS)}, "ひみつ123".encode("cp932"))
    contents, _ = opened(mail_with(f"{NOTE}\nパスワードは「ひみつ123」です。", {"a.zip": packed}))
    assert codes(contents) == ["attachment_opened"]


def test_the_text_of_an_ichitaro_file_is_taken_without_layout_and_said() -> None:
    data = jtd(FORM.replace("\n", "\r\n"), {"説明会": "せつめいかい", "平日": "へいじつ"})
    contents, form = opened(mail_with(NOTE, {"意見書.jtd": data}))
    assert codes(contents) == ["attachment_text_only"]
    assert form.opinion == OPINION
    assert form.submitter.name == NAME
    assert contents.attachments[0].data == data
