"""How a stack was parted: small pictures of its pages, whose each is, which cut is doubtful."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.domain.comment import CommentRecord
from app.domain.envelope import DocumentRole
from app.domain.stack import SplitDoubt
from app.domain.submission import Document

_CODE = "split_doubtful"
_MOST = 24
"""Small pictures beside one comment; those of a long one stand on the page of its arrival."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitPage:
    """One page of an arrival.

    Attributes:
        picture: Its picture.
        owners: Receipt numbers of the comments it belongs to.
        doubts: Why it is doubtful that it stands on the right side of a cut.
        doubtful: Whether that is doubtful, for whatever reason.
        foreign: Whether it belongs to a comment that may not be seen.
    """

    picture: Document
    owners: tuple[str, ...]
    doubts: tuple[SplitDoubt, ...]
    doubtful: bool
    foreign: bool


def every_page(
    documents: Iterable[Document], comments: Sequence[CommentRecord], *, hidden: frozenset[int]
) -> tuple[SplitPage, ...]:
    """Give every page of an arrival in the order of the stack.

    Args:
        documents: Its documents.
        comments: The comments made from it that may be seen.
        hidden: Pages of the others.
    """
    why = _doubts(comments)
    pages = []
    for picture in sorted(_pictures(documents), key=lambda each: each.page or 0):
        number = picture.page or 0
        pages.append(
            SplitPage(
                picture=picture,
                owners=tuple(each.receipt_number for each in comments if number in each.pages),
                doubts=tuple(sorted(why.get(number, ()))),
                doubtful=number in why,
                foreign=number in hidden,
            )
        )
    return tuple(pages)


def around(record: CommentRecord, pages: Sequence[SplitPage]) -> tuple[SplitPage, ...]:
    """Give the pages a person compares: the comment's, and those beside each doubtful cut.

    Args:
        record: The comment.
        pages: Every page of its arrival.

    Returns:
        None where no split of this comment is doubtful.
    """
    doubtful = _doubts([record])
    if not doubtful:
        return ()
    beside = {number + step for number in doubtful for step in (-1, 0, 1)}
    near = [each for each in pages if each.picture.page in beside | set(record.pages)]
    if len(near) > _MOST:
        near = [each for each in near if each.picture.page in beside][:_MOST]
    return tuple(near)


def hidden_pages(
    comments: Iterable[CommentRecord], seen: Iterable[CommentRecord]
) -> frozenset[int]:
    """Give the pages of those comments of an arrival that may not be seen."""
    known = {each.receipt_number for each in seen}
    return frozenset(
        page for each in comments if each.receipt_number not in known for page in each.pages
    )


def _pictures(documents: Iterable[Document]) -> list[Document]:
    return [each for each in documents if each.role is DocumentRole.PAGE_IMAGE]


def _doubts(comments: Iterable[CommentRecord]) -> dict[int, set[SplitDoubt]]:
    """Give the doubtful pages by number, and why; older findings do not say why."""
    found: dict[int, set[SplitDoubt]] = {}
    for finding in (each for record in comments for each in record.findings):
        if finding.code != _CODE:
            continue
        for number in finding.data.get("pages", "").split("、"):
            if number.isascii() and number.isdigit():
                found.setdefault(int(number), set())
        for each in finding.data.get("why", "").split(","):
            number, _, why = each.partition(":")
            if number.isascii() and number.isdigit() and why in set(SplitDoubt):
                found.setdefault(int(number), set()).add(SplitDoubt(why))
    return found
