import io
import logging
from collections.abc import Iterator

import pytest

from app import log


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(log.LineFormatter())
    logger = logging.getLogger("app.test")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    yield stream
    logger.removeHandler(handler)
    logger.propagate = True


def test_an_event_is_one_line_with_its_action_and_what_was_bound(written: io.StringIO) -> None:
    with log.bind(submission="abc"):
        logging.getLogger("app.test").info("Read an\narrival.", extra={"action": "read", "n": 1})
    line = written.getvalue()
    assert line.count("\n") == 1
    assert line.endswith("Read an\\narrival. action=read n=1 submission=abc\n")


def test_what_was_bound_ends_with_its_block(written: io.StringIO) -> None:
    with log.bind(submission="abc"):
        pass
    logging.getLogger("app.test").info("Later.")
    assert "submission" not in written.getvalue()


def test_an_error_shows_its_path_and_never_its_words(written: io.StringIO) -> None:
    known: dict[str, str] = {}

    def look_up() -> str:
        return known["北野 花子"]

    def fail() -> None:
        try:
            look_up()
        except KeyError as error:
            raise ValueError("hanako@example.jp") from error

    try:
        fail()
    except ValueError:
        logging.getLogger("app.test").exception("It failed.")
    line = written.getvalue()
    assert "ValueError(" in line
    assert "<-KeyError(fail:" in line
    assert "hanako" not in line
    assert "花子" not in line


def test_the_access_log_holds_no_query_and_no_caller() -> None:
    before = list(logging.getLogger().handlers)
    try:
        log.configure("info")
        record = logging.LogRecord(
            "uvicorn.access",
            logging.INFO,
            __file__,
            1,
            '%s - "%s %s HTTP/%s" %d',
            ("192.0.2.7:5000", "GET", "/api/v1/comments?q=花子", "1.1", 200),
            None,
        )
        for each in logging.getLogger("uvicorn.access").filters:
            assert isinstance(each, logging.Filter)
            assert each.filter(record)
        line = log.LineFormatter().format(record)
    finally:
        logging.getLogger().handlers[:] = before
        logging.captureWarnings(capture=False)
    assert "method=GET path=/api/v1/comments status=200" in line
    assert "花子" not in line
    assert "192.0.2.7" not in line
