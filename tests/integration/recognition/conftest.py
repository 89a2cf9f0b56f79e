"""One recogniser for the tests that only read: its program loads the engines once."""

from collections.abc import Iterator

import pytest

from app.recognition.pages import Recogniser

RECOGNISER = Recogniser()


@pytest.fixture(scope="session", autouse=True)
def recogniser_of_the_session() -> Iterator[None]:
    """End its program after the last test."""
    yield
    RECOGNISER.end()
