"""What attachments say, whatever they are, and what is said of those that cannot be read."""

import functools
from collections.abc import Callable

import pytest

from app.channels.email.child_process import ChildLimits
from app.channels.email.files import archive
from app.channels.email.files.found import FileClosed, Found, InnerFile
from app.channels.email.files.opening import open_file
from app.channels.email.message import EmailChannel
from app.domain.comment_form import CommentForm, Contents
from tests.unit.email.attached import (
    compound,
    doc,
    docx,
    eml,
    locked,
    mail_with,
    msg,
    odt,
    pdf,
    rtf,
    winmail,
    xls,
    xlsx,
    zipped,
    zipped_in_cp932,
)
from tests.unit.email.mails import ADDRESS, BODY, MEASURE, NAME
from tests.unit.email.test_large_mail import envelope

NOTE = "市民課 御中\n\nお世話になっております。\n意見書を添付しますので、よろしくお願いします。\n\n旭川 花子"
OPINION = "説明会を、平日の夜にも開いてください。"
FORM = f"住所：{ADDRESS}\n氏名：{NAME}\n区分：1\n案の名称：{MEASURE}\n意見：\n{OPINION}"
ROWS = [
    ("住所", ADDRESS),
    ("氏名", NAME),
    ("区分", "1"),
    ("案の名称", MEASURE),
    ("意見", OPINION),
]
FILES: dict[str, Callable[[], bytes]] = {
    "意見書.docx": lambda: docx(ROWS),
    "意見書.odt": lambda: odt(FORM),
    "意見書.xlsx": lambda: xlsx([[None, *row] for row in ROWS], hidden="氏名：裏"),
    "意見書.xls": lambda: xls(ROWS),
    "意見書.rtf": lambda: rtf(FORM),
    "意見書.doc": lambda: doc(FORM),
    "意見書.pdf": lambda: pdf(FORM),
    "意見書.txt": functools.partial(FORM.encode, "cp932"),
    "意見書.html": f"<meta charset=utf-8><pre>{FORM}</pre>".encode,
    "意見書.zip": lambda: zipped({"旭川/意見書.docx": docx(ROWS)}),
    "転送.eml": lambda: eml("taro@example.jp", FORM),
    "意見書.msg": lambda: msg(FORM, {}),
    "winmail.dat": lambda: winmail("", {"意見書.docx": docx(ROWS)}),
}


def opened(raw: bytes) -> tuple[Contents, CommentForm]:
    contents = EmailChannel().open(envelope(raw))
    assert contents.form is not None
    return contents, contents.form


def codes(contents: Contents) -> list[str]:
    assert contents.form is not None
    return [each.code for each in (*contents.findings, *contents.form.findings)]


def found(name: str, data: bytes) -> Found:
    return open_file(InnerFile(filename=name, data=data))


@pytest.mark.parametrize("name", FILES)
def test_a_form_that_is_attached_is_read(name: str) -> None:
    contents, form = opened(mail_with(NOTE, {name: FILES[name]()}))
    submitter = form.submitter
    assert (submitter.name, submitter.address, submitter.category.code) == (NAME, ADDRESS, "1")
    assert (form.measure_written, form.opinion) == (MEASURE, OPINION)
    handed_on = ["forwarded_mail"] if name.endswith((".eml", ".msg")) else []
    assert codes(contents) == ["attachment_joined", *handed_on]
    assert not form.by_ocr
    assert contents.attachments[0].filename == name


def test_what_a_mail_leaves_out_is_taken_from_the_attachment() -> None:
    body = f"案の名称：{MEASURE}\n意見：\n{OPINION}"
    contents, form = opened(mail_with(body, {"提出者.docx": docx(ROWS[:3])}))
    assert (form.submitter.name, form.submitter.address) == (NAME, ADDRESS)
    assert (form.measure_written, form.opinion) == (MEASURE, OPINION)
    assert codes(contents) == ["attachment_joined"]


def test_what_differs_is_left_to_a_person_and_the_mail_stays() -> None:
    other = FORM.replace(NAME, "見本 太郎").replace(OPINION, "反対です。")
    contents, form = opened(mail_with(BODY, {"意見書.odt": odt(other)}))
    assert form.submitter.name == NAME
    said = [each for each in form.findings if each.code == "attachment_contradicts"]
    assert [each.field for each in said] == ["/submitter/name", "/opinion"]
    assert {each.data["filename"] for each in said} == {"意見書.odt"}
    assert "attachment_joined" not in codes(contents)


def test_the_same_form_in_mail_and_attachment_says_nothing_new() -> None:
    contents, form = opened(mail_with(FORM, {"意見書.odt": odt(FORM)}))
    assert form.opinion == OPINION
    assert codes(contents) == []


def test_a_plain_text_attached_to_a_note_is_the_opinion_to_be_confirmed() -> None:
    contents, form = opened(mail_with(NOTE, {"意見.txt": OPINION.encode()}))
    assert form.opinion == OPINION
    assert codes(contents) == ["low_confidence", "attachment_joined"]


def test_a_paper_beside_an_opinion_is_shown_and_not_mixed_in() -> None:
    contents, form = opened(mail_with(BODY, {"資料.odt": odt("統計の資料です。")}))
    assert "統計" not in form.opinion
    assert codes(contents) == ["attachment_not_joined"]


def test_a_mail_that_says_something_is_no_note() -> None:
    contents, form = opened(mail_with("添付のとおりですが、私は反対です。", {"a.odt": odt(FORM)}))
    assert form.opinion == "添付のとおりですが、私は反対です。"
    assert "attachment_contradicts" in codes(contents)


def test_the_address_inside_a_forwarded_mail_is_the_citizen_s() -> None:
    _, form = opened(mail_with("転送します。", {"転送.eml": eml("taro@example.jp", FORM)}))
    assert form.submitter.email == "taro@example.jp"


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("意見書.zip", lambda: locked(zipped({"a.docx": docx(ROWS)}))),
        ("意見書.docx", lambda: compound({"EncryptedPackage": b"x", "EncryptionInfo": b"x"})),
        ("意見書.doc", lambda: doc(FORM, encrypted=True)),
        ("意見書.xls", lambda: xls(ROWS, encrypted=True)),
        ("意見書.pdf", lambda: pdf(FORM, password="himitsu")),
    ],
)
def test_a_file_with_a_password_is_kept_and_said(name: str, make: Callable[[], bytes]) -> None:
    data = make()
    contents, form = opened(mail_with(NOTE, {name: data}))
    assert codes(contents) == ["attachment_encrypted"]
    assert contents.findings[0].data == {"filename": name}
    assert contents.attachments[0].data == data
    assert form.submitter.email == "hanako@example.jp"


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("意見書.jtd", compound({"DocumentText": b"\x00"}), "attachment_ichitaro"),
        ("意見書.jtdc", compound({"JSCompDocument": b"\x26"}), "attachment_ichitaro"),
        ("意見書.jtd", compound({"DocumentText": b"SsmgV.01" + bytes(90)}), "attachment_ichitaro"),
        ("意見書.pptx", zipped({"[Content_Types].xml": b"<Types/>"}), "attachment_unread"),
        ("意見書.lzh", b"\x00\x00-lh5-", "attachment_unread"),
        ("意見書.pdf", b"%PDF-1.4 invented", "file_unreadable"),
        ("意見書.docx", b"PK\x03\x04 broken", "file_unreadable"),
        ("意見書.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 broken", "file_unreadable"),
        ("winmail.dat", b"\x78\x9f\x3e\x22\x01", "file_unreadable"),
    ],
)
def test_a_file_that_cannot_be_read_is_kept_and_said(name: str, data: bytes, code: str) -> None:
    contents, form = opened(mail_with(BODY, {name: data}))
    assert codes(contents) == [code]
    assert contents.attachments[0].data == data
    assert form.submitter.name == NAME


@pytest.mark.parametrize(
    "data",
    [b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"II*\x00", b"\x00\x00\x00\x18ftypheic"],
    ids=["JPEG", "PNG", "TIFF", "HEIC"],
)
def test_a_picture_goes_to_recognition(data: bytes) -> None:
    contents, _ = opened(mail_with(NOTE, {"写真": data}))
    assert [part.data for part in contents.images] == [data]
    assert codes(contents) == []


def test_a_pdf_without_text_goes_to_recognition() -> None:
    contents, _ = opened(mail_with(NOTE, {"scan.pdf": pdf("")}))
    assert [part.filename for part in contents.images] == ["scan.pdf"]


def test_a_pdf_form_filled_by_hand_goes_to_recognition() -> None:
    printed = f"住所：\n氏名：\n案の名称：{MEASURE}\n意見：\n"
    contents, form = opened(mail_with(NOTE, {"form.pdf": pdf(printed)}))
    assert [part.filename for part in contents.images] == ["form.pdf"]
    assert form.measure_written is None


def test_a_japanese_name_in_an_archive_is_read_as_it_was_written() -> None:
    packed = zipped_in_cp932("意見表示.txt", FORM.encode("cp932"))
    contents, form = opened(mail_with(NOTE, {"意見.zip": packed}))
    assert form.submitter.name == NAME
    assert [part.filename for part in contents.attachments] == ["意見.zip", "意見表示.txt"]
    assert contents.attachments[1].data == FORM.encode("cp932")


def test_pictures_in_an_archive_go_to_recognition() -> None:
    packed = zipped({"1.jpg": b"\xff\xd8\xff\xe0", "__MACOSX/._1.jpg": b"x", ".DS_Store": b"x"})
    contents, _ = opened(mail_with(NOTE, {"写真.zip": packed}))
    assert [part.filename for part in contents.images] == ["1.jpg"]
    assert [part.filename for part in contents.attachments] == ["写真.zip", "1.jpg"]


@pytest.mark.parametrize("name", ["../../etc/cron.d/a.txt", "/a.txt", "C:\\a.txt", "..\\a.txt"])
def test_a_name_that_climbs_is_cut_and_said(name: str) -> None:
    contents, _ = opened(mail_with(BODY, {"a.zip": zipped({name: FORM.encode()})}))
    assert "attachment_suspicious" in codes(contents)
    assert contents.attachments[1].filename == "a.txt"


def test_an_archive_in_an_archive_is_opened_so_far_and_no_further() -> None:
    packed = zipped({"意見書.txt": FORM.encode()})
    for depth in range(3):
        contents, _ = opened(mail_with(NOTE, {"a.zip": packed}))
        assert ("attachment_limit" in codes(contents)) is (depth > 2)
        packed = zipped({f"{depth}.zip": packed})
    contents, _ = opened(mail_with(NOTE, {"a.zip": packed}))
    assert codes(contents) == ["attachment_limit"]


def test_a_bomb_is_not_unpacked() -> None:
    contents, _ = opened(mail_with(BODY, {"a.zip": zipped({"0.txt": b"0" * 30_000_000})}))
    assert codes(contents) == ["attachment_limit"]
    assert len(contents.attachments) == 1


def test_a_member_that_lies_about_its_size_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = bytearray(zipped({"a.txt": b"a" * 3_000_000}))
    at = packed.find(b"PK\x01\x02")
    packed[at + 24 : at + 28] = (10).to_bytes(4, "little")
    monkeypatch.setattr(archive, "MAX_BYTES", 1_000)
    assert found("a.zip", bytes(packed)).inner in (
        (),
        (InnerFile(filename="a.txt", data=b"a" * 10),),
    )


def test_many_members_are_opened_so_far() -> None:
    packed = zipped({f"{n}.bin": b"x" for n in range(archive.MAX_MEMBERS + 1)})
    inside = found("a.zip", packed)
    assert len(inside.inner) == archive.MAX_MEMBERS
    assert inside.findings == ("attachment_limit",)


def test_a_document_with_entities_is_not_read() -> None:
    bomb = b'<!DOCTYPE a [<!ENTITY x "xxxxxxxx">]><a>&x;</a>'
    with pytest.raises(FileClosed, match="file_unreadable"):
        found("a.docx", zipped({"word/document.xml": bomb}))


def test_files_inside_an_outlook_mail_are_opened() -> None:
    inside = found("a.msg", msg("よろしくお願いします。", {"意見書.docx": docx(ROWS)}))
    assert [each.filename for each in inside.inner] == ["意見書.docx"]
    assert inside.sender == "taro@example.jp"
    assert OPINION in found("意見書.docx", inside.inner[0].data).text


def test_files_inside_winmail_dat_keep_their_japanese_names() -> None:
    inside = found("winmail.dat", winmail("意見です。", {"意見表.docx": docx(ROWS)}))
    assert inside.text == "意見です。"
    assert [each.filename for each in inside.inner] == ["意見表.docx"]


def test_a_file_that_ends_its_process_disturbs_no_other() -> None:
    limits = ChildLimits(seconds=0.0)
    raw = mail_with(BODY, {"a.odt": odt(FORM), "b.odt": odt(FORM)})
    contents = EmailChannel(limits=limits).open(envelope(raw))
    assert codes(contents) == ["attachment_unread", "attachment_unread"]
    assert contents.form is not None
    assert contents.form.submitter.name == NAME


def test_a_file_type_is_told_by_its_bytes() -> None:
    with pytest.raises(FileClosed, match="attachment_unread"):
        found("a.bin", FORM.encode())
    assert found("a.bin", docx(ROWS)).text.startswith(f"住所\t{ADDRESS}")
