"""One sample of a comment for each channel: what it holds, and the file it comes in."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from email.header import Header
from pathlib import Path

from PIL import Image

from app.domain.comment_form import ADDRESS, CATEGORY_CODE, MEASURE, NAME, OPINION
from app.domain.consultation import Consultation
from app.domain.envelope import Channel
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
    return fill(
        consultation, design(consultation), answers_of(sample, consultation), dpi=_SCAN_DPI
    )
