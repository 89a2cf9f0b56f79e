"""HTML mail as a reader sees it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.channels.email.body import unflowed
from app.channels.email.html_text import MAX_CHARACTERS, html_to_text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<div>一<br>二</div><div><br></div><div>三</div>", "一\n二\n\n三"),
        ("<p>一</p><p>二</p>", "一\n二"),
        ("賛成\n です", "賛成です"),
        ("a\n b", "a b"),
        ("1 < 2 &amp; &#x9AD9;&nbsp;&#65533;", "1 < 2 & 髙 \ufffd"),
        ("<ul><li>い<li>ろ</ul><ol><li>は</li><li>に</li></ol>", "・い\n・ろ\n1. は\n2. に"),
        (
            "<table><tr><td>住所<td>旭川市</tr><tr><th>氏名</th><td></td></tr></table>",
            "住所\t旭川市\n氏名",
        ),
        ("<pre> a\n  b</pre>", " a\n  b"),
        ("<blockquote type=cite>引<br>用</blockquote>答", "> 引\n> 用\n答"),
        ("<style>x</style><script>y</script><title>z</title>本", "本"),
        ("<!-- 注 -->本<!doctype html>", "本"),
        ('<a href="x>y">字</a>', "字"),
        ("<td", "<td"),
        ("", ""),
    ],
)
def test_html_is_shown_as_text(markup: str, text: str) -> None:
    assert html_to_text(markup).text == text


@pytest.mark.parametrize(
    "how",
    [
        'style="display:none"',
        'style="color:red; VISIBILITY : hidden"',
        'style="font-size:0px"',
        'style="mso-hide:all"',
        'style="max-height:0;overflow:hidden"',
        "hidden",
    ],
)
def test_hidden_text_is_set_apart(how: str) -> None:
    found = html_to_text(f"見える<span {how}>見え<b>ない</b></span>")
    assert (found.text, found.hidden) == ("見える", "見えない")


def test_what_lies_beyond_the_limit_is_not_passed_over_in_silence() -> None:
    found = html_to_text("a" * MAX_CHARACTERS + "意見")
    assert found.hidden == "意見"


@given(st.lists(st.sampled_from(["<td>", "</td>", "<tr>", "<blockquote class=gmail_quote>", "<p",
                                 "</blockquote>", "<table>", "<li>", "<pre>", "字", " ", "\n", "<!--",
                                 "-->", '"', ">", "&#0;", "<div style=display:none>", "</div>"])))  # fmt: skip
def test_any_markup_gives_text(pieces: list[str]) -> None:
    html_to_text("".join(pieces))


@pytest.mark.parametrize(
    ("text", "delete_space", "joined"),
    [
        ("一 \n二\n三", True, "一二\n三"),
        ("one \ntwo", False, "one two"),
        ("> 一 \n> 二\n三", True, "> 一二\n三"),
        ("本文\n-- \n署名", True, "本文\n-- \n署名"),
        (" > 引用ではない", False, "> 引用ではない"),
    ],
)
def test_flowed_lines_are_joined(text: str, delete_space: bool, joined: str) -> None:
    assert unflowed(text, delete_space=delete_space) == joined
