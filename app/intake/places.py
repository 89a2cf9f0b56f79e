"""Holding the addresses that were read against the town names of the consultation's city.

The lists are looked up before anything is written: a transaction only applies them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache

from app.domain import gazetteer
from app.domain.address_tokens import postal_code
from app.domain.comment import CommentRecord
from app.domain.comment_form import ADDRESS, CommentForm, Reading, low_confidence
from app.domain.consultation import Consultation
from app.domain.findings import Finding
from app.domain.gazetteer import City, Gazetteer
from app.domain.placement import Placement, PlacementVerdict, Places, with_town
from app.intake.desk import Desk
from app.storage import postal_data
from app.storage.queries.gazetteers import GazetteerQueries

Known = Mapping[str, Sequence[Places]]
"""The towns by which the addresses of each consultation are judged, by its code."""

NONE: Known = {}


def known(desk: Desk, forms: Iterable[CommentForm]) -> Known:
    """Look up the towns for every consultation, where an address was read by a machine at all."""
    if not any(_read_address(each.readings) for each in forms):
        return NONE
    loaded = {each.city: each.loaded_at for each in desk.queries.gazetteers.loaded()}
    found: dict[str, Sequence[Places]] = {}
    for consultation in desk.queries.consultations.all():
        places = (
            _places(desk.queries.gazetteers, city, loaded.get(city))
            for city in cities_of(consultation, tuple(loaded))
        )
        found[consultation.code] = tuple(each for each in places if each is not None)
    return found


def gazetteer_of(desk: Desk, city: City) -> Gazetteer | None:
    """Give the towns of a city: those that were loaded, else those of the package."""
    return desk.queries.gazetteers.of(city) or postal_data.towns_of(city)


def cities_of(consultation: Consultation, loaded: tuple[City, ...]) -> tuple[City, ...]:
    """Say whose town names go for a consultation: those it names, else its office's city.

    Args:
        consultation: Which.
        loaded: Cities whose towns were loaded, in case the package does not know them.
    """
    office = consultation.office
    named = consultation.gazetteers
    if named is None:
        return _cities((office.address or "",), office.postal_code or "", loaded)
    return _cities(named, "", loaded)


@lru_cache(maxsize=256)
def _cities(written: tuple[str, ...], code: str, loaded: tuple[City, ...]) -> tuple[City, ...]:
    cities = (*loaded, *(each for each in postal_data.cities() if each not in loaded))
    digits, _ = postal_code(code)
    prefectures = postal_data.prefectures_of(digits) if digits else ()
    named = (
        gazetteer.the_one(gazetteer.cities_named(each, cities), prefectures) for each in written
    )
    return tuple(dict.fromkeys(each for each in named if each is not None))


@lru_cache(maxsize=256)
def _places(queries: GazetteerQueries, city: City, loaded_at: datetime | None) -> Places | None:
    """Prepare the towns of a city, once for each list that was loaded."""
    found = queries.of(city) if loaded_at is not None else postal_data.towns_of(city)
    return Places(found, postal_data.cities()) if found is not None else None


def placed(record: CommentRecord, known: Known) -> CommentRecord:
    """Give a record whose address was held against the towns of its consultation's city.

    Only what a machine read is looked at, and only while the record still says the same.
    """
    reading = _read_address(record.readings)
    if reading is None or record.submitter.address != reading.value:
        return record
    placements = (
        places.place(reading.value, reading.seen)
        for places in known.get(record.consultation or "", ())
    )
    placement = next((each for each in placements if each.verdict != _OUTSIDE), None)
    return record if placement is None else _with(record, reading, placement)


_OUTSIDE = PlacementVerdict.OUTSIDE


def _read_address(readings: Mapping[str, Reading]) -> Reading | None:
    reading = readings.get(ADDRESS)
    return reading if reading is not None and reading.source == "ocr" else None


def _with(record: CommentRecord, reading: Reading, placement: Placement) -> CommentRecord:
    sure = reading.confidence
    if sure is not None:
        sure = with_town(sure, placement)
    corrected = placement.value != reading.value
    said = [
        each
        for each in record.form_findings
        if each.code != "low_confidence" or each.field != ADDRESS
    ]
    if sure is not None and sure < low_confidence(ADDRESS):
        said.append(Finding(code="low_confidence", field=ADDRESS))
    return replace(
        record,
        submitter=replace(record.submitter, address=placement.value),
        readings={
            **record.readings,
            ADDRESS: replace(
                reading,
                value=placement.value,
                confidence=sure,
                raw=reading.raw or (reading.value if corrected else None),
            ),
        },
        form_findings=(*said, *_findings(placement)),
    )


def _findings(placement: Placement) -> tuple[Finding, ...]:
    found = []
    if placement.verdict is PlacementVerdict.CORRECTED:
        data = {
            "read": placement.read,
            "taken": placement.taken,
            "town": placement.town or "",
        }
        found.append(Finding(code="address_by_gazetteer", field=ADDRESS, data=data))
    if placement.verdict is PlacementVerdict.UNKNOWN:
        data = {"near": "、".join(placement.near) or "－"}
        found.append(Finding(code="address_not_in_gazetteer", field=ADDRESS, data=data))
    if placement.elsewhere:
        data = {"towns": "、".join(placement.elsewhere)}
        found.append(Finding(code="postal_code_differs", field=ADDRESS, data=data))
    return tuple(found)
