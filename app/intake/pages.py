"""Reading the page images of an arrival and keeping the picture of each page."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

from app.domain.comment_form import CommentForm
from app.domain.envelope import Channel, DocumentRole, Part
from app.domain.findings import Finding
from app.domain.stack import StackRules
from app.domain.submission import Submission
from app.intake.desk import Desk
from app.intake.forms import known_templates
from app.intake.receive import Kept, kept_part
from app.recognition.forms import forms_of
from app.recognition.reading import DocumentReading


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
    templates = known_templates(desk)
    documents: list[DocumentReading] = []
    pictures = _Pictures(desk, submission.id, next_position)
    renew = _renewing(desk, submission.id, worker, lease)
    for part in images:
        document = desk.recogniser.read(part, templates, on_page=renew, on_picture=pictures.keep)
        pages = tuple(replace(each, page=pictures.offset + each.page) for each in document.pages)
        documents.append(DocumentReading(pages=pages, findings=document.findings))
        pictures.offset += len(pages)
    rules = StackRules.of(submission.facts, single=_is_single(submission))
    return Pages(
        forms=forms_of(documents, templates, rules),
        findings=tuple(finding for each in documents for finding in each.findings),
        kept=tuple(pictures.kept),
        count=pictures.offset,
    )


def _is_single(submission: Submission) -> bool:
    """Say whether its sender says that there is one comment in it; a fax is one person's call."""
    return submission.channel is Channel.FAX or submission.announced == 1


def _renewing(
    desk: Desk, submission_id: str, worker: str, lease: timedelta
) -> Callable[[int, int], None]:
    def renew(_done: int, _total: int) -> None:
        until = desk.clock() + lease
        desk.writer.run(
            lambda repositories: repositories.submissions.renew(
                submission_id, worker=worker, until=until
            )
        )

    return renew


@dataclass(slots=True)
class _Pictures:
    """The pictures of pages, made durable as they come."""

    desk: Desk
    submission_id: str
    next_position: int
    offset: int = 0
    kept: list[Kept] = field(default_factory=list)

    def keep(self, page: int, picture: bytes) -> None:
        """Keep the picture of a page of the present file."""
        number = self.offset + page
        part = Part(
            filename=f"page-{number:03d}.png",
            media_type="image/png",
            data=picture,
            role=DocumentRole.PAGE_IMAGE,
        )
        position = self.next_position + len(self.kept)
        self.kept.append(kept_part(self.desk, part, self.submission_id, position, page=number))
