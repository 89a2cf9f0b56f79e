"""Words decide what strokes leave open, and nothing else."""

from collections.abc import Sequence

import pytest

from app.recognition.language import known_language
from app.recognition.reading import TextLine

WHOLE = (0.0, 0.0, 1.0, 1.0)


def _line(text: str, **doubts: Sequence[tuple[str, float]]) -> TextLine:
    """Say that an engine read a text; ``doubts`` tell by place (``_0``) what it saw there."""
    options = [tuple(doubts.get(f"_{place}", ())) for place in range(len(text))]
    sureness = [seen[0][1] if seen else 0.999 for seen in options]
    return TextLine(
        text=text, confidence=0.9, box=WHOLE, sureness=tuple(sureness), options=tuple(options)
    )


def _read(*lines: TextLine, end: bool = False) -> tuple[TextLine, ...]:
    return known_language().weighed(lines, [end] * len(lines))


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        (
            _line("八千川を使うなら", _2=(("川", 0.6), ("円", 0.2), ("凹", 0.05))),
            "八千円を使うなら",
        ),
        (_line("を数学で示しホた", _3=(("で", 0.8), ("て", 0.1))), "を数学で示しホた"),
        (_line("文字の人きさ", _3=(("人", 0.9), ("大", 0.05))), "文字の大きさ"),
        (_line("児常クラブ", _1=(("常", 0.5), ("童", 0.3))), "児童クラブ"),
        (_line("西日　健介", _1=(("日", 0.5), ("田", 0.4))), "西田　健介"),
        (
            _line("毎作公表", _1=(("作", 0.7), ("年", 0.1))),
            "毎年公表",
        ),
    ],
)
def test_what_makes_words_is_taken_of_what_was_seen(line: TextLine, meant: str) -> None:
    (read,) = _read(line)
    assert read.text == meant
    assert read.preferred == sum(old != new for old, new in zip(line.text, meant, strict=True))
    assert read.raw == (None if meant == line.text else line.text)


def test_no_word_outweighs_what_is_plain_to_see() -> None:
    line = _line("下円を使う", _0=(("下", 0.997), ("千", 0.002)))
    assert _read(line) == (line,)


def test_what_was_not_seen_is_not_taken() -> None:
    line = _line("下円を使う", _0=(("下", 0.6), ("卞", 0.3)))
    assert _read(line)[0].text == "下円を使う"


@pytest.mark.parametrize(("read", "other"), [("4", "1"), ("三", "一"), ("７", "1")])
def test_a_number_is_never_chosen_for_another(read: str, other: str) -> None:
    line = _line(f"{read}丁目", _0=((read, 0.5), (other, 0.49)))
    assert _read(line) == (line,)


def test_no_numeral_is_made_of_a_dash() -> None:
    line = _line("中央4丁目5-23", _6=(("-", 0.6), ("一", 0.35)))
    assert _read(line) == (line,)


def test_words_do_not_say_how_large_a_letter_was() -> None:
    line = _line("工業団地ケ岡", _4=(("ケ", 0.6), ("ヶ", 0.35)))
    assert _read(line)[0].text == "工業団地ケ岡"


def test_no_point_is_chosen_for_another() -> None:
    line = _line("計画・保険", _2=(("・", 0.6), ("·", 0.2), ("．", 0.19)))
    assert _read(line)[0].text == "計画・保険"


def test_a_word_goes_on_in_the_next_line_unless_the_text_ends() -> None:
    first = _line("費用は一万")
    second = _line("川を使う", _0=(("川", 0.55), ("円", 0.4)))
    assert [each.text for each in _read(first, second)] == ["費用は一万", "円を使う"]


def test_what_the_words_confirm_is_surer_and_what_they_leave_open_is_not() -> None:
    (confirmed,) = _read(_line("児童クラブ", _1=(("童", 0.5), ("常", 0.3))))
    (open_still,) = _read(_line("森田香一", _1=(("田", 0.5), ("川", 0.45))))
    assert confirmed.text == "児童クラブ"
    assert confirmed.sureness[1] > 0.9
    assert open_still.sureness[1] < 0.9


def test_a_long_text_full_of_doubt_is_settled_in_parts() -> None:
    text = "千円を使うなら数字で示してほしい" * 6
    seen = {f"_{place}": ((char, 0.6), ("人", 0.2)) for place, char in enumerate(text)}
    assert _read(_line(text, **seen))[0].text == text


def test_a_line_without_options_stays_as_it_is() -> None:
    line = TextLine(text="下円を使う", confidence=0.4, box=WHOLE)
    assert _read(line, end=True) == (line,)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("パプリック\nコメントとマイナンパーの管理", 2),
        ("妊姉に配慮し、Wi-Fの整備を", 2),
        ("Aによる審査とA案", 1),
        ("パブリック コメントとWi-Fiの整備、AIと三千円の第三者委員会", 0),
        ("", 0),
    ],
)
def test_words_that_no_dictionary_knows_are_counted(text: str, count: int) -> None:
    assert known_language().strangers(text) == count
