"""Reading the page images of an arrival and keeping the picture of each page."""

from dataclasses import dataclass
from datetime import timedelta

from app.domain.comment_form import CommentForm
from app.domain.envelope import DocumentRole, Part
from app.domain.findings import Finding
from app.domain.submission import Submission
from app.intake.desk import Desk
from app.intake.receive import Kept, kept_part
from app.recognition.forms import forms_in
from app.recognition.templates import from_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """The pages of an arrival as read.

    Attributes:
        forms: The comments found in them.
        findings: What was noticed about the files.
        kept: The pictures of the pages, as documents.
        count: Pages there are.
    """

    forms: tuple[CommentForm, ...]
    findings: tuple[Finding, ...]
    kept: tuple[Kept, ...]
    count: int


def read_pages(
    desk: Desk,
    submission: Submission,
    images: tuple[Part, ...],
    *,
    next_position: int,
    worker: str,
    lease: timedelta,
) -> Pages:
    """Read every page of every file; pages are numbered through the whole arrival.

    Raises:
        RecognitionUnavailable: The OCR program is missing.
    """
    templates = {
        key: from_json(layout) for key, layout in desk.queries.consultations.layouts().items()
    }
    forms: list[CommentForm] = []
    findings: list[Finding] = []
    kept: list[Kept] = []
    offset = 0

    def renew(_done: int, _total: int) -> None:
        until = desk.clock() + lease
        desk.writer.run(
            lambda repositories: repositories.submissions.renew(
                submission.id, worker=worker, until=until
            )
        )

    for part in images:
        document = desk.recogniser.read(part, templates, on_page=renew)
        findings.extend(document.findings)
        forms.extend(forms_in(document.pages, templates, offset=offset, findings=document.findings))
        for page in document.pages:
            if page.image is not None:
                picture = Part(
                    filename=f"page-{offset + page.page:03d}.png",
                    media_type="image/png",
                    data=page.image,
                    role=DocumentRole.PAGE_IMAGE,
                )
                position = next_position + len(kept)
                kept.append(
                    kept_part(desk, picture, submission.id, position, page=offset + page.page)
                )
        offset += len(document.pages)
    return Pages(forms=tuple(forms), findings=tuple(findings), kept=tuple(kept), count=offset)
