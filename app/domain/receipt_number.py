"""The receipt number (受付番号): readable over the telephone, guarded by a check digit.

``NNN-NNNNNN-C``: the consultation's number (at least three digits, ``000`` while no consultation
is known), the serial within it (at least six digits), and a check digit over all digits before it.
The check digit is Damm's: H. Michael Damm, *Total anti-symmetrische Quasigruppen*, dissertation,
Philipps-Universität Marburg, 2004. It catches every wrong digit and every swap of neighbours.
"""

import re
import unicodedata

NO_CONSULTATION = 0
"""Stands in receipt numbers for a comment whose consultation is not known yet."""

_QUASIGROUP = (
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
)
"""Damm's totally anti-symmetric quasigroup of order 10; its diagonal is zero."""

_NEXT = {
    (interim, str(digit)): int(entry)
    for interim, row in enumerate(_QUASIGROUP)
    for digit, entry in enumerate(row)
}
_CANONICAL = re.compile(r"(?:[0-9]{3}|[1-9][0-9]{3,8})-(?:[0-9]{6}|[1-9][0-9]{6,11})-[0-9]")
_BEFORE = re.compile("^[^0-9]+")
_SEPARATORS = re.compile(r"[\s\u00ad\u200b-\u200d\u2060\ufeff\-‐‑‒–—―−ー─━ｰ﹣－_./,、。・]+")


def compose(consultation_number: int, serial: int) -> str:
    """Write the receipt number of one comment.

    Args:
        consultation_number: The consultation's number; ``NO_CONSULTATION`` while none is known.
        serial: The comment's serial within it, from 1.

    Raises:
        ValueError: A number is negative, or the serial is not positive.
    """
    if not 0 <= consultation_number < 10**9 or not 1 <= serial < 10**12:
        raise ValueError("a receipt number needs a consultation number from 0 and a serial from 1")
    digits = f"{consultation_number:03d}-{serial:06d}"
    return f"{digits}-{_check_digit(digits)}"


def is_valid(text: str) -> bool:
    """Say whether text is a receipt number in its one canonical form, with a true check digit."""
    return (
        _CANONICAL.fullmatch(text) is not None
        and int(text.split("-")[1]) > 0
        and text[-1] == _check_digit(text[:-1])
    )


def lenient(text: str) -> str | None:
    """Find the receipt number a person meant: full-width digits, other dashes, spaces, none at all.

    Returns:
        The canonical form, or None where it is not certain which number is meant.
    """
    plain = "".join(_ascii_digit(char) for char in unicodedata.normalize("NFKC", text))
    joined = _SEPARATORS.sub("-", _BEFORE.sub("", plain)).strip("-")
    if is_valid(joined):
        return joined
    digits = joined.replace("-", "")
    # Without its separators only the shortest form can be told apart.
    spread = f"{digits[:3]}-{digits[3:9]}-{digits[9:]}"
    return spread if is_valid(spread) else None


def _ascii_digit(char: str) -> str:
    return str(unicodedata.decimal(char)) if char.isdecimal() else char


def _check_digit(text: str) -> str:
    interim = 0
    for char in text:
        if char != "-":
            interim = _NEXT[interim, char]
    return str(interim)
