"""One sample of a comment for each channel: what it holds, and the file it comes in."""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.utils import format_datetime
from pathlib import Path

from PIL import Image, ImageSequence
from PIL.PngImagePlugin import PngInfo

from app.domain.comment_form import ADDRESS, CATEGORY_CODE, MEASURE, NAME, OPINION
from app.domain.consultation import Consultation
from app.domain.envelope import JST, Channel
from app.recognition.filled_form import as_fax_tiff, as_pdf, fill
from app.recognition.form_layout import design

_CATEGORY = "1"
_SCAN_DPI = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What one writer says.

    Attributes:
        channel: The way it is sent.
        name: Invented.
        address: Invented.
        opinion: Invented.
    """

    channel: Channel
    name: str
    address: str
    opinion: str


# Kanji of the Joyo list on clean paper: a demonstration shows the way, not the limits of reading.
SAMPLES: Mapping[str, Sample] = {
    "e-application.json": Sample(
        channel=Channel.E_APPLICATION,
        name="見本 花子",
        address="見本市中央1丁目1番1号",
        opinion="評価書の用語に説明を付けてください。\n市民にも読みやすくなると思います。",
    ),
    "email.eml": Sample(
        channel=Channel.EMAIL,
        name="見本 太郎",
        address="見本市本町2丁目3番地",
        opinion="情報の保存期間を、評価書の中に明記してください。",
    ),
    "post.pdf": Sample(
        channel=Channel.MAIL,
        name="見本 三郎",
        address="見本市中央3丁目4番地",
        opinion="職員の研修を毎年行うと書いてください。",
    ),
    "drop-box.png": Sample(
        channel=Channel.DROP_BOX,
        name="見本 春子",
        address="見本市南町5丁目6番地",
        opinion="支所の窓口でも説明会を開いてください。",
    ),
    "fax.tiff": Sample(
        channel=Channel.FAX,
        name="見本 秋子",
        address="見本市北町7丁目8番地",
        opinion="委託先の監査の結果を公表してください。",
    ),
}
"""By file name."""


def answers_of(sample: Sample, consultation: Consultation) -> dict[str, str]:
    """Give what the writer fills in, by JSON pointer."""
    return {
        NAME: sample.name,
        ADDRESS: sample.address,
        CATEGORY_CODE: _CATEGORY,
        MEASURE: consultation.measure_name,
        OPINION: sample.opinion,
    }


def write_samples(folder: Path, consultation: Consultation) -> None:
    """Write one sample file for each channel."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, sample in SAMPLES.items():
        (folder / name).write_bytes(sample_bytes(sample, consultation))


def sample_bytes(sample: Sample, consultation: Consultation) -> bytes:
    """Make the file in which a sample is sent."""
    match sample.channel:
        case Channel.E_APPLICATION:
            return _application(sample, consultation)
        case Channel.EMAIL:
            return _mail(sample, consultation)
        case Channel.MAIL:
            return as_pdf(_filled(sample, consultation), dpi=_SCAN_DPI)
        case Channel.DROP_BOX:
            return _png(_filled(sample, consultation)[0])
        case Channel.FAX:
            return as_fax_tiff(_filled(sample, consultation))


def _filled(sample: Sample, consultation: Consultation) -> list[Image.Image]:
    return fill(consultation, design(consultation), answers_of(sample, consultation), dpi=_SCAN_DPI)


def fresh(name: str, data: bytes, token: str) -> bytes:
    """Give the same sample as another machine run would leave it: other bytes, the same content.

    Equal bytes are the same arrival, and would rightly be recorded only once.

    Args:
        name: The sample's file name.
        data: Its bytes.
        token: What tells this run from others; ASCII letters and digits.
    """
    match SAMPLES[name].channel:
        case Channel.E_APPLICATION:
            return data  # each POST of an application is an arrival of its own
        case Channel.EMAIL:
            return data.replace(b"Message-ID: <", f"Message-ID: <{token}.".encode(), 1)
        case Channel.MAIL:
            return data + f"\n% scanned {token}\n".encode()
        case Channel.DROP_BOX:
            note = PngInfo()
            note.add_text("Comment", token)
            return _png(Image.open(io.BytesIO(data)), note)
        case Channel.FAX:
            return _again_as_fax(data, token)


def _again_as_fax(data: bytes, token: str) -> bytes:
    out = io.BytesIO()
    with Image.open(io.BytesIO(data)) as fax:
        pages = [frame.copy() for frame in ImageSequence.Iterator(fax)]
        dpi = fax.info["dpi"]
    pages[0].save(
        out,
        "TIFF",
        compression="group4",
        dpi=dpi,
        save_all=True,
        append_images=pages[1:],
        description=token,
    )
    return out.getvalue()


def _png(page: Image.Image, note: PngInfo | None = None) -> bytes:
    out = io.BytesIO()
    page.save(out, "PNG", dpi=(_SCAN_DPI, _SCAN_DPI), pnginfo=note)
    return out.getvalue()


def _application(sample: Sample, consultation: Consultation) -> bytes:
    body = {
        "measure_name": consultation.measure_name,
        "submitter": {
            "kind": "individual",
            "name": sample.name,
            "address": sample.address,
            "category": {"code": _CATEGORY, "detail": None},
        },
        "opinion": sample.opinion,
    }
    return json.dumps(body, ensure_ascii=False, indent=2).encode()


def _mail(sample: Sample, consultation: Consultation) -> bytes:
    """Write a mail as many programs in Japan still do: ISO-2022-JP, seven bits."""
    charset = "iso-2022-jp"
    text = (
        f"案の名称：{consultation.measure_name}\n"
        f"氏名：{sample.name}\n"
        f"住所：{sample.address}\n"
        f"区分：{_CATEGORY}\n"
        f"意見：{sample.opinion}\n"
    )
    headers = (
        f"From: {Header(sample.name, charset).encode()} <taro@mihon.example.jp>",
        "To: shimin@mihon.example.jp",
        f"Subject: {Header('意見書の提出', charset).encode()}",
        f"Date: {format_datetime(datetime.now(JST))}",
        "Message-ID: <sample@mihon.example.jp>",
        "MIME-Version: 1.0",
        f"Content-Type: text/plain; charset={charset.upper()}",
        "Content-Transfer-Encoding: 7bit",
    )
    lines = [*(each.encode("ascii") for each in headers), b"", *_lines(text, charset)]
    return b"\r\n".join(lines) + b"\r\n"


def _lines(text: str, charset: str) -> list[bytes]:
    # Each line returns to ASCII at its end, as RFC 1468 asks.
    return [line.encode(charset) for line in text.splitlines()]
