"""The header block of a mail part: taken apart as bytes, read by the decoding ladder."""

import binascii
import quopri
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from app.channels.email.decoding import Decoded, decode, visible

_MAX_FIELDS = 2_000
_MAX_ANSWERED = 50
_QUOTES_OF_A_CHARSET = 2
"""RFC 2231 writes charset'language'text."""
_MAX_VALUE_BYTES = 64 * 1024
_NAME = re.compile(rb"([!-9;-~]{1,200})[ \t]*:")
_ENCODED_WORD = re.compile(rb"=\?([^?\s]{0,60})\?([BbQq])\?([^?]{0,4096})\?(?:=|(?=\s|$))")
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,900}>")
_ADDRESS = re.compile(
    r"(?:\"[^\"\r\n@<>]{1,64}\"|[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64})"
    r"@[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})(?:\.[A-Za-z0-9-]{1,63})+"
)
_PARAMETER = re.compile(
    rb";\s*([!#$%&'*+.0-9A-Z^_`a-z{|}~-]{1,60}?)\s*=\s*(\"(?:[^\"\\]|\\.)*\"?|[^;]*)", re.DOTALL
)
_SECTION = re.compile(r"([^*]+)(?:\*(\d{1,3}))?(\*)?$")


@dataclass(frozen=True, slots=True)
class Headers:
    """The fields of one header block, in order, unfolded but not decoded.

    Attributes:
        fields: Pairs of lower-case name and raw value.
    """

    fields: tuple[tuple[str, bytes], ...]

    def raw(self, name: str) -> bytes | None:
        """Give the first field of a name as bytes."""
        return next((value for key, value in self.fields if key == name), None)

    def all_raw(self, name: str) -> Iterator[bytes]:
        """Give every field of a name as bytes."""
        return (value for key, value in self.fields if key == name)

    def has(self, name: str) -> bool:
        """Say whether there is such a field."""
        return self.raw(name) is not None

    def token(self, name: str) -> str:
        """Give a field's first word in lower case; "" where there is none."""
        raw = _without_comments(self.raw(name) or b"").split(b";")[0]
        return raw.strip().decode("ascii", "replace").lower()

    def text(self, name: str) -> Decoded | None:
        """Give a field as a person reads it."""
        raw = self.raw(name)
        return None if raw is None else read_text(raw, self._charset(raw))

    def _charset(self, raw: bytes) -> str | None:
        """Give the body's charset for a header in raw bytes: one program wrote both."""
        if raw.isascii():
            return None
        named = read_parameters(self.raw("content-type") or b"").get("charset")
        return None if named is None else named.text

    def message_id(self) -> str | None:
        """Give the Message-ID with its brackets."""
        raw = self.raw("message-id")
        if raw is None:
            return None
        found = _MESSAGE_ID.search(raw.decode("ascii", "replace"))
        return found.group() if found else None

    def answered(self) -> tuple[str, ...]:
        """Give the Message-IDs of the mails it answers, the nearest first (RFC 5322, 3.6.4)."""
        fields = [self.raw("in-reply-to") or b"", self.raw("references") or b""]
        named = [_MESSAGE_ID.findall(each.decode("ascii", "replace")) for each in fields]
        return tuple(dict.fromkeys([*named[0], *reversed(named[1])]))[:_MAX_ANSWERED]

    def addresses(self, name: str) -> tuple[str, ...]:
        """Give the bare addresses of a field, each once."""
        found: dict[str, None] = {}
        for raw in self.all_raw(name):
            for address in _addresses(raw):
                found.setdefault(address)
        return tuple(found)


def read_headers(data: bytes) -> Headers:
    """Take a header block apart; lines that are no field end up with the field before them."""
    fields: list[tuple[str, list[bytes]]] = []
    for line in re.split(rb"\r\n|\n|\r", data):
        if not line:
            if fields:
                break
            continue
        found = _NAME.match(line)
        if found is not None and len(fields) < _MAX_FIELDS:
            fields.append((found.group(1).decode("ascii").lower(), [line[found.end() :]]))
        elif fields and not line.startswith((b"From ", b">From ")):
            fields[-1][1].append(line)
    return Headers(
        tuple((name, b"\n".join(parts)[:_MAX_VALUE_BYTES].strip()) for name, parts in fields)
    )


# -- text -----------------------------------------------------------------------------------------


def read_text(raw: bytes, raw_charset: str | None = None) -> Decoded:
    """Read a header value: RFC 2047 words, raw 8-bit, folded lines.

    Args:
        raw: The value as it came.
        raw_charset: In which charset bytes outside of encoded words probably are.
    """
    raw = _unfolded(raw)
    pieces: list[str] = []
    repaired, at, charset = False, 0, "us-ascii"
    for run, start, end in _runs(raw):
        gap = raw[at:start]
        if gap and not (pieces and at and not gap.strip()):
            plain = _raw_piece(gap, raw_charset)
            pieces.append(plain.text)
            repaired |= plain.repaired
        for word_charset, data in run:
            word = decode(data, word_charset)
            pieces.append(word.text)
            repaired |= word.repaired
            charset = word.charset
        at = end
    rest = _raw_piece(raw[at:], raw_charset)
    pieces.append(rest.text)
    repaired |= rest.repaired
    # CR and LF hidden in an encoded word would forge a second header field in a reply.
    text = re.sub(r"[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+", " ", "".join(pieces))
    return Decoded(visible(text).strip(), charset, repaired)


def _raw_piece(data: bytes, charset: str | None) -> Decoded:
    """Read what stands outside of encoded words; only ASCII and UTF-8 may (RFC 5322, 6532)."""
    if data.isascii() or _is_plain_utf8(data):
        found = decode(data)
        return Decoded(found.text, found.charset, found.repaired and not _is_plain_utf8(data))
    found = decode(data, charset)
    return Decoded(found.text, found.charset, repaired=True)


def _is_plain_utf8(data: bytes) -> bool:
    """Say whether raw bytes are UTF-8, which RFC 6532 allows in a header."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return b"\x00" not in data and b"\x1b" not in data


def _unfolded(raw: bytes) -> bytes:
    return re.sub(
        rb"\r?\n[ \t]?|\r", lambda found: b" " if found.group()[-1:] in b" \t" else b"", raw
    )


def _runs(raw: bytes) -> Iterator[tuple[list[tuple[str, bytes]], int, int]]:
    """Yield encoded words that stand together, joined where they share a charset.

    A character may be cut in two between words (against RFC 2047 section 5, yet common), so bytes
    are joined before they are decoded. ISO-2022-JP begins each word in ASCII and joins as well.
    """
    run: list[tuple[str, bytes]] = []
    start = end = 0
    for found in _ENCODED_WORD.finditer(raw):
        data = _word_bytes(found.group(2), found.group(3))
        charset = found.group(1).decode("ascii", "replace").split("*")[0].lower()
        if run and raw[end : found.start()].strip():
            yield run, start, end
            run = []
        if not run:
            start = found.start()
        if run and run[-1][0] == charset:
            run[-1] = (charset, run[-1][1] + data)
        else:
            run.append((charset, data))
        end = found.end()
    if run:
        yield run, start, end


def _word_bytes(encoding: bytes, data: bytes) -> bytes:
    if encoding in b"Qq":
        return quopri.decodestring(data.replace(b"_", b"=20"), header=True)
    return lenient_base64(data)


def lenient_base64(data: bytes) -> bytes:
    """Decode base64 as it comes: white space, other alphabets, lost padding, joined pieces."""
    tight = data.translate(None, b" \t\r\n")
    if len(tight) % 4 == 0 and re.fullmatch(rb"[A-Za-z0-9+/]*={0,2}", tight):
        try:
            return binascii.a2b_base64(tight)
        except binascii.Error:
            pass  # padding where none belongs: piece by piece below
    clean = re.sub(
        rb"[^A-Za-z0-9+/=]",
        b"",
        data.replace(b"-", b"+").replace(b"_", b"/")
        if b"+" not in data and b"/" not in data
        else data,
    )
    pieces: list[bytes] = []
    for piece in re.findall(rb"[A-Za-z0-9+/]+", clean):
        whole = piece[: len(piece) - 1] if len(piece) % 4 == 1 else piece
        try:
            pieces.append(binascii.a2b_base64(whole + b"=" * (-len(whole) % 4)))
        except binascii.Error:
            continue
    return b"".join(pieces)


# -- addresses ------------------------------------------------------------------------------------


def _addresses(raw: bytes) -> list[str]:
    plain = _unfolded(raw).decode("ascii", "replace")
    found = _bare_addresses(plain)
    # Some programs encode the whole field, address and all.
    return found or _bare_addresses(read_text(raw).text)


def _bare_addresses(text: str) -> list[str]:
    text = re.sub(r"\"(?:[^\"\\]|\\.){0,1000}\"(?!@)", " ", text)  # display names may hold anything
    text = _without_comments(text.encode("utf-8", "replace")).decode("utf-8", "replace")
    pointed = re.findall(r"<([^<>]{0,600})>", text)
    found = [hit.group() for part in pointed if (hit := _ADDRESS.fullmatch(part.strip()))]
    # Where nothing is pointed at, the text itself is the list.
    return found or ([] if pointed else [hit.group() for hit in _ADDRESS.finditer(text)])


def _without_comments(raw: bytes) -> bytes:
    for _ in range(5):  # nested comments
        shorter = re.sub(rb"\([^()]*\)", b" ", raw)
        if shorter == raw:
            return raw
        raw = shorter
    return raw


# -- parameters -----------------------------------------------------------------------------------


def read_parameters(raw: bytes) -> Mapping[str, Decoded]:
    """Read the parameters of Content-Type or Content-Disposition.

    Takes RFC 2231 (continued, with charset), RFC 2047 inside quotes, which no RFC allows and many
    programs write, and raw 8-bit. The first of a name wins, RFC 2231 before the rest.
    """
    plain: dict[str, bytes] = {}
    pieces: dict[str, dict[int, tuple[bytes, bool]]] = {}
    for found in _PARAMETER.finditer(b";" + raw.partition(b";")[2]):
        value = found.group(2).strip()
        if value.startswith(b'"'):
            value = _unquoted(value.strip(b'"'))
        parts = _SECTION.match(found.group(1).decode("ascii").lower())
        if parts is None:
            continue
        name, number, extended = parts.groups()
        if number is None and extended is None:
            plain.setdefault(name, value)
        else:
            pieces.setdefault(name, {}).setdefault(int(number or 0), (value, extended is not None))
    read = {name: read_text(value) for name, value in plain.items()}
    read.update({name: _joined(parts) for name, parts in pieces.items()})
    return read


def _unquoted(value: bytes) -> bytes:
    # Only what must be escaped: other backslashes are folders of Windows, or the second half of
    # a letter in raw CP932 (表, ソ).
    return re.sub(rb"\\([\"\\])", rb"\1", value)


def _joined(parts: Mapping[int, tuple[bytes, bool]]) -> Decoded:
    charset, data = "", b""
    for number in sorted(parts):
        value, extended = parts[number]
        if extended:
            if number == min(parts) and value.count(b"'") >= _QUOTES_OF_A_CHARSET:
                named, _, value = value.split(b"'", 2)
                charset = named.decode("ascii", "replace")
            value = unquote_to_bytes(value)
        data += value
    if b"=?" in data:
        return read_text(data)
    found = decode(data, charset or None)
    return Decoded(re.sub(r"[\r\n]+", " ", found.text), found.charset, found.repaired)
