import dataclasses
from datetime import UTC, datetime

import pytest

from app.domain.drop_box import Collection, DropBox
from app.domain.envelope import Channel
from app.domain.status import SubmissionState
from app.domain.submission import Lane, Submission, lane_of
from tests.unit.domain.builders import a_comment

NOW = datetime(2015, 5, 1, tzinfo=UTC)


def a_submission(channel: Channel) -> Submission:
    return Submission(
        id="s1",
        fingerprint="f1",
        channel=channel,
        delivery=None,
        state=SubmissionState.QUEUED,
        source="fax",
        source_item=None,
        announced=None,
        received_at=NOW,
        recorded_at=NOW,
        consultation=None,
        postmarked_on=None,
        drop_box=None,
        collection_id=None,
        collected_at=None,
    )


@pytest.mark.parametrize("channel", list(Channel))
def test_light_work_never_waits_behind_pictures(channel: Channel) -> None:
    expected = Lane.OCR if channel.is_paper_image else Lane.LIGHT
    assert lane_of(channel) is expected
    assert a_submission(channel).lane is expected


def test_a_comment_counts_as_one_opinion_until_a_person_counts() -> None:
    comment = a_comment()
    assert (comment.opinion_count, comment.revision, comment.decision) == (1, 1, None)
    assert (dict(comment.readings), dict(comment.corrections)) == ({}, {})


def test_a_comment_but_for_some_members_is_another_record_with_all_others() -> None:
    before = a_comment(revision=3)
    after = before.but(receipt_number="001-000009-1", pages=(2, 3))
    assert after == dataclasses.replace(before, receipt_number="001-000009-1", pages=(2, 3))
    assert before == a_comment(revision=3)
    with pytest.raises(dataclasses.FrozenInstanceError):
        after.opinion = "別"  # type: ignore[misc]


def test_a_comment_has_no_other_members() -> None:
    with pytest.raises(KeyError, match="opinions"):
        a_comment().but(opinions="別")


def test_records_never_change() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        DropBox(code="kamui", name="神居支所").name = "別"  # type: ignore[misc]


def test_a_round_in_which_nobody_counted_says_so() -> None:
    assert Collection(id="c1", drop_box="kamui", collected_at=NOW).slip_count is None
