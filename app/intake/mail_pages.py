"""Joining what a mail says with the pages that came attached to it."""

from collections.abc import Sequence
from dataclasses import replace

from app.domain.comment_form import CommentForm, Contents
from app.domain.findings import Finding
from app.domain.joined_form import is_labelled, join, says_something, with_email
from app.domain.opinion_marks import without_marks
from app.domain.text import is_missing

_LONGEST_NAMES = 255


def joined(contents: Contents, papers: Sequence[CommentForm]) -> tuple[CommentForm, ...]:
    """Give the comments of a mail with pages: one where they make up one form.

    Args:
        contents: What the mail says.
        papers: The comments found on its pages.
    """
    form = contents.form or CommentForm()
    names = "、".join(part.filename or "#" for part in contents.images)[:_LONGEST_NAMES]
    if not says_something(form):
        # The mail only hands the paper over; what it was found to be stays with the first.
        return tuple(
            with_email(replace(each, findings=(*own, *each.findings)), form.submitter.email)
            for each, own in zip(
                papers, _once(without_marks(form.findings), len(papers)), strict=True
            )
        )
    if len(papers) == 1:
        return (_beside(form, papers[0], names),)
    if is_missing(form.opinion):
        return (join(form, papers[0], filename=names), *papers[1:])
    return (form, *papers)


def _once(findings: tuple[Finding, ...], count: int) -> list[tuple[Finding, ...]]:
    return [findings, *[()] * (count - 1)]


def _beside(form: CommentForm, paper: CommentForm, names: str) -> CommentForm:
    """Join one paper; a picture that adds nothing to the form is shown to a person all the same."""
    whole = join(form, paper, filename=names)
    if is_labelled(paper) or len(whole.findings) > len(form.findings):
        return whole
    seen = Finding(code="attachment_not_joined", data={"filename": names})
    return replace(whole, findings=(*whole.findings, seen))
