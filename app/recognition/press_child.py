"""The press: prints one sheet and ends.

Started by ``press`` as ``python -m app.recognition.press_child KIND``; takes what to print from
its standard input and gives the file on its standard output.
"""

import os
import pickle
import sys
from collections.abc import Callable, Mapping, Sequence

from app.domain.consultation import Consultation
from app.domain.errors import RecognitionUnavailable
from app.recognition.blank_form import draw
from app.recognition.form_fields import with_fields
from app.recognition.form_template import FormTemplate
from app.recognition.press import NO_FONT
from app.recognition.separator_sheet import draw_separator
from app.recognition.word_form import write


def main() -> int:
    """Print one sheet."""
    paper = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # A library that prints must not spoil the sheet.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    # Both ends of the pipe are this program; nothing in it came from outside as it is.
    arguments = pickle.loads(sys.stdin.buffer.read())  # noqa: S301
    try:
        sheet = _SHEETS[sys.argv[1]](*arguments)
    except RecognitionUnavailable:
        return NO_FONT
    with paper:
        paper.write(sheet)
    return 0


def _form(consultation: Consultation, templates: Sequence[FormTemplate]) -> bytes:
    first, *further = templates
    return with_fields(draw(consultation, first, *further), templates)


_SHEETS: Mapping[str, Callable[..., bytes]] = {
    "form": _form,
    "separator": draw_separator,
    "word": write,
}


if __name__ == "__main__":
    sys.exit(main())
