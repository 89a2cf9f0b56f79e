from datetime import datetime
from typing import Any

import pytest

from tests.acceptance.contract import papers
from tests.acceptance.contract.city import City, Json, dated, new_code
from tests.acceptance.contract.mails import letter
from tests.acceptance.contract.test_faxes import cheap
from tests.acceptance.contract.test_scans import blank_page

OPENS, CLOSES = "2015-04-15", "2015-05-15"
LAST = f"{CLOSES}T23:59:59+09:00"


@pytest.fixture(scope="module")
def past(city: City) -> dict[str, Any]:
    return city.create(dated(OPENS, CLOSES))


def judged(comment: dict[str, Any]) -> tuple[str, str]:
    return comment["timeliness"]["verdict"], comment["status"]


@pytest.mark.parametrize(
    ("at", "verdict"),
    [
        ("2015-04-14T23:59:59+09:00", "early"),
        ("2015-04-15T00:00:00+09:00", "in_time"),
        ("2015-04-14T15:00:00Z", "in_time"),
        ("2015-04-14T14:59:59Z", "early"),
        ("2015-05-15T23:59:59+09:00", "in_time"),
        ("2015-05-15T23:59:59.999+09:00", "in_time"),
        ("2015-05-16T00:00:00+09:00", "late"),
        ("2015-05-15T14:59:59Z", "in_time"),
        ("2015-05-15T15:00:00Z", "late"),
        ("2015-05-15T23:59:59Z", "late"),
        ("2015-05-15T09:59:59-05:00", "in_time"),
        ("2015-05-15T10:00:00-05:00", "late"),
        ("2015-05-16T08:59:00+18:00", "in_time"),
    ],
)
def test_received_by_mail_and_fax(city: City, past: Json, at: str, verdict: str) -> None:
    status = {"early": "needs_review", "in_time": "accepted", "late": "late"}[verdict]
    comment = city.one_comment_of(city.mail(letter(past), internal_date=at))
    assert judged(comment) == (verdict, status), comment["findings"]
    assert comment["timeliness"]["basis"] == "received"
    assert comment["timeliness"]["deadline"] == LAST


def paper(city: City, made: dict[str, Any], **form: Json) -> dict[str, Any]:
    """Hand in a cheap page for a consultation and give its comment."""
    file = ("a.png", blank_page(), "image/png")
    (comment,) = city.comments_of(city.scan(file, consultation=made["code"], **form))
    assert comment["consultation"] == made["code"]
    return comment


@pytest.mark.parametrize(
    ("at", "verdict"),
    [
        ("2015-05-15T17:15:00+09:00", "in_time"),
        ("2015-05-15T17:15:01+09:00", "late"),
        ("2015-05-15T08:15:00Z", "in_time"),
        ("2015-05-14T23:00:00+09:00", "in_time"),
        ("2015-04-14T12:00:00+09:00", "early"),
    ],
)
def test_by_hand_until_the_closing_time(city: City, past: Json, at: str, verdict: str) -> None:
    comment = paper(city, past, delivery="hand", received_at=at)
    assert comment["timeliness"]["verdict"] == verdict
    assert comment["timeliness"]["deadline"] == "2015-05-15T17:15:00+09:00"
    assert comment["status"] == ("late" if verdict == "late" else "needs_review")


POST = [
    # Postmark, arrival, verdict.
    ("2015-05-15", "2015-05-15T10:00:00+09:00", "in_time"),
    ("2015-05-15", "2015-05-22T23:59:59+09:00", "in_time"),
    ("2015-05-15", "2015-05-23T00:00:00+09:00", "late"),
    ("2015-05-16", "2015-05-18T10:00:00+09:00", "late"),
    ("2015-05-16", "2015-05-16T10:00:00+09:00", "late"),
    ("2015-04-14", "2015-04-16T10:00:00+09:00", "early"),
    ("2015-04-15", "2015-04-16T10:00:00+09:00", "in_time"),
    (None, "2015-05-15T23:59:59+09:00", "in_time"),
    (None, "2015-05-16T00:00:00+09:00", "undetermined"),
    (None, "2015-05-22T23:59:59+09:00", "undetermined"),
    (None, "2015-05-23T00:00:00+09:00", "late"),
    (None, "2015-05-22T14:59:59Z", "undetermined"),
    (None, "2015-05-22T15:00:00Z", "late"),
]


@pytest.mark.parametrize(("postmark", "at", "verdict"), POST)
def test_by_post_the_postmark_decides(
    city: City, past: Json, postmark: str | None, at: str, verdict: str
) -> None:
    comment = paper(city, past, delivery="post", received_at=at, postmarked_on=postmark)
    assert comment["timeliness"]["verdict"] == verdict
    assert comment["timeliness"]["basis"] == "postmarked"
    assert comment["postmarked_on"] == postmark
    assert comment["delivery"] == "post"
    assert comment["status"] == ("late" if verdict == "late" else "needs_review")


def without(rule: str, **changes: Json) -> dict[str, Any]:
    given = dated(OPENS, CLOSES)
    given["deadline_rules"][rule] = changes
    return given


def test_by_post_without_arrives_by_it_is_undetermined(city: City) -> None:
    made = city.create(without("post", basis="postmarked"))
    comment = paper(city, made, delivery="post", received_at="2015-05-20T10:00:00+09:00")
    assert comment["timeliness"]["verdict"] == "undetermined"
    # An arrival inside the period proves itself.
    comment = paper(city, made, delivery="post", received_at="2015-05-15T10:00:00+09:00")
    assert comment["timeliness"]["verdict"] in {"in_time", "undetermined"}
    # A postmark inside the period, an arrival after it, and no last day of arrival.
    comment = paper(
        city, made, delivery="post", received_at="2015-06-20T10:00:00+09:00",
        postmarked_on="2015-05-15",
    )  # fmt: skip
    assert comment["timeliness"]["verdict"] == "undetermined"


def test_by_post_where_arrival_counts(city: City) -> None:
    made = city.create(without("post", basis="received"))
    for at, verdict in (("2015-05-15T23:59:59+09:00", "in_time"),
                        ("2015-05-16T00:00:00+09:00", "late")):  # fmt: skip
        comment = paper(city, made, delivery="post", received_at=at, postmarked_on="2015-05-10")
        assert comment["timeliness"]["verdict"] == verdict
        assert comment["timeliness"]["basis"] == "received"


def test_by_hand_the_postmark_means_nothing(city: City, past: Json) -> None:
    comment = paper(city, past, delivery="hand", received_at="2015-05-16T10:00:00+09:00")
    assert comment["timeliness"]["verdict"] == "late"


def round_of(city: City, at: str, slips: int = 1) -> str:
    box = new_code("box")
    assert city.post("/drop-boxes", json={"code": box, "name": "神居支所"}).status_code == 201
    answer = city.post(
        "/drop-box-collections",
        json={"drop_box": box, "collected_at": at, "collected_by": ["甲野", "乙山"],
              "seal_removed": "A-1", "seal_applied": "A-2", "slip_count": slips},
    )  # fmt: skip
    assert answer.status_code == 201, answer.text
    identity: str = answer.json()["id"]
    return identity


@pytest.mark.parametrize(
    ("at", "verdict"),
    [
        ("2015-05-18T12:00:00+09:00", "in_time"),
        ("2015-05-18T12:00:01+09:00", "late"),
        ("2015-05-18T03:00:00Z", "in_time"),
        ("2015-05-18T03:00:01Z", "late"),
        ("2015-04-14T12:00:00+09:00", "early"),
    ],
)
def test_in_the_box_the_round_decides(city: City, past: Json, at: str, verdict: str) -> None:
    comment = paper(
        city, past, channel="drop_box", delivery=None, collection_id=round_of(city, at),
        received_at="2015-05-25T10:00:00+09:00",
    )  # fmt: skip
    assert comment["timeliness"]["verdict"] == verdict
    assert comment["timeliness"]["basis"] == "collected"
    assert datetime.fromisoformat(comment["collected_at"]) == datetime.fromisoformat(at)
    assert comment["collected_at"].endswith("+09:00")
    assert comment["timeliness"]["deadline"] == "2015-05-18T12:00:00+09:00"
    assert comment["channel"] == "drop_box"


def test_a_box_scan_without_its_collection_is_undetermined(city: City, past: Json) -> None:
    comment = paper(
        city, past, channel="drop_box", delivery=None, received_at="2015-05-10T10:00:00+09:00"
    )
    assert judged(comment) == ("undetermined", "needs_review")
    assert comment["collected_at"] is None


def test_a_box_without_a_last_round_closes_with_the_last_day(city: City) -> None:
    made = city.create(without("drop_box", basis="collected"))
    for at, verdict in (("2015-05-15T23:59:59+09:00", "in_time"),):
        comment = paper(
            city, made, channel="drop_box", delivery=None, collection_id=round_of(city, at)
        )
        assert comment["timeliness"]["verdict"] == verdict


def test_a_fax_counts_from_the_start_of_its_call(city: City) -> None:
    made = city.create(dated(OPENS, CLOSES))
    page = papers.filled(city, made["code"])
    for at, verdict in ((LAST, "in_time"), ("2015-05-16T00:00:00+09:00", "late")):
        content = papers.faxed(page, fine=True, compression="group4")
        comment = city.one_comment_of(city.fax(content, received_at=at))
        assert comment["timeliness"]["verdict"] == verdict
        assert comment["timeliness"]["deadline"] == LAST
        assert comment["status"] == ("late" if verdict == "late" else "needs_review")


def test_a_closing_time_may_stand_on_any_channel(city: City) -> None:
    given = dated(OPENS, CLOSES)
    for channel in ("email", "fax", "post"):
        given["deadline_rules"][channel] = {"basis": "received", "closing_time": "17:15"}
    made = city.create(given)
    for at, verdict in (
        ("2015-05-14T20:00:00+09:00", "in_time"),
        ("2015-05-15T17:15:00+09:00", "in_time"),
        ("2015-05-15T17:15:01+09:00", "late"),
    ):
        comment = city.one_comment_of(city.mail(letter(made), internal_date=at))
        assert comment["timeliness"]["verdict"] == verdict, at
        assert comment["timeliness"]["deadline"] == "2015-05-15T17:15:00+09:00"
        assert (
            paper(city, made, delivery="post", received_at=at)["timeliness"]["verdict"] == verdict
        )


def test_an_unread_fax_is_undetermined_until_its_measure_is_known(city: City) -> None:
    (comment,) = city.comments_of(city.fax(cheap(), received_at="2015-05-10T10:00:00+09:00"))
    assert comment["consultation"] is None
    assert judged(comment) == ("undetermined", "needs_review")
