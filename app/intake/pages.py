"""Reading the page images of an arrival and keeping the picture of each page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from app.domain.comment_form import CommentForm
from app.domain.envelope import Channel, DocumentRole, Part
from app.domain.findings import Finding
from app.domain.stack import StackRules
from app.domain.submission import Submission
from app.intake.desk import IN_ROW_BYTES, Desk
from app.intake.receive import Kept, kept_part
from app.recognition.forms import Templates, forms_of
from app.recognition.pages import OpenFiles
from app.recognition.reading import DocumentReading
from app.recognition.shared_reading import Page

_HELD_BYTES = 4 * 1024 * 1024
"""Pictures of one arrival that wait in memory until their rows are written."""


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


class ReadElsewhere(Exception):
    """Another worker reads this arrival by now, or a person set it aside."""


def read_pages(
    desk: Desk,
    submission: Submission,
    files: OpenFiles,
    templates: Templates,
    *,
    next_position: int,
    worker: str,
    lease: timedelta,
) -> Pages:
    """Read every page of every file; pages are numbered through the whole arrival.

    Args:
        desk: What the use cases work with.
        submission: The arrival.
        files: Its files.
        templates: The templates they are read by.
        next_position: The first free place among its documents.
        worker: Who reads it.
        lease: How long nobody else may read it.

    Raises:
        ReadElsewhere: The lease was lost.
        Unavailable: The service is stopping.
    """
    pictures = _Pictures(desk, submission.id, next_position, files.before)
    renew = _renewing(desk, submission.id, worker, lease)
    renew(0, files.pages)
    read = files.read(on_page=renew, on_picture=pictures.keep)
    documents = [_numbered(each, before) for each, before in zip(read, files.before, strict=True)]
    rules = StackRules.of(submission.facts, single=_is_single(submission))
    return Pages(
        forms=forms_of(documents, templates, rules),
        findings=tuple(finding for each in documents for finding in each.findings),
        kept=tuple(sorted(pictures.kept, key=lambda each: each.document.position)),
        count=sum(len(each.pages) for each in documents),
    )


def _numbered(document: DocumentReading, before: int) -> DocumentReading:
    """Number the pages of a file through the arrival."""
    pages = tuple(replace(each, page=before + each.page) for each in document.pages)
    return replace(document, pages=pages)


def _is_single(submission: Submission) -> bool:
    """Say whether its sender says that there is one comment in it; a fax is one person's call."""
    return submission.channel is Channel.FAX or submission.announced == 1


def _renewing(
    desk: Desk, submission_id: str, worker: str, lease: timedelta
) -> Callable[[int, int], None]:
    def renew(done: int, pages: int) -> None:
        until = desk.clock() + lease
        if not desk.writer.run(
            lambda repositories: repositories.queue.renew(
                submission_id, worker=worker, until=until, done=done, pages=pages
            )
        ):
            raise ReadElsewhere

    return renew


@dataclass(slots=True)
class _Pictures:
    """The pictures of pages, made durable as they come, in whatever order that is."""

    desk: Desk
    submission_id: str
    next_position: int
    before: Sequence[int]
    kept: list[Kept] = field(default_factory=list)
    held: int = 0

    def keep(self, page: Page, picture: bytes) -> None:
        """Keep the picture of a page."""
        number = self.before[page.file] + page.number
        part = Part(
            filename=f"page-{number:03d}.png",
            media_type="image/png",
            data=picture,
            role=DocumentRole.PAGE_IMAGE,
        )
        # Small pictures wait in memory for their rows; those of a long stack would fill it.
        room = IN_ROW_BYTES if self.held + len(picture) <= _HELD_BYTES else 0
        kept = kept_part(
            self.desk,
            part,
            self.submission_id,
            self.next_position + number - 1,
            page=number,
            most_in_row=room,
        )
        self.held += len(kept.content or b"")
        self.kept.append(kept)
