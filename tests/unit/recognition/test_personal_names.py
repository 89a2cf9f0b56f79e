"""Names are likelier the more they are made like others; none is impossible."""

import pytest

from app.recognition.language import known_language
from app.recognition.personal_names import known_names, may_be_somebody
from app.recognition.reading import TextLine
from app.recognition.variants import Writing

WHOLE = (0.0, 0.0, 1.0, 1.0)


@pytest.mark.parametrize(
    ("likelier", "other"),
    [
        ("菅原\u3000健一", "管原\u3000健一"),
        ("田中由美", "田中山美"),
        ("千葉 ミツ", "干葉 ミツ"),
        ("橋本\u3000翔司", "橋本\u3000翔川"),
        ("加藤あゆみ", "川藤あゆみ"),
        ("和田 弘実", "和日 弘実"),
        ("大橋 ナオミ", "人橋 ナオミ"),
        ("代表 山田 太郎", "代表 山日 太郎"),
    ],
)
def test_a_name_made_like_others_is_likelier(likelier: str, other: str) -> None:
    names = known_names()
    assert names.chance(likelier) > names.chance(other) + 1


@pytest.mark.parametrize(("one", "other"), [("髙橋 一", "高橋 一"), ("渡邉 恵", "渡辺 恵")])
def test_which_form_of_a_letter_was_written_is_not_for_the_words_to_say(
    one: str, other: str
) -> None:
    assert known_names().chance(one) == known_names().chance(other)


@pytest.mark.parametrize("text", ["", " ", "龘龘 龘", "X", "𠀋", "山田太郎山田太郎山田太郎"])
def test_whatever_is_written_has_some_chance(text: str) -> None:
    assert -500 < known_names().chance(text) < 0


@pytest.mark.parametrize(
    ("text", "somebody"),
    [
        ("服部\u3000健", True),
        ("園田あゆみ", True),
        ("エリ", True),
        ("永山町内会", False),
        ("株式会社北星", False),
        ("旭川市立図書館友の会", False),
        ("商工部", False),
        ("Smith", True),
    ],
)
def test_an_association_is_nobody(text: str, *, somebody: bool) -> None:
    assert may_be_somebody(text) is somebody


def _read(text: str, at: int, *seen: tuple[str, float]) -> TextLine:
    options = [seen if place == at else () for place in range(len(text))]
    sureness = [each[0][1] if each else 0.999 for each in options]
    line = TextLine(
        text=text, confidence=0.9, box=WHOLE, sureness=tuple(sureness), options=tuple(options)
    )
    (read,) = known_language().weighed([line], [False], Writing.NAMES)
    return read


def test_a_name_is_read_by_how_names_are_made_and_is_hardly_surer_for_it() -> None:
    read = _read("橋本 翔川", 4, ("川", 0.815), ("町", 0.09), ("司", 0.014))
    assert (read.text, read.raw, read.preferred) == ("橋本 翔司", "橋本 翔川", 1)
    assert read.sureness[4] < 0.5


def test_a_rare_name_that_is_plain_to_see_stays() -> None:
    assert _read("管原 健一", 0, ("管", 0.993), ("菅", 0.002)).text == "管原 健一"
    assert _read("卜部 文", 0, ("卜", 0.9), ("下", 0.05)).text == "卜部 文"


def test_a_speck_makes_no_name_longer() -> None:
    assert _read("浜野 拓、", 4, ("、", 0.6), ("金", 0.05)).text == "浜野 拓、"


def test_what_is_no_name_is_read_by_words() -> None:
    read = _read("北星商工合議所", 4, ("合", 0.6), ("会", 0.35))
    assert read.text == "北星商工会議所"
