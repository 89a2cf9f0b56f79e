"""Templates, and how instants, days, labels and findings are written on a page."""

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse

from app.domain.access import Scope
from app.domain.audit import AuditAction
from app.domain.envelope import in_japan
from app.domain.errors import FieldProblem, Refusal
from app.domain.findings import Finding
from app.domain.labels import label
from app.domain.stack import SplitDoubt
from app.domain.wording import FINDINGS, PROBLEMS, REASONS, SPLIT_DOUBTS, say
from app.web import assets
from app.web.staff import Staff

SECURITY_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
        "object-src 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""Nothing from elsewhere is loaded, framed or posted to (the LGWAN side could not load it)."""

_WEEKDAYS = "月火水木金土日"


def day(value: date | None) -> str:
    """Write a day in Japan."""
    if value is None:
        return ""
    return f"{value.year}年{value.month}月{value.day}日（{_WEEKDAYS[value.weekday()]}）"


def moment(value: datetime | None) -> str:
    """Write an instant by the clock of Japan."""
    if value is None:
        return ""
    local = in_japan(value)
    return f"{day(local.date())} {local:%H:%M:%S}"


def finding_words(finding: Finding) -> str:
    """Put a finding into words."""
    return say(finding.code, "ja", finding.data, section=FINDINGS)


def problem_words(problem: FieldProblem | Refusal | str) -> str:
    """Put what is wrong into words."""
    if isinstance(problem, str):
        return say(problem, "ja", {}, section=PROBLEMS)
    return say(problem.code, "ja", problem.data, section=PROBLEMS)


def reason_words(code: str) -> str:
    """Say why an arrival stands where it stands."""
    return say(code, "ja", {}, section=REASONS)


def split_doubt_words(why: SplitDoubt) -> str:
    """Say why a split of a stack is doubtful."""
    return say(why, "ja", {}, section=SPLIT_DOUBTS)


_SOURCES = {
    "collection ": "提出箱の回収 ",
    "scan ": "スキャンの取込み ",
    "key ": "キー ",
    "fax gateway": "ファクシミリの受信機",
}
_MATCHED = {
    "official": "正式な名称と同じ",
    "alias": "別名と同じ",
    "contained": "名称を含む",
    "form": "様式のQRコード",
}
_FACTS = {
    "mailbox": "メールボックス",
    "folder": "フォルダー",
    "uidvalidity": "UIDVALIDITY",
    "uid": "UID",
    "message_id": "Message-ID",
    "job_id": "受信ジョブ",
    "station_id": "相手先の表示",
    "caller_number": "発信元の番号",
    "gateway": "受信機",
    "machine": "複合機・ファクス",
    "machine_evidence": "複合機とみた見出し",
    "subject": "件名",
}
_SHOWN_OF_ID = 12


def source_words(source: str) -> str:
    """Name the source of an arrival; of an id its beginning tells it apart."""
    for opening, words in _SOURCES.items():
        if source.startswith(opening):
            rest = source.removeprefix(opening)
            shown = rest if opening == "key " else rest[:_SHOWN_OF_ID]
            return f"{words}{shown}".rstrip()
    return source


def evidence_words(evidence: Mapping[str, str]) -> str:
    """Say what speaks for or against a candidate for the measure."""
    matched = evidence.get("matched", "")
    words = [_MATCHED.get(matched, "字面の近さによる")] if matched else []
    if "differs" in evidence:
        words.append(f"違い：{evidence['differs']}")
    return "。".join(words)


def fact_words(name: str) -> str:
    """Name an outer fact of an arrival."""
    return _FACTS.get(name, name)


def size_words(size: int) -> str:
    """Write a file size the way people say it."""
    for unit, bytes_each in (("MB", 1024 * 1024), ("KB", 1024)):
        if size >= bytes_each:
            return f"{size / bytes_each:,.1f} {unit}"
    return f"{size:,} バイト"


def as_written(text: str | None) -> Markup:
    """Give the content of a text area.

    A browser drops one line break right after the tag, so one more is put there: text that
    opens with an empty line comes back as it was.
    """
    return Markup("\n") + escape(text or "")


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        day=day,
        moment=moment,
        label=label,
        finding=finding_words,
        problem=problem_words,
        reason=reason_words,
        split_doubt=split_doubt_words,
        size=size_words,
        source=source_words,
        evidence=evidence_words,
        fact=fact_words,
        as_written=as_written,
    )
    environment.globals.update(asset=assets.address, Scope=Scope, AuditAction=AuditAction)
    return environment


_templates = _environment()


def page(
    template: str,
    *,
    staff: Staff | None = None,
    status: int = 200,
    **context: object,
) -> HTMLResponse:
    """Render a page.

    Args:
        template: File name of its template.
        staff: Who is signed in; None on pages for everybody.
        status: HTTP status.
        context: What the template shows.
    """
    html = _templates.get_template(template).render(staff=staff, **context)
    headers = {**SECURITY_HEADERS, "Cache-Control": "no-store" if staff else "no-cache"}
    return HTMLResponse(html, status, headers=headers)
