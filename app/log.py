"""Logging: one line per event, the submission bound around the work, personal data kept out.

A line is a sentence plus ``action=`` and further facts. What an exception says may repeat what
somebody wrote, so a traceback shows where it happened and which class it was, never its message.
"""

import contextlib
import contextvars
import json
import logging
import re
import sys
import traceback
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone
from types import MappingProxyType, TracebackType

_JST = timezone(timedelta(hours=9))
_bound: contextvars.ContextVar[Mapping[str, str]] = contextvars.ContextVar(
    "bound", default=MappingProxyType({})
)
_QUIET = ("httpx", "httpcore", "imapclient", "multipart", "PIL", "fontTools", "fpdf", "alembic")
_STANDARD_ATTRIBUTES = frozenset(
    (*logging.makeLogRecord({}).__dict__, "asctime", "color_message", "message", "taskName")
)
_ACCESS = "uvicorn.access"
_OURS = re.compile(r"[A-Za-z0-9._-]{0,64}")
_ACCESS_ARGUMENTS = 5


@contextlib.contextmanager
def bind(**facts: str) -> Iterator[None]:
    """Add facts (``submission=…``) to every line logged inside the block."""
    token = _bound.set({**_bound.get(), **facts})
    try:
        yield
    finally:
        _bound.reset(token)


class LineFormatter(logging.Formatter):
    """Writes a record as one line."""

    def format(self, record: logging.LogRecord) -> str:
        """Give time, level, place, sentence, bound facts and, of an error, its path."""
        words = [
            _written_at(record),
            record.levelname,
            record.name,
            record.getMessage(),
            *(f"{name}={value}" for name, value in _facts(record).items()),
        ]
        if record.exc_info and record.exc_info[1] is not None:
            words.append(f"error={error_path(record.exc_info[1])}")
        return " ".join(words).replace("\r", "\\r").replace("\n", "\\n")

    def formatException(  # noqa: N802 - the standard library's name
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None]
        | tuple[None, None, None],
    ) -> str:
        """Give the path of an error without its words."""
        return error_path(ei[1]) if ei[1] is not None else ""


class JsonFormatter(LineFormatter):
    """Writes a record as one JSON object on one line, for programs that gather logs."""

    def format(self, record: logging.LogRecord) -> str:
        """Give the same as a line does, each fact a member of its own."""
        members: dict[str, object] = {
            "time": _written_at(record),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        # A fact never takes the place of what every line has.
        members = {**_facts(record), **members}
        if record.exc_info and record.exc_info[1] is not None:
            members["error"] = error_path(record.exc_info[1])
        return json.dumps(members, ensure_ascii=False, default=str)


def _written_at(record: logging.LogRecord) -> str:
    at = datetime.fromtimestamp(record.created, UTC).astimezone(_JST)
    return at.isoformat(timespec="milliseconds")


def _facts(record: logging.LogRecord) -> dict[str, object]:
    """Give what was bound and what the line itself brought (``extra=``), ``action`` first."""
    extra = {
        name: value for name, value in record.__dict__.items() if name not in _STANDARD_ATTRIBUTES
    }
    action = {"action": extra.pop("action")} if "action" in extra else {}
    return {**action, **extra, **_bound.get()}


def error_path(error: BaseException) -> str:
    """Name an error's class and where it passed, and what caused it, without any message."""
    links = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        frames = traceback.extract_tb(current.__traceback__)
        path = ">".join(f"{frame.name}:{frame.lineno}" for frame in frames[-6:])
        links.append(f"{type(current).__name__}({path})")
        current = current.__cause__ or current.__context__
    return "<-".join(links)


def _shown(path: str) -> str:
    """Hide what nothing of ours is called: somebody may have put a name into the address."""
    return "/".join(each if _OURS.fullmatch(each) else "*" for each in path.split("/"))


class _AccessFilter(logging.Filter):
    """Keeps the caller's address, and what may hold a name of the request's, out of the log."""

    def filter(self, record: logging.LogRecord) -> bool:
        arguments = record.args
        if isinstance(arguments, tuple) and len(arguments) == _ACCESS_ARGUMENTS:
            _client, method, path, _version, status = arguments
            record.msg, record.args = "Answered a request.", ()
            shown = _shown(str(path).partition("?")[0])
            facts = {"action": "http_request", "method": method, "path": shown, "status": status}
            record.__dict__.update(facts)
        return True


def configure(level: str = "info", form: str = "text") -> None:
    """Send every record to standard error as one line; called once, by the command line.

    Args:
        level: From which level on our own lines are written.
        form: ``text`` or ``json``.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if form == "json" else LineFormatter())
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger("app").setLevel(level.upper())
    logging.getLogger("uvicorn").setLevel(logging.INFO)
    logging.getLogger(_ACCESS).setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    access = logging.getLogger(_ACCESS)
    if not any(isinstance(each, _AccessFilter) for each in access.filters):
        access.addFilter(_AccessFilter())
    logging.captureWarnings(capture=True)
