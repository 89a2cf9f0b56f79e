"""Printing sheets in a process of its own, which ends with the sheet.

What draws PDFs and embeds a Japanese font takes three times the memory of the service itself and
is wanted a few times a day; a service that loaded it would keep that memory for good.
"""

import pickle
import subprocess
import sys
from collections.abc import Sequence

from app.domain.consultation import Consultation
from app.domain.errors import RecognitionUnavailable
from app.recognition.confinement import environment
from app.recognition.fonts import PACKAGE
from app.recognition.form_template import FormTemplate

NO_FONT = 3
"""Exit code of the process when no Japanese font is installed."""
_SECONDS = 60.0


class PressFailed(RuntimeError):
    """The process printed nothing; a mistake of ours, never of who asked."""


def print_form(consultation: Consultation, templates: Sequence[FormTemplate]) -> bytes:
    """Print a form as a PDF that can be filled in on a computer: its sheets in this order.

    Raises:
        RecognitionUnavailable: No Japanese font is installed.
    """
    return _printed("form", consultation, tuple(templates))


def print_word(consultation: Consultation, template: FormTemplate) -> bytes:
    """Write a form as a Word file."""
    return _printed("word", consultation, template)


def print_separator() -> bytes:
    """Print the sheet that is laid between two comments of a stack.

    Raises:
        RecognitionUnavailable: No Japanese font is installed.
    """
    return _printed("separator")


def _printed(kind: str, *arguments: object) -> bytes:
    try:
        done = subprocess.run(  # noqa: S603 - our own program, no word of it from outside
            [sys.executable, "-m", "app.recognition.press_child", kind],
            input=pickle.dumps(arguments),
            capture_output=True,
            env=environment(),
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PressFailed(type(error).__name__) from error
    if done.returncode == NO_FONT:
        raise RecognitionUnavailable(missing=PACKAGE)
    if done.returncode != 0:
        raise PressFailed(f"it ended with {done.returncode}")
    return done.stdout
