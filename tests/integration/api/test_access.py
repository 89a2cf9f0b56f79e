"""The door: keys, scopes, pace and size, before any body is read."""

from dataclasses import replace

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.intake.desk import Desk
from app.storage.queries.read_side import Queries
from tests.integration.api.conftest import (
    BOOTSTRAP,
    CODE,
    Keys,
    an_application,
    application_over,
    codes,
)

BEARER = {"Authorization": f"Bearer {BOOTSTRAP}"}
OPENED = {
    "comments:submit": ("POST", f"/api/v1/consultations/{CODE}/comments"),
    "intake:email": ("POST", "/api/v1/intake/emails"),
    "intake:fax": ("POST", "/api/v1/intake/faxes"),
    "intake:scan": ("POST", "/api/v1/intake/scans"),
    "comments:read": ("GET", "/api/v1/comments"),
    "comments:review": ("PATCH", "/api/v1/comments/001-000001-2"),
    "consultations:manage": ("POST", "/api/v1/consultations"),
    "audit:read": ("GET", "/api/v1/ledger"),
    "admin": ("GET", "/api/v1/keys"),
}


@pytest.mark.parametrize("needed", OPENED)
def test_each_scope_opens_its_own_and_no_other(client: TestClient, key: Keys, needed: str) -> None:
    method, path = OPENED[needed]
    others = [scope for scope in OPENED if scope not in {needed, "admin"}]

    assert client.request(method, path, headers=key(needed)).status_code not in {401, 403}
    refused = client.request(method, path, headers=key(*others))
    assert refused.status_code == 403
    assert refused.json()["code"] == "scope_needed"


_NO_KEYS = [
    None,
    "",
    "Bearer",
    "Bearer x",
    "Basic abc",
    f"Bearer {BOOTSTRAP} x",
    "Bearer \xe9",
]


def test_without_a_valid_key_nothing_opens(
    anonymous: TestClient, subtests: pytest.Subtests
) -> None:
    for header in _NO_KEYS:
        with subtests.test(header=str(header)[:80]):
            headers = {} if header is None else {b"Authorization": header.encode("latin-1")}
            answer = anonymous.get("/api/v1/comments", headers=headers)

            assert answer.status_code == 401
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")
            assert answer.headers["Content-Type"] == "application/problem+json"


def test_every_operation_but_the_public_ones_needs_a_key(anonymous: TestClient) -> None:
    public = {
        ("get", "/healthz"),
        ("get", "/readyz"),
        ("get", "/api/v1/consultations"),
        ("get", "/api/v1/consultations/{code}"),
        ("get", "/api/v1/consultations/{code}/form.docx"),
        ("get", "/api/v1/consultations/{code}/form.pdf"),
        ("get", "/api/v1/consultations/{code}/form.json"),
        ("get", "/api/v1/separator.pdf"),
    }
    described = anonymous.get("/openapi.json").json()["paths"]
    opened = {
        (method, path)
        for path, methods in described.items()
        for method in methods
        if anonymous.request(method, path.replace("{code}", CODE)).status_code != 401
    }

    assert opened == public


def test_a_revoked_key_is_refused_at_once(client: TestClient, key: Keys) -> None:
    headers = key("comments:read")
    assert client.get("/api/v1/comments", headers=headers).status_code == 200
    listed = client.get("/api/v1/keys").json()["items"]

    answer = client.delete(f"/api/v1/keys/{listed[0]['id']}")

    assert answer.status_code == 204
    assert client.get("/api/v1/comments", headers=headers).status_code == 401
    assert client.delete(f"/api/v1/keys/{listed[0]['id']}").status_code == 404


def test_a_key_is_shown_once_and_never_listed(client: TestClient) -> None:
    made = client.post("/api/v1/keys", json={"name": "窓口", "scopes": ["comments:read"]})

    assert made.status_code == 201
    assert set(made.json()) == {"id", "key"}
    assert made.json()["key"] not in client.get("/api/v1/keys").text


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, [("/name", "required"), ("/scopes", "required")]),
        ({"name": "", "scopes": []}, [("/name", "required"), ("/scopes", "required")]),
        ({"name": "x", "scopes": ["all"]}, [("/scopes/0", "invalid_choice")]),
        (
            {"name": "x", "scopes": ["admin"], "consultations": ["none"]},
            [("/consultations/0", "consultation_unknown")],
        ),
    ],
)
def test_a_key_is_checked_field_by_field(
    client: TestClient, body: object, expected: list[tuple[str, str]]
) -> None:
    assert codes(client.post("/api/v1/keys", json=body)) == expected


@pytest.mark.usefixtures("consultation")
def test_a_confined_key_cannot_make_keys_or_see_what_is_everybodys(
    client: TestClient, key: Keys
) -> None:
    confined = key("admin", consultations=(CODE,))

    body = {"name": "x", "scopes": ["admin"]}
    assert client.post("/api/v1/keys", json=body, headers=confined).status_code == 403
    assert client.get("/api/v1/ledger/summary", headers=confined).status_code == 403
    assert client.get("/api/v1/ledger", headers=confined).status_code == 200


def test_one_request_too_many_is_told_when_to_come_again(desk: Desk) -> None:
    client = TestClient(application_over(desk, rate_limit="2/minute"), headers=BEARER)
    for _ in range(2):
        assert client.get("/api/v1/comments").status_code == 200

    answer = client.get("/api/v1/comments")

    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert client.get("/healthz").status_code == 200


def test_visitors_behind_a_trusted_proxy_are_told_apart(desk: Desk) -> None:
    app = application_over(desk, rate_limit="1/minute")
    proxied = TestClient(app, client=("10.0.0.1", 1))
    direct = TestClient(app, client=("192.0.2.1", 1))

    def come(client: TestClient, forwarded: str) -> int:
        headers = {"X-Forwarded-For": forwarded}
        return client.get("/api/v1/consultations", headers=headers).status_code

    assert come(proxied, "198.51.100.1") == 200
    assert come(proxied, "198.51.100.2, 10.0.0.9") == 200
    assert come(proxied, "203.0.113.5, 198.51.100.1") == 429
    assert come(direct, "198.51.100.9") == 200
    assert come(direct, "198.51.100.10") == 429


def test_a_body_that_is_too_large_is_refused_unread(client: TestClient) -> None:
    answer = client.post(
        "/api/v1/consultations",
        content=b"{}",
        headers={"Content-Length": str(5 * 1024 * 1024), "Content-Type": "application/json"},
    )

    assert answer.status_code == 413
    assert answer.json()["code"] == "too_large"


@pytest.mark.usefixtures("consultation")
def test_a_body_of_unknown_length_is_counted(desk: Desk) -> None:
    client = TestClient(application_over(desk, max_upload_bytes=1000), headers=BEARER)

    def endless() -> object:
        for _ in range(50):
            yield b"x" * 100_000

    mail = client.post(
        "/api/v1/intake/emails?internal_date=2015-05-01T00:00:00Z",
        content=endless(),  # type: ignore[arg-type]
        headers={"Content-Type": "message/rfc822"},
    )
    application = client.post(
        f"/api/v1/consultations/{CODE}/comments",
        content=endless(),  # type: ignore[arg-type]
        headers={"Content-Type": "application/json"},
    )

    assert mail.status_code == 413
    assert application.status_code == 413
    assert client.get("/api/v1/ledger").json()["items"] == []


def test_a_wrong_method_is_told_the_right_ones(client: TestClient) -> None:
    answer = client.put("/api/v1/consultations")

    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET, POST"
    assert answer.json()["code"] == "method_not_allowed"


def test_whatever_can_be_fetched_can_be_asked_after(anonymous: TestClient, key: Keys) -> None:
    for path, headers in (
        ("/readyz", {}),
        (f"/api/v1/consultations/{CODE}/form.pdf", {}),
        ("/api/v1/comments", {}),
        ("/api/v1/comments", key("comments:read")),
        ("/api/v1/intake/scans", {}),
    ):
        got, asked = (anonymous.request(how, path, headers=headers) for how in ("GET", "HEAD"))
        assert asked.status_code == got.status_code
        assert asked.headers.get("content-type") == got.headers.get("content-type")


def test_an_unknown_address_is_a_problem_too(client: TestClient) -> None:
    answer = client.get("/api/v1/nothing")

    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_answers_stay_out_of_caches(client: TestClient) -> None:
    answer = client.get("/api/v1/comments")

    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_what_breaks_is_answered_and_logged_without_what_was_sent(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    app = application_over(desk)

    @app.get("/breaks")
    def breaks() -> None:
        raise RuntimeError("北野 花子")

    answer = TestClient(app).get("/breaks", headers={"Accept-Language": "en"})

    assert answer.status_code == 500
    assert answer.json()["code"] == "internal_error"
    assert "北野" not in caplog.text
    assert "RuntimeError" in caplog.text
    assert an_application()["opinion"] not in caplog.text


def test_a_database_that_is_away_is_said_at_the_door(desk: Desk) -> None:
    away = replace(desk, queries=Queries(sa.create_engine("sqlite:////nowhere/at/all.db")))
    client = TestClient(application_over(away), headers={"Authorization": "Bearer ikb_unknown"})

    answer = client.get("/api/v1/comments")

    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert answer.json()["code"] == "unavailable"


def test_what_breaks_at_the_door_is_answered_as_a_problem(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(app.state.keyring, "look_up", breaks)
    client = TestClient(app, headers={"Authorization": "Bearer ikb_unknown"})

    answer = client.get("/api/v1/comments")

    assert answer.status_code == 500
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "secret" not in answer.text
