"""A browser without a window, and who sits before it."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response

from app.domain.access import Scope
from app.domain.comment import CommentRecord
from app.domain.envelope import Envelope
from app.domain.submission import Lane
from app.intake import keys, procedures
from app.intake.desk import Desk
from app.intake.read import claim, read
from app.intake.receive import receive
from app.main import create_app
from app.settings import Settings
from tests.builders import ADMIN, MEASURE, a_consultation, a_mail, an_envelope

BOOTSTRAP = "bootstrap-key-for-tests"
BODY = (
    "住所：北星市中央2条3丁目4番地\r\n氏名：𠮷田 <b>花子</b>\r\n区分：1\r\n"
    f"案の名称：{MEASURE}\r\n意見：\r\n説明会を開いてください。\r\n\r\n  字下げした行です。\r\n"
)
on_both = pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
_CSRF = re.compile(r'name="csrf" value="([^"]+)"')
_FIELD = re.compile(r'name="(was:[^"]+)" value="([0-9a-f]+)"')


@dataclass
class Visitor:
    """Somebody with a browser, who sends forms as the pages have them."""

    client: TestClient
    csrf: str = field(default="")

    def sign_in(self, key: str) -> Response:
        answer = self.client.post("/login", data={"key": key})
        found = _CSRF.search(answer.text)
        self.csrf = found[1] if found else ""
        return answer

    def get(self, path: str) -> Response:
        return self.client.get(path)

    def post(self, path: str, data: dict[str, str], **more: object) -> Response:
        return self.client.post(path, data={"csrf": self.csrf} | data, **more)  # type: ignore[arg-type]

    def marks(self, path: str) -> dict[str, str]:
        """Give the marks of the fields as the page shows them now, and its revision."""
        text = self.get(path).text
        revision = re.search(r'name="revision" value="([0-9]+)"', text)
        assert revision is not None
        return dict(_FIELD.findall(text)) | {"revision": revision[1]}


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """SQLite, unless a test asks for both: what pages do differs in templates, not in databases."""
    if getattr(request, "param", "sqlite") == "sqlite":
        template: Path = request.getfixturevalue("migrated_sqlite")
        path = tmp_path / "ikenbako.db"
        path.write_bytes(template.read_bytes())
        return f"sqlite:///{path}"
    factory = request.getfixturevalue("postgres_url_factory")
    cloned: str = factory.create_database(request.getfixturevalue("migrated_postgres"))
    return cloned


@pytest.fixture
def app(settings: Settings, desk: Desk) -> FastAPI:
    procedures.create(desk, a_consultation(), actor=ADMIN)
    return create_app(settings, desk)


@pytest.fixture
def stranger(app: FastAPI) -> Visitor:
    """Somebody who is not signed in."""
    return Visitor(TestClient(app))


@pytest.fixture
def clerk(app: FastAPI) -> Visitor:
    """Somebody who may do everything."""
    visitor = Visitor(TestClient(app))
    visitor.sign_in(BOOTSTRAP)
    return visitor


@pytest.fixture
def holder(app: FastAPI, desk: Desk) -> Callable[..., Visitor]:
    """Sign somebody in who may do only this."""

    def make(*scopes: Scope, consultations: frozenset[str] = frozenset()) -> Visitor:
        created = keys.create(
            desk,
            name="窓口",
            scopes=frozenset(scopes),
            consultations=consultations,
            actor=ADMIN,
        )
        visitor = Visitor(TestClient(app))
        visitor.sign_in(created.key)
        return visitor

    return make


def read_everything(desk: Desk) -> None:
    """Do what the runner would."""
    for lane in Lane:
        while (submission := claim(desk, lane, worker="test")) is not None:
            read(desk, submission.id, worker="test")


@pytest.fixture
def record(app: FastAPI, desk: Desk) -> CommentRecord:
    """A comment that came by mail."""
    assert app.state.desk is desk
    return recorded(desk, an_envelope(a_mail(BODY)))


def recorded(desk: Desk, envelope: Envelope) -> CommentRecord:
    """Take in an arrival and give the comment made from it."""
    received = receive(desk, envelope, actor=ADMIN)
    read_everything(desk)
    [comment] = desk.queries.comments.of_submission(received.submission_id)
    return comment
