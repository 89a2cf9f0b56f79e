"""Domain values as JSON documents and back; the one place that knows the stored shapes."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from typing import Any  # stored JSON documents have no static shape

from app.domain.access import Actor, Scope
from app.domain.comment import Correction
from app.domain.comment_form import Reading, ReplyRoute
from app.domain.consultation import (
    Basis,
    Category,
    Consultation,
    DeadlineRule,
    Office,
    RequiredField,
    RuleKey,
)
from app.domain.findings import Finding
from app.domain.mail_texts import MailText, MailTexts
from app.domain.measure import Measure, MeasureCandidate, MeasureVerdict
from app.domain.status import CommentDecision, Decision
from app.domain.timeliness import Clock, Timeliness, TimelinessVerdict

Stored = dict[str, Any]


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def findings_out(findings: Iterable[Finding]) -> list[Stored]:
    """Store findings."""
    return [{"code": f.code, "field": f.field, "data": dict(f.data)} for f in findings]


def findings_in(stored: Iterable[Stored]) -> tuple[Finding, ...]:
    """Read findings."""
    return tuple(Finding(code=f["code"], field=f["field"], data=f["data"]) for f in stored)


def readings_out(readings: Mapping[str, Reading]) -> Stored:
    """Store readings."""
    return {
        pointer: {
            "value": r.value,
            "confidence": r.confidence,
            "source": r.source,
            "page": r.page,
            "box": list(r.box) if r.box else None,
            "engine": r.engine,
            "template": r.template,
            "raw": r.raw,
        }
        for pointer, r in readings.items()
    }


def readings_in(stored: Stored) -> dict[str, Reading]:
    """Read readings."""
    return {
        pointer: Reading(**{**r, "box": tuple(r["box"]) if r["box"] else None})
        for pointer, r in stored.items()
    }


def corrections_out(corrections: Mapping[str, tuple[Correction, ...]]) -> Stored:
    """Store the history of each field."""
    return {
        pointer: [
            {"value": c.value, "new_value": c.new_value, "by": c.by, "at": c.at.isoformat()}
            for c in history
        ]
        for pointer, history in corrections.items()
    }


def corrections_in(stored: Stored) -> dict[str, tuple[Correction, ...]]:
    """Read the history of each field."""
    return {
        pointer: tuple(Correction(**{**c, "at": datetime.fromisoformat(c["at"])}) for c in history)
        for pointer, history in stored.items()
    }


def measure_out(measure: Measure) -> Stored:
    """Store a measure name with its verdict."""
    return {
        "written": measure.written,
        "verdict": measure.verdict.value,
        "score": measure.score,
        "candidates": [
            {
                "consultation": c.consultation,
                "measure_name": c.measure_name,
                "score": c.score,
                "evidence": dict(c.evidence),
            }
            for c in measure.candidates
        ],
        "consultation": measure.consultation,
        "exact": measure.exact,
    }


def measure_in(stored: Stored) -> Measure:
    """Read a measure name with its verdict."""
    return Measure(
        written=stored["written"],
        verdict=MeasureVerdict(stored["verdict"]),
        score=stored["score"],
        candidates=tuple(MeasureCandidate(**c) for c in stored["candidates"]),
        consultation=stored["consultation"],
        exact=stored["exact"],
    )


def timeliness_out(timeliness: Timeliness) -> Stored:
    """Store a verdict on a deadline."""
    return {
        "verdict": str(timeliness.verdict),
        # Plain texts: writing a member of an enum as JSON costs ten times as much.
        "basis": timeliness.basis and str(timeliness.basis),
        "clock": timeliness.clock and str(timeliness.clock),
        "deadline": timeliness.deadline.isoformat() if timeliness.deadline else None,
    }


def timeliness_in(stored: Stored) -> Timeliness:
    """Read a verdict on a deadline."""
    return Timeliness(
        verdict=TimelinessVerdict(stored["verdict"]),
        basis=Basis(stored["basis"]) if stored["basis"] else None,
        clock=Clock(stored["clock"]) if stored["clock"] else None,
        deadline=_instant(stored["deadline"]),
    )


def decision_out(decision: Decision | None) -> Stored | None:
    """Store a person's decision."""
    if decision is None:
        return None
    return {
        "decision": decision.decision.value,
        "reason": decision.reason,
        "by": decision.by,
        "at": decision.at.isoformat(),
    }


def decision_in(stored: Stored | None) -> Decision | None:
    """Read a person's decision."""
    if stored is None:
        return None
    return Decision(
        decision=CommentDecision(stored["decision"]),
        reason=stored["reason"],
        by=stored["by"],
        at=datetime.fromisoformat(stored["at"]),
    )


def reply_out(reply: ReplyRoute | None) -> Stored | None:
    """Store where an acknowledgement may go."""
    if reply is None:
        return None
    return {"address": reply.address, "message_id": reply.message_id, "allowed": reply.allowed}


def reply_in(stored: Stored | None) -> ReplyRoute | None:
    """Read where an acknowledgement may go."""
    return ReplyRoute(**stored) if stored else None


def actor_out(actor: Actor) -> Stored:
    """Store who is signed in."""
    return {
        "id": actor.id,
        "name": actor.name,
        "scopes": sorted(actor.scopes),
        "consultations": sorted(actor.consultations),
    }


def actor_in(stored: Stored) -> Actor:
    """Read who is signed in."""
    return Actor(
        id=stored["id"],
        name=stored["name"],
        scopes=frozenset(Scope(each) for each in stored["scopes"]),
        consultations=frozenset(stored["consultations"]),
    )


def consultation_out(consultation: Consultation) -> Stored:
    """Store a consultation's definition; code, number and period have columns of their own."""
    return {
        "measure_name": consultation.measure_name,
        "measure_aliases": list(consultation.measure_aliases),
        "office": {
            "name": consultation.office.name,
            "postal_code": consultation.office.postal_code,
            "address": consultation.office.address,
            "email": consultation.office.email,
            "fax": consultation.office.fax,
        },
        "deadline_rules": {
            key.value: _rule_out(rule) for key, rule in consultation.deadline_rules.items()
        },
        "required_fields": [each.value for each in consultation.required_fields],
        "categories": [
            {"code": c.code, "label": c.label, "detail_label": c.detail_label}
            for c in consultation.categories
        ],
        "automatic_correction_request": consultation.automatic_correction_request,
        "mail_texts": {
            "acknowledgement": _mail_text_out(consultation.mail_texts.acknowledgement),
            "correction_request": _mail_text_out(consultation.mail_texts.correction_request),
        },
        "gazetteers": None if consultation.gazetteers is None else list(consultation.gazetteers),
        "template_revision": consultation.template_revision,
    }


def consultation_in(
    *, code: str, number: int, opens_on: date, closes_on: date, stored: Stored
) -> Consultation:
    """Read a consultation."""
    return Consultation(
        code=code,
        number=number,
        measure_name=stored["measure_name"],
        measure_aliases=tuple(stored["measure_aliases"]),
        opens_on=opens_on,
        closes_on=closes_on,
        office=Office(**stored["office"]),
        deadline_rules={
            RuleKey(key): _rule_in(rule) for key, rule in stored["deadline_rules"].items()
        },
        required_fields=tuple(RequiredField(each) for each in stored["required_fields"]),
        categories=tuple(Category(**each) for each in stored["categories"]),
        # This and the next two are left out by what was stored before there were such rules.
        automatic_correction_request=stored.get("automatic_correction_request", False),
        mail_texts=MailTexts(
            **{kind: MailText(**text) for kind, text in stored.get("mail_texts", {}).items()}
        ),
        gazetteers=_gazetteers_in(stored.get("gazetteers")),
        template_revision=stored["template_revision"],
    )


def _gazetteers_in(stored: list[str] | None) -> tuple[str, ...] | None:
    return None if stored is None else tuple(stored)


def _mail_text_out(text: MailText) -> Stored:
    return {"subject": text.subject, "opening": text.opening, "closing": text.closing}


def _rule_out(rule: DeadlineRule) -> Stored:
    return {
        "basis": rule.basis.value,
        "closing_time": rule.closing_time.isoformat() if rule.closing_time else None,
        "arrives_by": rule.arrives_by.isoformat() if rule.arrives_by else None,
        "collected_until": rule.collected_until.isoformat() if rule.collected_until else None,
    }


def _rule_in(stored: Stored) -> DeadlineRule:
    return DeadlineRule(
        basis=Basis(stored["basis"]),
        closing_time=time.fromisoformat(stored["closing_time"]) if stored["closing_time"] else None,
        arrives_by=date.fromisoformat(stored["arrives_by"]) if stored["arrives_by"] else None,
        collected_until=_instant(stored["collected_until"]),
    )
