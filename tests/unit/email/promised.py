"""Mails as people and programs write them, for each thing the channel promises to read.

Every name and address is invented. `PROMISES` says which mail stands for which promise; the mails of
`mails.py` stand for the decoding, these for what lies beyond it.
"""

import io

from PIL import Image

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
from tests.unit.email.mails import (
    ADDRESS,
    BODY,
    MAILS,
    MEASURE,
    NAME,
    OPINION,
    MailCase,
    crlf,
    mail,
    multipart,
    part,
    plain,
    subject_case,
    word,
)

OFFICE = "2026年5月1日(金) 10:00 市民課 <simin@example.jp>:"
QUOTE = f"{OFFICE}\n> ご意見を募集しています。\n> 市民課"
SIGNATURE = f"-- \n{NAME}\n〒070-0000 {ADDRESS}\nTEL 0166-00-0000"
RULED = f"━━━━━━━━━━━━━━\n旭川商事株式会社 総務部\n{NAME}\nTEL 0166-00-0000\n━━━━━━━━━━━━━━"
DISCLAIMER = (
    "このメールには機密情報が含まれている場合があります。\n"
    "誤って受信された場合は、お手数ですが破棄してください。"
)
HEADER = (
    f"差出人: {NAME} <citizen@example.jp>\n送信日時: 2026年5月1日 10:00\n"
    "宛先: 総務課 <soumu@example.jp>\n件名: 意見\n\n"
)
NOTE = "市民課 御中\n\n意見書を添付しますので、よろしくお願いします。\n\n旭川 花子"
ROWS = [("住所", ADDRESS), ("氏名", NAME), ("区分", "1"), ("案の名称", MEASURE), ("意見", OPINION)]
TOKEN = "HS-7A2B-90CD-1E4F"
OUTLOOK = (
    '<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style><!--p.MsoNormal'
    "{margin:0mm;}--></style><!--[if gte mso 9]><xml><o:shapedefaults/></xml><![endif]--></head>"
    "<body lang=JA><div class=WordSection1>"
    + "".join(
        f'<p class=MsoNormal><span style="font-family:&quot;游ゴシック&quot;">{line}<o:p></o:p></span></p>'
        for line in (
            f"住所：{ADDRESS}",
            f"氏名：{NAME}",
            "区分：1",
            f"案の名称：{MEASURE}",
            "意見：",
            "賛成です。",
            "&nbsp;",
            "　ただし、説明会を開いてください。",
        )
    )
    + "</div></body></html>"
)
IPHONE = (
    '<html><head><meta http-equiv="content-type" content="text/html; charset=utf-8"></head>'
    f'<body dir="auto">住所：{ADDRESS}<div>氏名：{NAME}</div><div>区分：1</div>'
    f"<div>案の名称：{MEASURE}</div><div>意見：</div><div>賛成です。</div><div><br></div>"
    '<div>　ただし、説明会を開いてください。<br><br><div dir="ltr">iPhoneから送信</div></div></body></html>'
)
GMAIL = (
    f'<div dir="ltr">住所：{ADDRESS}<br>氏名：{NAME}<br>区分：1<br>案の名称：{MEASURE}<br>意見：<br>'
    "賛成です。<br><br>　ただし、説明会を開いてください。</div><br>"
    f'<div class="gmail_quote"><div dir="ltr" class="gmail_attr">{OFFICE.replace("<", "&lt;")}<br></div>'
    '<blockquote class="gmail_quote" style="margin:0 0 0 .8ex">ご意見を募集しています。</blockquote></div>'
)


def picture(form: str) -> bytes:
    packed = io.BytesIO()
    Image.new("1", (64, 64), 1).save(packed, form)
    return packed.getvalue()


def attached(name: str, purpose: str, filename: str, data: bytes, **more: object) -> MailCase:
    """A note with the form attached: the record is the form's."""
    values: dict[str, object] = {"noted": ("attachment_joined",), "files": (filename,)}
    values.update(more)
    return MailCase(
        name=name,
        purpose=purpose,
        raw=mail_with(NOTE, {filename: data}),
        **values,  # type: ignore[arg-type]
    )


def beside(name: str, purpose: str, filename: str, data: bytes, *findings: str) -> MailCase:
    """A whole comment with a file beside it that cannot be read."""
    return MailCase(
        name=name,
        purpose=purpose,
        raw=mail_with(BODY, {filename: data}),
        findings=findings,
        files=(filename,),
    )


def forward(name: str, purpose: str, text: str, **more: object) -> MailCase:
    values: dict[str, object] = {
        "email": "citizen@example.jp",
        "subject": "FW: 意見",
        "noted": ("forwarded_mail",),
    }
    values.update(more)
    return MailCase(
        name=name,
        purpose=purpose,
        raw=mail(crlf(text).encode(), extra="Subject: FW: 意見\r\n".encode()),
        **values,  # type: ignore[arg-type]
    )


def marked(name: str, purpose: str, tail: str, *marks: tuple[str, str]) -> MailCase:
    """A comment with something below it that is no opinion."""
    return MailCase(
        name=name,
        purpose=purpose,
        raw=plain(f"{BODY}\n{tail}\n"),
        opinion=f"{OPINION}\n\n{tail}",
        marks=marks,
    )


WRITING = (
    MailCase(
        name="outlook html",
        purpose="A paragraph for each line, conditional comments, empty o:p.",
        raw=mail(OUTLOOK.encode("cp932"), "text/html; charset=shift_jis"),
    ),
    MailCase(
        name="iphone html",
        purpose="Nested div, and the line the telephone adds.",
        raw=mail(IPHONE.encode(), "text/html; charset=utf-8"),
        opinion=f"{OPINION}\n\niPhoneから送信",
        marks=(("signature_in_opinion", "iPhoneから送信"),),
    ),
    MailCase(
        name="gmail html with a quotation",
        purpose="The quotation stays and is marked.",
        raw=mail(GMAIL.encode(), "text/html; charset=utf-8"),
        opinion=f"{OPINION}\n\n{OFFICE}\n> ご意見を募集しています。",
        marks=(("quotation_in_opinion", f"{OFFICE}\n> ご意見を募集しています。"),),
    ),
    marked(
        "a signature",
        "Behind the two dashes of Usenet.",
        SIGNATURE,
        ("signature_in_opinion", SIGNATURE),
    ),
    marked(
        "a ruled signature",
        "Between two rules, as firms write it.",
        RULED,
        ("signature_in_opinion", RULED),
    ),
    marked("a quotation", "Our own mail below the answer.", QUOTE, ("quotation_in_opinion", QUOTE)),
    marked(
        "a disclaimer",
        "What a firm's server adds.",
        DISCLAIMER,
        ("disclaimer_in_opinion", DISCLAIMER),
    ),
    marked(
        "a signature above a quotation",
        "Both are marked, each as what it is.",
        f"{SIGNATURE}\n\n{QUOTE}",
        ("signature_in_opinion", SIGNATURE),
        ("quotation_in_opinion", QUOTE),
    ),
    forward("a forward", "Who wrote it stays the submitter.", "転送します。\n\n" + HEADER + BODY),
    forward(
        "a forward below a mark",
        "As Outlook hands on.",
        "転送します。\n\n-----Original Message-----\n" + HEADER + BODY,
    ),
    forward(
        "a forward in marks of quoting",
        "As other programs hand on.",
        HEADER + "".join(f"> {line}\n" for line in BODY.split("\n")),
    ),
    forward(
        "a forward without labels",
        "The header that was copied is marked.",
        "転送します。\n\n" + HEADER + "説明会を開いてください。",
        opinion="転送します。\n\n" + HEADER + "説明会を開いてください。",
        sender=None,
        address=None,
        category=None,
        measure=None,
        marks=(("forward_header_in_opinion", HEADER.strip()),),
    ),
    MailCase(
        name="a forward as an attachment",
        purpose="message/rfc822 is opened; who wrote it is the submitter.",
        raw=multipart(
            "mixed",
            part(crlf("転送します。").encode(), "Content-Type: text/plain; charset=utf-8"),
            part(eml("citizen@example.jp", BODY), "Content-Type: message/rfc822"),
        ),
        email="citizen@example.jp",
        files=(None,),
        noted=("attachment_joined", "forwarded_mail"),
    ),
    MailCase(
        name="a form split over mail and attachment",
        purpose="The opinion in the mail, the writer in the file.",
        raw=mail_with(f"案の名称：{MEASURE}\n意見：\n{OPINION}", {"提出者.docx": docx(ROWS[:3])}),
        files=("提出者.docx",),
        noted=("attachment_joined",),
    ),
    MailCase(
        name="mail and attachment that differ",
        purpose="The mail stays, and a person decides.",
        raw=mail_with(BODY, {"意見書.odt": odt(BODY.replace(NAME, "見本 太郎"))}),
        files=("意見書.odt",),
        noted=("attachment_contradicts",),
    ),
    subject_case(
        "a reply to our notice",
        "The subject in a reply.",
        word("Re: 意見募集について".encode("iso2022_jp"), "ISO-2022-JP"),
        "Re: 意見募集について",
    ),
)

FILES = (
    attached("a Word form", "The commonest of all.", "意見書.docx", docx(ROWS)),
    attached("an old Word form", "Still in use.", "意見書.doc", doc(BODY)),
    attached("an Excel form", "A form in a grid.", "意見書.xlsx", xlsx(ROWS)),
    attached("an old Excel form", "Of Excel 97.", "意見書.xls", xls(ROWS)),
    attached(
        "a PDF with text",
        "Its text layer is read first; an empty line leaves no trace in it.",
        "意見書.pdf",
        pdf(BODY),
        opinion=OPINION.replace("\n\n", "\n"),
    ),
    attached("a text file in cp932", "Of a Windows editor.", "意見書.txt", BODY.encode("cp932")),
    attached("rich text", "Of WordPad.", "意見書.rtf", rtf(BODY)),
    attached("an OpenDocument form", "Of LibreOffice.", "意見書.odt", odt(BODY)),
    attached(
        "a ZIP", "Opened, within bounds.", "意見書.zip", zipped({"旭川/意見書.docx": docx(ROWS)})
    ),
    attached(
        "a ZIP with names in cp932",
        "As Windows packs.",
        "意見.zip",
        zipped_in_cp932("意見書.txt", BODY.encode("cp932")),
    ),
    attached(
        "a ZIP in a ZIP",
        "Three deep are opened.",
        "外.zip",
        zipped({"内.zip": zipped({"意見書.txt": BODY.encode()})}),
    ),
    attached(
        "winmail.dat",
        "Of an Exchange that takes us for another.",
        "winmail.dat",
        winmail("", {"意見書.docx": docx(ROWS)}),
    ),
    attached(
        "an .eml file",
        "A mail saved as a file.",
        "転送.eml",
        eml("taro@example.jp", BODY),
        noted=("attachment_joined", "forwarded_mail"),
        email="taro@example.jp",
    ),
    attached(
        "an .msg file",
        "A mail saved by Outlook.",
        "意見書.msg",
        msg(BODY, {}),
        noted=("attachment_joined", "forwarded_mail"),
        email="taro@example.jp",
    ),
    MailCase(
        name="a photograph",
        purpose="Goes on to recognition.",
        raw=mail_with(NOTE, {"写真.png": picture("PNG")}, "image/png"),
        opinion=NOTE,
        sender=None,
        address=None,
        category=None,
        measure=None,
        files=("写真.png",),
        images=1,
    ),
    beside(
        "a locked ZIP",
        "Kept, and a person is told.",
        "意見.zip",
        locked(zipped({"a.txt": b"x"})),
        "attachment_encrypted",
    ),
    beside(
        "a locked PDF",
        "Kept, and a person is told.",
        "意見.pdf",
        pdf("x", "secret"),
        "attachment_encrypted",
    ),
    beside(
        "Ichitaro",
        "Kept, and a person is told.",
        "意見.jtd",
        compound({"DocumentText": b"x"}),
        "attachment_ichitaro",
    ),
    beside(
        "a way out of the archive",
        "Names lead nowhere.",
        "悪.zip",
        zipped({"../../a.exe": b"MZ"}),
        "attachment_suspicious",
        "attachment_unread",
    ),
    beside(
        "a bomb",
        "Bounded, kept and visible.",
        "爆.zip",
        zipped({"a.txt": b"0" * 105_000_000}),
        "attachment_limit",
    ),
)

ANSWERS = (
    MailCase(
        name="an answer with a token",
        purpose="The token joins it to its record.",
        raw=mail(crlf(f"{BODY}\n補正番号：{TOKEN}\n").encode()),
        opinion=f"{OPINION}\n\n補正番号：{TOKEN}",
        tokens=(TOKEN,),
    ),
    MailCase(
        name="an answer by In-Reply-To",
        purpose="The mails it answers, the nearest first.",
        raw=mail(
            crlf(BODY).encode(),
            extra=b"In-Reply-To: <b@example.jp>\r\nReferences: <a@example.jp>\r\n <b@example.jp>\r\n",
        ),
        answers=("<b@example.jp>", "<a@example.jp>"),
    ),
    MailCase(
        name="a bounce of ours",
        purpose="Names whom our mail did not reach (RFC 3464).",
        raw=mail(
            b"--=_b\r\n"
            + part("届きませんでした。".encode(), "Content-Type: text/plain; charset=utf-8")
            + b"--=_b\r\n"
            + part(
                b"Reporting-MTA: dns; mx.example.jp\r\n\r\n"
                b"Final-Recipient: rfc822; hanako@example.jp\r\nAction: failed\r\nStatus: 5.1.1\r\n",
                "Content-Type: message/delivery-status",
            )
            + b"--=_b--\r\n",
            'multipart/report; report-type=delivery-status; boundary="=_b"',
            sender=b"From: MAILER-DAEMON@example.jp\r\n",
        ),
        opinion="届きませんでした。",
        sender=None,
        address=None,
        category=None,
        measure=None,
        email=None,
        findings=("attachment_unread", "automatic_mail"),
        ignored="delivery_report",
        replies=False,
        files=(None,),
        undelivered=("hanako@example.jp",),
    ),
    MailCase(
        name="nothing that can be read",
        purpose="The writer can be told so.",
        raw=mail(b"\r\n \r\n"),
        opinion="",
        sender=None,
        address=None,
        category=None,
        measure=None,
    ),
    MailCase(
        name="a machine's scan",
        purpose="A multifunction machine mails its TIFF.",
        raw=multipart(
            "mixed",
            part(b"", "Content-Type: text/plain; charset=us-ascii"),
            part(
                picture("TIFF"),
                'Content-Type: image/tiff; name="DOC001.tif"\nContent-Transfer-Encoding: binary',
            ),
        ),
        opinion="",
        sender=None,
        address=None,
        category=None,
        measure=None,
        files=("DOC001.tif",),
        images=1,
    ),
)

ALL_MAILS = (*MAILS, *WRITING, *FILES, *ANSWERS)

PROMISES = {
    "ISO-2022-JP with vendor rows and half-width kana": ("iso-2022-jp with vendor characters",),
    "CP932": ("cp932 as shift_jis", "cp932 labelled utf-8"),
    "EUC-JP": ("euc-jp", "euc_jp labelled shift_jis"),
    "UTF-8, also under another name": ("utf-8", "utf-8 labelled iso-2022-jp"),
    "UTF-7": ("utf-7", "utf-7 labelled us-ascii"),
    "Japanese labelled GB2312": ("gb2312-labelled", "cp932 labelled gb2312"),
    "headers in raw eight bits": ("raw utf-8", "raw cp932"),
    "RFC 2047 split inside a character": ("words cut inside a character",),
    "RFC 2231 file names": ("attachment named by RFC 2231", "attachment named in two pieces"),
    "file names in MIME-B": ("attachment named against the rules",),
    "U+FFFD is a finding": ("a broken character", "a zero byte"),
    "HTML of Outlook, telephones and Gmail": (
        *("outlook html", "iphone html", "gmail html with a quotation", "html table"),
    ),
    "hidden text": ("hidden html text",),
    "format=flowed": ("flowed",),
    "signatures": ("a signature", "a ruled signature", "a signature above a quotation"),
    "quotations": ("a quotation", "gmail html with a quotation"),
    "forwarded headers": ("a forward without labels",),
    "disclaimers": ("a disclaimer",),
    "forwards keep the citizen": (
        "a forward",
        "a forward below a mark",
        "a forward in marks of quoting",
    ),
    "message/rfc822": ("a mail attached", "a forward as an attachment"),
    "a form over mail and attachment": (
        *("a form split over mail and attachment", "mail and attachment that differ"),
    ),
    ".docx": ("a Word form",),
    ".doc": ("an old Word form",),
    ".xlsx": ("an Excel form",),
    ".xls": ("an old Excel form",),
    ".pdf": ("a PDF with text",),
    ".txt": ("a text file in cp932",),
    ".rtf": ("rich text",),
    ".odt": ("an OpenDocument form",),
    "pictures": ("a photograph", "a small logo"),
    "ZIP": ("a ZIP", "a ZIP with names in cp932", "a ZIP in a ZIP"),
    "winmail.dat": ("winmail.dat",),
    ".eml and .msg": ("an .eml file", "an .msg file"),
    "Ichitaro": ("Ichitaro",),
    "passwords": ("a locked ZIP", "a locked PDF"),
    "bombs and path tricks": ("a bomb", "a way out of the archive"),
    "automatic mail is never answered": (
        *("auto-replied", "vacation", "precedence bulk", "null return path", "list mail"),
    ),
    "list headers stop the reply, not the record": ("a comment sent through a list",),
    "answers find their record": ("an answer with a token", "an answer by In-Reply-To"),
    "bounces": ("delivery report", "a bounce of ours"),
    "nothing can be read": ("nothing that can be read", "empty body"),
    "office machines": ("a machine's scan",),
}
"""What the channel promises, and the mails that stand for it."""
