"""Saying what a proof found, in words and counts."""

from collections.abc import Callable

import sqlalchemy as sa

from app.domain import wording
from app.domain.proof_wording import COUNTED, FAULTS, NOTES
from app.intake.proof import Found, Proof

_ENDS = {
    True: ("誤りはありません。", "Nothing is wrong."),
    False: ("誤りがあります。", "Something is wrong."),
}


def tell(proof: Proof, language: str, say: Callable[[str], None]) -> bool:
    """Look at everything, and tell each thing found and what was counted.

    Args:
        proof: What to look at.
        language: ``ja`` or ``en``.
        say: Shows a line.

    Returns:
        Whether nothing was wrong.
    """
    try:
        for found in proof.run():
            say(_line(found, language))
    except sa.exc.DBAPIError as error:
        # A damaged file may not be readable to its end; what was not looked at is not proved.
        proof.counts["faults"] += 1
        say(_line(Found("database_damaged", {"detail": type(error.orig).__name__}), language))
    for kind in sorted(COUNTED):
        say(f"{COUNTED[kind][language == 'en']}: {proof.counts[kind]}")
    is_sound = not proof.counts["faults"]
    say(_ENDS[is_sound][language == "en"])
    return is_sound


def _line(found: Found, language: str) -> str:
    section = FAULTS if found.is_fault else NOTES
    mark = "NG" if found.is_fault else "--"
    return f"{mark} {found.code} {wording.say(found.code, language, found.data, section=section)}"
