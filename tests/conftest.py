"""Fixtures for every test; the servers themselves are in `tests/servers`."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = [
    "tests.servers.browser",
    "tests.servers.certificate",
    "tests.servers.oauth2",  # before what imports it
    "tests.servers.dovecot",
    "tests.servers.postgres",
    "tests.servers.s3",
    "tests.servers.smtp",
]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let `make soak` ask for the full counts."""
    parser.addoption("--soak", action="store_true", help="full counts for tests marked soak")


def pytest_configure() -> None:
    """Begin each test process with nothing of this machine's configuration."""
    # Tests never use the configured database, mailbox or mail server.
    for name in [name for name in os.environ if name.startswith("IKENBAKO_")]:
        del os.environ[name]
    # A busy machine is no defect of the code: no assertion on time, here neither.
    settings.register_profile(
        "ikenbako", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
    )
    settings.load_profile("ikenbako")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let full counts take as long as they take: a test's own limit is that of its sample."""
    if config.getoption("--soak"):
        for each in items:
            if each.get_closest_marker("soak"):
                each.add_marker(pytest.mark.timeout(0), append=False)


@pytest.fixture(autouse=True)
def umask_of_this_process() -> Iterator[None]:
    """Take back the umask that the command line sets: later tests write for other accounts."""
    before = os.umask(0o022)
    os.umask(before)
    yield
    os.umask(before)


@pytest.fixture(scope="session")
def soak(request: pytest.FixtureRequest) -> bool:
    """Say whether the full counts are asked for; otherwise a test marked soak runs a sample."""
    return bool(request.config.getoption("--soak"))
