from datetime import UTC, date, datetime

import pytest

from app.domain.access import Actor, Scope
from app.domain.envelope import JST, Channel, in_japan, japan_day, utc


def test_the_day_changes_at_midnight_in_japan() -> None:
    assert japan_day(datetime(2015, 5, 15, 14, 59, 59, tzinfo=UTC)) == date(2015, 5, 15)
    assert japan_day(datetime(2015, 5, 15, 15, 0, 0, tzinfo=UTC)) == date(2015, 5, 16)


def test_instants_move_between_utc_and_japan_unchanged() -> None:
    instant = datetime(2015, 5, 15, 23, 59, 58, tzinfo=JST)
    assert in_japan(utc(instant)) == instant
    assert utc(instant).tzinfo is UTC
    assert in_japan(utc(instant)).isoformat() == "2015-05-15T23:59:58+09:00"


def test_an_instant_without_an_offset_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="offset"):
        utc(datetime(2015, 5, 15))  # noqa: DTZ001 - the mistake itself


def test_three_channels_bring_pictures_of_paper() -> None:
    assert [each for each in Channel if each.is_paper_image] == [
        Channel.MAIL,
        Channel.DROP_BOX,
        Channel.FAX,
    ]


def an_actor(*scopes: Scope, consultations: frozenset[str] = frozenset()) -> Actor:
    return Actor(id="k1", name="窓口", scopes=frozenset(scopes), consultations=consultations)


def test_a_key_opens_what_its_scopes_name() -> None:
    reader = an_actor(Scope.COMMENTS_READ)
    assert reader.may(Scope.COMMENTS_READ)
    assert not reader.may(Scope.COMMENTS_REVIEW)


def test_admin_opens_everything() -> None:
    assert all(an_actor(Scope.ADMIN).may(each) for each in Scope)


def test_a_confined_key_touches_its_consultations_only() -> None:
    confined = an_actor(Scope.COMMENTS_READ, consultations=frozenset({"a"}))
    assert confined.may_touch("a")
    assert not confined.may_touch("b")
    assert not confined.may_touch(None)
    assert an_actor(Scope.COMMENTS_READ).may_touch(None)
