"""The file process: opens the attachments of one mail, and may crash in doing so.

Started by ``attachments`` as ``python -m app.channels.email.file_child``; speaks ``frames`` on
its standard input and output. It opens no network, no database and no file of its own accord.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from app.channels.email.automatic import takes_no_reply
from app.channels.email.child_program import serve
from app.channels.email.contents_json import form_to_json
from app.channels.email.files.found import FileClosed, Found, InnerFile
from app.channels.email.files.opening import open_file
from app.channels.email.files.unlocking import unlocked
from app.domain.comment_form import OPINION, CommentForm, Reading
from app.domain.findings import Finding
from app.domain.joined_form import is_labelled, with_email
from app.domain.labelled_text import read_labelled
from app.domain.several_forms import read_apart
from app.domain.text import MAX_OPINION_CHARACTERS, is_missing

_MAX_DEPTH = 3
_MAX_FILES = 200
_MAX_BYTES = 200 * 1024 * 1024
_MAX_TEXT = 1_000_000
_PDF = b"%PDF-"
_LOCKED = "attachment_encrypted"
_FIRST_KILOBYTE = 1024


@dataclass(slots=True)
class _Opened:
    """What was found so far in one attachment and everything inside it."""

    files: list[dict[str, object]] = field(default_factory=list[dict[str, object]])
    tails: list[bytes] = field(default_factory=list[bytes])
    left: int = _MAX_BYTES
    passwords: tuple[str, ...] = field(default=(), repr=False)

    def look(self, file: InnerFile, path: str, depth: int) -> None:
        """Open a file and what is inside it."""
        entry: dict[str, object] = {
            "path": path,
            "filename": file.filename,
            "media_type": file.media_type,
            "form": None,
            "several": [],
            "measures": [],
            "picture": False,
            "opened": file.opened,
            "codes": [],
        }
        self.files.append(entry)
        if depth:
            self.tails.append(file.data)
        try:
            found = self._found(file)
        except FileClosed as closed:
            entry["codes"] = [closed.code]
            return
        form = _form(found)
        if form is not None and _is_filled_by_hand(file, form):
            found, form = replace(found, picture=True), None
        if form is not None:
            entry["form"] = form_to_json(form)
            apart = read_apart(_text(found))
            entry["several"] = [
                form_to_json(_handed_on(_within_limit(each), found)) for each in apart.forms
            ]
            entry["measures"] = list(apart.names)
        entry["picture"] = found.picture
        entry["codes"] = [*found.findings, *self._inside(found, path, depth, opened=file.opened)]

    def _found(self, file: InnerFile) -> Found:
        """Open a file, and what is locked in it where a password fits."""
        closed: FileClosed | None = None
        try:
            found = open_file(file)
        except FileClosed as error:
            found, closed = Found(findings=(error.code,)), error
        if _LOCKED in found.findings and (behind := unlocked(file, self.passwords)):
            said = ("attachment_opened", *(each for each in found.findings if each != _LOCKED))
            return replace(found, inner=(*found.inner, *behind), findings=said)
        if closed is not None:
            raise closed
        return found

    def _inside(self, found: Found, path: str, depth: int, *, opened: bool) -> list[str]:
        over = False
        for number, inner in enumerate(found.inner, start=1):
            self.left -= len(inner.data)
            if depth >= _MAX_DEPTH or len(self.files) >= _MAX_FILES or self.left < 0:
                over = True
                break
            inside = replace(inner, opened=inner.opened or opened)
            self.look(inside, f"{path}/{inner.filename or f'#{number}'}", depth + 1)
        return ["attachment_limit"] if over else []


def answer(
    question: Mapping[str, Any], tails: Sequence[bytes]
) -> tuple[Mapping[str, object], list[bytes]]:
    """Open the file in the tail; give it and all inside it, with the bytes of those inside."""
    name = question["filename"]
    file = InnerFile(
        filename=None if name is None else str(name),
        media_type=str(question["media_type"]),
        data=tails[0],
    )
    opened = _Opened(passwords=tuple(map(str, question["passwords"])))
    opened.look(file, str(question["path"]), 0)
    return {"files": opened.files}, opened.tails


def _form(found: Found) -> CommentForm | None:
    if is_missing(found.text):
        return None
    return _handed_on(_within_limit(read_labelled(_text(found))), found)


def _text(found: Found) -> str:
    return _plain(found.text[:_MAX_TEXT])


def _within_limit(form: CommentForm) -> CommentForm:
    """Keep as much of an opinion as a record holds; the rest stays in the file."""
    if len(form.opinion) <= MAX_OPINION_CHARACTERS:
        return form
    opinion = form.opinion[:MAX_OPINION_CHARACTERS]
    said = Finding(
        code="opinion_too_long", field=OPINION, data={"limit": f"{MAX_OPINION_CHARACTERS:,}"}
    )
    readings = {**form.readings, OPINION: Reading(value=opinion, source="text")}
    return replace(form, opinion=opinion, readings=readings, findings=(*form.findings, said))


def _handed_on(form: CommentForm, found: Found) -> CommentForm:
    """Name who wrote a mail that was handed on inside of another."""
    if found.sender is None or takes_no_reply(found.sender):
        return form
    form = replace(form, findings=(*form.findings, Finding(code="forwarded_mail")))
    return with_email(form, found.sender)


def _plain(text: str) -> str:
    """Replace what no store keeps."""
    text = text.replace("\x00", "")
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _is_filled_by_hand(file: InnerFile, form: CommentForm) -> bool:
    """Say whether a PDF prints the items of a form, but what was written is only drawn."""
    if _PDF not in file.data[:_FIRST_KILOBYTE]:
        return False
    names = form.submitter.name, form.submitter.address
    empty = is_missing(form.opinion) or all(is_missing(each) for each in names)
    return is_labelled(form) and empty


if __name__ == "__main__":
    sys.exit(serve(answer))
