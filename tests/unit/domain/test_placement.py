"""Addresses beside the towns of a city: what is known, what is put right, what is left alone."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.address_tokens import postal_code, tokens_of
from app.domain.gazetteer import City, TownRow, cities_named, gazetteers_of, the_one
from app.domain.placement import PlacementVerdict, Places, with_town

HOKUSEI = City("北海道", "北星市")
TOWNS = (
    ("東光６条", "0788346"),
    ("東光７条", "0788347"),
    ("緑が丘東３条", "0788803"),
    ("緑が丘南３条", "0788813"),
    ("緑町", "0700823"),
    ("春光台１条", "0718141"),
    ("春光台２条", "0718142"),
    ("６条通", "0700036"),
    ("６条西", "0700056"),
    ("パルプ町", "0700013"),
    ("パルプ町１条", "0700011"),
    ("旭岡", "0700822"),
    ("旭神町", "0788308"),
    ("東１条", "0700021"),
    ("曙１条", "0700061"),
    ("日ノ出", "0788203"),
    ("大字中里", ""),
    ("宮下通", "0700030"),
    ("宮下通", "0788330"),
)
ROWS = tuple(TownRow("北海道", "北星市", town, code) for town, code in TOWNS)
PLACES = Places(
    gazetteers_of(ROWS, "test")[HOKUSEI],
    [HOKUSEI, City("群馬県", "比星市"), City("北海道", "星市")],
)

KNOWN, CORRECTED = PlacementVerdict.KNOWN, PlacementVerdict.CORRECTED
UNKNOWN, OUTSIDE = PlacementVerdict.UNKNOWN, PlacementVerdict.OUTSIDE


@pytest.mark.parametrize(
    ("address", "town"),
    [
        ("北星市東光6条3丁目1番", "東光６条"),
        ("北海道北星市 東光六条３丁目", "東光６条"),
        ("北星市緑ヶ丘東三条4-1", "緑が丘東３条"),
        ("北星市綠ケ丘東３条", "緑が丘東３条"),
        ("北星市6条9丁目46番地", "６条通"),
        ("北星市6条西2丁目", "６条西"),
        ("北星市日の出12番地", "日ノ出"),
        ("北星市字中里5", "大字中里"),
        ("北星市中里5番地", "大字中里"),
        ("〒078-8346北星市東光6条", "東光６条"),
        ("東光6条3丁目", "東光６条"),
        ("北星市パルプ町505番地", "パルプ町"),
    ],
)
def test_a_town_is_known_however_it_is_written(address: str, town: str) -> None:
    found = PLACES.place(address)
    assert (found.verdict, found.town, found.value) == (KNOWN, town, address)


@pytest.mark.parametrize(
    ("read", "value", "town"),
    [
        ("北星市束光6条3丁目", "北星市東光6条3丁目", "東光６条"),
        ("北星巾緑ヶ丘束三条 4-1", "北星市緑ヶ丘東三条 4-1", "緑が丘東３条"),
        ("北星市バルプ町1条2丁目", "北星市パルプ町1条2丁目", "パルプ町１条"),
        ("北星市束1条5番地", "北星市東1条5番地", "東１条"),
        # The postal code bears out a character of another shape, and the city goes without saying.
        ("〒078-8346 北星市東洗6条", "〒078-8346 北星市東光6条", "東光６条"),
        ("デ0788346束光６条", "デ0788346東光６条", "東光６条"),
    ],
)
def test_what_looks_alike_is_put_right_where_one_town_fits(
    read: str, value: str, town: str
) -> None:
    found = PLACES.place(read)
    assert (found.verdict, found.value, found.town) == (CORRECTED, value, town)
    assert len(found.read) == len(found.taken) > 0


def test_what_the_engine_saw_besides_counts() -> None:
    read = "北星市曉1条5番地"
    assert PLACES.place(read).verdict is UNKNOWN
    found = PLACES.place(read, seen=(("曉", "曙時"),))
    assert (found.value, found.read, found.taken) == ("北星市曙1条5番地", "曉", "曙")


@pytest.mark.parametrize(
    ("read", "near"),
    [
        # No number is ever put right, not even where the postal code says which.
        ("北星市春光台9条4丁目", ("春光台１条", "春光台２条")),
        ("〒071-8142北星市春光台九条4丁目", ("春光台２条", "春光台１条")),
        ("北星市旭岡町3", ("旭岡", "旭神町")),
        ("北星市緑が丘北三条1", ("緑が丘東３条", "緑が丘南３条")),
        ("北星市大町 条3丁目", ()),
        ("〒078-8347 北星市束光6条", ("東光７条",)),
    ],
)
def test_where_none_or_several_fit_nothing_is_changed(read: str, near: tuple[str, ...]) -> None:
    found = PLACES.place(read)
    assert (found.verdict, found.value, found.town) == (UNKNOWN, read, None)
    assert found.near[: len(near)] == near


@pytest.mark.parametrize(
    "read",
    [
        "札幌市中央区北1条西2丁目",
        "南星市束光6条",
        # It looks like 北星市, but there is such a city.
        "比星市東光6条3丁目",
        "群馬県比星市東光6条3丁目",
        "束光6条3丁目",
        "〒060-0001 束光6条",
        "北星市",
        "",
        "東光6条",  # no city and nothing behind it: as well the name of a house
    ],
)
def test_nothing_is_said_of_what_lies_elsewhere(read: str) -> None:
    found = PLACES.place(read)
    assert (found.verdict, found.value) == (OUTSIDE, read)


def test_a_postal_code_of_another_town_is_pointed_out() -> None:
    assert PLACES.place("〒070-0036 北星市東光6条").elsewhere == ("６条通",)
    assert PLACES.place("〒060-0001 北星市東光6条").elsewhere == ()
    assert PLACES.place("〒078-8330 北星市宮下通18丁目").elsewhere == ()


@pytest.mark.parametrize(
    ("address", "code", "rest"),
    [
        ("〒070-0036 北星市", "0700036", "北星市"),
        ("テO7O-0036北星市", "0700036", "北星市"),
        ("０７００３６1", "0700361", ""),
        ("070-00361北星市", "", "070-00361北星市"),
        ("6条通9丁目", "", "6条通9丁目"),
    ],
)
def test_a_postal_code_is_read_with_an_eye_for_slips(address: str, code: str, rest: str) -> None:
    found, end = postal_code(address)
    assert (found, address[end:].strip()) == (code, rest)


@given(st.text())
def test_any_text_is_placed_and_changes_by_single_characters(text: str) -> None:
    found = PLACES.place(f"北星市{text}")
    assert len(found.value) == len(text) + 3
    digits = re.sub("[^0-9０-９一二三四五六七八九十]", "", text)
    assert re.sub("[^0-9０-９一二三四五六七八九十]", "", found.value) == digits
    again = PLACES.place(found.value)
    assert again.verdict is not CORRECTED


@given(st.text())
def test_tokens_stand_where_they_were_found(text: str) -> None:
    tokens = tokens_of(text)
    assert all(0 <= each.start < each.end <= len(text) for each in tokens)
    # What may be put right is one character by itself.
    lone = [each for each in tokens if each.whole and not each.is_number]
    assert all(each.end == each.start + 1 for each in lone)
    assert len({each.start for each in lone}) == len(lone)


def test_confidence_stays_a_probability() -> None:
    known, unknown = PLACES.place("北星市東光6条3丁目"), PLACES.place("北星市春光台9条4丁目")
    differs = PLACES.place("〒070-0036 北星市東光6条")
    for sure in (0.0, 0.01, 0.5, 0.99, 1.0):
        assert 0 < with_town(sure, unknown) < with_town(sure, known) <= 0.99
        assert with_town(sure, differs) == with_town(sure, unknown)


def test_wards_belong_to_their_city_and_counties_may_be_left_out() -> None:
    rows = [
        TownRow("北海道", "北星市中央区", "北一条西", "0600001"),
        TownRow("北海道", "北星市北区", "北七条西", "0600807"),
        TownRow("北海道", "上川郡南星町", "東町", "0711423"),
    ]
    found = gazetteers_of(rows, "test")
    assert set(found[HOKUSEI].towns) == {"中央区北一条西", "北区北七条西"}
    assert Places(found[HOKUSEI]).place("北星市中央区北1条西2丁目").town == "中央区北一条西"
    county = Places(found[City("北海道", "上川郡南星町")])
    for address in ("南星町東町1丁目", "北海道上川郡南星町東町1丁目"):
        assert county.place(address).verdict is KNOWN


def test_the_city_of_an_office_is_told_by_its_address() -> None:
    known = (HOKUSEI, City("福島県", "北星市"), City("北海道", "龍ケ崎市"), City("北海道", "北市"))
    assert cities_named("北海道北星市6条通9丁目", known) == (HOKUSEI,)
    assert cities_named("龍ヶ崎市1番地", known) == (known[2],)
    assert cities_named("青森県北星市1番地", known) == ()
    both = cities_named("北星市6条通9丁目", known)
    assert set(both) == {HOKUSEI, known[1]}
    assert the_one(both, ()) is None
    assert the_one(both, ("福島県",)) == known[1]
    assert str(HOKUSEI) == "北海道北星市"


def test_a_code_does_not_turn_a_town_into_one_that_looks_less_like_what_was_read() -> None:
    # 旭岡 (070-0822) with one stroke lost and one digit of its code misread as that of 緑町.
    for read in ("〒070-0823 北星市九岡5番", "〒071-8142 北星市春光合1条3丁目"):
        found = PLACES.place(read)
        assert found.town not in ("緑町", "春光台２条")
        assert found.value in (read, read.replace("合", "台"))
