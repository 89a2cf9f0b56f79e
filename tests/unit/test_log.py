import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path

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


def in_json(record: logging.LogRecord) -> dict[str, object]:
    line = log.JsonFormatter().format(record)
    assert "\n" not in line
    members: dict[str, object] = json.loads(line)
    return members


def test_json_has_a_member_for_every_fact() -> None:
    record = logging.LogRecord("app.x", logging.INFO, __file__, 1, "読み\nました。", None, None)
    record.__dict__ |= {"action": "read", "seconds": 1.5, "level": "taken", "where": Path("x")}
    with log.bind(submission="abc"):
        members = in_json(record)
    assert members.pop("time")
    assert members == {
        "level": "INFO",
        "logger": "app.x",
        "message": "読み\nました。",
        "action": "read",
        "seconds": 1.5,
        "where": "x",
        "submission": "abc",
    }


def test_an_error_in_json_shows_its_path_and_never_its_words() -> None:
    error = ValueError("hanako@example.jp")
    raised = (ValueError, error, error.__traceback__)
    record = logging.LogRecord("app.x", logging.ERROR, __file__, 1, "It failed.", None, raised)
    members = in_json(record)
    assert str(members["error"]).startswith("ValueError(")
    assert "hanako" not in str(members)


@pytest.mark.parametrize(
    ("form", "kind"), [("text", log.LineFormatter), ("json", log.JsonFormatter)]
)
def test_the_form_of_the_log_is_a_setting(form: str, kind: type[logging.Formatter]) -> None:
    before = list(logging.getLogger().handlers)
    try:
        log.configure("info", form)
        [handler] = logging.getLogger().handlers
        assert type(handler.formatter) is kind
    finally:
        logging.getLogger().handlers[:] = before
        logging.captureWarnings(capture=False)


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("/api/v1/comments?q=花子", "/api/v1/comments"),
        ("/api/v1/comments/001-000001-2", "/api/v1/comments/001-000001-2"),
        ("/api/v1/comments/%E8%8A%B1%E5%AD%90/decisions", "/api/v1/comments/*/decisions"),
        ("/api/v1/comments/花子", "/api/v1/comments/*"),
        ("/hanako@example.jp", "/*"),
    ],
)
def test_the_access_log_holds_no_query_no_caller_and_no_name(asked: str, shown: str) -> None:
    before = list(logging.getLogger().handlers)
    try:
        log.configure("info")
        record = logging.LogRecord(
            "uvicorn.access",
            logging.INFO,
            __file__,
            1,
            '%s - "%s %s HTTP/%s" %d',
            ("192.0.2.7:5000", "GET", asked, "1.1", 200),
            None,
        )
        for each in logging.getLogger("uvicorn.access").filters:
            assert isinstance(each, logging.Filter)
            assert each.filter(record)
        line = log.LineFormatter().format(record)
        members = in_json(record)
    finally:
        logging.getLogger().handlers[:] = before
        logging.captureWarnings(capture=False)
    assert members["status"] == 200
    assert members["path"] == shown
    assert f"method=GET path={shown} status=200" in line
    assert "花子" not in line
    assert "192.0.2.7" not in line
