"""Mail that a server sorted out as junk: read as well, but not everything there is a comment."""

import re
from collections.abc import Mapping, Sequence

from app.domain.comment_form import CommentForm, Contents
from app.domain.findings import Finding
from app.domain.joined_form import is_labelled

JUNK_FACT = "junk"
"""Stands where a mail lay in a folder that its server itself names as one for junk (RFC 6154)."""

FOUND_IN_JUNK = Finding(code="found_in_junk")
_NAMED_SO = re.compile(r"junk|spam|bulk mail|迷惑", re.IGNORECASE)


def is_sorted_out(facts: Mapping[str, str]) -> bool:
    """Say whether the server put the mail into its folder for junk."""
    return JUNK_FACT in facts


def shows_a_comment(contents: Contents, forms: Sequence[CommentForm]) -> bool:
    """Say whether anything in a mail points to a comment, so that it is no mere junk.

    Labels of the form, the name of a measure, pages to read, or a code of our correction requests.
    """
    return bool(
        contents.tokens
        or contents.images
        or any(is_labelled(each) or each.measure_written for each in forms)
    )


def found_in_junk(facts: Mapping[str, str]) -> tuple[Finding, ...]:
    """Say so where a mail lay among junk, by its server's word or by the name of its folder."""
    named_so = _NAMED_SO.search(facts.get("folder", "")) is not None
    return (FOUND_IN_JUNK,) if named_so or is_sorted_out(facts) else ()
