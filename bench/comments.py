"""Comments by the hundred thousand, written straight into the tables from invented sentences."""

import itertools
import random
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from app.domain import receipt_number
from app.domain.comment import CommentRecord
from app.domain.envelope import Channel
from app.domain.measure import Measure, MeasureVerdict
from app.domain.status import CommentStatus, SubmissionState
from app.domain.submitter import CategoryChoice, Submitter, SubmitterKind
from app.domain.timeliness import Timeliness, TimelinessVerdict
from app.storage.repositories.comments import CommentRepository
from app.storage.repositories.consultations import ConsultationRepository
from app.storage.tables import metadata
from tests.builders import MEASURE, a_consultation

AT_ONCE = 2_000
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
_RARE = "鸞鷽麝黌齷龕鑾靄饕驪髑鬻魑鯱鴛鵺麒黥鼈齎"


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
            rare = "".join(draw.choice(_RARE) for _ in range(3))
            sentences.insert(1, f"{rare}の{draw.randint(1, 10**6)}番の資料を読みました。")
        yield "".join(sentences)


def load(engine: sa.Engine, count: int, *, now: datetime, first: int = 1) -> Corpus:
    """Write so many comments of three consultations; the documents of arrivals are left out.

    Args:
        engine: Of a database with all tables.
        count: How many.
        now: When they were recorded.
        first: Number of the first; above 1 the consultations are there already.
    """
    consultations = [
        a_consultation(number=number, code=f"bench-{number}") for number in (901, 902, 903)
    ]
    if first == 1:
        with _writing(engine) as connection:
            for each in consultations:
                ConsultationRepository(connection).add(each, at=now)
    opinions = texts(first)
    numbers = iter(range(first, first + count))
    while some := list(itertools.islice(numbers, AT_ONCE)):
        records = [_record(each, next(opinions), now) for each in some]
        with _writing(engine) as connection:
            connection.execute(_SUBMISSIONS.insert(), [_arrival(each, now) for each in records])
            for consultation in consultations:
                mine = [each for each in records if each.consultation == consultation.code]
                if mine:
                    CommentRepository(connection).add_together(
                        mine, consultation_number=consultation.number, at=now
                    )
    return Corpus(codes=tuple(each.code for each in consultations), count=count)


_SUBMISSIONS = metadata.tables["submissions"]
_CHANNELS = (Channel.E_APPLICATION,) * 12 + (Channel.EMAIL,) * 5 + (Channel.MAIL,) * 2
_STATUSES = (CommentStatus.ACCEPTED,) * 16 + (CommentStatus.NEEDS_REVIEW,) * 3


def _writing(engine: sa.Engine) -> AbstractContextManager[sa.Connection]:
    return engine.execution_options(ikenbako_writes=True).begin()


def _record(number: int, opinion: str, now: datetime) -> CommentRecord:
    draw = random.Random(number)
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
        submission_id=f"bench{number:027d}",
        position=0,
        channel=channel,
        delivery=None,
        received_at=now - timedelta(seconds=10**7 - number),
        postmarked_on=None,
        collected_at=None,
        timeliness=Timeliness(verdict=timeliness),
        submitter=Submitter(
            kind=SubmitterKind.INDIVIDUAL,
            name=person,
            address=f"{place}{draw.randint(1, 40)}番地",
            category=CategoryChoice(code="1"),
        ),
        measure=Measure(written=MEASURE, verdict=MeasureVerdict.MATCH, score=1.0),
        opinion=opinion,
        status=status,
        findings=(),
    )


def _arrival(record: CommentRecord, now: datetime) -> dict[str, object]:
    return {
        "id": record.submission_id,
        "fingerprint": record.submission_id,
        "channel": record.channel,
        "state": SubmissionState.DONE,
        "source": "bench",
        "received_at": record.received_at,
        "recorded_at": now,
        "facts": {},
        "findings": [],
        "lane": "light",
        "run_at": now,
        "attempts": 1,
        "failures": 0,
    }
