"""Reading forms through the public API: upload scans, wait for their records, look at those."""

import io
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any  # answers of the API are JSON

import pikepdf
from PIL import Image

from app.domain.comment_form import ADDRESS, CATEGORY_CODE, NAME, OPINION, REPRESENTATIVE
from bench.reading.consultations import CODE, as_json
from bench.reading.samples import Sample
from bench.reading.score import Noted, Outcome, score
from bench.reading.service import Service
from bench.reading.sheets import Blank, blank_of

_UPLOADS = 4
"""Uploads at the same time."""

_ASK_EVERY = 0.1
_GIVE_UP_SECONDS = 3600.0
_OVER = frozenset({"done", "failed", "ignored", "quarantined"})
_MEDIA_TYPES = {".pdf": "application/pdf", ".jpg": "image/jpeg", ".tiff": "image/tiff"}

File = tuple[str, bytes, str]
"""Name, bytes and media type of an uploaded file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What a number of uploads cost.

    Attributes:
        pages: Uploaded.
        comments: Recorded.
        seconds: From the first upload to the last record.
        cpu_seconds: Processor time of the service and its page processes.
        worker_bytes: Peak memory of the largest page process so far.
        service_bytes: Peak memory of the service process so far.
    """

    pages: int
    comments: int
    seconds: float
    cpu_seconds: float
    worker_bytes: int
    service_bytes: int

    @property
    def pages_per_minute(self) -> float:
        """Pages a minute, end to end."""
        return 60 * self.pages / self.seconds


def prepare(service: Service) -> Blank:
    """Create the consultation, and fetch its blank form as any citizen can."""
    service.client.post("consultations", json=as_json()).raise_for_status()
    pdf = service.client.get(f"consultations/{CODE}/form.pdf").raise_for_status()
    layout = service.client.get(f"consultations/{CODE}/form.json").raise_for_status()
    return blank_of(pdf.content, layout.json())


def read_all(service: Service, samples: Sequence[Sample]) -> tuple[list[Outcome], int, Load]:
    """Upload every form by itself and score its record.

    Returns:
        The outcomes, the number of records that name another measure or none, and the load.
    """
    found, load = _sent(service, [[_file(each)] for each in samples])
    outcomes: list[Outcome] = []
    unnamed = 0
    for sample, comments in zip(samples, found, strict=True):
        outcomes += score(sample, noted(comments[0] if comments else {}))
        unnamed += not comments or comments[0]["consultation"] != CODE
    return outcomes, unnamed, load


def read_stack(service: Service, samples: Sequence[Sample]) -> Load:
    """Upload forms as one scan of a stack."""
    _, load = _sent(service, [[("stack.pdf", _stack(samples), "application/pdf")]])
    return Load(
        pages=len(samples),
        comments=load.comments,
        seconds=load.seconds,
        cpu_seconds=load.cpu_seconds,
        worker_bytes=load.worker_bytes,
        service_bytes=load.service_bytes,
    )


def noted(comment: Mapping[str, Any]) -> Noted:
    """Take from a record what is scored; nothing of a form that has no record."""
    if not comment:
        return Noted(values={}, confidences={}, findings=[("reading_failed", None)])
    submitter = comment["submitter"]
    values = {
        NAME: submitter["name"],
        ADDRESS: submitter["address"],
        REPRESENTATIVE: submitter["representative"],
        CATEGORY_CODE: submitter["category"]["code"],
        OPINION: comment["opinion"],
    }
    return Noted(
        values={pointer: text for pointer, text in values.items() if text},
        confidences={
            pointer: float(each["confidence"])
            for pointer, each in comment["readings"].items()
            if each["confidence"] is not None
        },
        findings=[(each["code"], each["field"]) for each in comment["findings"]],
    )


def _sent(
    service: Service, uploads: Sequence[Sequence[File]]
) -> tuple[list[list[dict[str, Any]]], Load]:
    """Upload, wait until everything is read, and fetch the comments of each upload."""
    before, start = service.cpu_seconds(), time.monotonic()
    with ThreadPoolExecutor(_UPLOADS) as pool:
        ids = list(pool.map(lambda files: _upload(service, files), uploads))
    numbers = [_comments_of(service, each, start + _GIVE_UP_SECONDS) for each in ids]
    seconds = time.monotonic() - start
    load = Load(
        pages=len(uploads),
        comments=sum(map(len, numbers)),
        seconds=seconds,
        cpu_seconds=service.cpu_seconds() - before,
        worker_bytes=service.watch.worker_bytes,
        service_bytes=service.watch.service_bytes,
    )
    found = [
        [service.client.get(f"comments/{each}").raise_for_status().json() for each in own]
        for own in numbers
    ]
    return found, load


def _upload(service: Service, files: Sequence[File]) -> str:
    facts = {
        "channel": "mail",
        "delivery": "hand",
        "received_at": datetime.now(UTC).isoformat(),
    }
    parts = [("files", each) for each in files]
    answer = service.client.post("intake/scans", files=parts, data=facts)
    return str(answer.raise_for_status().json()["submission_id"])


def _comments_of(service: Service, submission: str, give_up_at: float) -> list[str]:
    while True:
        told = service.client.get(f"submissions/{submission}").raise_for_status().json()
        if told["state"] in _OVER:
            return list(told["comments"])
        if time.monotonic() > give_up_at:
            raise TimeoutError("the service does not come to an end")
        time.sleep(_ASK_EVERY)


def _file(sample: Sample) -> File:
    name = sample.order.filename
    return name, sample.data, _MEDIA_TYPES[name[name.rindex(".") :]]


def _stack(samples: Sequence[Sample]) -> bytes:
    """Put scans into one PDF, as the feeder of an office machine does."""
    with pikepdf.new() as stack:
        for each in samples:
            data = each.data if each.data.startswith(b"%PDF") else _as_pdf(each.data)
            with pikepdf.open(io.BytesIO(data)) as one:
                stack.pages.extend(one.pages)
        out = io.BytesIO()
        stack.save(out)
    return out.getvalue()


def _as_pdf(data: bytes) -> bytes:
    out = io.BytesIO()
    with Image.open(io.BytesIO(data)) as picture:
        picture.save(out, "PDF", resolution=200, quality=90)
    return out.getvalue()
