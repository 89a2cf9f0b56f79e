import unicodedata

import pytest

from tests.acceptance.contract.applications import post
from tests.acceptance.contract.city import (
    City,
    Json,
    error_codes,
    new_measure,
    problem,
)


def variants(name: str) -> dict[str, str]:
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in name)
    bare = name.removesuffix("（案）")
    return {
        "as it is": name,
        "full width": wide,
        "NFKC": unicodedata.normalize("NFKC", name),
        "NFKD": unicodedata.normalize("NFKD", name),
        "half-width brackets": f"{bare}(案)",
        "square brackets": f"{bare}［案］",
        "tortoise shells": f"{bare}〔案〕",
        "lenticular": f"{bare}【案】",
        "without brackets": f"{bare}案",
        "quoted": f"「{name}」",
        "double quoted": f"『{name}』",
        "ascii quoted": f'"{name}"',
        "spaces around": f"　{name} ",
        "spaces inside": f"{name[:4]} {name[4:8]}　{name[8:]}",
        "line break": f"{name[:4]}\n{name[4:]}",
        "CRLF": f"{name[:4]}\r\n{name[4:]}",
        "tab": f"{name[:4]}\t{name[4:]}",
        "zero width": f"{name[:4]}\u200b{name[4:]}",
    }


def test_measure_names_are_compared_after_normalisation(city: City) -> None:
    made = city.open(measure_name=f"第５期 {new_measure().removesuffix('（案）')}ABC（案）")
    for what, written in variants(made["measure_name"]).items():
        body = city.application(made, measure_name=written)
        answer = post(city, made, body)
        assert answer.status_code == 201, (what, answer.text)
        assert answer.json()["measure"]["written"] == written
        assert answer.json()["measure"]["verdict"] == "match"
    plain = made["measure_name"].replace("５", "5").replace(" ", "")
    for number in ("第5期", "第５期", "第五期", "第 5 期", "第　五　期", "第\u3000五\n期"):
        body = city.application(made, measure_name=plain.replace("第5期", number))
        assert post(city, made, body).status_code == 201, number
    for other in ("第6期", "第六期", "第15期", "第五十期"):
        body = city.application(made, measure_name=plain.replace("第5期", other))
        assert error_codes(post(city, made, body)) == {"measure_name_mismatch"}, other


@pytest.mark.parametrize(
    ("official", "same"),
    [
        ("第12次{}計画（案）", "第十二次{}計画(案)"),
        ("第10期{}計画（素案）", "第十期{}計画素案"),
        ("令和8年度{}計画（案）", "令和八年度{}計画（案）"),
        ("{}（第2次）計画（案）", "{}(第二次)計画(案)"),
        ("{}に関する条例（案）", "「{}に関する条例（案）」"),
        ("{}サービス計画（案）", "{}ｻｰﾋﾞｽ計画（案）"),
        ("{}・ＩＣＴ計画（案）", "{}･ICT計画（案）"),
    ],
)
def test_numbers_and_widths_of_names_are_the_same_name(
    city: City, official: str, same: str
) -> None:
    middle = new_measure().removesuffix("（案）")
    made = city.open(measure_name=official.format(middle))
    body = city.application(made, measure_name=same.format(middle))
    answer = post(city, made, body)
    assert answer.status_code == 201, answer.text


def test_meaningful_differences_are_a_mismatch_that_names_the_candidates(
    city: City, consultation: Json
) -> None:
    bare = consultation["measure_name"].removesuffix("（案）")
    for written in (f"{bare}（素案）", f"{bare}（原案）", bare[:-1], f"新{bare}（案）", f"{bare}（案）改訂版",
                    "計画", "？"):  # fmt: skip
        answer = post(city, consultation, city.application(consultation, measure_name=written))
        body = problem(answer, 422)
        assert [error["code"] for error in body["errors"]] == ["measure_name_mismatch"], written
    assert consultation["measure_name"] in answer.text


def test_an_alias_matches_too(city: City) -> None:
    alias = f"{new_measure().removesuffix('（案）')}の見直し"
    made = city.open(measure_aliases=[alias])
    for written in (alias, f"「{alias}」"):
        comment = city.apply(made, measure_name=written)
        assert comment["measure"]["verdict"] == "match"
        assert comment["measure"]["written"] == written


def test_the_name_of_another_open_measure_is_a_mismatch(city: City, consultation: Json) -> None:
    other = city.open()
    body = city.application(consultation, measure_name=other["measure_name"])
    answer = post(city, consultation, body)
    assert error_codes(answer) == {"measure_name_mismatch"}
    assert other["measure_name"] in answer.text
