"""A comment is answered with the same bytes, whether its model writes it or not."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from app.domain.comment import CommentRecord, ConsultationSource, Correction, Related
from app.domain.comment_form import Reading
from app.domain.consultation import Basis
from app.domain.envelope import Channel, Delivery, DocumentRole
from app.domain.findings import Finding, at
from app.domain.measure import Measure, MeasureCandidate, MeasureVerdict
from app.domain.status import CommentDecision, CommentStatus, Decision
from app.domain.submission import Document
from app.domain.timeliness import UNKNOWN, Clock, Timeliness, TimelinessVerdict
from app.routers.schemas_comments import comment_json, comment_out
from tests.builders import MEASURE, NOON, a_submitter

BARE = CommentRecord(
    receipt_number="001-000001-8",
    consultation=None,
    submission_id="0123",
    position=0,
    channel=Channel.E_APPLICATION,
    delivery=None,
    received_at=NOON,
    postmarked_on=None,
    collected_at=None,
    timeliness=UNKNOWN,
    submitter=a_submitter(),
    measure=Measure(written=None, verdict=MeasureVerdict.MISSING),
    opinion="",
    status=CommentStatus.ACCEPTED,
    findings=(),
)
FULL = replace(
    BARE,
    consultation="juki-pia-2015",
    channel=Channel.MAIL,
    delivery=Delivery.POST,
    received_at=NOON + timedelta(microseconds=120),
    postmarked_on=date(2015, 5, 1),
    collected_at=datetime(2015, 4, 30, 18, 0, 1, tzinfo=UTC),
    timeliness=Timeliness(
        verdict=TimelinessVerdict.IN_TIME,
        basis=Basis.POSTMARKED,
        clock=Clock.POSTMARK,
        deadline=datetime(2015, 5, 15, 14, 59, 59, tzinfo=UTC),
    ),
    submitter=a_submitter(representative="神居 太郎", phone="0166-00-0000", email="a@example.jp"),
    measure=Measure(
        written=MEASURE,
        verdict=MeasureVerdict.AMBIGUOUS,
        score=0.9375,
        candidates=(
            MeasureCandidate(
                consultation="juki-pia-2015",
                measure_name=MEASURE,
                score=1.0,
                evidence={"matched": "official"},
            ),
        ),
    ),
    opinion='「引用」と"quotes"、\\、改行\nタブ\t、𠮷野家、\u2028、</script>',
    opinion_count=3,
    status=CommentStatus.NEEDS_REVIEW,
    decision=Decision(decision=CommentDecision.ACCEPT, reason="確認", by="鍵", at=NOON),
    findings=(
        Finding(code="postmark_after_arrival", field="/postmarked_on"),
        Finding(code="low_confidence", field="/opinion", data=at((0.0, 0.5, 1.0, 1.0), 2)),
    ),
    readings={
        "/opinion": Reading(
            value="意見", confidence=0.5, source="ocr", page=2, box=(0.0, 0.5, 1.0, 1.0), raw="意児"
        )
    },
    corrections={
        "/opinion": (Correction(value="意見", new_value="ご意見", by="鍵", at=NOON),),
        "/submitter/fax": (Correction(value=None, new_value="0166", by="鍵", at=NOON),),
    },
    by_ocr=True,
    consultation_source=ConsultationSource.DOOR,
    pages=(2, 3),
    revision=4,
)
FILES = (
    Document(
        id="d1",
        submission_id="0123",
        position=0,
        role=DocumentRole.ORIGINAL,
        page=None,
        filename="意見.pdf",
        media_type="application/pdf",
        size=12_345,
        sha256="ab" * 32,
    ),
)
OTHERS = (Related(receipt_number="001-000002-6", relation="same_text", consultation=None),)


@pytest.mark.parametrize("record", [BARE, FULL, replace(FULL, decision=None)])
@pytest.mark.parametrize("language", ["ja", "en"])
def test_bytes_are_those_of_the_model(record: CommentRecord, language: str) -> None:
    """Who asks for a comment later gets what its writer was answered."""
    model = comment_out(record, FILES, OTHERS, language=language)

    assert comment_json(record, FILES, OTHERS, language=language) == (
        model.model_dump_json().encode()
    )


def test_model_says_what_the_record_holds() -> None:
    """Instants are printed with Japan's offset, and what nobody read is called so."""
    answer = comment_out(FULL, FILES, OTHERS, language="ja").model_dump(mode="json")

    assert answer["received_at"] == "2015-05-01T12:00:00.000120+09:00"
    assert answer["timeliness"]["deadline"] == "2015-05-15T23:59:59+09:00"
    assert answer["readings"]["/submitter/fax"]["source"] == "none"
    assert answer["readings"]["/opinion"]["box"] == [0.0, 0.5, 1.0, 1.0]
    assert answer["findings"][1]["box"] == [0.0, 0.5, 1.0, 1.0]
    assert list(answer) == list(type(comment_out(BARE, (), (), language="ja")).model_fields)
