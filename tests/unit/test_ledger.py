"""How a source is weighed against what is recorded."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.envelope import Channel
from app.domain.status import SubmissionState
from app.storage.queries.ledger import Item, SourceBalance, balance

S = SubmissionState
ITEMS = st.builds(
    Item,
    st.none() | st.integers(0, 9),
    st.none() | st.sampled_from(S),
    st.none() | st.integers(0, 9),
)


def weigh(*items: Item, told: int | None = None) -> SourceBalance:
    return balance(Channel.MAIL, "scan 1", items, told)


@given(st.lists(ITEMS), st.none() | st.integers(0, 20))
def test_what_was_seen_is_always_accounted_for(items: list[Item], told: int | None) -> None:
    row = weigh(*items, told=told)

    parts = (row.recorded, row.ignored, row.quarantined, row.failed, row.waiting, row.missing)
    assert row.seen == sum(parts)
    assert min(*parts, row.surplus) >= 0
    if told is not None:
        assert row.seen == told


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (Item(None, None, None), {"seen": 1, "missing": 1}),
        (Item(None, S.QUEUED, None), {"seen": 1, "waiting": 1}),
        (Item(3, S.PROCESSING, None), {"seen": 3, "waiting": 3}),
        (Item(3, S.DONE, 2), {"seen": 3, "recorded": 2, "missing": 1}),
        (Item(3, S.DONE, 5), {"seen": 3, "recorded": 3, "surplus": 2}),
        (Item(None, S.DONE, 5), {"seen": 5, "recorded": 5}),
        (Item(None, S.DONE, 0), {"seen": 1, "recorded": 1}),
        (Item(2, S.FAILED, None), {"seen": 2, "failed": 2}),
        (Item(None, S.IGNORED, 1), {"seen": 1, "ignored": 1}),
        (Item(None, S.QUARANTINED, None), {"seen": 1, "quarantined": 1}),
    ],
)
def test_each_arrival_counts_where_it_stands(item: Item, expected: dict[str, int]) -> None:
    row = weigh(item)

    assert {name: getattr(row, name) for name in expected} == expected


@given(st.lists(ITEMS), st.none() | st.integers(0, 20), st.integers(1, 5))
def test_things_alike_may_be_counted_beforehand(
    items: list[Item], told: int | None, alike: int
) -> None:
    assert weigh(*(replace(each, alike=alike) for each in items), told=told) == weigh(
        *items * alike, told=told
    )


def test_a_round_is_weighed_by_its_slips() -> None:
    row = weigh(Item(None, S.DONE, 2), Item(None, S.FAILED, None), told=5)

    assert (row.seen, row.recorded, row.failed, row.missing, row.surplus) == (5, 2, 1, 2, 0)


def test_more_than_the_slips_of_a_round_is_a_surplus() -> None:
    row = weigh(Item(None, S.DONE, 4), Item(None, S.QUEUED, None), told=3)

    assert (row.seen, row.waiting, row.recorded, row.missing, row.surplus) == (3, 1, 2, 0, 2)
