"""Debian's Chromium, driven headless."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.servers.processes import find_program

# Nothing but the page under test: no look-ups, no updates, no reports.
FLAGS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="session")
def chromium() -> Path:
    """Find the browser program."""
    return find_program("chromium", package="chromium")


# Playwright keeps an event loop running in the thread that it is used from, which would break the
# next `asyncio.run`; so it is closed with the module that asked for it.
@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Browser]:
    """Run the browser for the tests of one module."""
    # Chromium cannot build its sandbox when run by root.
    flags = [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else FLAGS
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=flags)
        yield running
        running.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Open a page with no cookies and no history, as a Japanese reader has it."""
    context = browser.new_context(locale="ja-JP", timezone_id="Asia/Tokyo")
    yield context.new_page()
    context.close()
