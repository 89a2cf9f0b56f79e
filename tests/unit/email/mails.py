"""Our own Japanese mails, built in code: every name and address in them is invented.

Each case says what it stands for and what has to come out.
"""

import base64
import quopri
from dataclasses import dataclass, field

from app.domain.submitter import SubmitterKind

MEASURE = "住民基本台帳関係事務の特定個人情報保護評価書（案）"
ADDRESS = "旭川市6条通9丁目46番地"
NAME = "旭川 花子"
OPINION = "賛成です。\n\n　ただし、説明会を開いてください。"
BODY = f"住所：{ADDRESS}\n氏名：{NAME}\n区分：1\n案の名称：{MEASURE}\n意見：\n{OPINION}\n"
FROM = b"From: hanako@example.jp\r\nTo: simin@example.jp\r\nMessage-ID: <m1@example.jp>\r\n"
VENDOR_OPINION = "①と㈱について、髙橋が﨑と〜を書く。№５、ﾊﾝｶｸ ｶﾅも。"
VENDOR_BODY = BODY.replace(OPINION, VENDOR_OPINION)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailCase:
    """A mail and what has to be understood of it.

    Attributes:
        name: What it is called.
        purpose: What it stands for.
        raw: Its bytes.
        opinion: The opinion of the record.
        sender: The name of the submitter.
        address: The address of the submitter.
        category: The code of the category.
        detail: What was written beside the category.
        measure: The measure as it was written.
        kind: Who submits it.
        representative: Who speaks for an organisation.
        email: Where the submitter can be reached.
        subject: The subject.
        findings: Codes of what was noticed about the mail.
        ignored: Why it holds no comment.
        replies: Whether an acknowledgement may go out.
        files: Names of the attachments kept.
        noted: Codes of what was noticed about the form, without marks.
        marks: Codes and text of the spans of the opinion that are marked.
        images: How many of its files go on to recognition.
        answers: Message-IDs of the mails it answers.
        tokens: Tokens of correction requests in it.
        undelivered: Addresses it reports as not reached.
    """

    name: str
    purpose: str
    raw: bytes
    opinion: str | None = OPINION
    sender: str | None = NAME
    address: str | None = ADDRESS
    category: str | None = "1"
    detail: str | None = None
    measure: str | None = MEASURE
    kind: SubmitterKind = SubmitterKind.INDIVIDUAL
    representative: str | None = None
    email: str | None = "hanako@example.jp"
    subject: str | None = None
    findings: tuple[str, ...] = ()
    ignored: str | None = None
    replies: bool = True
    files: tuple[str | None, ...] = field(default=())
    noted: tuple[str, ...] = ()
    marks: tuple[tuple[str, str], ...] = ()
    images: int = 0
    answers: tuple[str, ...] = ()
    tokens: tuple[str, ...] = ()
    undelivered: tuple[str, ...] = ()


def crlf(text: str) -> str:
    return text.replace("\n", "\r\n")


def jis(text: str) -> bytes:
    """Encode as Japanese mail programs do: vendor rows and half-width kana included."""
    out, mode = b"", b"\x1b(B"
    for char in text:
        wanted, data = _jis_char(char)
        out += (wanted if wanted != mode else b"") + data
        mode = wanted
    return out + (b"\x1b(B" if mode != b"\x1b(B" else b"")


def _jis_char(char: str) -> tuple[bytes, bytes]:
    if ord(char) < 0x80:
        return b"\x1b(B", char.encode("ascii")
    if 0xFF61 <= ord(char) <= 0xFF9F:
        return b"\x1b(I", bytes([ord(char) - 0xFF61 + 0x21])
    try:
        data = char.encode("euc_jp")
    except UnicodeEncodeError:
        data = b""
    if len(data) == 2:
        return b"\x1b$B", bytes(byte & 0x7F for byte in data)
    lead, trail = _nec_bytes(char)
    row = (lead - (0x81 if lead < 0xA0 else 0xC1)) * 2 + (trail >= 0x9F)
    cell = trail - 0x7E if trail >= 0x9F else trail - (0x1F if trail < 0x7F else 0x20)
    return b"\x1b$B", bytes((row + 0x21, cell))


def _nec_bytes(char: str) -> tuple[int, int]:
    """Give a character's bytes in the rows that have a place in JIS: NEC's, not IBM's."""
    for lead in (0x87, 0xED, 0xEE):
        for trail in (*range(0x40, 0x7F), *range(0x80, 0xFD)):
            try:
                if bytes((lead, trail)).decode("cp932") == char:
                    return lead, trail
            except UnicodeDecodeError:
                continue
    raise AssertionError(char)


def mail(
    body: bytes,
    content_type: str = "text/plain; charset=UTF-8",
    encoding: str = "8bit",
    extra: bytes = b"",
    sender: bytes = FROM,
) -> bytes:
    return (
        sender
        + extra
        + f"MIME-Version: 1.0\r\nContent-Type: {content_type}\r\n".encode()
        + f"Content-Transfer-Encoding: {encoding}\r\n\r\n".encode()
        + body
    )


def plain(text: str = BODY, charset: str = "utf-8", label: str | None = None) -> bytes:
    return mail(crlf(text).encode(charset), f"text/plain; charset={label or charset}")


def part(body: bytes, headers: str) -> bytes:
    return crlf(headers).encode("utf-8") + b"\r\n\r\n" + body + b"\r\n"


def multipart(subtype: str, *parts: bytes, extra: bytes = b"") -> bytes:
    body = b"".join(b"--=_b\r\n" + one for one in parts) + b"--=_b--\r\n"
    return mail(body, f'multipart/{subtype}; boundary="=_b"', extra=extra)


def b64(data: bytes) -> bytes:
    return base64.encodebytes(data).replace(b"\n", b"\r\n")


TEXT_PART = part(crlf(BODY).encode(), "Content-Type: text/plain; charset=utf-8")
HTML = (
    "<html><head><style>p{margin:0}</style><title>題</title></head><body>"
    f"<div>住所：{ADDRESS}</div><div>氏名：<b>{NAME}</b></div><div>区分：1</div>"
    f"<div>案の名称：{MEASURE}</div><div>意見：</div>"
    "<div>賛成です。</div><div><br></div><div>　ただし、説明会を開いてください。</div></body></html>"
)
HTML_PART = part(HTML.encode(), "Content-Type: text/html; charset=utf-8")
PDF_BYTES = b"%PDF-1.4 invented"


def pdf(disposition: str, content_type: str = "application/pdf") -> bytes:
    return part(
        b64(PDF_BYTES),
        f"Content-Type: {content_type}\nContent-Transfer-Encoding: base64\n"
        f"Content-Disposition: {disposition}",
    )


def word(data: bytes, charset: str, how: str = "B") -> bytes:
    quoted = "".join(f"={byte:02X}" for byte in data).encode()
    coded = base64.b64encode(data) if how == "B" else quoted
    return b"=?" + charset.encode() + b"?" + how.encode() + b"?" + coded + b"?="


def subject_case(name: str, purpose: str, raw: bytes, expected: str, **more: object) -> MailCase:
    return MailCase(
        name=name,
        purpose=purpose,
        raw=mail(crlf(BODY).encode(), extra=b"Subject: " + raw + b"\r\n"),
        subject=expected,
        **more,  # type: ignore[arg-type]
    )


SUBJECT = "特定個人情報保護評価書（案）への意見"
HALF = len("特定".encode()) + 1  # in the middle of a character

CHARSETS = (
    MailCase(name="utf-8", purpose="The plain case of today.", raw=plain()),
    MailCase(
        name="utf-8 base64",
        purpose="How most programs wrap it.",
        raw=mail(b64(crlf(BODY).encode()), encoding="base64"),
    ),
    MailCase(
        name="utf-8 quoted-printable",
        purpose="The other wrapping.",
        raw=mail(quopri.encodestring(crlf(BODY).encode()), encoding="quoted-printable"),
    ),
    MailCase(
        name="iso-2022-jp",
        purpose="The charset of Japanese mail for thirty years.",
        raw=plain(charset="iso2022_jp", label="ISO-2022-JP"),
    ),
    MailCase(
        name="iso-2022-jp with vendor characters",
        purpose="NEC row 13, NEC-selected IBM kanji and half-width kana, as Windows writes them.",
        raw=mail(jis(crlf(VENDOR_BODY)), "text/plain; charset=ISO-2022-JP", "7bit"),
        opinion=VENDOR_OPINION,
    ),
    MailCase(
        name="cp932 as shift_jis",
        purpose="Vendor characters under the name everybody uses for CP932.",
        raw=plain(BODY.replace(OPINION, "①㈱髙﨑です。"), "cp932", "Shift_JIS"),
        opinion="①㈱髙﨑です。",
    ),
    MailCase(name="euc-jp", purpose="Old Unix mail.", raw=plain(charset="euc_jp", label="EUC-JP")),
    MailCase(
        name="utf-7",
        purpose="Old Outlook Express.",
        raw=mail(crlf(BODY).encode("utf-7"), "text/plain; charset=utf-7", "7bit"),
    ),
    MailCase(
        name="utf-16 with a mark",
        purpose="A text file sent as the body.",
        raw=mail(b64(crlf(BODY).encode("utf-16")), "text/plain; charset=utf-16", "base64"),
    ),
    MailCase(
        name="gb2312-labelled",
        purpose="Japanese written on a Chinese Windows.",
        raw=plain(charset="gbk", label="gb2312"),
    ),
    *(
        MailCase(
            name=f"{charset} labelled {label or 'nothing'}",
            purpose="A wrong label: the bytes decide, and a finding says so.",
            raw=plain(charset=charset, label=label or "x-unknown"),
            findings=("text_repaired",),
        )
        for charset, label in (
            ("cp932", "iso-2022-jp"),
            ("utf-8", "shift_jis"),
            ("utf-8", "iso-2022-jp"),
            ("cp932", "utf-8"),
            ("cp932", "us-ascii"),
            ("euc_jp", "shift_jis"),
            ("euc_jp", "iso-2022-jp"),
            ("iso2022_jp", "utf-8"),
            ("iso2022_jp", "us-ascii"),
            ("iso2022_jp", "shift_jis"),
            ("utf-8", "iso-8859-1"),
            ("cp932", "windows-1252"),
            ("cp932", "gb2312"),
            ("utf-8", ""),
            ("cp932", ""),
            ("utf-7", "us-ascii"),
        )
    ),
    MailCase(
        name="a broken character",
        purpose="A mail cut in transit: what can be read is read, the gap is shown.",
        raw=mail(crlf(BODY).encode().rstrip()[:-1]),
        opinion=OPINION[:-1] + "\ufffd",
        findings=("text_repaired",),
    ),
    MailCase(
        name="a zero byte",
        purpose="No store keeps NUL, so it is made visible.",
        raw=mail(crlf(BODY.replace("賛成です。", "賛成\x00です。")).encode()),
        opinion=OPINION.replace("賛成です。", "賛成\u2400です。"),
        findings=("text_repaired",),
    ),
    MailCase(
        name="outside of every old charset",
        purpose="𠮷, a variation selector and — stay as written; nothing is normalised.",
        raw=plain(BODY.replace(OPINION, "𠮷野家と葛\U000e0100飾—塚\ufa10ｶﾞ①")),
        opinion="𠮷野家と葛\U000e0100飾—塚\ufa10ｶﾞ①",
    ),
)

HEADERS = (
    subject_case("encoded word", "RFC 2047 in UTF-8.", word(SUBJECT.encode(), "UTF-8"), SUBJECT),
    subject_case(
        "encoded word in iso-2022-jp",
        "The classic subject.",
        word(SUBJECT.encode("iso2022_jp"), "ISO-2022-JP"),
        SUBJECT,
    ),
    subject_case(
        "vendor characters in the subject",
        "①㈱ in ISO-2022-JP.",
        word(jis("①㈱の意見"), "ISO-2022-JP"),
        "①㈱の意見",
    ),
    subject_case(
        "words cut inside a character",
        "Programs cut at a length, not at a character.",
        word(SUBJECT.encode()[:HALF], "utf-8") + b"\r\n " + word(SUBJECT.encode()[HALF:], "utf-8"),
        SUBJECT,
    ),
    subject_case(
        "Q encoding", "The other encoding.", word(SUBJECT.encode(), "utf-8", "Q"), SUBJECT
    ),
    subject_case("raw utf-8", "SMTPUTF8 and careless forms.", SUBJECT.encode(), SUBJECT),
    subject_case(
        "raw cp932",
        "Careless forms on old servers.",
        SUBJECT.encode("cp932"),
        SUBJECT,
        findings=("text_repaired",),
    ),
    subject_case(
        "a line end hidden in a word",
        "Would forge a header in the reply.",
        word("意見\r\nBcc: x@example.jp".encode(), "utf-8"),
        "意見 Bcc: x@example.jp",
    ),
    subject_case("empty subject", "Kept, not junk.", b"", ""),
    subject_case(
        "folded", "A subject over two lines.", b"opinion\r\n on the draft", "opinion on the draft"
    ),
    MailCase(
        name="a mobile address no RFC allows",
        purpose="Two dots and one before the @: real addresses of mobile carriers.",
        raw=mail(crlf(BODY).encode(), sender=b"From: <hana..ko.@example.jp>\r\n"),
        email="hana..ko.@example.jp",
    ),
    MailCase(
        name="a comma in the name",
        purpose="A quoted display name with an address in it is no second address.",
        raw=mail(
            crlf(BODY).encode(), sender=b'From: "x@example.com, Hanako" <hanako@example.jp>\r\n'
        ),
    ),
    MailCase(
        name="no sender",
        purpose="Recorded, but nobody can be answered.",
        raw=mail(crlf(BODY).encode(), sender=b""),
        email=None,
        replies=False,
    ),
    MailCase(
        name="no-reply sender",
        purpose="Nobody reads what is sent there.",
        raw=mail(crlf(BODY).encode(), sender=b"From: no-reply@example.jp\r\n"),
        email=None,
        replies=False,
    ),
    MailCase(
        name="the office's own address",
        purpose="An answer to ourselves would go round for ever.",
        raw=mail(crlf(BODY).encode(), sender=b"From: Simin@example.jp\r\n"),
        email="Simin@example.jp",
        replies=False,
    ),
    MailCase(
        name="a wrong date",
        purpose="The sender's clock is evidence only.",
        raw=mail(crlf(BODY).encode(), extra=b"Date: Thu, 1 Jan 1970 00:00:00 +0900\r\n"),
        findings=("mail_date_differs",),
    ),
    MailCase(
        name="an impossible date",
        purpose="Never an exception.",
        raw=mail(crlf(BODY).encode(), extra=b"Date: Mon, 99 Xxx 99999 99:99:99 +99999999\r\n"),
    ),
)

STRUCTURES = (
    MailCase(
        name="html only",
        purpose="Smartphones.",
        raw=mail(HTML.encode(), "text/html; charset=utf-8"),
    ),
    MailCase(
        name="html table",
        purpose="A form pasted from a word processor.",
        raw=mail(
            (
                "<table><tr><td><p>住所</p></td><td><p>" + ADDRESS + "</p></td></tr>"
                f"<tr><td>氏名</td><td>{NAME}</td></tr><tr><td>区分</td><td>1</td></tr>"
                f"<tr><td>案の名称</td><td>{MEASURE}</td></tr>"
                "<tr><td>意見</td><td>賛成です。<br><br>　ただし、説明会を開いてください。</td></tr></table>"
            ).encode("cp932"),
            "text/html; charset=Shift_JIS",
        ),
    ),
    MailCase(
        name="hidden html text",
        purpose="What a reader cannot see is set apart and pointed out.",
        raw=mail(
            HTML.replace(
                "賛成です。", '賛成です。<span style="display:none">反対です。</span>'
            ).encode(),
            "text/html; charset=utf-8",
        ),
        findings=("hidden_text",),
    ),
    MailCase(
        name="alternative",
        purpose="The plain version is taken once.",
        raw=multipart("alternative", TEXT_PART, HTML_PART),
    ),
    MailCase(
        name="alternative with a stub",
        purpose="A plain version that says nothing gives way to HTML.",
        raw=multipart(
            "alternative",
            part("HTMLメールです。".encode(), "Content-Type: text/plain; charset=utf-8"),
            HTML_PART,
        ),
    ),
    MailCase(
        name="attachment named by RFC 2231",
        purpose="Kept; no PDF, whatever it calls itself, so a person has to look.",
        raw=multipart(
            "mixed", TEXT_PART, pdf("attachment; filename*=UTF-8''%E6%84%8F%E8%A6%8B.pdf")
        ),
        findings=("file_unreadable",),
        files=("意見.pdf",),
    ),
    MailCase(
        name="attachment named in two pieces",
        purpose="RFC 2231 continuations in ISO-2022-JP.",
        raw=multipart(
            "mixed",
            TEXT_PART,
            pdf("attachment;\n filename*0*=iso-2022-jp''%1B$B0U8;\n filename*1*=+%1B%28B.pdf"),
        ),
        findings=("file_unreadable",),
        files=("意見.pdf",),
    ),
    MailCase(
        name="attachment named against the rules",
        purpose="RFC 2047 inside of quotes: broken, and everywhere.",
        raw=multipart(
            "mixed",
            TEXT_PART,
            pdf(
                "attachment",
                f'application/pdf; name="{word("意見書.pdf".encode(), "utf-8").decode()}"',
            ),
        ),
        findings=("file_unreadable",),
        files=("意見書.pdf",),
    ),
    MailCase(
        name="attachment without a name",
        purpose="Kept all the same.",
        raw=multipart("mixed", TEXT_PART, pdf("attachment")),
        findings=("file_unreadable",),
        files=(None,),
    ),
    MailCase(
        name="a text file attached",
        purpose="A file is a file, even when it is text: its opinion is not this one's.",
        raw=multipart(
            "mixed",
            TEXT_PART,
            part("意見：別".encode(), 'Content-Type: text/plain; name="a.txt"'),
        ),
        files=("a.txt",),
        noted=("attachment_not_joined",),
    ),
    MailCase(
        name="a mail attached",
        purpose="Kept whole; its labels are not this mail's.",
        raw=multipart(
            "mixed",
            TEXT_PART,
            part(plain(BODY.replace(NAME, "別人")), "Content-Type: message/rfc822"),
        ),
        files=(None,),
        noted=("attachment_contradicts", "attachment_joined", "forwarded_mail"),
    ),
    MailCase(
        name="a small logo",
        purpose="Decoration of a signature asks for nobody.",
        raw=multipart(
            "related",
            HTML_PART,
            part(
                b64(b"GIF89a"),
                "Content-Type: image/gif\nContent-ID: <logo>\nContent-Disposition: inline\n"
                "Content-Transfer-Encoding: base64",
            ),
        ),
        files=(None,),
    ),
    MailCase(
        name="nested",
        purpose="multipart in multipart.",
        raw=multipart(
            "mixed",
            b'Content-Type: multipart/alternative; boundary="in"\r\n\r\n--in\r\n'
            + TEXT_PART
            + b"--in\r\n"
            + HTML_PART
            + b"--in--\r\n",
            pdf('attachment; filename="a.pdf"'),
        ),
        findings=("file_unreadable",),
        files=("a.pdf",),
    ),
    MailCase(
        name="no closing boundary",
        purpose="A mail cut off behind its text.",
        raw=mail(b"--=_b\r\n" + TEXT_PART, 'multipart/mixed; boundary="=_b"'),
    ),
    MailCase(
        name="wrong boundary",
        purpose="What is declared never occurs; the text still counts.",
        raw=mail(crlf(BODY).encode(), 'multipart/mixed; boundary="nowhere"'),
        findings=("text_repaired",),
    ),
    MailCase(
        name="flowed",
        purpose="Lines wrapped by the program are one line (RFC 3676).",
        raw=mail(
            crlf(BODY.replace("賛成です。\n", "賛成 \nです。\n")).encode(),
            "text/plain; charset=utf-8; format=flowed; delsp=yes",
        ),
    ),
    MailCase(
        name="no MIME at all",
        purpose="Old scripts.",
        raw=FROM + b"\r\n" + crlf(BODY).encode("iso2022_jp"),
        findings=("text_repaired",),
    ),
    MailCase(
        name="bare line feeds",
        purpose="Mail stored by a Unix program.",
        raw=plain().replace(b"\r\n", b"\n"),
    ),
    MailCase(
        name="empty body",
        purpose="Recorded: an attachment or the subject may be all there is.",
        raw=mail(b""),
        opinion="",
        sender=None,
        address=None,
        category=None,
        measure=None,
    ),
    MailCase(
        name="unlabelled",
        purpose="Without a label everything is the opinion.",
        raw=plain("私はこの案に反対です。\n\n旭川花子\n"),
        opinion="私はこの案に反対です。\n\n旭川花子",
        sender=None,
        address=None,
        category=None,
        measure=None,
    ),
    MailCase(
        name="a body of people",
        purpose="An organisation with its representative.",
        raw=plain(
            f"団体名：旭川市民の会\n事務所の所在地：{ADDRESS}\n代表者：{NAME}\n区分：4（事務所の名称：本部）\n"
            f"案の名称：{MEASURE}\n意見：{OPINION}\n"
        ),
        sender="旭川市民の会",
        kind=SubmitterKind.ORGANIZATION,
        representative=NAME,
        category="4",
        detail="本部",
    ),
)


def automatic(name: str, extra: bytes, ignored: str | None, body: str = "不在です。") -> MailCase:
    labelled = body == BODY
    return MailCase(
        name=name,
        purpose="Automatic mail is never answered.",
        raw=mail(crlf(body).encode(), extra=extra),
        opinion=OPINION if labelled else body,
        sender=NAME if labelled else None,
        address=ADDRESS if labelled else None,
        category="1" if labelled else None,
        measure=MEASURE if labelled else None,
        findings=("automatic_mail",),
        ignored=ignored,
        replies=False,
    )


AUTOMATIC = (
    automatic("auto-replied", b"Auto-Submitted: auto-replied\r\n", "auto_reply"),
    automatic("auto-replied with labels", b"Auto-Submitted: auto-replied\r\n", "auto_reply", BODY),
    automatic("vacation", b"X-Autoreply: yes\r\n", "auto_reply"),
    automatic("precedence auto_reply", b"Precedence: auto_reply\r\n", "auto_reply"),
    automatic("precedence bulk", b"Precedence: bulk\r\n", "auto_generated"),
    automatic("precedence junk", b"Precedence: junk\r\n", "auto_generated"),
    automatic("null return path", b"Return-Path: <>\r\n", "auto_generated"),
    automatic("generated", b"Auto-Submitted: auto-generated\r\n", "auto_generated"),
    automatic("a web form's mail", b"Auto-Submitted: auto-generated\r\n", None, BODY),
    automatic("list mail", b"List-Id: <news.example.jp>\r\n", "list_mail"),
    automatic("newsletter", b"List-Unsubscribe: <mailto:x@example.jp>\r\n", "list_mail"),
    automatic("a comment sent through a list", b"List-Id: <a.example.jp>\r\n", None, BODY),
    MailCase(
        name="delivery report",
        purpose="A bounce of our own mail.",
        raw=mail(
            b"--=_b\r\n"
            + part("届きませんでした。".encode(), "Content-Type: text/plain; charset=utf-8")
            + b"--=_b\r\n"
            + part(b"Action: failed", "Content-Type: message/delivery-status")
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
    ),
)
AUTO_SUBMITTED_NO = MailCase(
    name="Auto-Submitted: no",
    purpose="RFC 3834: that is a person.",
    raw=mail(crlf(BODY).encode(), extra=b"Auto-Submitted: no\r\n"),
)

MAILS = (*CHARSETS, *HEADERS, *STRUCTURES, *AUTOMATIC, AUTO_SUBMITTED_NO)
