"""A call in which nearly everybody sends one of a few texts."""

import asyncio
import re
from collections.abc import Sequence

import pytest
import sqlalchemy as sa

from app.domain.comment import CommentRecord, Related
from app.domain.submission import Document
from app.intake import procedures
from app.intake.admission import Posting
from app.intake.desk import Desk
from app.intake.postings import Submitted
from app.intake.submit import submit
from app.storage.comment_rows import opinion_key, submitter_key
from app.storage.repositories.related import SHOWN, alike, related_to
from tests.builders import ADMIN, a_consultation, a_submitter
from tests.integration.intake.test_submit import a_posting
from tests.integration.storage.test_indexes import noted, plan

TEXT = "評価書（案）に反対します。"


@pytest.fixture(autouse=True)
def open_consultations(desk: Desk) -> None:
    procedures.create(desk, a_consultation(), actor=ADMIN)


def told(related: Sequence[Related]) -> str:
    return " ".join(f"{each.receipt_number}={each.relation}" for each in related)


def post(desk: Desk, postings: Sequence[Posting]) -> list[Submitted]:
    """Post at one moment; the answers say what each resembles."""

    def render(_record: CommentRecord, _files: Sequence[Document], of: Sequence[Related]) -> bytes:
        return b"{" + told(of).encode()

    async def all_of_them() -> list[Submitted]:
        return list(await asyncio.gather(*(submit(desk, each, render=render) for each in postings)))

    return asyncio.run(all_of_them())


def from_writers(first: int, count: int, text: str = TEXT) -> list[Posting]:
    return [
        a_posting(
            opinion=text,
            submitter=a_submitter(name=f"北野 花子{number}"),
            raw=b'{"writer": %d}' % number,
            key=f"key {number}",
        )
        for number in range(first, first + count)
    ]


def related(desk: Desk, answer: Submitted) -> str:
    record = desk.queries.comments.get(answer.receipt_number)
    assert record is not None
    return told(desk.queries.comments.related(record))


def test_those_posted_together_are_told_what_each_resembles(desk: Desk) -> None:
    post(desk, from_writers(0, 2))
    writer = a_submitter(name="南川 太郎")
    mixed = [
        *from_writers(10, 3),
        *from_writers(20, 1, "道路を直してください。"),
        a_posting(opinion=f"　{TEXT}", submitter=writer),
        a_posting(opinion="公園を広げてください。", submitter=writer),
        a_posting(opinion=TEXT, submitter=writer),
    ]
    answers = post(desk, mixed)
    assert answers[3].body == b"{"
    by_writer = answers[5].body.decode()
    assert by_writer.count("=same_submitter") == 2
    assert "=same_text" not in by_writer
    # Whoever sent the same text has a nearer relation than that of the writer, and stands once.
    assert answers[6].body.decode().count("=same_text") == 6
    assert answers[6].body.decode().count("=same_submitter") == 1
    for each in answers:
        assert each.body.decode() == "{" + related(desk, each)


def test_of_very_many_the_newest_are_told_newest_first(desk: Desk) -> None:
    answers = [answer for first in (0, 60) for answer in post(desk, from_writers(first, 60))]
    newest = sorted((each.receipt_number for each in answers), reverse=True)
    for each in answers[-60:]:
        others = [number for number in newest if number != each.receipt_number][:SHOWN]
        assert each.body.decode() == "{" + " ".join(f"{number}=same_text" for number in others)
    assert related(desk, answers[0]) == " ".join(f"{number}=same_text" for number in newest[:SHOWN])


def test_a_long_answer_is_kept_short_and_given_again_as_it_was(
    desk: Desk, engine: sa.Engine
) -> None:
    first, *_, last = [
        *post(desk, from_writers(0, 1)),
        *post(desk, from_writers(1, SHOWN)),
    ]
    assert len(last.body) > 2_000
    kept = sa.text("SELECT key, length(answer) AS length FROM idempotency_keys")
    with engine.connect() as connection:
        lengths = {row.key: row.length for row in connection.execute(kept)}
    assert lengths["key 0"] == len(first.body)
    assert lengths[f"key {SHOWN}"] < len(last.body) / 2
    again = post(desk, [*from_writers(0, 1), *from_writers(SHOWN, 1)])
    assert [(each.repeated, each.body) for each in again] == [(True, first.body), (True, last.body)]


def test_the_newest_of_a_campaign_are_found_without_sorting_it(
    desk: Desk, engine: sa.Engine
) -> None:
    first, _ = post(desk, from_writers(0, 2))
    record = desk.queries.comments.get(first.receipt_number)
    assert record is not None
    keys = {
        "opinion_key": opinion_key(record.opinion),
        "submitter_key": submitter_key(record.submitter),
    }
    with noted(engine) as asked, engine.connect() as connection:
        expected = related_to(connection, record)
        rows = [{"receipt_number": record.receipt_number, **keys}]
        assert alike(connection, rows, keys.values()) == {record.receipt_number: expected}
    steps = "\n".join(plan(engine, *each) for each in asked if "_key <= " in each[0])
    # Text and writer, for the one record and for some.
    assert len(re.findall("ix_comments_(?:opinion|submitter)_key_id", steps)) == 4
    assert "Sort" not in steps
    assert "TEMP B-TREE" not in steps
