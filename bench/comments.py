"""Comments by the hundred thousand, written straight into the tables from invented sentences."""

import hashlib
import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from app.domain import receipt_number
from app.domain.audit import AuditAction
from app.domain.comment import CommentRecord
from app.domain.envelope import Channel, DocumentRole
from app.domain.measure import Measure, MeasureVerdict
from app.domain.status import CommentStatus, SubmissionState
from app.domain.submitter import CategoryChoice, Submitter, SubmitterKind
from app.domain.timeliness import Timeliness, TimelinessVerdict
from app.intake.desk import time_ordered_id
from app.storage.repositories.comments import CommentRepository
from app.storage.repositories.consultations import ConsultationRepository
from app.storage.tables import metadata
from tests.builders import MEASURE, a_consultation

AT_ONCE = 10_000
_NUMBERS = (901, 902, 903)
CODES = tuple(f"bench-{number}" for number in _NUMBERS)
"""Of the consultations that are commented on."""
_FAMILY = (
    "髙橋",
    "高橋",
    "北野",
    "山﨑",
    "山崎",
    "渡邊",
    "渡辺",
    "𠮷野",
    "中原",
    "東川",
    "神居",
    "永山",
)
_GIVEN = ("花子", "太郎", "さくら", "健一", "ビビアン", "みどり", "直樹", "陽子", "ひかり", "誠")
_PLACES = ("中央", "東光", "神楽", "末広", "豊岡", "春光", "忠和", "西神楽")
_TOPICS = (
    "図書館の開館時間", "公園の遊具", "駐車場の料金", "除雪の順番", "委託先の監督の方法", "職員の研修",
    "避難所の備蓄", "バス路線の見直し", "小学校の給食", "ゴミの分別", "街路樹の手入れ", "窓口の混雑",
    "個人情報の保存期間", "ビキニ環礁の展示", "児童館の改修", "水道管の更新", "空き家の活用", "自転車道",
)  # fmt: skip
_WISHES = (
    "について、もっと具体的に書いてください。", "は、今のままでよいと思います。", "には反対です。",
    "を早く進めてほしいと考えます。", "の予算を毎年公表することを求めます。", "の説明が足りません。",
    "は、高齢者にも分かるように知らせてください。", "については、市民の声を聞く場を設けてください。",
)  # fmt: skip
_BECAUSE = (
    "子どもが毎日使うからです。", "前の計画でも同じことが書かれていました。", "隣の市では先に始めています。",
    "冬は特に困っています。", "費用の根拠が第3章にありません。", "働く人には平日の昼は難しいです。",
)  # fmt: skip
RARE = "鸞鷽麝黌齷龕鑾靄饕驪髑鬻魑鯱鴛鵺麒黥鼈齎"
"""Characters that few comments hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """What was written.

    Attributes:
        codes: Of the consultations.
        count: How many comments.
    """

    codes: tuple[str, ...]
    count: int


def texts(number: int) -> Iterator[str]:
    """Give invented opinions without end, of 80 to 400 characters; each number its own."""
    draw = random.Random(number)
    while True:
        sentences = [
            f"{draw.choice(_TOPICS)}{draw.choice(_WISHES)}{draw.choice(_BECAUSE)}"
            for _ in range(draw.randint(2, 8))
        ]
        if draw.random() < 0.05:
            rare = "".join(draw.choice(RARE) for _ in range(3))
            sentences.insert(1, f"{rare}の{draw.randint(1, 10**6)}番の資料を読みました。")
        yield "".join(sentences)


def load(engine: sa.Engine, count: int, *, now: datetime, first: int = 1) -> Corpus:
    """Write so many comments of three consultations, with all that their postings leave behind.

    Args:
        engine: Of a database with all tables.
        count: How many.
        now: When the last of them was recorded.
        first: Number of the first; above 1 the consultations are there already.
    """
    consultations = [
        a_consultation(number=number, code=code)
        for number, code in zip(_NUMBERS, CODES, strict=True)
    ]
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(f"PRAGMA cache_size=-{_CACHE_KB}")
            connection.commit()
        writing = connection.execution_options(ikenbako_writes=True)
        if first == 1:
            with writing.begin():
                for each in consultations:
                    ConsultationRepository(writing).add(each, at=now)
                    # Else the service would judge all of them at once, and differently.
                    later = now + timedelta(seconds=1)
                    ConsultationRepository(writing).rejudged(each.code, changed_before=later)
        for records in _records(first, count, now):
            with writing.begin():
                writing.execute(_SUBMISSIONS.insert(), [_arrival(each) for each in records])
                writing.execute(_DOCUMENTS.insert(), [_original(each) for each in records])
                for consultation in consultations:
                    mine = [each for each in records if each.consultation == consultation.code]
                    if mine:
                        CommentRepository(writing).add_together(
                            mine, consultation_number=consultation.number, at=now
                        )
                writing.execute(_AUDIT.insert(), [row for each in records for row in _trail(each)])
                writing.execute(_ANSWERS.insert(), [_answer(each) for each in records])
    return Corpus(codes=CODES, count=count)


_SUBMISSIONS, _DOCUMENTS = metadata.tables["submissions"], metadata.tables["documents"]
_AUDIT, _ANSWERS = metadata.tables["audit"], metadata.tables["idempotency_keys"]
_CACHE_KB = 400_000
_CHANNELS = (Channel.E_APPLICATION,) * 12 + (Channel.EMAIL,) * 5 + (Channel.MAIL,) * 2
_STATUSES = (CommentStatus.ACCEPTED,) * 16 + (CommentStatus.NEEDS_REVIEW,) * 3


def _records(first: int, count: int, now: datetime) -> Iterator[list[CommentRecord]]:
    draw = random.Random(first)
    opinions = texts(first)
    numbers = iter(range(first, first + count))
    while some := list(itertools.islice(numbers, AT_ONCE)):
        yield [
            _record(draw, each, next(opinions), now - timedelta(seconds=first + count - each))
            for each in some
        ]


def _record(draw: random.Random, number: int, opinion: str, received_at: datetime) -> CommentRecord:
    consultation = draw.choice((901, 901, 901, 902, 902, 903))
    channel = draw.choice((*_CHANNELS, draw.choice((Channel.FAX, Channel.DROP_BOX))))
    timeliness = draw.choice((TimelinessVerdict.IN_TIME,) * 19 + (TimelinessVerdict.LATE,))
    is_late = timeliness is TimelinessVerdict.LATE
    status = CommentStatus.LATE if is_late else draw.choice((*_STATUSES, *CommentStatus))
    person = f"{draw.choice(_FAMILY)} {draw.choice(_GIVEN)}"
    place = f"北星市{draw.choice(_PLACES)}{draw.randint(1, 20)}条{draw.randint(1, 30)}丁目"
    return CommentRecord(
        receipt_number=receipt_number.compose(consultation, number),
        consultation=f"bench-{consultation}",
        submission_id=time_ordered_id(received_at),
        position=0,
        channel=channel,
        delivery=None,
        received_at=received_at,
        postmarked_on=None,
        collected_at=None,
        timeliness=Timeliness(verdict=timeliness),
        submitter=Submitter(
            kind=SubmitterKind.INDIVIDUAL,
            name=person,
            address=f"{place}{draw.randint(1, 40)}番地",
            category=CategoryChoice(code="1"),
            email=f"{draw.getrandbits(48):x}@example.jp",
        ),
        measure=_MEASURE,
        opinion=opinion,
        status=status,
        findings=(),
    )


_MEASURE = Measure(written=MEASURE, verdict=MeasureVerdict.MATCH, score=1.0)


def _arrival(record: CommentRecord) -> dict[str, object]:
    return {
        "id": record.submission_id,
        "fingerprint": _sha256("fingerprint", record),
        "channel": record.channel,
        "state": SubmissionState.DONE,
        "source": "bench",
        "received_at": record.received_at,
        "recorded_at": record.received_at,
        "facts": {},
        "findings": [],
        "lane": "light",
        "run_at": record.received_at,
        "attempts": 0,
        "failures": 0,
    }


def _original(record: CommentRecord) -> dict[str, object]:
    content = _as_posted(record)
    return {
        "id": time_ordered_id(record.received_at),
        "submission_id": record.submission_id,
        "position": 0,
        "role": DocumentRole.ORIGINAL,
        "media_type": "application/json",
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "content": content,
    }


def _as_posted(record: CommentRecord) -> bytes:
    submitter = record.submitter
    return (
        f'{{"measure_name":"{MEASURE}","submitter":{{"kind":"individual",'
        f'"name":"{submitter.name}","address":"{submitter.address}",'
        f'"category":{{"code":"1","detail":null}},"email":"{submitter.email}"}},'
        f'"opinion":"{record.opinion}"}}'
    ).encode()


def _trail(record: CommentRecord) -> Iterator[dict[str, object]]:
    who = {"at": record.received_at, "actor_id": "bench", "actor_name": "bench"}
    where = {"consultation": record.consultation, "submission_id": record.submission_id}
    yield (
        who
        | where
        | {
            "action": AuditAction.COMMENT_RECORDED,
            "receipt_number": record.receipt_number,
            "detail": {},
        }
    )
    yield (
        who
        | where
        | {
            "action": AuditAction.SUBMISSION_RECEIVED,
            "receipt_number": None,
            "detail": {"channel": record.channel.value, "source": "bench"},
        }
    )


def _answer(record: CommentRecord) -> dict[str, object]:
    return {
        "api_key": "bench",
        "consultation_id": int(record.receipt_number.partition("-")[0]),
        "key": _sha256("key", record)[:16],
        "request_sha256": _sha256("request", record),
        "receipt_number": record.receipt_number,
        "answer": _as_posted(record),
        "created_at": record.received_at,
    }


def _sha256(what: str, record: CommentRecord) -> str:
    return hashlib.sha256(f"{what} {record.receipt_number}".encode()).hexdigest()
