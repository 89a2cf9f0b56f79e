"""What the attachments of a mail say, opened one by one in a process of their own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.channels.email.child_process import ChildFailed, ChildLimits, ChildProcess
from app.channels.email.contents_json import form_from_json
from app.domain.comment_form import CommentForm
from app.domain.envelope import DocumentRole, Part
from app.domain.findings import FINDINGS, Finding

_PROGRAM = "app.channels.email.file_child"
_LONGEST_NAME = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachedForm:
    """What one file says.

    Attributes:
        filename: Its name, with those of the files it was in.
        form: Its text read as one comment.
        several: Comments on several measures that stand apart in it.
        measures: Every measure name that stands under a label in it.
        opened: Whether a password was needed to get at it.
    """

    filename: str
    form: CommentForm
    several: tuple[CommentForm, ...] = ()
    measures: tuple[str, ...] = ()
    opened: bool = False


@dataclass(slots=True)
class FilesRead:
    """What was found in the attachments of a mail.

    Attributes:
        forms: What each of them says.
        images: Files whose pages have to be read by recognition.
        locked_images: Such files that needed a password.
        inner: Files that were inside of others.
        findings: What was noticed about them.
    """

    forms: list[AttachedForm] = field(default_factory=list[AttachedForm])
    images: list[Part] = field(default_factory=list[Part])
    locked_images: list[Part] = field(default_factory=list[Part])
    inner: list[Part] = field(default_factory=list[Part])
    findings: list[Finding] = field(default_factory=list[Finding])


def read_files(
    parts: Sequence[tuple[int, Part]], limits: ChildLimits, passwords: Sequence[str] = ()
) -> FilesRead:
    """Open files; one that cannot be opened is said and disturbs no other.

    Args:
        parts: The files, each with its place in the mail.
        limits: What the process may use for each.
        passwords: What to try on locked ones; it goes through the pipe alone.
    """
    read = FilesRead()
    with ChildProcess(_PROGRAM, limits) as child:
        for number, part in parts:
            path = part.filename or f"#{number}"
            question: dict[str, object] = {
                "path": path,
                "filename": part.filename,
                "media_type": part.media_type,
                "passwords": list(passwords),
            }
            try:
                answer, tails = child.ask(question, [part.whole()])
                opened = _opened(part, answer, tails)
            except (ChildFailed, KeyError, TypeError, ValueError, AttributeError):
                read.findings.append(
                    Finding(code="attachment_unread", data={"filename": path[:_LONGEST_NAME]})
                )
                continue
            read.forms.extend(opened.forms)
            read.images.extend(opened.images)
            read.locked_images.extend(opened.locked_images)
            read.inner.extend(opened.inner)
            read.findings.extend(opened.findings)
    return read


# Any: JSON is untyped at this border.
def _opened(outer: Part, answer: Mapping[str, Any], tails: Sequence[bytes]) -> FilesRead:
    read = FilesRead()
    inside = [
        Part(
            filename=None if each["filename"] is None else str(each["filename"])[:_LONGEST_NAME],
            media_type=str(each["media_type"]),
            data=tail,
            role=DocumentRole.ATTACHMENT,
        )
        for each, tail in zip(answer["files"][1:], tails, strict=True)
    ]
    read.inner.extend(inside)
    for each, part in zip(answer["files"], [outer, *inside], strict=True):
        path = str(each["path"])[:_LONGEST_NAME]
        if each["form"] is not None:
            read.forms.append(
                AttachedForm(
                    filename=path,
                    form=form_from_json(each["form"]),
                    several=tuple(map(form_from_json, each["several"])),
                    measures=tuple(map(str, each["measures"])),
                    opened=bool(each["opened"]),
                )
            )
        if each["picture"]:
            (read.locked_images if each["opened"] else read.images).append(part)
        for code in map(str, each["codes"]):
            if code not in FINDINGS:
                raise ValueError(code)
            read.findings.append(Finding(code=code, data={"filename": path}))
    return read
