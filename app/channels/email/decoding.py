"""The decoding ladder: from bytes and a label nobody should trust to text.

1. The declared charset, strictly, unless the bytes plainly are something else.
2. The vendor's superset of the same charset (rows 13 and 89 to 92 of ISO-2022-JP, CP932 for
   Shift_JIS): exact, so no repair.
3. What the bytes are: UTF-8, ISO-2022-JP, UTF-16 with a mark, UTF-7, CP932, EUC-JP; then Latin,
   Cyrillic and Chinese charsets, where their letters stand as in words.
4. Japanese with U+FFFD in the gaps where it is Japanese, else the declared charset or UTF-8.

Steps 3 and 4 are repairs and are said. Text is never normalised.
"""

import codecs
import re
from dataclasses import dataclass
from types import MappingProxyType

from app.channels.email.foreign_text import foreign_reading
from app.channels.email.iso_2022_jp import decode_iso_2022_jp, has_designation
from app.channels.email.plausibility import has_kana, japanese_share, plausibility

_ALIASES = MappingProxyType(
    {
        "ascii": "us-ascii",
        "us-ascii": "us-ascii",
        "ansi_x3.4-1968": "us-ascii",
        "iso646-us": "us-ascii",
        "7bit": "us-ascii",
        "utf8": "utf-8",
        "utf-8": "utf-8",
        "utf-8n": "utf-8",
        "utf8mb4": "utf-8",
        "unicode-1-1-utf-8": "utf-8",
        "shift_jis": "shift_jis",
        "shift-jis": "shift_jis",
        "sjis": "shift_jis",
        "x-sjis": "shift_jis",
        "ms_kanji": "shift_jis",
        "csshiftjis": "shift_jis",
        "windows-31j": "cp932",
        "cswindows31j": "cp932",
        "ms932": "cp932",
        "cp932": "cp932",
        "x-ms-cp932": "cp932",
        "euc-jp": "euc_jp",
        "eucjp": "euc_jp",
        "x-euc-jp": "euc_jp",
        "x-euc": "euc_jp",
        "ujis": "euc_jp",
        "eucjp-ms": "euc_jp",
        "cp51932": "euc_jp",
        "unicode-1-1-utf-7": "utf-7",
        "x-unicode-1-1-utf-7": "utf-7",
        "utf-7": "utf-7",
        "utf7": "utf-7",
        "gb2312": "gb18030",
        "gbk": "gb18030",
        "x-gbk": "gb18030",
        "windows-936": "gb18030",
        "cp936": "gb18030",
        "gb18030": "gb18030",
        "ks_c_5601-1987": "cp949",
        "euc-kr": "cp949",
        "big5": "cp950",
    }
)
_ISO_2022_JP = re.compile(r"_?(?:(?:x-)?(?:cs)?iso-?2022-?jp|cp5022[012]|jis$|x-jis|junet)")
_UNSAID = frozenset(
    {
        "",
        "us-ascii",
        "unknown-8bit",
        "x-unknown",
        "unknown",
        "default",
        "8bit",
        "none",
        "binary",
        "x-user-defined",
        "_unknown",
    }
)
_NOT_A_CHARSET = frozenset(
    {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"}
)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SUPERSET = MappingProxyType({"shift_jis": "cp932", "latin_1": "cp1252", "iso8859-1": "cp1252"})
_SHIFTING = frozenset({"utf-7", "hz"})
"""Charsets of seven bits that use printable characters as their switches."""
_UTF7_RUN = re.compile(rb"\+[A-Za-z0-9+/]{6,}")
_UTF7_ANY_RUN = re.compile(rb"\+(?:-|[A-Za-z0-9+/]+-?)")
_UTF7_RUN_WEIGHT = -0.6
"""Accented letters of Latin weigh so much; signs of all the world mixed up weigh less."""
_UTF16_SHARE = 0.4
_UTF7_SHARE = 0.9
_SURE = 0.5
_DAMAGED_JAPANESE = 0.2
"""From this weight on a reading with gaps is Japanese; rare kanji made of other bytes are below."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text that came out of the ladder.

    Attributes:
        text: The text; no NUL and no lone surrogate is in it.
        charset: The charset it was read in.
        repaired: Whether the label was wrong or something could not be read.
    """

    text: str
    charset: str
    repaired: bool


def decode(data: bytes, declared: str | None = None) -> Decoded:
    """Decode bytes by the ladder; every input gives text.

    Args:
        data: The bytes, free of any transfer encoding.
        declared: The charset the sender named, in any spelling.
    """
    label = _label(declared)
    for attempt in (_marked, _seven_bit, _eight_bit):
        found = attempt(data, label)
        if found is not None:
            return _visible(found)
    return _visible(_with_gaps(data, label))


def visible(text: str) -> str:
    """Replace NUL and lone surrogates, which no store keeps, by marks a reader sees."""
    if "\x00" in text:
        text = text.replace("\x00", "\u2400")
    return re.sub("[\ud800-\udfff]", "\ufffd", text)


def _visible(found: Decoded) -> Decoded:
    text = visible(found.text)
    if text == found.text and "\ufffd" not in text:
        return found
    return Decoded(text=text, charset=found.charset, repaired=True)


def _label(declared: str | None) -> str:
    """Bring a label to the name of a codec; "" where it says nothing usable."""
    name = (declared or "").strip(" \t\"'").lower()
    if _ISO_2022_JP.match(name):
        return "iso2022_jp"
    name = _ALIASES.get(name.replace(" ", ""), name)
    if name in _UNSAID or not re.fullmatch(r"[a-z0-9_.:+-]{1,40}", name):
        return ""
    try:
        found = codecs.lookup(name).name
        b"".decode(found)  # refuses codecs that are not for text
    except (LookupError, ValueError):
        return ""
    return "" if found.replace("-", "_") in _NOT_A_CHARSET else found


def _strict(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except (UnicodeError, ValueError, LookupError):
        return None


def _marked(data: bytes, label: str) -> Decoded | None:
    """Read text that begins with a byte order mark."""
    for mark, codec in _MARKS:
        if data.startswith(mark) and (text := _strict(data, codec)) is not None:
            named = codec.removesuffix("-sig")
            return Decoded(text, named, repaired=bool(label) and not label.startswith(named))
    if not label.startswith(("utf-16", "utf-32")):
        return None
    text = _strict(data, label)
    if text is None or (b"\x00" not in data and plausibility(text) < _UTF16_SHARE):
        return None  # almost any bytes are some UTF-16
    return Decoded(text, label, repaired=False)


def _seven_bit(data: bytes, label: str) -> Decoded | None:
    """Read bytes without an eighth bit: ASCII, ISO-2022-JP or UTF-7."""
    if not data.isascii():
        return None
    switches = has_designation(data)
    fits_label = label.startswith("iso2022") if switches else label in _SHIFTING
    if fits_label:
        text = _strict(data, label)
        if text is not None:
            return Decoded(text, label, repaired=False)
        if label == "utf-7" and not switches:
            return Decoded(_utf7_by_runs(data), label, repaired=True)
    if switches or (label == "iso2022_jp" and (b"\x0e" in data or b"\x0f" in data)):
        text, gaps = decode_iso_2022_jp(data)
        return Decoded(text, "iso2022_jp", repaired=gaps or label != "iso2022_jp")
    if _UTF7_RUN.search(data):
        guessed = _strict(data, "utf-7")
        if guessed is not None and has_kana(guessed) and japanese_share(guessed) > _UTF7_SHARE:
            return Decoded(guessed, "utf-7", repaired=True)
    # Labels that give ASCII bytes another meaning (EBCDIC) are wrong in mail.
    return Decoded(data.decode("ascii"), "us-ascii", repaired=False)


def _utf7_by_runs(data: bytes) -> str:
    """Read UTF-7 that is broken somewhere: each run that holds is read, the others stay as written.

    A plus sign nobody escaped (a signature in base64, a sum) spoils its own run only.
    """

    def read(run: re.Match[bytes]) -> str:
        text = _strict(run.group(), "utf-7")
        if text is None or plausibility(text) < _UTF7_RUN_WEIGHT:
            return run.group().decode("ascii")
        return text

    pieces: list[str] = []
    at = 0
    for run in _UTF7_ANY_RUN.finditer(data):
        pieces += [data[at : run.start()].decode("ascii"), read(run)]
        at = run.end()
    return "".join(pieces) + data[at:].decode("ascii")


def _eight_bit(data: bytes, label: str) -> Decoded | None:
    """Read bytes with an eighth bit, by their label unless they plainly are something else."""
    named, exact = label, None
    for codec in (label, _SUPERSET.get(label, "")):
        if codec and not codec.startswith(("utf-7", "us-ascii", "utf-16", "utf-32")) and not exact:
            named, exact = codec, _strict(data, codec)
    utf8 = exact if named == "utf-8" else _strict(data, "utf-8")
    if utf8 is not None:
        if exact is not None and (named == "utf-8" or not _outweighs(utf8, exact)):
            return Decoded(exact, named, repaired=False)
        return Decoded(utf8, "utf-8", repaired=label != "utf-8")
    if label == "iso2022_jp":
        exact = None  # an eighth bit has no place there
    rivals = {codec: _strict(data, codec) for codec in ("cp932", "euc_jp") if codec != named}
    best = _best({codec: text for codec, text in rivals.items() if text is not None})
    if exact is not None:
        if best is not None and _is_meant(best[1], exact, named):
            return Decoded(best[1], best[0], repaired=True)
        return Decoded(exact, named, repaired=False)
    found = _unlabelled(data, best)
    return None if found is None else Decoded(found[1], found[0], repaired=True)


def _unlabelled(data: bytes, japanese: tuple[str, str] | None) -> tuple[str, str] | None:
    """Choose a charset by the text it gives: kana first, then words of others, then kanji."""
    if japanese is not None and has_kana(japanese[1]) and plausibility(japanese[1]) > 0:
        return japanese
    foreign = foreign_reading(data)
    if foreign is not None:
        return foreign
    return japanese if japanese is not None and plausibility(japanese[1]) > 0 else None


def _is_meant(rival: str, declared: str, charset: str) -> bool:
    """Say whether a label is wrong: kana must show it, or kanji where only Latin was promised."""
    if not _outweighs(rival, declared):
        return False
    latin = charset.startswith(("iso8859", "cp125", "latin", "mac"))
    return has_kana(rival) or (latin and plausibility(rival) >= _SURE)


def _outweighs(rival: str, declared: str) -> bool:
    """Say whether another reading is plainly more Japanese than that of the label."""
    rival_weight = plausibility(rival)
    return rival_weight > 0 and rival_weight > plausibility(declared) + 0.25


def _best(candidates: dict[str, str]) -> tuple[str, str] | None:
    if not candidates:
        return None
    return max(candidates.items(), key=lambda item: plausibility(item[1]))


def _with_gaps(data: bytes, label: str) -> Decoded:
    """Give the reading with the least damage, its gaps marked with U+FFFD."""
    readings: dict[str, str] = {}
    if has_designation(data) or label == "iso2022_jp":
        readings["iso2022_jp"] = decode_iso_2022_jp(data)[0]
    codecs_to_try = [label, "utf-8", "cp932", "euc_jp"]
    for codec in dict.fromkeys(name for name in codecs_to_try if name):
        if codec in readings or codec == "us-ascii":
            continue
        try:
            readings[codec] = data.decode(codec, errors="replace")
        except (UnicodeError, ValueError, LookupError):
            continue

    def weight(item: tuple[str, str]) -> float:
        favour = 0.1 if item[0] == label else 0.0
        return plausibility(item[1]) + favour

    codec, text = max(readings.items(), key=weight)
    if plausibility(text) < _DAMAGED_JAPANESE:
        # Nothing here is Japanese: what the sender named, or what most text is today.
        codec = label if label in readings else "utf-8"
        text = readings[codec]
    return Decoded(text, codec, repaired=True)
