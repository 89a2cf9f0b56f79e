"""The description of the API, the pages behind it, and health."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

import app.web
from app.domain.wording import PROBLEMS
from app.intake.desk import Desk
from app.storage.blobs import FolderBlobs
from tests.integration.api.conftest import application_over

STATIC = Path(app.web.__path__[0]) / "static"


def _has_example(document: dict[str, Any], content: dict[str, Any]) -> bool:
    for kind, described in content.items():
        schema = described.get("schema", {})
        name = schema.get("$ref", "").rpartition("/")[2]
        named = document["components"]["schemas"].get(name, {})
        binary = schema.get("format") == "binary" or kind == "application/json"
        if not (
            {"example", "examples"} & described.keys()
            or named.get("examples")
            or (binary and not name)
        ):
            return False
    return True


def test_every_operation_has_examples_and_says_what_it_does(anonymous: TestClient) -> None:
    document = anonymous.get("/openapi.json").json()
    without = []
    for path, methods in document["paths"].items():
        for method, described in methods.items():
            assert described["description"], (method, path)
            bodies = [described.get("requestBody", {}).get("content", {})]
            bodies += [answer.get("content", {}) for answer in described["responses"].values()]
            without += [(method, path) for body in bodies if not _has_example(document, body)]

    assert without == []


def test_every_refusal_in_the_description_is_a_problem(anonymous: TestClient) -> None:
    document = anonymous.get("/openapi.json").json()

    for path, methods in document["paths"].items():
        for described in methods.values():
            for status, answer in described["responses"].items():
                if int(status) >= 400:
                    assert set(answer["content"]) == {"application/problem+json"}, path
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_the_description_says_which_scope_opens_what(anonymous: TestClient) -> None:
    paths = anonymous.get("/openapi.json").json()["paths"]

    assert paths["/api/v1/comments"]["get"]["x-scope"] == "comments:read"
    assert paths["/api/v1/comments"]["get"]["security"] == [{"apiKey": []}]
    assert paths["/api/v1/consultations"]["get"]["security"] == [{"apiKey": []}, {}]


def test_the_interactive_docs_load_nothing_from_elsewhere(anonymous: TestClient) -> None:
    page = anonymous.get("/docs")

    assert page.status_code == 200
    assert "https://" not in page.text
    for part in page.text.split('"'):
        if part.startswith("/static/"):
            assert (STATIC / part.removeprefix("/static/")).is_file()


def test_every_problem_has_a_page(anonymous: TestClient) -> None:
    listed = anonymous.get("/problems").text

    for code in PROBLEMS:
        assert f'href="/problems/{code}"' in listed
    page = anonymous.get("/problems/stale_revision")
    assert 'lang="ja"' in page.text
    assert 'lang="en"' in page.text
    assert anonymous.get("/problems/none").status_code == 404


def test_a_living_process_that_can_accept_says_so(anonymous: TestClient) -> None:
    assert anonymous.get("/healthz").json() == {"status": "ok"}
    assert anonymous.get("/readyz").json() == {"status": "ready", "alarms": []}


def test_a_process_that_cannot_accept_says_so(desk: Desk) -> None:
    desk.writer.close()

    answer = TestClient(application_over(desk)).get("/readyz")

    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert answer.json()["code"] == "unavailable"


def test_a_full_or_absent_blob_store_is_not_ready(desk: Desk, tmp_path: Path) -> None:
    nowhere = tmp_path / "file"
    nowhere.write_bytes(b"")
    broken = replace(desk, blobs=FolderBlobs(nowhere / "blobs"))

    assert TestClient(application_over(broken)).get("/readyz").status_code == 503
