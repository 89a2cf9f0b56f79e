"""Mails as citizens write them."""

import itertools
from collections.abc import Mapping
from email.header import Header
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from typing import Any

from tests.acceptance.contract.city import Json

_numbers = itertools.count(1)


def labelled(
    consultation: Mapping[str, Any],
    *,
    name: str | None = "大雪 一郎",
    address: str | None = "旭川市7条通10丁目1番地",
    category: str | None = "1",
    measure: str | None = None,
    opinion: str | None = "冬の歩道を広くしてください。\n坂道も見てください。",
    detail: str | None = None,
) -> str:
    """Give the labelled text the notice asks for."""
    lines = [
        ("案の名称", consultation["measure_name"] if measure is None else measure),
        ("住所", address),
        ("氏名", name),
        ("区分", category),
        ("該当する事項", detail),
        ("意見", opinion),
    ]
    return "\n".join(f"{label}：{value}" for label, value in lines if value)


def letter(consultation: Mapping[str, Any], charset: str = "utf-8", **fields: Json) -> bytes:
    """Give a plain mail with labelled fields."""
    return plain(labelled(consultation, **fields), charset)


def plain(text: str, charset: str = "utf-8", **headers: str) -> bytes:
    """Give a plain mail with this text."""
    number = next(_numbers)
    body = text.replace("\n", "\r\n").encode(charset)
    encoding = {"utf-8": "8bit", "cp932": "8bit", "iso-2022-jp": "7bit"}[charset]
    label = {"cp932": "Shift_JIS", "iso-2022-jp": "ISO-2022-JP", "utf-8": "UTF-8"}[charset]
    given = {
        "From": f"writer{number}@example.jp",
        "To": "simin@example.jp",
        "Subject": Header("意見の提出", "utf-8").encode(),
        "Date": "Fri, 15 May 2015 10:00:00 +0900",
        "Message-ID": f"<{id(text)}.{number}@example.jp>",
        "MIME-Version": "1.0",
        "Content-Type": f"text/plain; charset={label}",
        "Content-Transfer-Encoding": encoding,
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in given.items())
    return head.encode("ascii") + b"\r\n" + body + b"\r\n"


def html(markup: str) -> bytes:
    """Give a mail that has only an HTML part."""
    message = MIMEText(markup, "html", "utf-8")
    return _finish(message)


def with_attachment(text: str, filename: str, content: bytes) -> bytes:
    """Give a mail with a text and one attachment."""
    message = MIMEMultipart()
    message.attach(MIMEText(text, "plain", "utf-8"))
    part = MIMEApplication(content)
    part.add_header("Content-Disposition", "attachment", filename=filename)
    message.attach(part)
    return _finish(message)


def _finish(message: Json) -> bytes:
    number = next(_numbers)
    message["From"] = f"writer{number}@example.jp"
    message["To"] = "simin@example.jp"
    message["Subject"] = Header("意見の提出", "utf-8").encode()
    message["Message-ID"] = f"<{id(message)}.{number}.m@example.jp>"
    raw: bytes = message.as_bytes()
    return raw.replace(b"\n", b"\r\n")
