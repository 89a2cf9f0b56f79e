import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.password_mention import MOST, names_password, passwords_in


@pytest.mark.parametrize(
    ("text", "password"),
    [
        ("パスワード：abc123", "abc123"),
        ("パスワードは「abc123」です。", "abc123"),
        ("先ほどのファイルのパスワードは abc123 です。", "abc123"),
        ("【パスワード】\nabc123\n", "abc123"),
        ("解凍用パスワード\n\n　　abc123\n\n以上", "abc123"),
        ("ＰＷ：ａｂｃ１２３", "abc123"),
        ("PW: Kita-2026!", "Kita-2026!"),
        ("Password = p@ss(w)ord", "p@ss(w)ord"),
        ("パスワード：ひみつ123", "ひみつ123"),
        ("パスワードをお送りします。\nよろしくお願いします。\n\nzZ9_x.y\n", "zZ9_x.y"),
    ],
)
def test_what_stands_behind_or_below_the_word_is_found(text: str, password: str) -> None:
    assert password in passwords_in(text)


def test_the_likeliest_stands_first() -> None:
    text = "パスワード：abc123\nhttps://example.jp/\nほかの行 xyz\nlonely"
    assert passwords_in(text)[0] == "abc123"
    assert not any("http" in each for each in passwords_in(text))


@pytest.mark.parametrize(
    "text", ["", "公園に木を植えてください。\nabc123", "PWA を作ってください。"]
)
def test_a_mail_that_speaks_of_none_gives_none(text: str) -> None:
    assert passwords_in(text) == ()
    assert not names_password(text)


@given(st.text(max_size=400))
def test_any_text_gives_a_bounded_number(text: str) -> None:
    found = passwords_in("パスワード：" + text)
    assert len(found) <= MOST
    assert all(3 <= len(each) <= 64 for each in found)
