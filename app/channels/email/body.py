"""Which parts of a mail are its text, and which are attachments."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.channels.email.decoding import Decoded, decode
from app.channels.email.html_text import html_to_text
from app.channels.email.mime import MimePart
from app.domain.labelled_text import has_labels

_SIGNATURES = frozenset(
    {
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
        "application/pgp-signature",
        "application/pgp-keys",
    }
)
_TEXT_TYPES = ("text/plain", "text/html")
MAX_TEXT_BYTES = 2 * 1024 * 1024
"""As much text of a mail is read; an opinion of the greatest length has a fifth of it."""
_LONGEST_LINE = 64 * 1024
_LONGEST_UTF8 = 4
_DECORATION_BYTES = 10 * 1024
"""An inline picture below this is a logo; a pasted page of handwriting is never that small."""


@dataclass(slots=True)
class _Budget:
    """How much text may still be read, and whether some was left."""

    left: int = MAX_TEXT_BYTES
    cut: bool = False

    def take(self, data: bytes) -> bytes:
        """Give as much of a part as may be read, whole lines where it has lines."""
        kept = data
        if len(data) > self.left:
            self.cut = True
            end = data.rfind(b"\n", max(0, self.left - _LONGEST_LINE), self.left)
            kept = data[: end + 1] if end >= 0 else _whole_characters(data, self.left)
        self.left -= len(kept)
        return kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """Text of a mail.

    Attributes:
        text: As a reader sees it, lines ended by LF.
        repaired: Whether its bytes were not what they were labelled.
        charset: The charset it was read in.
        hidden: Text in it that a reader would not have seen.
    """

    text: str
    repaired: bool = False
    charset: str = "us-ascii"
    hidden: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A mail sorted into text and attachments.

    Attributes:
        text: Its text.
        attachments: The parts that are files.
        cut: Whether there is more text than is read.
    """

    text: Text
    attachments: tuple[MimePart, ...]
    cut: bool = False


def _whole_characters(data: bytes, end: int) -> bytes:
    """Cut without parting a character of UTF-8."""
    for _ in range(_LONGEST_UTF8):
        if end > 0 and data[end] & 0xC0 == 0x80:  # noqa: PLR2004 - 10xxxxxx goes on a character
            end -= 1
    return data[:end]


def read_body(root: MimePart) -> Body:
    """Sort the parts of a mail."""
    texts: list[Text] = []
    attachments: list[MimePart] = []
    budget = _Budget()
    _sort(root, texts, attachments, budget)
    if not any(text.text.strip() or text.hidden for text in texts):
        _take_named_text(texts, attachments, budget)
    said = [text for text in texts if text.text.strip()]
    return Body(
        text=Text(
            text="\n".join(text.text for text in said),
            repaired=any(text.repaired for text in texts),
            charset=next((text.charset for text in texts if text.repaired), "us-ascii"),
            hidden="\n".join(text.hidden for text in texts if text.hidden),
        ),
        attachments=tuple(attachments),
        cut=budget.cut,
    )


def needs_a_reader(part: MimePart, size: int) -> bool:
    """Say whether an attachment may hold something of the comment."""
    if part.media_type in _SIGNATURES:
        return False
    inline_picture = (
        part.media_type.startswith("image/")
        and part.headers.has("content-id")
        and part.disposition != "attachment"
    )
    return not (inline_picture and size < _DECORATION_BYTES)


def _sort(part: MimePart, texts: list[Text], attachments: list[MimePart], budget: _Budget) -> None:
    if part.children:
        if part.media_type == "multipart/alternative":
            _choose(part.children, texts, attachments, budget)
            return
        for child in part.children:
            _sort(child, texts, attachments, budget)
    elif _is_text(part):
        texts.append(_read_text(part, budget.take(part.data())))
    else:
        attachments.append(part)


def _take_named_text(texts: list[Text], attachments: list[MimePart], budget: _Budget) -> None:
    """Take a text that bears a file's name for the text of a mail that has no other.

    A name alone makes no attachment (RFC 2183, 2.10): some programs name every part.
    """
    for place, part in enumerate(attachments):
        if part.media_type in _TEXT_TYPES and part.disposition != "attachment":
            texts.append(_read_text(part, budget.take(part.data())))
            del attachments[place]
            return


def _choose(
    alternatives: Sequence[MimePart],
    texts: list[Text],
    attachments: list[MimePart],
    budget: _Budget,
) -> None:
    """Take one of several versions of the same text: the plain one unless it says less."""
    versions: list[tuple[list[Text], list[MimePart]]] = []
    for alternative in alternatives:
        inside: list[Text] = []
        files: list[MimePart] = []
        _sort(alternative, inside, files, budget)
        versions.append((inside, files))
        attachments.extend(files)
    written = [inside for inside, _ in versions if any(text.text.strip() for text in inside)]
    if not written:
        return
    chosen = written[0]  # RFC 2046 puts the plainest first
    if len(written) > 1 and not has_labels(_joined(chosen)):
        chosen = next((other for other in written[1:] if has_labels(_joined(other))), chosen)
    texts.extend(chosen)


def _joined(texts: Sequence[Text]) -> str:
    return "\n".join(text.text for text in texts)


def _is_text(part: MimePart) -> bool:
    if part.media_type not in _TEXT_TYPES:
        return False
    return part.disposition != "attachment" and part.filename is None


def _read_text(part: MimePart, data: bytes) -> Text:
    """Read a text part: charset, HTML, flowed lines."""
    found = decode(data, part.charset)
    text = found.text.replace("\r\n", "\n").replace("\r", "\n")
    if part.media_type == "text/html":
        shown = html_to_text(text)
        return _text(found, shown.text, hidden=shown.hidden)
    if _parameter(part, "format") == "flowed":
        text = unflowed(text, delete_space=_parameter(part, "delsp") == "yes")
    return _text(found, text)


def _text(found: Decoded, text: str, hidden: str = "") -> Text:
    return Text(text=text, repaired=found.repaired, charset=found.charset, hidden=hidden)


def _parameter(part: MimePart, name: str) -> str:
    value = part.parameters.get(name)
    return "" if value is None else value.text.strip().lower()


def unflowed(text: str, *, delete_space: bool) -> str:
    """Join lines that a mail program only wrapped (RFC 3676).

    Args:
        text: The text as it came, lines ended by LF.
        delete_space: Whether the space before a soft end belongs to the wrapping (DelSp).
    """
    lines: list[list[str]] = []  # pieces: adding to one long text again and again is slow
    depth_before, soft = -1, False
    for raw in text.split("\n"):
        depth = len(raw) - len(raw.lstrip(">"))
        content = raw[depth:].removeprefix(" ")
        flows = content.endswith(" ") and content != "-- "
        piece = content[:-1] if flows and delete_space else content
        if soft and depth == depth_before and content != "-- ":
            lines[-1].append(piece)
        else:
            lines.append([">" * depth + " " if depth else "", piece])
        depth_before, soft = depth, flows
    return "\n".join("".join(pieces) for pieces in lines)
