"""The look at an upload: pictures that will not do are named, ordinary copies are not."""

import io
import os
import random
import signal
import tempfile
from pathlib import Path

import cv2
import numpy
import pytest
from PIL import Image

from app.domain.comment_form import ADDRESS, NAME, OPINION
from app.domain.envelope import Part
from app.recognition.decoding import Raster
from app.recognition.filled_form import as_pdf, fill
from app.recognition.looker import Looked, Looker
from app.recognition.ocr import Grey, as_grey
from app.recognition.page_process import PageProcess, ProcessFailed
from app.recognition.pages import Recogniser
from app.recognition.quality import weaknesses
from app.recognition.reading import ReadingLimits
from app.recognition.registration import find_sheet
from app.recognition.templates import design
from tests.builders import a_consultation
from tests.copiers import COPIERS

CONSULTATION = a_consultation(number=12)
TEMPLATE = design(CONSULTATION)
PAGE = fill(
    CONSULTATION,
    TEMPLATE,
    {NAME: "旭川 花子", ADDRESS: "北星市中央2条3丁目", OPINION: "説明会を開いてください。" * 6},
)[0]


def _codes(raster: Raster) -> list[str]:
    return [each.code for each in weaknesses(raster, find_sheet(raster), TEMPLATE)]


def _photo() -> Grey:
    return COPIERS["photo"](PAGE, random.Random(4)).grey


def _plain(grey: Grey) -> Raster:
    return Raster(numpy.ascontiguousarray(grey), None, None)


@pytest.mark.soak
@pytest.mark.parametrize("copy", COPIERS)
def test_an_ordinary_copy_raises_no_alarm(copy: str, *, soak: bool) -> None:
    for seed in range(20 if soak else 1):
        assert _codes(COPIERS[copy](PAGE, random.Random(f"{copy} {seed}"))) == []


def test_a_dark_picture_is_named() -> None:
    assert _codes(_plain(as_grey(_photo() * 0.3))) == ["picture_dark"]


def test_a_black_fax_is_named() -> None:
    fax = COPIERS["fax 204x196"](PAGE, random.Random(4)).grey.copy()
    fax[:, 300:1200] = 0
    assert "picture_dark" in _codes(Raster(fax, 204, 196))


def test_a_coarse_picture_is_named() -> None:
    small = as_grey(cv2.resize(_photo(), (800, 1067), interpolation=cv2.INTER_AREA))
    assert "picture_small" in _codes(_plain(small))


def test_a_sheet_that_is_small_in_a_large_picture_is_named() -> None:
    wide = numpy.full((3200, 2400), 200, numpy.uint8)
    wide[1000:2067, 800:1600] = cv2.resize(_photo(), (800, 1067), interpolation=cv2.INTER_AREA)
    assert "picture_small" in _codes(_plain(wide))


@pytest.mark.parametrize("blur", [6.0, 8.0])
def test_a_picture_out_of_focus_is_named(blur: float) -> None:
    assert "picture_blurred" in _codes(_plain(as_grey(cv2.GaussianBlur(_photo(), (0, 0), blur))))


@pytest.mark.parametrize("side", ["bottom", "right"])
def test_a_sheet_that_runs_out_of_the_picture_is_named(side: str) -> None:
    photo = _photo()
    part = photo[:2500] if side == "bottom" else photo[:, :1900]
    assert _codes(_plain(part)) == ["picture_cut_off"]


def test_a_covered_marker_is_named() -> None:
    scan = COPIERS["300 dpi"](PAGE, random.Random(4)).grey.copy()
    scan[-300:, :300] = 255
    assert _codes(Raster(scan, 300, 300)) == ["registration_doubtful"]


def test_a_letter_needs_no_markers() -> None:
    letter = numpy.full((2339, 1654), 255, numpy.uint8)
    letter[300:360, 200:1400:20] = 0
    assert _codes(Raster(letter, 200, 200)) == []


def test_an_upload_is_looked_at_page_by_page_in_a_process_of_its_own() -> None:
    dark = PAGE.point(lambda dot: dot * 0.3)
    part = Part(filename=None, media_type="application/pdf", data=as_pdf([PAGE, dark]))
    looked = Recogniser().look(part, {(12, 1): TEMPLATE}, seconds=60)
    codes = [[found.code for found in each.findings] for each in looked.pages]
    assert (codes, looked.whole) == ([[], ["picture_dark"]], True)


def test_a_look_that_ends_before_the_last_page_says_so() -> None:
    part = Part(filename=None, media_type="application/pdf", data=as_pdf([PAGE] * 2))
    recogniser = Recogniser(limits=ReadingLimits(pages=1))
    looked = recogniser.look(part, {(12, 1): TEMPLATE}, seconds=60)
    assert (len(looked.pages), looked.whole) == (1, False)


def test_a_broken_upload_is_left_to_the_reading() -> None:
    part = Part(filename=None, media_type="image/png", data=b"\x89PNG\r\n\x1a\nbroken")
    assert Recogniser().look(part, {}, seconds=60) == Looked()


def test_no_page_is_begun_when_the_time_is_over() -> None:
    out = io.BytesIO()
    Image.new("L", (1654, 2339), 255).save(out, "PNG")
    part = Part(filename=None, media_type="image/png", data=out.getvalue())
    recogniser = Recogniser()
    recogniser.close()
    assert recogniser.look(part, {}, seconds=60) == Looked()


def test_a_look_that_dies_is_begun_anew_and_leaves_no_process(tmp_path: Path) -> None:
    kept = tmp_path / "upload"
    kept.write_bytes(as_pdf([PAGE]))
    limits = ReadingLimits()
    with kept.open("rb") as file, PageProcess(file, {}, limits, Looker(limits)) as process:
        assert process.open().pages == 1
        assert process.pid is not None
        os.kill(process.pid, signal.SIGSEGV)
        with pytest.raises(ProcessFailed, match="ended with -11"):
            process.read(1)
        assert process.read(1).findings == ()
        last = process.pid
    with pytest.raises(ProcessLookupError):
        os.kill(last, 0)


def test_an_upload_is_not_looked_at_where_there_is_no_temporary_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    part = Part(filename=None, media_type="application/pdf", data=as_pdf([PAGE]))
    assert Recogniser().look(part, {(12, 1): TEMPLATE}, seconds=60) == Looked()
