"""One real service for each test process."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.contract.city import City, connected
from tests.acceptance.contract.program import Program, running


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """Run the program for the whole test session."""
    with running(tmp_path_factory.mktemp("contract")) as program:
        yield program


@pytest.fixture(scope="session")
def city(program: Program) -> Iterator[City]:
    """Give a client with every right."""
    city = connected(program.url)
    with city.client:
        yield city


@pytest.fixture
def consultation(city: City) -> dict[str, Any]:
    """Give a consultation that is open now and nobody else uses."""
    return city.open()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give an empty folder for a program of the test's own."""
    return tmp_path
