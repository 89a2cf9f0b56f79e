"""ISO-2022-JP (RFC 1468) as Japanese mail programs really write it.

Beyond the standard: vendor rows of JIS X 0208 (①, ㈱, 髙) that are CP932's by another name,
half-width kana by ``ESC ( I`` or by SO/SI, JIS X 0212 and 0213, lines that forget to return to
ASCII, and raw 8-bit CP932 between the escapes.
"""

import re
from types import MappingProxyType

_ESCAPE = re.compile(rb"\x1b(?:\([BJIH@]|\$[@AB]|\$\([@ABCDOPQ]|\$\)[AC]|&@)|[\x0e\x0f\n]")
_DESIGNATION = re.compile(rb"\x1b(?:\$\(?[@ABCDOPQ]|\([IJ])")
_MODES = MappingProxyType(
    {
        b"\x1b(B": "ascii",
        b"\x1b(H": "ascii",
        b"\x1b(@": "ascii",
        b"\x1b(J": "roman",
        b"\x1b(I": "kana",
        b"\x1b$@": "kanji",
        b"\x1b$B": "kanji",
        b"\x1b$(@": "kanji",
        b"\x1b$(B": "kanji",
        b"\x1b$(D": "supplement",
        b"\x1b$(O": "jisx0213",
        b"\x1b$(Q": "jisx0213",
        b"\x1b$(P": "jisx0213_2",
        b"\x1b$A": "gb2312",
        b"\x1b$(A": "gb2312",
        b"\x1b$(C": "euc_kr",
    }
)
_GAP = "\ufffd"
_FIRST, _LAST = 0x21, 0x7E
"""The printable bytes of a set of 94 characters."""
_LAST_KANA = 0x5F
_SPACE = 0x20
_ROWS_BELOW_E0 = 62
_TRAIL_GAP = 0x60
"""From here on the trail byte steps over 0x7F, which Shift_JIS leaves out."""


def has_designation(data: bytes) -> bool:
    """Say whether the bytes switch to a Japanese character set."""
    return b"\x1b" in data and _DESIGNATION.search(data) is not None


def decode_iso_2022_jp(data: bytes) -> tuple[str, bool]:
    """Decode; give the text and whether anything in it could not be read."""
    pieces: list[str] = []
    mode, shifted, at = "ascii", False, 0
    for found in _ESCAPE.finditer(data):
        pieces.append(_run(data[at : found.start()], "kana" if shifted else mode))
        at, sign = found.end(), found.group()
        if sign == b"\n":
            mode, shifted = "ascii", False  # every line begins in ASCII
            pieces.append("\n")
        elif sign in (b"\x0e", b"\x0f"):
            shifted = sign == b"\x0e"
        elif sign != b"\x1b&@":  # announces JIS X 0208-1990 and changes nothing
            mode, shifted = _MODES.get(sign, mode), False
    pieces.append(_run(data[at:], "kana" if shifted else mode))
    text = "".join(pieces)
    return text, _GAP in text


def _run(data: bytes, mode: str) -> str:
    if not data:
        return ""
    if mode == "ascii":
        return data.decode("cp932", errors="replace")
    if mode == "roman":
        return data.decode("cp932", errors="replace").replace("\\", "\u00a5").replace("~", "\u203e")
    if mode == "kana":
        return "".join(_half_width(byte) for byte in data)
    return _double(data, mode)


def _half_width(byte: int) -> str:
    low = byte & 0x7F
    if _FIRST <= low <= _LAST_KANA:
        return chr(0xFF61 + low - _FIRST)
    return chr(low) if low <= _SPACE else _GAP


def _double(data: bytes, mode: str) -> str:
    """Decode pairs of bytes; a run the standard knows as a whole goes at once."""
    codec = {"gb2312": "gb2312", "euc_kr": "euc_kr"}.get(mode, "euc_jp")
    if mode in ("kanji", "gb2312", "euc_kr") and len(data) % 2 == 0:
        try:
            if all(_FIRST <= byte <= _LAST for byte in data):
                return bytes(byte | 0x80 for byte in data).decode(codec)
        except UnicodeDecodeError:
            pass  # a vendor's character is among them: pair by pair
    pieces: list[str] = []
    at = 0
    while at < len(data):
        lead = data[at] & 0x7F
        if lead < _FIRST:  # control characters and spaces stand for themselves
            pieces.append(chr(lead))
            at += 1
            continue
        trail = data[at + 1] & 0x7F if at + 1 < len(data) else 0
        if lead > _LAST or not _FIRST <= trail <= _LAST:
            pieces.append(_GAP)
            at += 1
            continue
        pieces.append(_pair(lead, trail, mode))
        at += 2
    return "".join(pieces)


def _pair(lead: int, trail: int, mode: str) -> str:
    high = bytes((lead | 0x80, trail | 0x80))
    attempts: tuple[tuple[bytes, str], ...]
    if mode == "supplement":
        attempts = ((b"\x8f" + high, "euc_jp"),)
    elif mode == "jisx0213":
        attempts = ((high, "euc_jis_2004"),)
    elif mode == "jisx0213_2":
        attempts = ((b"\x8f" + high, "euc_jis_2004"),)
    elif mode in ("gb2312", "euc_kr"):
        attempts = ((high, mode),)
    else:
        # The standard's own mapping first, so that 〜 stays 〜 beside a vendor's ①.
        attempts = ((high, "euc_jp"), (_shifted(lead, trail), "cp932"), (high, "euc_jis_2004"))
    for data, codec in attempts:
        try:
            return data.decode(codec)
        except UnicodeDecodeError:
            continue
    return _GAP


def _shifted(lead: int, trail: int) -> bytes:
    """Give the Shift_JIS bytes of a JIS pair (JIS X 0208, annex 1)."""
    row = lead - _FIRST
    first = row // 2 + (0x81 if row < _ROWS_BELOW_E0 else 0xC1)
    if row % 2:
        return bytes((first, trail + 0x7E))
    return bytes((first, trail + (0x1F if trail < _TRAIL_GAP else 0x20)))
