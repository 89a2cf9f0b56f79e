"""Comments by the hundred thousand, written straight into the tables from invented sentences."""

import functools
import hashlib
import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from app.domain import receipt_number
from app.domain.audit import AuditAction
from app.domain.comment import CommentRecord
from app.domain.consultation import Consultation
from app.domain.envelope import Channel, DocumentRole
from app.domain.measure import Measure, MeasureVerdict
from app.domain.status import CommentStatus, SubmissionState
from app.domain.submitter import CategoryChoice, Submitter, SubmitterKind
from app.domain.text import fold
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
    return map("".join, _opinions(number))


def _opinions(number: int) -> Iterator[list[str]]:
    """Give the sentences of each."""
    draw = random.Random(number)
    while True:
        sentences = [
            f"{draw.choice(_TOPICS)}{draw.choice(_WISHES)}{draw.choice(_BECAUSE)}"
            for _ in range(draw.randint(2, 8))
        ]
        if draw.random() < 0.05:
            rare = "".join(draw.choice(RARE) for _ in range(3))
            sentences.insert(1, f"{rare}の{draw.randint(1, 10**6)}番の資料を読みました。")
        yield sentences


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
        pattern = _pattern(connection, consultations[0], now)
        for posts in _posts(first, count, now):
            with writing.begin():
                for table, rows in (
                    (_SUBMISSIONS, map(_arrival, posts)),
                    (_DOCUMENTS, map(_original, posts)),
                    (_COMMENTS, ({**pattern, **_comment(each)} for each in posts)),
                    (_AUDIT, (row for each in posts for row in _trail(each))),
                    (_ANSWERS, map(_answer, posts)),
                ):
                    writing.execute(table.insert(), list(rows))
    return Corpus(codes=CODES, count=count)


_SUBMISSIONS, _DOCUMENTS = metadata.tables["submissions"], metadata.tables["documents"]
_AUDIT, _ANSWERS = metadata.tables["audit"], metadata.tables["idempotency_keys"]
_CACHE_KB = 400_000
_COMMENTS = metadata.tables["comments"]
_CHANNELS = (Channel.E_APPLICATION,) * 12 + (Channel.EMAIL,) * 5 + (Channel.MAIL,) * 2
_STATUSES = (CommentStatus.ACCEPTED,) * 16 + (CommentStatus.NEEDS_REVIEW,) * 3
_VERDICTS = (TimelinessVerdict.IN_TIME,) * 19 + (TimelinessVerdict.LATE,)
_folded = functools.lru_cache(10_000)(fold)
"""Sentences and names come again and again; folding is most of the work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Post:
    """What differs between two comments."""

    receipt_number: str
    consultation: int
    channel: Channel
    verdict: TimelinessVerdict
    status: CommentStatus
    name: str
    address: str
    email: str
    sentences: Sequence[str]
    received_at: datetime
    submission_id: str

    @property
    def opinion(self) -> str:
        return "".join(self.sentences)

    def sha256(self, what: str) -> str:
        return hashlib.sha256(f"{what} {self.receipt_number}".encode()).hexdigest()


def _posts(first: int, count: int, now: datetime) -> Iterator[list[_Post]]:
    draw = random.Random(first)
    opinions = _opinions(first)
    numbers = iter(range(first, first + count))
    while some := list(itertools.islice(numbers, AT_ONCE)):
        yield [
            _post(draw, each, next(opinions), now - timedelta(seconds=first + count - each))
            for each in some
        ]


def _post(
    draw: random.Random, number: int, sentences: Sequence[str], received_at: datetime
) -> _Post:
    verdict = draw.choice(_VERDICTS)
    is_late = verdict is TimelinessVerdict.LATE
    place = f"北星市{draw.choice(_PLACES)}{draw.randint(1, 20)}条{draw.randint(1, 30)}丁目"
    consultation = draw.choice((901, 901, 901, 902, 902, 903))
    return _Post(
        receipt_number=receipt_number.compose(consultation, number),
        consultation=consultation,
        channel=draw.choice((*_CHANNELS, draw.choice((Channel.FAX, Channel.DROP_BOX)))),
        verdict=verdict,
        status=CommentStatus.LATE if is_late else draw.choice((*_STATUSES, *CommentStatus)),
        name=f"{draw.choice(_FAMILY)} {draw.choice(_GIVEN)}",
        address=f"{place}{draw.randint(1, 40)}番地",
        email=f"{draw.getrandbits(48):x}@example.jp",
        sentences=sentences,
        received_at=received_at,
        submission_id=time_ordered_id(received_at),
    )


def _pattern(
    connection: sa.Connection, consultation: Consultation, now: datetime
) -> dict[str, object]:
    """Have the repository write one comment, take its row for a pattern, and undo it."""
    record = CommentRecord(
        receipt_number="pattern",
        consultation=consultation.code,
        submission_id="pattern",
        position=0,
        channel=Channel.E_APPLICATION,
        delivery=None,
        received_at=now,
        postmarked_on=None,
        collected_at=None,
        timeliness=Timeliness(verdict=TimelinessVerdict.IN_TIME),
        submitter=Submitter(
            kind=SubmitterKind.INDIVIDUAL,
            name="",
            address="",
            category=CategoryChoice(code="1"),
        ),
        measure=Measure(written=MEASURE, verdict=MeasureVerdict.MATCH, score=1.0),
        opinion="",
        status=CommentStatus.ACCEPTED,
        findings=(),
    )
    arrival = _post(random.Random(0), 1, (), now)
    itself = {"id": "pattern", "fingerprint": "pattern"}
    with connection.begin() as transaction:
        connection.execute(_SUBMISSIONS.insert(), _arrival(arrival) | itself)
        CommentRepository(connection).add(record, consultation_number=consultation.number, at=now)
        mine = sa.select(_COMMENTS).where(_COMMENTS.c.receipt_number == "pattern")
        row = dict(connection.execute(mine).one()._mapping)  # noqa: SLF001 - the library's public name
        transaction.rollback()
    del row["id"]
    return row


def _comment(post: _Post) -> dict[str, object]:
    name, address = _folded(post.name), fold(post.address)
    opinion = "".join(map(_folded, post.sentences))  # each ends in 。, so nothing joins
    words = (post.receipt_number, name, address, _folded(MEASURE), opinion)
    kind = SubmitterKind.INDIVIDUAL.value
    return {
        "receipt_number": post.receipt_number,
        "consultation_id": post.consultation,
        "submission_id": post.submission_id,
        "channel": post.channel,
        "received_at": post.received_at,
        "recorded_at": post.received_at,
        "timeliness_verdict": post.verdict,
        "timeliness": {
            "verdict": post.verdict.value,
            "basis": None,
            "clock": None,
            "deadline": None,
        },
        "name": post.name,
        "address": post.address,
        "email": post.email,
        "opinion": post.opinion,
        "status": post.status,
        "submitter_key": hashlib.sha256(f"{kind}\n{name}\n{address}".encode()).hexdigest(),
        "opinion_key": hashlib.sha256(opinion.encode()).hexdigest(),
        "search_text": "\n".join(words),
    }


def _arrival(post: _Post) -> dict[str, object]:
    return {
        "id": post.submission_id,
        "fingerprint": f"posting:{post.submission_id}",
        "channel": post.channel,
        "state": SubmissionState.DONE,
        "source": "bench",
        "received_at": post.received_at,
        "recorded_at": post.received_at,
        "facts": {},
        "findings": [],
        "lane": "light",
        "run_at": post.received_at,
        "attempts": 0,
        "failures": 0,
    }


def _original(post: _Post) -> dict[str, object]:
    content = _as_posted(post)
    return {
        "id": time_ordered_id(post.received_at),
        "submission_id": post.submission_id,
        "position": 0,
        "role": DocumentRole.ORIGINAL,
        "media_type": "application/json",
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "content": content,
    }


def _as_posted(post: _Post) -> bytes:
    return (
        f'{{"measure_name":"{MEASURE}","submitter":{{"kind":"individual",'
        f'"name":"{post.name}","address":"{post.address}",'
        f'"category":{{"code":"1","detail":null}},"email":"{post.email}"}},'
        f'"opinion":"{post.opinion}"}}'
    ).encode()


def _trail(post: _Post) -> Iterator[dict[str, object]]:
    shared = {
        "at": post.received_at,
        "actor_id": "bench",
        "actor_name": "bench",
        "consultation": f"bench-{post.consultation}",
        "submission_id": post.submission_id,
    }
    yield shared | {
        "action": AuditAction.COMMENT_RECORDED,
        "receipt_number": post.receipt_number,
        "detail": {},
    }
    yield shared | {
        "action": AuditAction.SUBMISSION_RECEIVED,
        "receipt_number": None,
        "detail": {"channel": post.channel.value, "source": "bench"},
    }


def _answer(post: _Post) -> dict[str, object]:
    return {
        "api_key": "bench",
        "consultation_id": post.consultation,
        "key": post.sha256("key")[:16],
        "request_sha256": post.sha256("request"),
        "receipt_number": post.receipt_number,
        "answer": _as_posted(post),
        "created_at": post.received_at,
    }
