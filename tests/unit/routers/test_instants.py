"""Instants as people and programs write them into addresses."""

from datetime import UTC, datetime

import pytest
from pydantic import TypeAdapter, ValidationError

from app.routers.fields import AddressInstant, Instant

IN_ADDRESS: TypeAdapter[datetime] = TypeAdapter(AddressInstant)
IN_BODY: TypeAdapter[datetime] = TypeAdapter(Instant)
MIDNIGHT = datetime(2025, 12, 31, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "written", ["2026-01-01T00:00:00+09:00", "2026-01-01T00:00:00 09:00", "2025-12-31T15:00:00Z"]
)
def test_a_plus_that_became_a_blank_is_understood(written: str) -> None:
    assert IN_ADDRESS.validate_python(written) == MIDNIGHT


@pytest.mark.parametrize("written", ["2026-01-01T00:00:00", "2026-01-01 00:00", "2026-01-01"])
def test_an_instant_without_an_offset_is_still_refused(written: str) -> None:
    with pytest.raises(ValidationError):
        IN_ADDRESS.validate_python(written)


def test_in_a_body_a_blank_is_no_plus() -> None:
    with pytest.raises(ValidationError):
        IN_BODY.validate_python("2026-01-01T00:00:00 09:00")
