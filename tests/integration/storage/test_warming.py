"""What recording looks at is read through once, in order."""

import pytest
import sqlalchemy as sa

from app.intake.desk import Desk
from app.storage.queries import warming
from app.storage.queries.warming import WarmingQueries
from tests.integration.intake.test_people import a_record
from tests.integration.intake.test_receive_and_read import BODY
from tests.integration.storage.test_indexes import noted, plan


def test_indexes_are_read_to_their_end_and_then_no_more(
    desk: Desk, engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warming, "_AT_ONCE", 2)
    for number in range(5):
        a_record(desk, BODY + str(number), source_item=str(number))
    queries = WarmingQueries(engine)
    steps = 0
    with noted(engine) as asked:
        while queries.once():
            steps += 1
    looks = [words for words, _ in asked if words.startswith("SELECT")]
    # Five texts in twos are three looks; of one writer's the rest is skipped; no key was used.
    assert steps == len(looks) == 3 + 2 + 1
    assert not queries.once()


def test_only_the_indexes_are_read(engine: sa.Engine) -> None:
    queries = WarmingQueries(engine)
    with noted(engine) as asked:
        while queries.once():
            pass
    plans = [plan(engine, *each) for each in asked if each[0].startswith("SELECT")]
    indexes = ("ix_comments_opinion_key", "ix_comments_submitter_key", "idempotency_keys_")
    if engine.dialect.name == "postgresql":
        indexes = (*indexes[:2], "pk_idempotency_keys")
    assert len(plans) == len(indexes)
    for index, steps in zip(indexes, plans, strict=True):
        assert index in steps
        assert engine.dialect.name != "sqlite" or "COVERING INDEX" in steps
        assert "ORDER BY" not in steps
