"""The door for e-applications over both databases."""

import asyncio
import hashlib
import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.channels.e_application import Application
from app.domain.access import Actor, Scope
from app.domain.errors import (
    ConsultationNotOpen,
    FieldProblem,
    InvalidInput,
    KeyReused,
    NotAllowed,
    NotFound,
)
from app.domain.receipt_number import is_valid
from app.domain.status import CommentStatus
from app.domain.submitter import CategoryChoice, SubmitterKind
from app.intake import procedures
from app.intake.admission import Posting
from app.intake.desk import IN_ROW_BYTES, Desk
from app.intake.postings import Submitted, body_digest
from app.intake.submit import submit
from app.settings import Settings
from tests.builders import ADMIN, MEASURE, a_consultation, a_submitter
from tests.integration.conftest import Clock

OPINION = "評価書の説明会を開いてください。"


def a_posting(
    *, raw: bytes = b'{"opinion": "1"}', key: str | None = None, **changes: object
) -> Posting:
    values: dict[str, Any] = {
        "measure_name": MEASURE,
        "submitter": a_submitter(),
        "opinion": OPINION,
    }
    return Posting(
        code="juki-pia-2015",
        application=Application(**values | changes),
        raw=raw,
        actor=ADMIN,
        idempotency_key=key,
    )


def post(desk: Desk, posting: Posting) -> Submitted:
    return asyncio.run(
        submit(desk, posting, render=lambda record, *_: record.receipt_number.encode())
    )


@pytest.fixture(autouse=True)
def an_open_consultation(desk: Desk) -> None:
    procedures.create(desk, a_consultation(), actor=ADMIN)


def test_a_complete_application_is_accepted_by_itself(desk: Desk) -> None:
    submitted = post(desk, a_posting())
    record = desk.queries.comments.get(submitted.receipt_number)
    assert record is not None
    assert record.status is CommentStatus.ACCEPTED
    assert record.opinion == OPINION
    assert submitted.body == submitted.receipt_number.encode()
    [document] = desk.queries.submissions.documents(record.submission_id)
    assert desk.queries.submissions.content(document.id) == b'{"opinion": "1"}'


def test_equal_bodies_without_a_key_are_two_comments(desk: Desk) -> None:
    assert post(desk, a_posting()).receipt_number != post(desk, a_posting()).receipt_number


def test_a_key_used_again_gets_the_same_answer(desk: Desk) -> None:
    first = post(desk, a_posting(key="k"))
    again = post(desk, a_posting(raw=b'{ "opinion":"1" }', key="k"))
    assert again.repeated
    assert again.body == first.body


def test_a_key_used_again_is_answered_after_the_period_too(desk: Desk, clock: Clock) -> None:
    first = post(desk, a_posting(key="k"))
    clock.pass_by(days=100)
    assert post(desk, a_posting(key="k")).body == first.body


def test_a_key_with_another_body_is_refused(desk: Desk) -> None:
    post(desk, a_posting(key="k"))
    with pytest.raises(KeyReused):
        post(desk, a_posting(raw=b'{"opinion": "2"}', key="k"))


def test_a_refused_body_does_not_use_up_its_key(desk: Desk) -> None:
    with pytest.raises(InvalidInput):
        post(desk, a_posting(key="k", opinion=None))
    assert not post(desk, a_posting(raw=b'{"opinion": "2"}', key="k")).repeated


def test_every_reason_is_told_at_once(desk: Desk) -> None:
    posting = replace(
        a_posting(
            measure_name="別の計画（案）",
            opinion="\u3164\u200b ",
            submitter=a_submitter(
                kind=SubmitterKind.ORGANIZATION,
                name=None,
                address="　",
                category=CategoryChoice(code="2"),
                email="not an address",
            ),
        ),
        shape_problems=(FieldProblem("/submitter/phone", "wrong_type"),),
    )
    with pytest.raises(InvalidInput) as refused:
        post(desk, posting)
    assert {(each.field, each.code) for each in refused.value.problems} == {
        ("/submitter/phone", "wrong_type"),
        ("/submitter/name", "name_missing"),
        ("/submitter/address", "address_missing"),
        ("/submitter/representative", "representative_missing"),
        ("/submitter/category/detail", "category_detail_missing"),
        ("/submitter/email", "email_invalid"),
        ("/measure_name", "measure_name_mismatch"),
        ("/opinion", "opinion_missing"),
    }
    assert refused.value.extra["candidates"]


def test_an_individual_number_is_refused(desk: Desk) -> None:
    with pytest.raises(InvalidInput) as refused:
        post(desk, a_posting(opinion="私の番号は９８３２ ０５６７ ３２１４です。"))
    assert [each.code for each in refused.value.problems] == ["individual_number_present"]


@pytest.mark.parametrize("days", [-30, 30])
def test_outside_the_period_the_door_is_closed(desk: Desk, clock: Clock, days: int) -> None:
    clock.now += timedelta(days=days)
    with pytest.raises(ConsultationNotOpen) as refused:
        post(desk, a_posting())
    assert refused.value.extra == {"opens_on": "2015-04-15", "closes_on": "2015-05-15"}


def test_a_rule_changed_since_the_last_posting_holds_for_the_next(desk: Desk) -> None:
    post(desk, a_posting())
    procedures.change(desk, a_consultation(closes_on=date(2015, 4, 20)), actor=ADMIN)
    with pytest.raises(ConsultationNotOpen):
        post(desk, a_posting())
    procedures.change(desk, a_consultation(measure_name="別の計画（案）"), actor=ADMIN)
    with pytest.raises(InvalidInput):
        post(desk, a_posting())
    submitted = post(desk, a_posting(measure_name="別の計画（案）"))
    record = desk.queries.comments.get(submitted.receipt_number)
    assert record is not None
    assert record.status is CommentStatus.ACCEPTED
    assert record.measure.candidates[0].measure_name == "別の計画（案）"


def test_an_unknown_consultation_is_not_found(desk: Desk) -> None:
    with pytest.raises(NotFound):
        post(desk, replace(a_posting(), code="nowhere"))


def test_a_confined_key_opens_no_other_door(desk: Desk) -> None:
    confined = Actor(
        id="k",
        name="k",
        scopes=frozenset({Scope.COMMENTS_SUBMIT}),
        consultations=frozenset({"other"}),
    )
    with pytest.raises(NotAllowed):
        post(desk, replace(a_posting(), actor=confined))


def test_twenty_at_once_under_one_key_make_one_record(desk: Desk) -> None:
    async def all_at_once() -> list[Submitted]:
        posting = a_posting(key="once")
        render = lambda record, *_: record.receipt_number.encode()  # noqa: E731
        return await asyncio.gather(*(submit(desk, posting, render=render) for _ in range(20)))

    answers = asyncio.run(all_at_once())
    assert len({each.body for each in answers}) == 1
    assert sum(not each.repeated for each in answers) == 1


def test_three_hundred_at_once_get_three_hundred_numbers_without_a_gap(desk: Desk) -> None:
    async def all_at_once() -> list[Submitted]:
        render = lambda record, *_: record.receipt_number.encode()  # noqa: E731
        return await asyncio.gather(*(submit(desk, a_posting(), render=render) for _ in range(300)))

    numbers = [each.receipt_number for each in asyncio.run(all_at_once())]
    assert all(is_valid(each) for each in numbers)
    assert sorted(int(each.split("-")[1]) for each in numbers) == list(range(1, 301))


def test_a_refusal_leaves_no_gap(desk: Desk) -> None:
    first = post(desk, a_posting()).receipt_number
    with pytest.raises(InvalidInput):
        post(desk, a_posting(opinion=None))
    second = post(desk, a_posting()).receipt_number
    assert int(second.split("-")[1]) == int(first.split("-")[1]) + 1


def test_bodies_are_compared_by_meaning() -> None:
    assert body_digest(b'{"a":1,"b":2}') == body_digest(b'{ "b": 2, "a": 1 }')
    assert body_digest(b'{"a":1}') != body_digest(b'{"a":"1"}')
    assert body_digest(b"no json") == body_digest(b"no json")


@pytest.mark.parametrize(
    "raw",
    [
        '{"opinion": "\u3042\U0001f600", "measure_name": null}'.encode(),
        b'{"half": "\\ud800", "whole": "\\ud83d\\ude00"}',
        b"[1e400, -0, 12345678901234567890123, 0.30000000000000004, 1E5, NaN]",
        b'\xef\xbb\xbf{"twice": 1, "twice": 2}',
        b"[" * 300 + b"]" * 300,
    ],
)
def test_keys_used_before_an_update_are_known_after_it(raw: bytes) -> None:
    meaning = json.dumps(json.loads(raw), sort_keys=True, separators=(",", ":"))
    assert body_digest(raw) == hashlib.sha256(meaning.encode()).hexdigest()


LARGE = b'{"opinion": "' + b"1" * (IN_ROW_BYTES + 1) + b'"}'


def blobs_of(settings: Settings) -> list[Path]:
    folder = settings.data_dir / "blobs"
    return [each for each in folder.glob("*/*") if each.is_file()]


@pytest.mark.parametrize("key", [None, "k"])
def test_a_large_body_that_is_refused_leaves_nothing_behind(
    desk: Desk, settings: Settings, key: str | None
) -> None:
    with pytest.raises(InvalidInput):
        post(desk, a_posting(raw=LARGE, key=key, opinion="番号は983205673214です。"))
    assert blobs_of(settings) == []


def test_a_large_body_that_is_taken_is_kept_beside(desk: Desk, settings: Settings) -> None:
    submitted = post(desk, a_posting(raw=LARGE))
    record = desk.queries.comments.get(submitted.receipt_number)
    assert record is not None
    [blob] = blobs_of(settings)
    assert blob.read_bytes() == LARGE
    [document] = desk.queries.submissions.documents(record.submission_id)
    assert desk.queries.submissions.content(document.id) is None


def test_a_large_body_sent_again_after_the_end_gets_its_first_answer(
    desk: Desk, clock: Clock
) -> None:
    first = post(desk, a_posting(raw=LARGE, key="k"))
    clock.pass_by(days=60)
    assert post(desk, a_posting(raw=LARGE, key="k")).body == first.body


def test_a_large_body_to_nowhere_is_not_found(desk: Desk) -> None:
    with pytest.raises(NotFound):
        post(desk, replace(a_posting(raw=LARGE), code="unknown"))
