"""Mails spoiled by a seed: what relays, filters, gateways and attackers do to bytes.

The same mail and seed give the same bytes on every machine, so a mutant that breaks something is
named by two numbers.
"""

import random
import re
from collections.abc import Callable

MAX_BYTES = 16 * 1024
"""So much of a large mail is spoiled; the rest of it would only slow the count down."""
LONGEST = 80 * 1024
"""No mutant grows beyond this; headers of 60,000 characters have room in it."""
CHARSETS = (
    *(b"utf-8", b"utf-7", b"utf-16", b"utf-16le", b"utf-32", b"iso-2022-jp", b"iso-2022-jp-2"),
    *(b"shift_jis", b"cp932", b"euc-jp", b"gb2312", b"gb18030", b"big5", b"euc-kr", b"hz"),
    *(b"us-ascii", b"iso-8859-1", b"windows-1252", b"cp037", b"idna", b"punycode", b"rot13"),
    *(b"base64", b"undefined", b"x-unknown", b"", b"'", b"\xff", b"a" * 300, b"utf-8*ja"),
)
ENCODINGS = (b"base64", b"quoted-printable", b"7bit", b"8bit", b"binary", b"x-uuencode", b"\x00")
TYPES = (
    *(b"text/plain", b"text/html", b"multipart/mixed", b"multipart/alternative", b"text", b"/"),
    *(b"message/rfc822", b"multipart/report", b"message/delivery-status", b"application/ms-tnef"),
    *(b"multipart/mixed; boundary=", b'multipart/mixed; boundary=""', b"multipart/mixed; boundary"),
)
WORDS = (
    *(b"=?utf-8?B?5oSP6KaLDQpCY2M6IHhAZXhhbXBsZS5qcA==?=", b"=?utf-8?Q?=0D=0ATo:_x=40example.jp?="),
    *(b"=?x?Q?=00?=", b"=?utf-8?B?5oSP6?=", b"=?iso-2022-jp?B?GyRC?=", b"=?utf-8?B?", b"=?utf-8?"),
    *(b"=?utf-16?B?2AA=?=", b"=?utf-7?Q?+2D0-?=", b"=?idna?Q?xn--?=", b"=??Q??=", b"=?\xff?B?AA?="),
)
PIECES = (
    *(b"\x00", b"\x1b$B", b"\x1b(I", b"\x1b(B", b"\x1b$(D", b"\x0e", b"\x0f", b"\x85", b"\xff\xfe"),
    *(b"\xed\xa0\x80", b"\xf0\x9f", b"\xef\xbb\xbf", b"+2D0-", b"&#xD800;", b"&#99999999999;"),
    *(
        b"\r",
        b"\n",
        b"\r\n\r\n",
        b"\r\r",
        b"\x0b",
        b"\x0c",
        b"\xe2\x80\xa8",
        b"=",
        b"=\r\n",
        b"%00",
    ),
    *(
        b"<td>",
        b"<!--",
        b"<![CDATA[",
        b'<p style="display:none">',
        b"</html>",
        b"<" * 50,
        b"&" * 50,
    ),
    *(b"; charset=idna", b"; filename*0*=x'y'%ff", b"; filename*999=a", b"; name*=''", b'; name="'),
    *(b"-----Original Message-----\r\n", b"> " * 40, b"begin 644 a\r\n", b"-- \r\n", b"From \r\n"),
    *("住所：".encode(), "意見：".encode(), "氏名：".encode("cp932"), "意見：".encode("euc_jp")),
    *("案の名称：".encode("iso2022_jp"), "区分：".encode("utf-16"), "①㈱髙".encode("cp932")),
)


def mutant(raw: bytes, seed: int) -> bytes:
    """Spoil a mail in one to four ways."""
    chance = random.Random(seed)
    data = raw[:MAX_BYTES]
    for _ in range(chance.randint(1, 4)):
        data = chance.choice(WAYS)(data, chance)[:LONGEST]
    return data


def _flip(data: bytes, chance: random.Random) -> bytes:
    """Change single bytes, as a bad line does."""
    spoilt = bytearray(data)
    for _ in range(chance.randint(1, 12)):
        if spoilt:
            spoilt[chance.randrange(len(spoilt))] = chance.randrange(256)
    return bytes(spoilt)


def _strip_eighth_bit(data: bytes, chance: random.Random) -> bytes:
    """Lose the eighth bit of a stretch, as old relays did."""
    start, end = _stretch(data, chance)
    return data[:start] + bytes(byte & 0x7F for byte in data[start:end]) + data[end:]


def _cut(data: bytes, chance: random.Random) -> bytes:
    """End in the middle."""
    return data[: chance.randrange(len(data) + 1)]


def _behead(data: bytes, chance: random.Random) -> bytes:
    """Begin in the middle."""
    return data[chance.randrange(len(data) + 1) :]


def _drop(data: bytes, chance: random.Random) -> bytes:
    start, end = _stretch(data, chance)
    return data[:start] + data[end:]


def _repeat(data: bytes, chance: random.Random) -> bytes:
    start, end = _stretch(data, chance)
    return data[:end] + data[start:end] * chance.randint(1, 5) + data[end:]


def _insert(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + chance.choice(PIECES) + data[at:]


def _repeat_headers(data: bytes, chance: random.Random) -> bytes:
    """Say a header twice, or a thousand times."""
    lines = data.split(b"\n")
    at = chance.randrange(min(len(lines), 30))
    times = chance.choice((1, 1, 2, 20, 1_000))
    return b"\n".join([*lines[:at], *([lines[at][:200]] * times), *lines[at:]])


def _swap_lines(data: bytes, chance: random.Random) -> bytes:
    lines = data.split(b"\n")
    first, second = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[first], lines[second] = lines[second], lines[first]
    return b"\n".join(lines)


def _huge_header(data: bytes, chance: random.Random) -> bytes:
    """Put a header of many kilobytes first: one line, folded, or all encoded words."""
    name = chance.choice((b"Subject", b"To", b"Content-Type", b"References", b"Date", b"From"))
    size = chance.choice((1_000, 20_000, 60_000))
    filler = chance.choice(
        (b"x", b"x\r\n ", b"(", b"<a@b.jp>, ", b"; a*0=b", b"\\", b'"', *WORDS[:3], b" ")
    )
    return name + b": " + (filler * size)[:size] + b"\r\n" + data


def _relabel(data: bytes, chance: random.Random) -> bytes:
    """Name another charset."""
    charset = chance.choice(CHARSETS)
    return re.sub(
        rb"(?i)charset\s*=\s*\"?[^\s\";]*", lambda _: b"charset=" + charset, data, count=3
    )


def _reword(data: bytes, chance: random.Random) -> bytes:
    """Put an encoded word, CR and LF hidden in it or not, into a header."""
    name = chance.choice((b"Subject", b"From", b"To", b"Reply-To", b"Message-ID", b"X-A"))
    word = b" ".join(chance.choice(WORDS) for _ in range(chance.randint(1, 4)))
    return name + b": " + word + b"\r\n" + data


def _reencode(data: bytes, chance: random.Random) -> bytes:
    """Claim another transfer encoding."""
    encoding = chance.choice(ENCODINGS)
    found = re.sub(
        rb"(?i)content-transfer-encoding:[^\r\n]*",
        lambda _: b"Content-Transfer-Encoding: " + encoding,
        data,
        count=2,
    )
    return found if found != data else b"Content-Transfer-Encoding: " + encoding + b"\r\n" + data


def _retype(data: bytes, chance: random.Random) -> bytes:
    """Claim another media type."""
    kind = chance.choice(TYPES)
    return re.sub(
        rb"(?i)content-type:\s*[^\s;]*", lambda _: b"Content-Type: " + kind, data, count=2
    )


def _break_boundary(data: bytes, chance: random.Random) -> bytes:
    """Spoil the lines between parts: one lost, one left open, one inside the other."""
    found = list(re.finditer(rb"(?m)^--[^\r\n]{1,100}", data))
    if not found:
        return data
    hit = chance.choice(found)
    line = hit.group()
    other = chance.choice(
        (b"", line[:-1], line + b"x", line + b"--", b"- " + line, line * 2, line + b" \t")
    )
    return data[: hit.start()] + other + data[hit.end() :]


def _nest(data: bytes, chance: random.Random) -> bytes:
    """Wrap a mail into multiparts, or into mails, deeper than anybody writes them."""
    depth = chance.choice((1, 3, 30, 300))
    if chance.random() < 0.3:
        return b"Content-Type: message/rfc822\r\n\r\n" * depth + data
    same = chance.random() < 0.5
    heads = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (level, level)
        for level in ([0] * depth if same else range(depth))
    )
    return heads + data


def _many_parts(data: bytes, chance: random.Random) -> bytes:
    """Divide the body into countless parts."""
    head, _, body = data.partition(b"\r\n\r\n")
    parts = chance.choice((2, 50, 2_000))
    return (
        b"Content-Type: multipart/mixed; boundary=zz\r\n"
        + re.sub(rb"(?im)^content-type:", b"X-Was:", head)
        + b"\r\n\r\n"
        + b"--zz\r\n\r\n" * parts
        + body[:8_000]
        + b"\r\n--zz--\r\n"
    )


def _line_ends(data: bytes, chance: random.Random) -> bytes:
    """End lines in another way."""
    plain = data.replace(b"\r\n", b"\n")
    return plain.replace(
        b"\n", chance.choice((b"\n", b"\r", b"\r\r\n", b"\n\r", b" \r\n", b"\r\n"))
    )


def _stretch(data: bytes, chance: random.Random) -> tuple[int, int]:
    start = chance.randrange(len(data) + 1)
    return start, start + chance.choice((1, 2, 7, 80, 1_000))


WAYS: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    *(_flip, _flip, _strip_eighth_bit, _cut, _behead, _drop, _repeat, _insert, _insert),
    *(_repeat_headers, _swap_lines, _huge_header, _relabel, _relabel, _reword, _reencode, _retype),
    *(_break_boundary, _nest, _many_parts, _line_ends),
)
