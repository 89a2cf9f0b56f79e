"""What comes with a letter: the line of a fax machine, the envelope."""

import pytest

from app.domain.fax_header import FaxHeader, fax_header, lacking
from app.domain.postal_cover import postal_cover

ENVELOPE = "070-0000\n北星市中央1条1丁目1番地\n北星市役所 環境部 環境政策課 御中\n{more}"


@pytest.mark.parametrize(
    ("line", "page", "pages"),
    [
        ("2026/11/20 14:32  FAX 0166-00-0000  カムイ商会  P.001/003", 1, 3),
        ("11月20日 14時32分　発信元：神居商店　　頁 2/3", 2, 3),
        ("NOV-20-2026 09:05 FROM:KAMUI 0166-00-0000 P.2", 2, None),
        ("2026-11-20 09:05  0166 00 0000  神居 → 北星市   001/002", 1, 2),
        ("26. 11. 20 9:05 FAX 北の森の会", None, None),
    ],
)
def test_the_line_of_a_fax_machine_is_known(line: str, page: int | None, pages: int | None) -> None:
    found = fax_header(line)
    assert found is not None
    assert (found.text, found.page, found.pages) == (line, page, pages)


@pytest.mark.parametrize(
    "line",
    [
        "令和8年11月20日",
        "令和8年11月20日　北星市長様",
        "意見書",
        "電話 0166-00-0000",
        "FAX 0166-00-0000",
        "11月20日の14時30分から説明会がありました。P.3について",
        "P.12の図について",
        "1/3の削減では足りない",
        "山田太郎 TEL 0166-25-1234 step5@example.jp",
        "2026/11/20 14:32 神居太郎 TEL 0166-00-0000 step5@example.jp",
        "〒070-0035 北星市5条通9丁目 TEL 0166-25-1234 No.3",
        "2026/11/20 北星市中央12-3-4 TEL 0166-25-1234 No.3",
        "北の森の会 TEL 0166-25-1234 No.3",
        "北の森の会 step5 TEL 0166-25-1234",
    ],
)
def test_what_people_write_is_no_line_of_a_machine(line: str) -> None:
    assert fax_header(line) is None


def _header(page: int | None, pages: int | None) -> FaxHeader:
    return FaxHeader(text="", page=page, pages=pages)


def test_pages_that_did_not_come_are_counted_by_the_call() -> None:
    assert lacking([_header(1, 3), None]) == (1, 3, 2)
    assert lacking([_header(1, 2), _header(2, 2), _header(1, 3)]) == (2, 3, 1)
    assert lacking([_header(1, 2), None]) is None
    assert lacking([None, _header(2, 2)]) is None
    assert lacking([_header(1, None)]) is None
    assert lacking([]) is None


def test_an_envelope_is_known_by_the_office_it_is_sent_to() -> None:
    found = postal_cover(ENVELOPE.format(more="「緑の基本計画（案）」意見書在中\n8.11.20"))
    assert found is not None
    assert found.postmark == "8.11.20"
    assert "「緑の基本計画（案）」意見書在中" in found.lines


def test_an_envelope_to_the_mayor_is_known_by_what_is_in_it() -> None:
    found = postal_cover("070-0000\n北星市長 様\n意見書在中\n神居さくら")
    assert found is not None
    assert found.enclosing


@pytest.mark.parametrize("stamp", ["8.11.20", "8. 11. 20", "2026.11.20", "8-11-20", "北星 8.11.20"])
def test_a_postmark_is_digits_with_points_or_dashes(stamp: str) -> None:
    found = postal_cover(ENVELOPE.format(more=stamp))
    assert found is not None
    assert found.postmark is not None


@pytest.mark.parametrize(
    "stamp", ["8.13.20", "0.0.0", "2026.11.31", "12-18", "令和8.11.20", "西町8-11-20", "8 11 20"]
)
def test_what_is_no_date_is_no_postmark(stamp: str) -> None:
    found = postal_cover(ENVELOPE.format(more=stamp))
    assert found is not None
    assert found.postmark is None


@pytest.mark.parametrize(
    "text",
    [
        "北星市役所 環境政策課 御中\n070-0000\n住所：北星市中央2条\n氏名：神居さくら",
        "北星市役所 環境政策課 御中\n070-0000\n公園を増やしてください。",
        "ＦＡＸ送付状\n070-0000\n北星市役所 環境政策課 御中",
        "北星市長 様\n意見書\n賛成",
        "神居さくら 様\n070-0000",
        "令和8年11月20日\n北星市長 神居 寛 様\n〒070-0035 北星市5条通9丁目1番2号\n山田 太郎",
        "北星市長 神居 寛 様\n〒070-0035 北星市5条通9丁目1番2号\n山田 太郎",
        "北星市長 あて\n〒070-0035 北星市5条通9丁目1番2号\n山田 太郎",
        "令和8年11月20日\n北星市役所 環境政策課 御中\n〒070-0035 北星市5条通9丁目\n山田 太郎",
        "北星市役所 環境政策課 御中\n〒070-0035\n山田太郎\n駐輪場を増やしてほしい\n街灯も増やしてほしい",
        "北星市役所 環境政策課 御中\n〒070-0035 北星市5条通9丁目\n山田太郎\n街灯が暗い",
        "北星市役所 環境政策課 御中\n〒070-0035 北星市5条通9丁目\n山田太郎\n計画案に賛成",
        "北星市役所 環境政策課 御中\n〒070-0035\n山田太郎\n親展の封筒は配らないでほしい",
        "北星市役所 環境政策課 御中\n〒070-0035\n駐輪場の増設と街灯の増設と歩道の除雪の強化の件",
        "",
    ],
)
def test_a_letter_is_no_envelope(text: str) -> None:
    assert postal_cover(text) is None
