"""An envelope beside a letter, and the head of a letter, which is none."""

import pytest

from app.recognition.envelope_beside import without_envelope
from app.recognition.reading import TextLine

LETTER = ("意見書", "駐輪場を増やしてください。", "街灯も増やしてください。")
OFFICE = ("北星市役所 環境政策課 御中", "〒070-0035 北星市5条通9丁目", "山田 太郎")
MAYOR = ("令和8年11月20日", "北星市長 神居 寛 様", "〒070-0035 北星市5条通9丁目1番2号", "山田 太郎")


def _lines(texts: tuple[str, ...], left: float, top: float) -> list[TextLine]:
    return [
        TextLine(
            text=text,
            confidence=0.9,
            box=(left, top + 0.03 * number, left + 0.35, top + 0.03 * number + 0.02),
        )
        for number, text in enumerate(texts)
    ]


def test_an_envelope_beside_a_letter_is_set_apart() -> None:
    letter = _lines(LETTER, 0.05, 0.1)
    rest, envelope = without_envelope([*letter, *_lines(OFFICE, 0.55, 0.1)])
    assert rest == tuple(letter)
    assert envelope == "\n".join(OFFICE)


def test_an_envelope_below_a_letter_is_known_by_what_is_in_it() -> None:
    letter = _lines(LETTER, 0.05, 0.1)
    rest, envelope = without_envelope([*letter, *_lines((*OFFICE, "意見書在中"), 0.05, 0.5)])
    assert rest == tuple(letter)
    assert "意見書在中" in envelope


@pytest.mark.parametrize("head", [OFFICE, MAYOR])
def test_the_head_of_a_letter_stays_with_it(head: tuple[str, ...]) -> None:
    lines = [*_lines(head, 0.05, 0.05), *_lines(LETTER, 0.05, 0.3)]
    assert without_envelope(lines) == (tuple(lines), "")


def test_the_head_of_a_letter_stays_where_white_is_beside_it() -> None:
    lines = [*_lines(MAYOR, 0.05, 0.05), *_lines(LETTER, 0.55, 0.3)]
    assert without_envelope(lines) == (tuple(lines), "")
