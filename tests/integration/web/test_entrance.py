"""Signing in and out, and what a form must bring back."""

from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from app.intake.desk import Desk
from app.main import create_app
from app.settings import Settings
from tests.integration.conftest import Clock
from tests.integration.web.conftest import BOOTSTRAP, Visitor


def test_who_is_not_signed_in_is_asked_for_a_key_and_brought_back(stranger: Visitor) -> None:
    answer = stranger.get("/staff/comments")
    assert answer.url.path == "/login"
    answer = stranger.client.post(
        "/login",
        data={"key": BOOTSTRAP, "next": "/staff/comments"},
        follow_redirects=False,
    )
    assert answer.status_code == 303
    assert answer.headers["location"] == "/staff/comments"
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie


def test_with_tls_the_cookie_is_kept_to_it(settings: Settings, desk: Desk) -> None:
    policy = replace(desk.policy, public_url="https://ikenbako.example.jp")
    client = TestClient(
        create_app(settings, replace(desk, policy=policy)),
        base_url="https://ikenbako.example.jp",
    )
    answer = client.post(
        "/login",
        data={"key": BOOTSTRAP},
        headers={"Origin": "https://ikenbako.example.jp"},
        follow_redirects=False,
    )
    assert answer.headers["set-cookie"].startswith("__Host-ikenbako_session=")
    assert "Secure" in answer.headers["set-cookie"]
    assert client.get("/staff").status_code == 200


@pytest.mark.parametrize("key", ["no-such-key", "", "x" * 600, "鍵"])
def test_a_wrong_key_opens_nothing(stranger: Visitor, key: str) -> None:
    answer = stranger.sign_in(key)
    assert answer.status_code in {401, 422}
    assert "set-cookie" not in answer.headers
    assert stranger.get("/staff").url.path == "/login"
    assert key == "" or key not in answer.text


@pytest.mark.parametrize(
    "target",
    ["https://elsewhere.example", "//elsewhere.example", "/staff//x", "/staffing", "/\\x", "/api"],
)
def test_signing_in_leads_nowhere_but_to_the_staff_pages(stranger: Visitor, target: str) -> None:
    answer = stranger.client.post(
        "/login", data={"key": BOOTSTRAP, "next": target}, follow_redirects=False
    )
    assert answer.headers["location"] == "/staff"


@pytest.mark.parametrize(
    "header",
    [
        {"Origin": "https://elsewhere.example"},
        {"Origin": "http://[no-address"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_another_site_cannot_sign_anybody_in(stranger: Visitor, header: dict[str, str]) -> None:
    answer = stranger.client.post("/login", data={"key": BOOTSTRAP}, headers=header)
    assert answer.status_code == 403


def test_signing_out_ends_the_session(clerk: Visitor) -> None:
    cookies = dict(clerk.client.cookies)
    assert clerk.get("/login").url.path == "/staff"
    assert clerk.post("/logout", {}).url.path == "/login"
    clerk.client.cookies.update(cookies)
    assert clerk.get("/staff").url.path == "/login"


@pytest.mark.parametrize("token", ["", "wrong", "鍵"])
def test_a_form_without_the_sessions_token_does_nothing(clerk: Visitor, token: str) -> None:
    clerk.csrf = token
    assert clerk.post("/logout", {}).status_code == 403
    assert clerk.get("/staff").status_code == 200


def test_a_form_of_a_stranger_is_not_read(stranger: Visitor) -> None:
    answer = stranger.client.post(
        "/staff/upload", files={"files": b"x" * 10}, follow_redirects=False
    )
    assert answer.status_code == 303
    assert answer.headers["location"] == "/login"


def test_a_session_ends_after_its_hours(clerk: Visitor, clock: Clock, desk: Desk) -> None:
    clock.pass_by(hours=desk.policy.session_hours, seconds=1)
    assert clerk.get("/staff").url.path == "/login"
