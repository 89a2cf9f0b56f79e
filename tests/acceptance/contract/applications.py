"""Posting e-applications and counting what became of them."""

import httpx

from tests.acceptance.contract.city import City, Json


def post(city: City, consultation: Json, body: Json, **more: Json) -> httpx.Response:
    """Send an application."""
    return city.post(f"/consultations/{consultation['code']}/comments", json=body, **more)


def keyed(city: City, consultation: Json, body: Json, key: str) -> httpx.Response:
    """Send an application under an idempotency key."""
    return post(city, consultation, body, headers={"Idempotency-Key": key})


def count(city: City, consultation: Json) -> int:
    """Count the comments of a consultation, whatever their status."""
    counts = city.get(f"/consultations/{consultation['code']}/tally").json()["by_status"]
    return sum(counts.values())
