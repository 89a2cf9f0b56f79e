"""Lists of towns as cities have them, and what is said of those that are wrong."""

import pytest

from app.domain.errors import InvalidInput
from app.domain.gazetteer import TownRow
from app.domain.gazetteer_csv import rows_of

OURS = "都道府県,市区町村,町域,郵便番号\n北海道,北星市,東光６条,078-8346\n北海道,北星市,中里,\n"


def ken_all(code: str, town: str) -> str:
    kana = '"ﾎｯｶｲﾄﾞｳ","ﾎｸｾｲｼ","ﾏﾁ"'
    return f'01204,"070  ","{code}",{kana},"北海道","北星市","{town}",0,0,0,0,0,0\n'


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "cp932"])
def test_our_own_columns_are_read(codec: str) -> None:
    assert rows_of(OURS.encode(codec)) == (
        TownRow("北海道", "北星市", "東光６条", "0788346"),
        TownRow("北海道", "北星市", "中里", ""),
    )


def test_the_file_of_japan_post_is_read_as_it_is() -> None:
    file = (
        ken_all("0700000", "以下に掲載がない場合")
        + ken_all("0700030", "宮下通（１～１７丁目）")
        + ken_all("0788202", "豊田（１番地、２番地、")
        + ken_all("0788202", "３番地、４番地、")
        + ken_all("0788202", "５番地）")
        + ken_all("0788346", "東光６条")
    )
    assert [(each.town, each.postal_code) for each in rows_of(file.encode())] == [
        ("", "0700000"),
        ("宮下通", "0700030"),
        ("豊田", "0788202"),
        ("東光６条", "0788346"),
    ]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "gazetteer_empty"),
        (b"\n ,\n", "gazetteer_empty"),
        ("都道府県,市区町村,町域\n".encode(), "gazetteer_empty"),
        (ken_all("0700000", "以下に掲載がない場合").encode(), "gazetteer_empty"),
        ("町,番号\n中里,1\n".encode(), "gazetteer_columns"),
        (b"\xff\xfe\x00\x81", "gazetteer_not_text"),
        (OURS.replace("078-8346", "78-8346").encode(), "gazetteer_lines"),
    ],
)
def test_a_wrong_file_says_what_is_wrong(data: bytes, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        rows_of(data)
    assert refused.value.code == code


def test_wrong_lines_are_named_twenty_at_most() -> None:
    lines = [
        "都道府県,市区町村,町域,郵便番号",
        "北海道,北星市,中里,12345",
        "道,北星市,中里,",
        "北海道,,中里,",
        "北海道",
        f"北海道,北星市,{'里' * 61},",
        *["東京,北星市,中里,"] * 30,
    ]
    with pytest.raises(InvalidInput) as refused:
        rows_of("\n".join(lines).encode())
    problems = refused.value.problems
    assert [(each.field, each.code) for each in problems[:5]] == [
        ("/2", "gazetteer_postal_code"),
        ("/3", "gazetteer_prefecture_unknown"),
        ("/4", "gazetteer_city_missing"),
        ("/5", "gazetteer_line_short"),
        ("/6", "gazetteer_town_long"),
    ]
    assert len(problems) == 20
