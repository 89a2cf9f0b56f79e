"""The line that a fax machine prints above every page: date, time, station, number, page."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FaxHeader:
    """What a header line says.

    Attributes:
        text: The line.
        page: Which page of the call it is; None where it does not say.
        pages: How many pages the call has; None where it does not say.
    """

    text: str
    page: int | None = None
    pages: int | None = None


_LONGEST = 120
_MOST_PAGES = 400
_DATE = re.compile(
    r"(?<![0-9\-])(?:19|20)?[0-9]{2}[./\-年 ]{1,2}[0-9]{1,2}[./\-月 ]{1,2}[0-9]{1,2}"
    r"|[0-9]{1,2}月 ?[0-9]{1,2}日"
    r"|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[. ]*[0-9]{1,2}"
)
_TIME = re.compile(r"(?<![0-9])(?:[01]?[0-9]|2[0-3])[:時h] ?[0-5][0-9](?![0-9])(?:分| ?[ap]m)?")
_PAGE = re.compile(
    r"(?:(?<![a-z0-9@])(?:p(?:age|g)?|no)|ページ|頁)[. :]*"
    r"0*([0-9]{1,3})(?: ?(?:/|of) ?0*([0-9]{1,3}))?"
    r"|(?<![0-9/])0*([0-9]{1,3}) ?/ ?0*([0-9]{1,3})(?![0-9/])(?: ?(?:p|頁|ページ))?$"
)
_NUMBER = re.compile(r"(?<![0-9])0[0-9]{1,4}[-( ][0-9]{1,4}[-) ][0-9]{3,4}(?![0-9])")
_STATION = re.compile(r"fax|from|to:|tel|送信|発信|受信|ファクス|ファックス")
_OF_A_PERSON = re.compile(
    r"@|〒|[市区町村].*(?:[0-9一二三四五六七八九十](?:丁目|番|条)|番地)"
    r"|[市区町村][^0-9\s]{1,8}[0-9]{1,3}-[0-9]"
)
"""A mail address, a postal code or an address: writers put them before their own number."""

_NEEDED = 3


def fax_header(line: str) -> FaxHeader | None:
    """Take a line at the top of a page for a fax header; None where it may be writing.

    Args:
        line: What stands in one row.
    """
    plain = unicodedata.normalize("NFKC", line).casefold().strip()
    if not plain or len(plain) > _LONGEST or "。" in plain or _OF_A_PERSON.search(plain):
        return None
    rest = _DATE.sub(" ", plain, count=1)
    page = _page(rest)
    said = (
        _DATE.search(plain) is not None,
        _TIME.search(plain) is not None,
        page is not None,
        _NUMBER.search(plain) is not None,
        _STATION.search(plain) is not None,
    )
    # A date alone heads many a letter; with the time of day and a page it is a machine's. Numbers
    # without either are somebody's own.
    if sum(said) < _NEEDED or not (said[0] or said[1]) or not (said[1] or said[2]):
        return None
    return FaxHeader(
        text=line, page=None if page is None else page[0], pages=None if page is None else page[1]
    )


def _page(plain: str) -> tuple[int, int | None] | None:
    for found in _PAGE.finditer(plain):
        page = int(found[1] or found[3])
        pages = found[2] or found[4]
        if 1 <= page <= _MOST_PAGES and (pages is None or page <= int(pages) <= _MOST_PAGES):
            return page, None if pages is None else int(pages)
    return None


def lacking(headers: Sequence[FaxHeader | None]) -> tuple[int, int, int] | None:
    """Find the first call of which pages did not come.

    Args:
        headers: Those of the pages of one file in order, None where a page has none.

    Returns:
        The index of its last page, the pages announced and those that came; None where none lacks.
    """
    begin, announced = 0, None
    for index, header in enumerate([*headers, None]):
        ends = index == len(headers) or (header is not None and header.page == 1 and index > begin)
        if ends:
            if announced is not None and index - begin < announced:
                return index - 1, announced, index - begin
            begin, announced = index, None
        if header is not None and header.pages is not None:
            announced = header.pages
    return None
