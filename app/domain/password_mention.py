"""Words of a mail that may be the password of a file: tried only on what the same writer sent.

What is found here is a secret. It is never kept, logged or shown; the mail it stands in is.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence

MOST = 20
"""Passwords tried on one file; each costs a locked Office file a tenth of a second and more."""

_LABEL = re.compile(
    r"(?:パスワード|パスコード|ﾊﾟｽﾜｰﾄﾞ|暗証番号|(?:解凍|復号|展開)(?:用)?の?(?:キー|鍵|コード)"
    r"|(?<![a-z])pass(?:word|code|phrase)?(?![a-z])|(?<![a-z])p/?w(?![a-z]))",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    r"[\s\u3000]*(?:は|：|:|＝|=|→|⇒|,|、|】|］|\]|」|』|）|\)|です|\|)+[\s\u3000]*"
)
_AFTER = re.compile(
    r"[\s\u3000]*(?:です|でございます|になります|となります|にて|で(?:開|お|解).*|をお?使.*)?[。．]?"
    r"[\s\u3000]*$"
)
_BRACKETED = re.compile(r"[「『【\[(（<＜\"“'](.{3,64}?)[」』】\])）>＞\"”']")
_TOKEN = re.compile(r"[!-~]{3,64}")
_ALONE = re.compile(r"[\s\u3000>＞]*([!-~]{4,64})[\s\u3000]*$")
_NO_PASSWORD = re.compile(r"https?:|[^@\s]@[^@\s]+\.[^@\s]|^[-=_*+~#.]+$")
_LINES_READ = 2_000
_LINES_BELOW = 3
_LONGEST = 64
_SHORTEST = 3


def names_password(text: str) -> bool:
    """Say whether a text speaks of a password at all."""
    return _LABEL.search(unicodedata.normalize("NFKC", text)) is not None


def passwords_in(text: str) -> tuple[str, ...]:
    """Give what may be a password, the likeliest first, at most ``MOST``.

    That is what stands behind or below the word for it, and, where the text has that word,
    lines that are one token of ASCII. Typed in full width it is given in half width as well.

    Args:
        text: Subject and text of a mail, lines ended by LF.
    """
    if not names_password(text):
        return ()
    lines = text.split("\n")[:_LINES_READ]
    found: dict[str, None] = {}
    for candidate in (*_labelled(lines), *_standing_alone(lines)):
        said = candidate.strip(" \t\u3000\r")
        for form in (said, unicodedata.normalize("NFKC", said)):
            if _SHORTEST <= len(form) <= _LONGEST and not _NO_PASSWORD.search(form):
                found[form] = None
    return tuple(found)[:MOST]


def _labelled(lines: Sequence[str]) -> Iterator[str]:
    for at, line in enumerate(lines):
        label = _LABEL.search(line) or _LABEL.search(unicodedata.normalize("NFKC", line))
        if label is None:
            continue
        said = line if _LABEL.search(line) else unicodedata.normalize("NFKC", line)
        behind = said[label.end() :]
        sign = _BEFORE.match(behind)
        if sign is not None:
            yield from _whole_and_tokens(behind[sign.end() :])
        else:
            yield from _TOKEN.findall(unicodedata.normalize("NFKC", behind))
        below = [each for each in lines[at + 1 : at + 1 + _LINES_BELOW] if each.strip()]
        for each in below[:2]:
            yield from _whole_and_tokens(each)


def _whole_and_tokens(text: str) -> Iterator[str]:
    bare = _AFTER.sub("", text)
    yield from _BRACKETED.findall(text)
    yield bare
    yield from _TOKEN.findall(unicodedata.normalize("NFKC", bare))


def _standing_alone(lines: Sequence[str]) -> Iterator[str]:
    for line in lines:
        found = _ALONE.match(unicodedata.normalize("NFKC", line))
        if found is not None:
            yield found[1]
