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


@pytest.mark.parametrize("stamp", ["8.13.20", "0.0.0", "2026.11.31", "12-18"])
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
        "",
    ],
)
def test_a_letter_is_no_envelope(text: str) -> None:
    assert postal_cover(text) is None
