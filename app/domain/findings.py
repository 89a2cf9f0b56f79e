"""What intake noticed about a record (不備・所見); a finding never stops a record from existing."""

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Calls(StrEnum):
    """What a finding calls for."""

    CORRECTION = "correction"
    """Something required is missing: the submitter is asked (補正), unless only OCR says so."""

    REVIEW = "review"
    """A person must look before the comment counts."""

    NOTHING = "nothing"
    """Shown as evidence; it changes no status."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One observation.

    Attributes:
        code: One of ``FINDINGS``; the words for it live in ``wording``.
        field: JSON pointer to the field of the comment it speaks of, or None.
        data: Values its words need; never personal data beyond what the record itself holds.
    """

    code: str
    field: str | None = None
    data: Mapping[str, str] = dataclasses.field(default_factory=dict[str, str])

    @property
    def place(self) -> "Place | None":
        """Where on which page its evidence is; None where there is none to look at."""
        found = _PLACE.fullmatch(f"{self.data.get(_PAGE, '')}:{self.data.get(_BOX, '')}")
        if found is None:
            return None
        page, *sides = found.groups()
        left, top, right, bottom = (float(each) for each in sides)
        return Place(page=int(page), box=(left, top, right, bottom))


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A part of a page.

    Attributes:
        page: 1-based page of the submission.
        box: Left, top, right, bottom as fractions of the page.
    """

    page: int
    box: tuple[float, float, float, float]


_PAGE, _BOX = "page", "box"
_PLACE = re.compile(r"([0-9]{1,6}):" + ",".join([r"([01]\.[0-9]{1,6})"] * 4))


def at(box: tuple[float, float, float, float], page: int = 1) -> dict[str, str]:
    """Write down where the evidence of a finding is, for its ``data``."""
    sides = (min(max(each, 0.0), 1.0) for each in box)
    return {_PAGE: str(page), _BOX: ",".join(f"{each:.5f}" for each in sides)}


def moved(finding: Finding, *, page: int) -> Finding:
    """Give a finding whose evidence is on another page than was thought, with the same box."""
    if finding.place is None:
        return finding
    return dataclasses.replace(finding, data={**finding.data, _PAGE: str(page)})


_CORRECTION = (
    "name_missing",
    "address_missing",
    "representative_missing",
    "category_missing",
    "category_unknown",
    "category_detail_missing",
    "opinion_missing",
)
"""Required by the notice and absent; the same codes refuse an e-application at the door."""

_REVIEW = (
    "address_by_gazetteer",  # a town name was put right by the list of towns
    "address_not_in_gazetteer",  # it names the city, but no town of its list
    "answers_earlier_comment",  # it answers a mail of ours about another comment
    "answers_perhaps",  # same sender and same measure as a comment that lacks something
    "attachment_contradicts",  # mail and attachment say different things
    "attachment_encrypted",
    "attachment_ichitaro",  # a file of 一太郎 whose text cannot be taken out
    "attachment_limit",  # an archive holds more than is opened
    "attachment_not_joined",  # an attachment says more than the opinion in the mail
    "attachment_opened",  # a password of the same writer opened it; a person confirms
    "attachment_suspicious",  # an archive holds names that would leave its folder
    "attachment_text_only",  # the text of a 一太郎 file was taken out without its layout
    "attachment_unread",  # an attachment was kept but nobody has read it
    "brings_password",  # the same writer sent a locked file before
    "category_not_listed",  # a category that is none of the list, where none is required
    "box_collection_unknown",  # a box scan without its collection round
    "consultation_unknown",  # no consultation could be named with certainty
    "count_differs",  # forms found unlike the declared count
    "date_undetermined",  # in time or late cannot be told
    "early_arrival",  # arrived before the period opened
    "fax_interrupted",  # the call broke off; what came until then is kept
    "file_empty",
    "file_encrypted",
    "file_too_large",
    "file_unreadable",
    "file_unsupported",
    "fewer_than_before",  # a new reading found fewer comments in the arrival, and not this one
    "form_named_in_print",  # its QR code is unreadable; its printed number was read instead
    "form_page_missing",  # a form of several pages came without one of them
    "form_template_unknown",  # our QR code, but no such template here
    "forwarded_mail",  # somebody else handed on the writer's mail
    "hidden_text",  # text a reader would not have seen was set apart
    "individual_number_present",  # 個人番号: must not be kept (番号法 第20条)
    "low_confidence",
    "machine_mail",  # a rule took the mail for one of an office machine; it could be forged
    "machine_without_pages",  # such a mail without anything to read
    "measure_name_ambiguous",
    "measure_name_mismatch",
    "measure_name_missing",
    "measure_other_than_named",  # the form and the mailroom name different measures
    "not_our_form",  # read as free paper, not by a template
    "opinion_too_long",
    "choice_ambiguous",  # more than one box ticked, or a doubtful mark
    "page_blank",
    "page_limit",  # more pages than are read; the rest is kept unread
    "page_unreadable",
    "pages_missing",  # fewer pages came than were announced
    "picture_blurred",
    "picture_cut_off",  # a marker of our form lies outside the picture
    "picture_dark",
    "picture_small",  # too few dots to tell strokes apart
    "postal_code_differs",  # the postal code before an address is another town's
    "postmark_after_arrival",
    "postmark_seen",  # a date was read on the envelope; a person confirms and enters it
    "read_by_ocr",  # machine-read, so a person looks
    "reading_failed",  # the last attempt to read failed; a person types it in
    "receipt_held",  # perhaps a machine's answer to our receipt; a person's decision lets it go
    "received_before_collected",  # the dates given contradict each other
    "registration_doubtful",  # too few markers for a safe cut
    "seal_on_writing",  # a seal stands in a field, as 訂正印 do
    "several_measures",  # more than one draft is named and nothing tells which is meant
    "split_doubtful",  # pages of a stack may belong to another comment
    "text_layer_differs",  # a PDF says other text than it shows
    "text_layer_read",  # typed on a computer and taken from the file, so a person looks
    "text_repaired",  # the bytes did not decode as declared
    "variant_doubtful",  # a character may be its twin: 高 or 髙
    "vertical_writing",  # its lines run from above to below
    "writing_struck_out",  # a stroke runs through what is written
)

_NOTHING = (
    "attachment_joined",  # fields were taken from an attachment
    "automatic_mail",
    "correction_arrived",  # an answer came that may complete this comment
    "correction_not_mailed",  # asked for a correction, yet there is no address to ask at
    "cover_sheet_apart",  # a fax's cover sheet is no part of the opinion
    "deadline_passed",
    "envelope_apart",  # the envelope is among the pages and no part of the opinion
    "found_in_junk",  # a comment lay among junk mail
    "disclaimer_in_opinion",  # these four say where the text is not the writer's opinion
    "forward_header_in_opinion",
    "machine_mail_text",  # a machine's mail holds more than its pages
    "mail_date_differs",  # the sender's Date is far from the server's clock
    "measure_name_from_envelope",
    "measure_name_from_subject",
    "measure_name_from_text",
    "measure_name_from_title",
    "measure_name_not_exact",
    "one_of_several",  # a mail on several measures was parted
    "opened_confirmed",  # a person let what was behind a password into the comment
    "page_blank_dropped",
    "printed_words_left_out",  # what a form printed in a cell is no part of its value
    "possible_duplicate",  # same text or same person as another record
    "reply_undeliverable",  # a mail of ours to the writer came back
    "quotation_in_opinion",
    "same_bytes_other_facts",  # the same arrival was announced again with other metadata
    "signature_in_opinion",
    "words_weighed",  # characters in doubt were read by the words they make
)

FINDINGS: Mapping[str, Calls] = {
    **dict.fromkeys(_CORRECTION, Calls.CORRECTION),
    **dict.fromkeys(_REVIEW, Calls.REVIEW),
    **dict.fromkeys(_NOTHING, Calls.NOTHING),
}
"""Every finding there is, and what it calls for."""
