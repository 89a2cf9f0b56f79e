"""Drop boxes (意見書提出箱) and the rounds that empty them (回収)."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DropBox:
    """A drop box and where it stands (設置場所)."""

    code: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """One round in which a drop box was emptied.

    Attributes:
        id: Its id.
        drop_box: Code of the box.
        collected_at: When it was emptied, in UTC.
        collected_by: Who did it; two people where the office asks for two.
        seal_removed: Number of the seal that was broken.
        seal_applied: Number of the seal that was put on.
        slip_count: How many slips were counted in it; None where nobody counted.
    """

    id: str
    drop_box: str
    collected_at: datetime
    collected_by: tuple[str, ...] = ()
    seal_removed: str | None = None
    seal_applied: str | None = None
    slip_count: int | None = None
