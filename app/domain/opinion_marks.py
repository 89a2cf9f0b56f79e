"""What in a mail's text is not the writer's opinion: marked by where it stands, never taken out."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.domain.comment_form import OPINION
from app.domain.findings import Finding
from app.domain.label_values import is_quoted


class MarkKind(StrEnum):
    """What a span of a text is; each is the code of a finding."""

    SIGNATURE = "signature_in_opinion"
    QUOTATION = "quotation_in_opinion"
    FORWARD_HEADER = "forward_header_in_opinion"
    DISCLAIMER = "disclaimer_in_opinion"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A span of whole lines.

    Attributes:
        kind: What it is.
        start: Characters before it.
        end: Characters before what follows it.
    """

    kind: MarkKind
    start: int
    end: int


_LINES_READ = 20_000
_HEADER = re.compile(
    r"[>＞\s*]*(?:差出人|送信者|送信元|送信日時|送信日|日時|日付|宛先|件名|返信先|From|To"
    r"|Cc|CC|Sent|Date|Subject|Reply-To)\*?[ \t\u3000]*[:：]"
)
_ORIGIN = re.compile(r"[>＞\s*]*(?:差出人|送信者|送信元|From)\*?[ \t\u3000]*[:：]")
_FORWARDED = re.compile(
    r"[>＞\s\-_─━=＝]*(?:Forwarded message|Begin forwarded message|Forwarded by"
    r"|転送(?:された)?メッセージ|(?:以下|下記)、?(?:の)?転送)",
    re.IGNORECASE,
)
_ORIGINAL = re.compile(
    r"[>＞\s]*[-_─━]{2,}[ \t]*(?:Original Message|元のメッセージ)", re.IGNORECASE
)
_ATTRIBUTION = re.compile(
    r"(?:On .{5,200} wrote:|.{0,20}\d{4}[年/.-]\d{1,2}[月/.-]\d{1,2}.{0,150}"
    r"(?:[:：]|のメール[:：]?|(?:wrote|書きました|送信)[:：]?))[ \t]*$"
)
_SIGNATURE_LINE = re.compile(r"-- ?$")
_RULE = re.compile(r"[\s\u3000]*[-－─━=＝_＿*＊~～+＋◆◇■□☆★・・.…]{4,}[\s\u3000]*$")
_CONTACT = re.compile(
    r"〒|TEL|Tel|tel|電話|携帯|FAX|Fax|E-?mail|Mail|https?:|[0-9A-Za-z._+-]+[@＠][0-9A-Za-z.-]+"
    r"|[0-9]{2,4}-[0-9]{2,4}-[0-9]{3,4}"
)
_MACHINE = re.compile(
    r"[\s\u3000]*(?:(?:私の)?(?:iPhone|iPad|Android|スマートフォン|携帯).{0,12}から送信"
    r"|Sent from (?:my )?\w+|(?:Yahoo!メール|Outlook).{0,40}(?:送信|入手))"
)
_DISCLAIMER = re.compile(
    r".{0,20}(?:(?:本|当|この)(?:電子)?メール|This (?:e-?mail|message)|CONFIDENTIAL).{0,200}"
    r"(?:機密|秘密|守秘|誤って|誤送信|宛先|名宛|confidential|intended|privileged)",
    re.IGNORECASE,
)
_LONGEST_SIGNATURE = 15
_LONGEST_SIGNATURE_LINE = 60
_ADDRESS = re.compile(r"[A-Za-z0-9._%+'-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+")


def marks(text: str, *, forward: bool = False) -> tuple[Mark, ...]:
    """Find the spans of a mail's text that its writer did not write as opinion.

    Args:
        text: The text.
        forward: Whether the mail was handed on, so that what a header is copied above is meant.
    """
    lines = text.split("\n")[:_LINES_READ]
    kinds: list[MarkKind | None] = [None] * len(lines)
    _mark_quotations(lines, kinds, forward=forward)
    _mark_headers(lines, kinds)
    _mark_disclaimers(lines, kinds)
    _mark_signature(lines, kinds)
    return _spans(lines, kinds)


def freed(text: str) -> str:
    """Give a text without its marked spans, to judge what is left; never to be kept."""
    pieces, at = [], 0
    for mark in marks(text):
        pieces.append(text[at : mark.start])
        at = mark.end
    return "".join([*pieces, text[at:]])


def mark_findings(text: str, *, forward: bool = False) -> tuple[Finding, ...]:
    """Give the marks of an opinion as findings: characters from 1, both ends included."""
    return tuple(
        Finding(
            code=mark.kind.value,
            field=OPINION,
            data={"start": str(mark.start + 1), "end": str(mark.end)},
        )
        for mark in marks(text, forward=forward)
    )


def without_marks(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Drop the marks of an opinion that is another one now."""
    codes = {kind.value for kind in MarkKind}
    return tuple(each for each in findings if each.code not in codes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forward:
    """A mail that was handed on inside of another.

    Attributes:
        sender: Address of who wrote it, as the copied header has it; None where it has none.
        before: What whoever handed it on wrote above.
        text: Its own text, freed of the marks of quoting if every line bears one.
    """

    sender: str | None
    before: str
    text: str


def forwarded(text: str, subject: str | None) -> Forward | None:
    """Find the mail that a mail hands on; None for a reply or a mail of its own.

    Args:
        text: The mail's text.
        subject: Its subject, which tells a forward from a reply where the text does not.
    """
    lines = text.split("\n")
    block = _header_block(lines[:_LINES_READ])
    if block is None:
        return None
    start, end = block
    by_subject = re.match(r"\s*(?:fwd?|転送)\s*[:：]", subject or "", re.IGNORECASE) is not None
    by_mark = any(_FORWARDED.match(line) for line in lines[max(0, start - 3) : start])
    if not (by_subject or by_mark):
        return None
    origin = next(line for line in lines[start:end] if _ORIGIN.match(line))
    found = _ADDRESS.search(origin)
    inside = lines[end:]
    if any(line.strip() for line in inside) and all(
        is_quoted(line) or not line.strip() for line in inside
    ):
        inside = [re.sub(r"^[ \t]*[>＞] ?", "", line) for line in inside]
    above = (line for line in lines[:start] if not _FORWARDED.match(line))
    before = [line for line in above if not _ORIGINAL.match(line)]
    return Forward(
        sender=None if found is None else found.group(),
        before="\n".join(before),
        text="\n".join(inside),
    )


def _header_block(lines: Sequence[str]) -> tuple[int, int] | None:
    """Find the first header that a mail program copied into the text."""
    start: int | None = None
    for index, line in enumerate([*lines, ""]):
        if _HEADER.match(line):
            start = index if start is None else start
        elif start is not None:
            if index - start > 1 and any(_ORIGIN.match(each) for each in lines[start:index]):
                return start, index
            start = None
    return None


def _mark_quotations(lines: Sequence[str], kinds: list[MarkKind | None], *, forward: bool) -> None:
    for index, line in enumerate(lines):
        if is_quoted(line):
            kinds[index] = MarkKind.QUOTATION
            above = index - 1
            while above >= 0 and not lines[above].strip():
                above -= 1
            if above >= 0 and kinds[above] is None and _ATTRIBUTION.match(lines[above]):
                kinds[above : index + 1] = [MarkKind.QUOTATION] * (index + 1 - above)
        elif not forward and _ORIGINAL.match(line):
            # A reply with the mail it answers below, unmarked: all of it is quoted.
            rest = len(lines) - index
            kinds[index:] = [MarkKind.QUOTATION] * rest
            return


def _mark_headers(lines: Sequence[str], kinds: list[MarkKind | None]) -> None:
    block: list[int] = []
    for index, line in enumerate([*lines, "."]):
        if block and not line.strip() and not _HEADER.match(lines[block[-1]]):
            continue  # a blank line below "Forwarded message"
        if _HEADER.match(line) or _FORWARDED.match(line) or _ORIGINAL.match(line):
            block.append(index)
            continue
        if len(block) > 1 and any(_ORIGIN.match(lines[each]) for each in block):
            for each in block:
                if kinds[each] is None:
                    kinds[each] = MarkKind.FORWARD_HEADER
        block = []


def _mark_disclaimers(lines: Sequence[str], kinds: list[MarkKind | None]) -> None:
    inside = False
    for index, line in enumerate(lines):
        if kinds[index] is None and _DISCLAIMER.match(line):
            inside = True
        elif not line.strip() or kinds[index] is not None:
            inside = False
        if inside:
            kinds[index] = MarkKind.DISCLAIMER


def _mark_signature(lines: Sequence[str], kinds: list[MarkKind | None]) -> None:
    """Mark what stands at the end of the writer's own text."""
    own = [index for index, kind in enumerate(kinds) if kind is None and lines[index].strip()]
    last = own[-1] if own else -1
    for index in own[-_LONGEST_SIGNATURE:]:
        line = lines[index]
        if _MACHINE.match(line) and len(line) <= _LONGEST_SIGNATURE_LINE:
            kinds[index] = MarkKind.SIGNATURE
            continue
        if _SIGNATURE_LINE.match(line) or (
            _RULE.match(line) and _looks_like_signature(lines[index + 1 : last + 1])
        ):
            for each in range(index, last + 1):
                kinds[each] = kinds[each] or MarkKind.SIGNATURE
            return


def _looks_like_signature(lines: Sequence[str]) -> bool:
    said = [line for line in lines if line.strip() and not _RULE.match(line)]
    return (
        bool(said)
        and any(_CONTACT.search(line) for line in said)
        and all(len(line) <= _LONGEST_SIGNATURE_LINE and "。" not in line for line in said)
    )


def _spans(lines: Sequence[str], kinds: Sequence[MarkKind | None]) -> tuple[Mark, ...]:
    found: list[Mark] = []
    at = 0
    open_kind: MarkKind | None = None
    start = 0
    for line, kind in zip([*lines, ""], [*kinds, None], strict=True):
        if kind is not open_kind:
            if open_kind is not None:
                found.append(Mark(kind=open_kind, start=start, end=at))
            open_kind, start = kind, at
        at += len(line) + 1
    total = max(0, sum(len(line) + 1 for line in lines) - 1)
    return tuple(Mark(kind=each.kind, start=each.start, end=min(each.end, total)) for each in found)
