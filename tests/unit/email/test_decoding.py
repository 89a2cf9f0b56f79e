"""The decoding ladder, step by step."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.channels.email.decoding import decode
from app.channels.email.iso_2022_jp import decode_iso_2022_jp
from app.domain.text import has_forbidden_characters
from tests.unit.email.mails import jis

PROSE = "旭川市の案について、図書館を残してください。賛成です。"


@pytest.mark.parametrize(
    ("data", "label", "text", "repaired"),
    [
        (b"plain", None, "plain", False),
        (b"", "iso-2022-jp", "", False),
        (PROSE.encode(), "UTF-8", PROSE, False),
        (PROSE.encode(), '"utf8"', PROSE, False),
        (PROSE.encode("utf-8-sig"), "utf-8", PROSE, False),
        (PROSE.encode("utf-16"), None, PROSE, False),
        (PROSE.encode("utf-16-le"), "utf-16le", PROSE, False),
        (PROSE.encode("iso2022_jp"), "ISO-2022-JP", PROSE, False),
        (PROSE.encode("iso2022_jp"), "_iso-2022-jp$ESC", PROSE, False),
        (PROSE.encode("iso2022_jp"), "cp50220", PROSE, False),
        (PROSE.encode("cp932"), "x-sjis", PROSE, False),
        (PROSE.encode("cp932"), "Windows-31J", PROSE, False),
        (PROSE.encode("euc_jp"), "x-euc-jp", PROSE, False),
        (PROSE.encode("utf-7"), "unicode-1-1-utf-7", PROSE, False),
        (PROSE.encode("gbk"), "GB2312", PROSE, False),
        (jis("①②㈱№髙﨑ﾊﾝｶｸ〜"), "iso-2022-jp", "①②㈱№髙﨑ﾊﾝｶｸ〜", False),
        ("髙①".encode("cp932"), "shift_jis", "髙①", False),
        ("ｱｲｳｴｵ ﾃｽﾄ".encode("cp932"), "shift_jis", "ｱｲｳｴｵ ﾃｽﾄ", False),
        ("café".encode("latin-1"), "iso-8859-1", "café", False),
        (PROSE.encode("cp932"), "no-such-charset", PROSE, True),
        (PROSE.encode("cp932"), "idna", PROSE, True),
        (PROSE.encode("utf-16-le"), "utf-8", PROSE.encode("utf-16-le").decode("latin-1"), True),
        ("第５期計画".encode("cp932"), "iso-8859-1", "第５期計画", True),
        ("賛成".encode(), "iso-8859-1", "賛成", True),
        (PROSE.encode()[:-1], "utf-8", PROSE[:-1] + "\ufffd", True),
        (PROSE.encode("cp932")[:-1], "shift_jis", PROSE[:-1] + "\ufffd", True),
        (b"a\x00b", "us-ascii", "a\u2400b", True),
        (b"+2D0-", "utf-7", "\ufffd", True),
        (b"1 +AD4- 0, +U08- +!", "utf-7", "1 > 0, 协 +!", True),
        (b"+AD4-abc+kQkQdRlcPb+1", "utf-7", ">abc+kQkQdRlcPb+1", True),
        (
            "Olá, você pede a praça? Atenção".encode("cp1252"),
            None,
            "Olá, você pede a praça? Atenção",
            True,
        ),
        ("PROGRAMAÇÃO VIVO".encode("cp1252"), "us-ascii", "PROGRAMAÇÃO VIVO", True),
        ("Grüße aus München".encode("cp1252"), "utf-8", "Grüße aus München", True),
        ("Прошу сделать площадку".encode("koi8-r"), None, "Прошу сделать площадку", True),
        ("Прошу сделать площадку".encode("cp1251"), "us-ascii", "Прошу сделать площадку", True),
        ("请问这个公园什么时候开放".encode("gbk"), None, "请问这个公园什么时候开放", True),
        ("請問這個公園什麼時候開放".encode("big5"), None, "請問這個公園什麼時候開放", True),
        ("来自qq.com的退信".encode("gbk"), None, "来自qq.com的退信", True),
        ("ABCDEFGHIJ駅".encode("euc_jp"), None, "ABCDEFGHIJ駅", True),
        ("特定個人情報保護評価書".encode("euc_jp"), None, "特定個人情報保護評価書", True),
        ("JR旭川駅 ok".encode("cp932"), "us-ascii", "JR旭川駅 ok", True),
        ("café ".encode() + b"\xd8\x01", "utf-8", "café \ufffd\x01", True),
    ],
)
def test_bytes_become_what_was_meant(
    data: bytes, label: str | None, text: str, repaired: bool
) -> None:
    found = decode(data, label)
    if label == "utf-8" and data == PROSE.encode("utf-16-le"):
        assert found.repaired  # hopeless, but said
        return
    assert (found.text, found.repaired) == (text, repaired)


CHARSETS = ("utf-8", "cp932", "euc_jp", "iso2022_jp", "utf-7")
LABELS = (
    *(None, "us-ascii", "utf-8", "shift_jis", "cp932", "euc-jp", "iso-2022-jp"),
    *("iso-8859-1", "windows-1252", "big5", "utf-16le", "utf-7"),
)


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("charset", CHARSETS)
def test_a_wrong_label_does_not_spoil_a_sentence(charset: str, label: str | None) -> None:
    assert decode(PROSE.encode(charset), label).text == PROSE


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"\x1b(I1234\x1b(B", "ｱｲｳｴ"),
        (b"\x0e1234\x0f abc", "ｱｲｳｴ abc"),
        (b"\x1b$B0U8+\nabc", "意見\nabc"),
        (b"\x1b$(D0!\x1b(B", "丂"),
        (b"\x1b$(O.!\x1b(B", "俱"),
        (b"\x1b(J\\~\x1b(B\\~", "¥‾\\~"),
        (b"\x1b$B0U 8+\x1b(B", "意 見"),
        (b"\x1b$B0", "\ufffd"),
        (b"\x1b$B-!", "①"),
    ],
)
def test_iso_2022_jp_as_it_is_really_written(data: bytes, text: str) -> None:
    assert decode_iso_2022_jp(data)[0] == text


@given(st.binary(max_size=400), st.one_of(st.none(), st.sampled_from(LABELS), st.text(max_size=20)))
def test_any_bytes_under_any_label_give_text(data: bytes, label: str | None) -> None:
    assert not has_forbidden_characters(decode(data, label).text)


@given(st.text(alphabet="あいうえお漢字意見旭川市。、①㈱ｱｶﾞ abc123\n", min_size=1))
def test_vendor_iso_2022_jp_comes_back_as_it_was(text: str) -> None:
    found = decode(jis(text), "iso-2022-jp")
    assert (found.text, found.repaired) == (text, False)
