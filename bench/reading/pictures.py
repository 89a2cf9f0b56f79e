"""Small pictures of the classes for the documentation, cut from copied forms."""

import io

import numpy
from PIL import Image

from app.domain.comment_form import NAME, OPINION
from app.recognition.decoding import open_pages
from app.recognition.form_template import FormTemplate
from app.recognition.reading import ReadingLimits
from app.recognition.registration import cut, find_sheet, place
from bench.reading.samples import Order, make
from bench.reading.sheets import Blank

PICTURED: tuple[tuple[str, str], ...] = (
    ("typed", "scan-200"),
    ("typed", "fax-98"),
    ("neat", "scan-200"),
    ("neat", "photo"),
    ("neat", "fax-196"),
    ("neat", "fax-98"),
    ("strokes-1", "scan-200"),
    ("strokes-2", "scan-200"),
    ("strokes-3", "scan-200"),
)
"""Writings and copies that are shown."""

_DOTS_PER_MM = 6.0
_WIDE_MM, _LINE_MM = 92.0, 15.0
_GREYS = 16


def picture(seed: int, writing: str, copy: str, template: FormTemplate, blank: Blank) -> bytes:
    """Cut the name and the first line of the opinion out of a copied form; gives a PNG."""
    sample = make(Order(seed=seed, writing=writing, copy=copy, index=0), blank)
    raster = open_pages(sample.data, ReadingLimits()).page(1)
    placement = place(find_sheet(raster), template)
    if placement is None:
        raise ValueError("the markers of the sample were not found")
    parts = []
    for pointer in (NAME, OPINION):
        cell = next(each for each in template.fields if each.field == pointer)
        left, top, _, bottom = template.in_mm(cell.box)
        low = min(bottom, top + _LINE_MM)
        parts.append(cut(raster.grey, placement, (left, top, left + _WIDE_MM, low), _DOTS_PER_MM))
    out = io.BytesIO()
    Image.fromarray(numpy.vstack(parts)).quantize(_GREYS).save(out, "PNG", optimize=True)
    return out.getvalue()
