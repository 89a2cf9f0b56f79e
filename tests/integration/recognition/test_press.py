"""Sheets printed by a process of their own."""

import io
import subprocess
import sys

import docx
import pikepdf
import pypdfium2
import pytest

from app.domain.errors import RecognitionUnavailable
from app.recognition import press
from app.recognition.form_template import Variant
from app.recognition.templates import design
from tests.builders import a_consultation

CONSULTATION = a_consultation()
TEMPLATE = design(CONSULTATION)


def test_a_form_is_printed_with_its_continuation_and_its_fields() -> None:
    continuation = TEMPLATE.kind(Variant.CONTINUATION)
    assert continuation is not None
    printed = press.print_form(CONSULTATION, [TEMPLATE, continuation])
    assert len(pypdfium2.PdfDocument(printed)) == 2
    with pikepdf.open(io.BytesIO(printed)) as document:
        assert "/AcroForm" in document.Root


def test_a_word_form_bears_the_name_of_the_measure() -> None:
    document = docx.Document(io.BytesIO(press.print_word(CONSULTATION, TEMPLATE)))
    words = "".join(
        cell.text for table in document.tables for row in table.rows for cell in row.cells
    ) + "".join(each.text for each in document.paragraphs)
    assert CONSULTATION.measure_name in words


def test_a_separator_sheet_is_one_page() -> None:
    assert len(pypdfium2.PdfDocument(press.print_separator())) == 1


def test_a_press_that_prints_nothing_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(press.PressFailed):
        press.print_separator()


def test_a_missing_font_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    done = subprocess.CompletedProcess([], press.NO_FONT, b"", b"")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: done)
    with pytest.raises(RecognitionUnavailable):
        press.print_separator()
