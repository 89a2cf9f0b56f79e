"""The API over each database, its consultation open, and keys of every kind."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response

from app.domain.submission import Lane
from app.intake.desk import Desk
from app.intake.read import claim, read
from app.routers import api
from app.routers.schemas_consultations import EXAMPLE
from tests.builders import MEASURE

BOOTSTRAP = "bootstrap-key-for-tests"
CODE = "juki-pia-2015"
SUBMITTER: dict[str, Any] = {
    "kind": "individual",
    "name": "北野 花子",
    "address": "北星市中央2条3丁目4番地",
    "category": {"code": "1", "detail": None},
}
Headers = dict[str, str]
Keys = Callable[..., Headers]


def an_application(**changes: object) -> dict[str, Any]:
    """A complete e-application."""
    whole: dict[str, Any] = {
        "measure_name": MEASURE,
        "submitter": copy.deepcopy(SUBMITTER),
        "opinion": "評価書の説明会を開いてください。",
    }
    return whole | changes


def a_definition(**changes: object) -> dict[str, Any]:
    """The consultation of the notice as the API takes it."""
    return copy.deepcopy(EXAMPLE) | changes


def read_everything(desk: Desk) -> None:
    """Do what the runner would."""
    for lane in Lane:
        while (submission := claim(desk, lane, worker="test")) is not None:
            read(desk, submission.id, worker="test")


def application_over(
    desk: Desk, *, rate_limit: str | None = None, max_upload_bytes: int = 200 * 1024 * 1024
) -> FastAPI:
    """The API alone over a desk."""
    app = api.Application(docs_url=None, redoc_url=None, redirect_slashes=False, version="0")
    app.state.desk = desk
    api.install(app)
    api.guard(
        app,
        rate_limit=rate_limit,
        trusted_proxies=("10.0.0.0/8",),
        max_upload_bytes=max_upload_bytes,
    )
    return app


@pytest.fixture
def app(desk: Desk) -> FastAPI:
    return application_over(desk)


@pytest.fixture
def anonymous(app: FastAPI) -> TestClient:
    """Somebody without a key."""
    return TestClient(app)


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    """Somebody with the bootstrap key."""
    return TestClient(app, headers={"Authorization": f"Bearer {BOOTSTRAP}"})


@pytest.fixture
def consultation(client: TestClient) -> str:
    """An open consultation's code."""
    answer = client.post("/api/v1/consultations", json=a_definition())
    assert answer.status_code == 201, answer.text
    return CODE


@pytest.fixture
def key(client: TestClient) -> Keys:
    """Makes keys; gives the headers that carry one."""

    def make(*scopes: str, consultations: tuple[str, ...] = ()) -> Headers:
        answer = client.post(
            "/api/v1/keys",
            json={"name": "窓口", "scopes": scopes, "consultations": consultations},
        )
        assert answer.status_code == 201, answer.text
        return {"Authorization": f"Bearer {answer.json()['key']}"}

    return make


def codes(answer: Response) -> list[tuple[str, str]]:
    """Give field and code of every error, in order of the fields."""
    return sorted((each["field"], each["code"]) for each in answer.json()["errors"])
