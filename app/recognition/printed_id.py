"""Which form a page is, by what is printed for people, where its QR code cannot be read."""

import re
from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher

from app.domain.text import fold
from app.recognition.decoding import Raster
from app.recognition.form_template import AreaRole, FormTemplate, TemplateArea, Variant
from app.recognition.lines import cut_lines
from app.recognition.ocr import EngineFailed, OcrEngine
from app.recognition.registration import Placement, Sheet, cut, place
from app.recognition.templates import QrMark

_DOTS_PER_MM = 12.0
_INSET_MM = 0.4
_ALIKE = 0.6
"""How like the printed measure name must be: a misread number alone must not choose a form."""

_LOOK_ALIKE = str.maketrans(
    {"l": "1", "i": "1", "|": "1", "!": "1", "o": "0", "ー": "-", "一": "-"}
)
_DASHES = re.compile(r"[-‐‑‒–—―−_~]+")
_PAGE = re.compile(r"([0-9]{1,3})/([0-9]{1,3})")


def mark_in_print(
    raster: Raster, sheet: Sheet, templates: Iterable[FormTemplate], engine: OcrEngine
) -> QrMark | None:
    """Read the form's number and its measure name as they are printed.

    Args:
        raster: The page.
        sheet: The markers found on it.
        templates: Every kind of every form.
        engine: What reads print.

    Returns:
        What the QR code would have said; None unless number and name agree on one form.
    """
    read: dict[TemplateArea, str] = {}
    for template in templates:
        placement = place(sheet, template)
        areas = _areas(template)
        if placement is None or AreaRole.FORM_ID not in areas or AreaRole.MEASURE not in areas:
            continue
        try:
            number = _text(raster, placement, template, areas[AreaRole.FORM_ID], engine, read)
            if _plain(template.id) not in _whole_words(number):
                continue
            name = _text(raster, placement, template, areas[AreaRole.MEASURE], engine, read)
        except EngineFailed:
            return None
        page = _page(number, template)
        if page is None or not _names(name, template.measure_name):
            continue
        return QrMark(
            consultation_number=template.consultation_number,
            revision=template.revision,
            version=template.version,
            page=page,
            variant=template.variant,
        )
    return None


def _areas(template: FormTemplate) -> Mapping[AreaRole, TemplateArea]:
    first = template.page_numbers().start
    return {each.role: each for each in template.areas if each.page == first}


def _text(
    raster: Raster,
    placement: Placement,
    template: FormTemplate,
    area: TemplateArea,
    engine: OcrEngine,
    read: dict[TemplateArea, str],
) -> str:
    """Read an area of print, one line below the other; each only once."""
    # The areas of the forms lie alike, so that few are read.
    known = read.get(area)
    if known is None:
        left, top, right, bottom = template.in_mm(area.box)
        inner = (left + _INSET_MM, top + _INSET_MM, right - _INSET_MM, bottom - _INSET_MM)
        lines = cut_lines(cut(raster.grey, placement, inner, _DOTS_PER_MM), _DOTS_PER_MM, [])
        texts = engine.read_lines([each.picture for each in lines])
        known = "\n".join(each.text for each in texts)
        read[area] = known
    return known


def _plain(text: str) -> str:
    """Make what looks alike equal, in what was printed as in what was read."""
    return _DASHES.sub("-", fold(text).lower().translate(_LOOK_ALIKE))


def _whole_words(text: str) -> list[str]:
    """Give the runs of letters, digits and dashes of a text."""
    return [word for line in text.split("\n") for word in re.findall(r"[a-z0-9-]+", _plain(line))]


def _page(number: str, template: FormTemplate) -> int | None:
    pages = template.page_numbers()
    if template.variant is Variant.CONTINUATION or len(pages) == 1:
        return pages.start
    said = (_PAGE.search(fold(line)) for line in number.split("\n"))
    read = {int(each[1]) for each in said if each and int(each[2]) == template.pages}
    (page, *more) = read or {0}
    return page if page in pages and not more else None


def _names(read: str, wanted: str) -> bool:
    """Say whether what was read holds the measure's name, or nearly; a label stands before it."""
    found, name = fold(read.replace("\n", "")), fold(wanted)
    blocks = SequenceMatcher(None, found, name, autojunk=False).get_matching_blocks()
    return sum(each.size for each in blocks) >= _ALIKE * len(name)
