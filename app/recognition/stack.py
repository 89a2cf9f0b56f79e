"""Parting the pages of an arrival into comments; what is doubtful is said, never cut in silence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.domain.comment_form import NAME
from app.domain.labelled_text import read_labelled
from app.domain.postal_cover import postal_cover
from app.domain.ruled_form import read_ruled
from app.domain.stack import Separator, Sides, SplitDoubt, StackRules
from app.domain.text import fold, is_missing
from app.recognition.form_template import FormTemplate, Variant
from app.recognition.reading import PageReading

_UNSURE = frozenset({"registration_doubtful", "form_template_unknown"})
"""A page that shows signs of our form begins a comment of its own: two are better than a merger."""

_COVER = ("送付状", "送信票", "送信状", "送付票", "送付書", "送信のご案内")
_COVER_WITHIN = 200
"""Characters from the top within which a fax's cover sheet says what it is."""

_SAME_NAME = 0.5
_SIDES_OF_A_SHEET = 2


@dataclass(slots=True)
class Group:
    """The pages of one comment.

    Attributes:
        pages: In order, without the blank ones.
        blanks: How many blank pages were left out.
        covers: Cover sheets that came before it, and its envelope.
        doubtful: Pages by number that may be on the wrong side of a cut, and why.
    """

    pages: list[PageReading] = field(default_factory=list)
    blanks: int = 0
    covers: list[PageReading] = field(default_factory=list)
    doubtful: dict[int, SplitDoubt] = field(default_factory=dict[int, SplitDoubt])

    @property
    def form_pages(self) -> frozenset[int]:
        """Pages of our form it has."""
        return frozenset(each.form_page for each in self.pages if each.form_page is not None)


def part(
    files: Sequence[Sequence[PageReading]],
    by_id: Mapping[str, FormTemplate],
    rules: StackRules,
) -> list[Group]:
    """Part the pages of an arrival into comments.

    Args:
        files: Its pages by file, numbered through the arrival.
        by_id: Every kind of every template they were read by.
        rules: How the stack was laid and scanned.
    """
    return _Parting(by_id, rules).part(files)


def is_envelope(page: PageReading) -> bool:
    """Say whether a page is an envelope."""
    if page.form_page is not None or codes_of(page) & _UNSURE or page.cells:
        return False
    return postal_cover(page.text) is not None


def codes_of(page: PageReading) -> frozenset[str]:
    """Give the codes of what was noticed on a page."""
    return frozenset(each.code for each in page.findings)


class _Parting:
    """One arrival being parted."""

    def __init__(self, by_id: Mapping[str, FormTemplate], rules: StackRules) -> None:
        self._by_id = by_id
        self._rules = rules
        self._groups: list[Group] = []
        self._closed = True
        self._blanks = 0
        self._covers: list[PageReading] = []
        self._parted = False
        self._file_begins = True
        self._envelopes_first = False

    def part(self, files: Sequence[Sequence[PageReading]]) -> list[Group]:
        for pages in files:
            if self._rules.separator is Separator.NONE:
                self._end_file()
            collated = _collated(pages, self._rules.sides)
            backs = _separating_blanks(collated, self._rules)
            for page in collated:
                self._take(page, separates=page.page in backs)
            if _is_uneven(pages, self._rules.sides):
                self._doubt_all(pages, SplitDoubt.UNEVEN_SIDES)
            elif _may_be_backs(collated, self._rules):
                self._doubt_all(pages, SplitDoubt.BACKS)
        self._end_file()
        if self._rules.separator is not Separator.NONE and not self._parted:
            # The mailroom speaks of separators and none was seen: one may be unreadable.
            for group in self._groups if len(self._groups) > 1 or self._is_long() else ():
                group.doubtful[group.pages[0].page] = SplitDoubt.NO_SEPARATOR
        return self._groups

    def _is_long(self) -> bool:
        return any(len(each.pages) > 1 for each in self._groups)

    def _end_file(self) -> None:
        """A file of its own is a comment of its own, unless it goes on with the one before."""
        self._flush_covers()
        self._blanks = 0
        self._file_begins = True
        self._envelopes_first = False

    def _take(self, page: PageReading, *, separates: bool) -> None:
        if page.separator or separates:
            self._close()
        elif page.blank:
            self._drop_blank()
        elif self._follows_letter(page):
            self._groups[-1].covers.append(page)
            if not self._rules.single:
                self._groups[-1].doubtful[page.page] = SplitDoubt.ENVELOPE
        elif self._is_cover(page):
            self._covers.append(page)
            self._closed = True
        elif self._groups and self._goes_on(page):
            self._groups[-1].pages.append(page)
            self._file_begins = False
        else:
            self._begin(page)

    def _close(self) -> None:
        self._flush_covers()
        self._parted = True
        self._closed = True
        self._blanks = 0

    def _drop_blank(self) -> None:
        if self._groups and not self._closed:
            self._groups[-1].blanks += 1
        elif not self._parted:
            self._blanks += 1  # the back of a separator sheet is no blank page of a comment

    def _begin(self, page: PageReading) -> None:
        group = Group(pages=[page], blanks=self._blanks, covers=self._covers)
        if self._groups and page.page in self._groups[-1].doubtful:
            group.doubtful[page.page] = self._groups[-1].doubtful[page.page]
        self._covers = []
        self._blanks = 0
        self._groups.append(group)
        self._closed = False
        self._file_begins = False

    def _flush_covers(self) -> None:
        """A cover sheet that nothing follows is a comment for a person to look at."""
        if self._covers:
            self._groups.append(Group(pages=self._covers))
            self._covers = []

    def _doubt_all(self, pages: Sequence[PageReading], why: SplitDoubt) -> None:
        numbers = {each.page for each in pages}
        for group in self._groups:
            if group.pages[0].page in numbers:
                group.doubtful[group.pages[0].page] = why

    def _follows_letter(self, page: PageReading) -> bool:
        """Say whether a page is the envelope of what came before it, not of what follows."""
        return (
            is_envelope(page)
            and bool(self._groups)
            and not (self._closed or self._file_begins or self._envelopes_first)
        )

    def _is_cover(self, page: PageReading) -> bool:
        if is_envelope(page):
            self._envelopes_first = self._envelopes_first or self._file_begins
            return True
        if page.form_page is not None or codes_of(page) & _UNSURE:
            return False
        top = fold(page.text[:_COVER_WITHIN])
        return any(fold(word) in top for word in _COVER)

    def _goes_on(self, page: PageReading) -> bool:
        """Say whether a page goes on with the comment before it."""
        group = self._groups[-1]
        if page.form_page is not None:
            return not self._closed and self._is_next_of_form(page, group)
        if self._closed or self._file_begins or codes_of(page) & _UNSURE:
            return False
        if "page_unreadable" in codes_of(page):
            template = self._by_id.get(group.pages[0].template or "")
            goes_on = template is not None and len(group.pages) < template.pages
            if not self._rules.single:
                group.doubtful[page.page] = SplitDoubt.UNREADABLE
            return goes_on
        if self._rules.single or self._rules.separator is not Separator.NONE:
            return True
        # In a stack without separators a loose sheet may be the rest of this comment or another.
        begins = _is_letterhead(page) and _names_somebody(group)
        group.doubtful[page.page] = SplitDoubt.LETTERHEAD if begins else SplitDoubt.LOOSE_SHEET
        return not begins

    def _is_next_of_form(self, page: PageReading, group: Group) -> bool:
        first = group.pages[0]
        template = self._by_id.get(page.template or "")
        if page.form_page == 1 or page.consultation_number != first.consultation_number:
            return False
        if template is not None and template.variant is Variant.CONTINUATION:
            if _is_other_name(page, group):
                group.doubtful[page.page] = SplitDoubt.OTHER_NAME
            return True
        same_kind = None in (page.template, first.template) or page.template == first.template
        return same_kind and page.form_page not in group.form_pages


def _collated(pages: Sequence[PageReading], sides: Sides | None) -> list[PageReading]:
    """Bring the sides of the sheets into their order."""
    if sides is Sides.FRONTS_THEN_BACKS and not _is_uneven(pages, sides):
        half = len(pages) // 2
        backs = list(reversed(pages[half:]))
        return [side for sheet in zip(pages[:half], backs, strict=True) for side in sheet]
    ordered = list(pages)
    if sides is Sides.TWO:
        for index in range(0, len(ordered) - 1, _SIDES_OF_A_SHEET):
            front, back = ordered[index : index + _SIDES_OF_A_SHEET]
            if _is_turned(front, back):
                ordered[index : index + _SIDES_OF_A_SHEET] = [back, front]
    return ordered


def _is_turned(front: PageReading, back: PageReading) -> bool:
    """Say whether a sheet lay with its back up: its first page came second."""
    return (
        back.form_page == 1
        and front.form_page is not None
        and front.form_page > 1
        and front.consultation_number == back.consultation_number
    )


def _is_uneven(pages: Sequence[PageReading], sides: Sides | None) -> bool:
    return sides is Sides.FRONTS_THEN_BACKS and len(pages) % _SIDES_OF_A_SHEET == 1


def _separating_blanks(pages: Sequence[PageReading], rules: StackRules) -> frozenset[int]:
    """Give the blank pages that are separators; the blank back of a written sheet is none."""
    if rules.separator is not Separator.BLANK:
        return frozenset()
    if rules.sides in (Sides.TWO, Sides.FRONTS_THEN_BACKS):
        sheets = [
            pages[index : index + _SIDES_OF_A_SHEET]
            for index in range(0, len(pages), _SIDES_OF_A_SHEET)
        ]
        return frozenset(
            side.page for sheet in sheets if all(side.blank for side in sheet) for side in sheet
        )
    return frozenset(each.page for each in pages if each.blank)


def _may_be_backs(pages: Sequence[PageReading], rules: StackRules) -> bool:
    """Say whether what parts the comments may be no more than the empty backs of their sheets."""
    blanks = [index for index, each in enumerate(pages) if each.blank]
    return (
        rules.separator is Separator.BLANK
        and rules.sides is None
        and bool(blanks)
        and all(index % _SIDES_OF_A_SHEET == 1 for index in blanks)
    )


def _is_letterhead(page: PageReading) -> bool:
    """Say whether a free page begins like a letter: its labels name a writer and more."""
    if not page.text:
        return False
    form = (
        read_ruled(page.cells, page.around)
        if page.cells
        else read_labelled(page.text, source="ocr")
    )
    return not is_missing(form.submitter.name) and not (
        is_missing(form.submitter.address) and is_missing(form.opinion)
    )


def _names_somebody(group: Group) -> bool:
    return any(NAME in each.readings or _is_letterhead(each) for each in group.pages)


def _is_other_name(page: PageReading, group: Group) -> bool:
    """Say whether the name on a further sheet is not that of the first."""
    first = next((each.readings[NAME] for each in group.pages if NAME in each.readings), None)
    this = page.readings.get(NAME)
    if first is None or this is None:
        return False
    one, two = set(fold(first.value)), set(fold(this.value))
    return len(one & two) < _SAME_NAME * min(len(one), len(two))
