"""Who commented (意見提出者)."""

from dataclasses import dataclass
from enum import StrEnum


class SubmitterKind(StrEnum):
    """A person or a body; a body owes its representative's name too."""

    INDIVIDUAL = "individual"
    ORGANIZATION = "organization"


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryChoice:
    """The category chosen (区分) and what was written beside it (該当する事項)."""

    code: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitter:
    """What a comment says of its writer, verbatim; any part may be absent.

    Attributes:
        kind: Individual or organisation.
        name: 氏名, or the name of the organisation.
        address: 住所, or the address of its office.
        representative: 代表者の氏名; organisations only.
        category: The category chosen.
        email: A mail address for the acknowledgement.
        phone: As written.
        fax: As written.
    """

    kind: SubmitterKind = SubmitterKind.INDIVIDUAL
    name: str | None = None
    address: str | None = None
    representative: str | None = None
    category: CategoryChoice = CategoryChoice()
    email: str | None = None
    phone: str | None = None
    fax: str | None = None
