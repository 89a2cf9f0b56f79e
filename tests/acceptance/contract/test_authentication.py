import json
import socket
from typing import Any

import httpx
import pytest

from tests.acceptance.contract.city import API, City, Json, dated, new_code, problem

# Method, path, and the scopes any of which opens it.
GUARDED = [
    ("POST", "/consultations", "consultations:manage"),
    ("PATCH", "/consultations/{code}", "consultations:manage"),
    ("POST", "/consultations/{code}/comments", "comments:submit"),
    ("GET", "/consultations/{code}/tally", "comments:read"),
    ("GET", "/consultations/{code}/export?format=csv&view=full", "comments:read"),
    ("POST", "/intake/emails?internal_date=2026-01-01T00:00:00Z", "intake:email"),
    ("POST", "/intake/faxes", "intake:fax"),
    ("POST", "/intake/scans", "intake:scan"),
    ("GET", "/drop-boxes", "intake:scan"),
    ("POST", "/drop-boxes", "intake:scan"),
    ("GET", "/drop-box-collections", "intake:scan"),
    ("POST", "/drop-box-collections", "intake:scan"),
    ("GET", "/comments", "comments:read"),
    ("GET", "/comments/{receipt}", "comments:read"),
    ("PATCH", "/comments/{receipt}", "comments:review"),
    ("POST", "/comments/{receipt}/decisions", "comments:review"),
    ("GET", "/submissions/{submission}", "comments:read"),
    ("GET", "/submissions/{submission}/original", "comments:read"),
    ("GET", "/submissions/{submission}/documents/{document}", "comments:read"),
    ("POST", "/submissions/{submission}/decisions", "comments:review"),
    ("GET", "/ledger", "audit:read"),
    ("GET", "/ledger/summary", "audit:read"),
    ("GET", "/audit", "audit:read"),
    ("GET", "/keys", "admin"),
    ("POST", "/keys", "admin"),
    ("DELETE", "/keys/{key}", "admin"),
]
NO_KEYS = [
    None,
    "Bearer wrong",
    "Bearer",
    "Basic YTpi",
    "",
    "Bearer 日本".encode(),
    "wrong",
    "Bearer " + "x" * 5000,
]
SCOPES = [
    "comments:submit",
    "intake:email",
    "intake:fax",
    "intake:scan",
    "comments:read",
    "comments:review",
    "consultations:manage",
    "audit:read",
    "admin",
]


@pytest.fixture(scope="module")
def places(city: City) -> dict[str, str]:
    consultation = city.open()
    comment = city.apply(consultation)
    key_id, _ = city.key("comments:read")
    return {
        "code": consultation["code"],
        "receipt": comment["receipt_number"],
        "submission": comment["submission_id"],
        "document": comment["documents"][0]["id"],
        "key": key_id,
    }


@pytest.fixture(scope="module")
def keys(city: City) -> dict[str, str]:
    return {scope: city.key(scope)[1] for scope in SCOPES}


def send(
    city: City, method: str, path: str, places: dict[str, str], **more: Json
) -> httpx.Response:
    if method in {"POST", "PATCH"}:
        more.setdefault("content", b'{"malformed": \x00 [[[')
        more.setdefault("headers", {})["Content-Type"] = "application/json"
    return city.request(method, path.format(**places), **more)


@pytest.mark.parametrize(("method", "path"), [row[:2] for row in GUARDED])
def test_without_a_valid_key_it_is_401_before_the_body_is_read(
    city: City, places: dict[str, str], method: str, path: str
) -> None:
    with city.as_key(None) as stranger:
        for header in NO_KEYS:
            headers: dict[str, Any] = {} if header is None else {"Authorization": header}
            answer = send(stranger, method, path, places, headers=headers)
            problem(answer, 401)
            assert "www-authenticate" in answer.headers


@pytest.mark.parametrize(("method", "path", "scope"), GUARDED)
def test_without_the_scope_it_is_403_before_the_body_is_read(
    city: City, places: dict[str, str], keys: dict[str, str], method: str, path: str, scope: str
) -> None:
    for other in SCOPES:
        if other in {scope, "admin"}:
            continue
        with city.as_key(keys[other]) as clerk:
            problem(send(clerk, method, path, places), 403)


@pytest.mark.parametrize(("method", "path", "scope"), GUARDED)
def test_with_its_scope_or_admin_the_door_opens(
    city: City, places: dict[str, str], keys: dict[str, str], method: str, path: str, scope: str
) -> None:
    if method == "DELETE":
        return
    for given in {scope, "admin"}:
        with city.as_key(keys[given]) as clerk:
            answer = send(clerk, method, path, places)
        assert answer.status_code not in {401, 403}, answer.text
        assert answer.status_code < 500


def test_401_comes_while_the_body_is_still_on_its_way(city: City) -> None:
    # Only the headers are sent: an answer proves that the body was not waited for.
    host, port = city.url.removeprefix("http://").split(":")
    for path in ("/intake/scans", "/intake/emails", "/consultations/x/comments"):
        with socket.create_connection((host, int(port)), timeout=10) as line:
            line.sendall(
                f"POST {API}{path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 1000000\r\n"
                "Content-Type: application/json\r\n\r\n".encode()
            )
            assert b" 401 " in line.recv(4096).split(b"\r\n")[0]


def test_a_revoked_key_opens_nothing(city: City) -> None:
    key_id, key = city.key("comments:read")
    with city.as_key(key) as clerk:
        assert clerk.get("/comments").status_code == 200
        assert city.request("DELETE", f"/keys/{key_id}").status_code in {200, 204}
        problem(clerk.get("/comments"), 401)
    problem(city.request("DELETE", "/keys/nobody-has-this"), 404)


def test_a_key_is_shown_once_and_never_again(city: City) -> None:
    name = new_code("key")
    made = city.post("/keys", json={"name": name, "scopes": ["comments:read"]})
    assert made.status_code == 201
    assert {"id", "key"} <= made.json().keys()
    listed = city.get("/keys")
    assert listed.status_code == 200
    assert name in listed.text
    assert made.json()["key"] not in listed.text


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": "x"},
        {"name": "x", "scopes": ["everything"]},
        {"name": "x", "scopes": "admin"},
        {"name": "", "scopes": ["admin"]},
        {"name": "　", "scopes": ["admin"]},
        {"name": None, "scopes": ["admin"]},
        {"name": "x", "scopes": []},
        {"name": "x", "scopes": ["comments:read"], "consultations": ["there-is-none"]},
    ],
)
def test_a_key_with_a_senseless_definition_is_refused(city: City, body: Json) -> None:
    problem(city.post("/keys", json=body), 422)


def test_a_confined_key_stays_in_its_consultation(city: City) -> None:
    mine, other = city.open(), city.open()
    own, foreign = city.apply(mine), city.apply(other)
    _, key = city.key(
        "comments:submit",
        "comments:read",
        "comments:review",
        "consultations:manage",
        "audit:read",
        consultations=[mine["code"]],
    )
    with city.as_key(key) as clerk:
        assert clerk.get(f"/comments/{own['receipt_number']}").status_code == 200
        assert clerk.get(f"/submissions/{own['submission_id']}").status_code == 200
        assert clerk.get(f"/submissions/{own['submission_id']}/original").status_code == 200
        assert clerk.get(f"/consultations/{mine['code']}/tally").status_code == 200
        clerk.apply(mine)
        number, submission = foreign["receipt_number"], foreign["submission_id"]
        document = foreign["documents"][0]["id"]
        hidden = [
            clerk.get(f"/comments/{number}"),
            clerk.patch(f"/comments/{number}", json={}, headers={"If-Match": '"1"'}),
            clerk.decide(number, "withdraw"),
            clerk.get(f"/submissions/{submission}"),
            clerk.get(f"/submissions/{submission}/original"),
            clerk.get(f"/submissions/{submission}/documents/{document}"),
            clerk.post(
                f"/submissions/{submission}/decisions",
                json={"decision": "replay", "reason": "試し"},
            ),
            clerk.get(f"/consultations/{other['code']}/tally"),
            clerk.get(f"/consultations/{other['code']}/export?format=json&view=full"),
            clerk.patch(f"/consultations/{other['code']}", json={}),
            clerk.post(f"/consultations/{other['code']}/comments", json=clerk.application(other)),
            clerk.get("/comments", params={"consultation": other["code"]}),
        ]
        for answer in hidden[:-1]:
            assert answer.status_code in {403, 404}, (answer.request.url, answer.text)
        assert hidden[-1].status_code in {403, 404} or hidden[-1].json()["items"] == []
        listed = clerk.get("/comments", params={"limit": 100}).json()["items"]
        assert listed
        assert {item["consultation"] for item in listed} == {mine["code"]}
        seen = clerk.get("/audit", params={"receipt_number": number})
        assert seen.status_code in {403, 404} or seen.json()["items"] == []
        everything = clerk.get("/audit")
        assert everything.status_code == 403 or number not in everything.text
        assert number not in clerk.get("/ledger").text
        # It may not move a comment out of, or into, what it may see.
        moved = clerk.change(own["receipt_number"], {"consultation": other["code"]})
        assert moved.status_code in {403, 404, 422}, moved.text
        # Nor create consultations beyond its own.
        assert clerk.post("/consultations", json=other | {"code": new_code()}).status_code == 403


def test_public_pages_need_no_key(city: City, consultation: dict[str, Any]) -> None:
    code = consultation["code"]
    with city.as_key(None) as stranger:
        listed = stranger.get("/consultations")
        assert listed.status_code == 200
        assert code in json.dumps(listed.json())
        assert stranger.get(f"/consultations/{code}").json()["code"] == code
        assert stranger.get(f"/consultations/{code}/form.pdf").content.startswith(b"%PDF")
        assert stranger.get(f"/consultations/{code}/form.json").status_code == 200
        for path in ("/healthz", "/readyz"):
            assert stranger.client.get(path).status_code == 200
        assert stranger.client.get("/login").status_code == 200


def test_consultations_that_are_not_open_are_shown_to_keys_only(city: City) -> None:
    closed = city.create(dated("2015-04-15", "2015-05-15"))
    future = city.create(dated("2099-04-15", "2099-05-15"))
    with city.as_key(None) as stranger:
        listed = stranger.get("/consultations").text
        for one in (closed, future):
            assert one["code"] not in listed
            for path in ("", "/form.pdf", "/form.json"):
                answer = stranger.get(f"/consultations/{one['code']}{path}")
                assert answer.status_code in {401, 404}, answer.text
        # A wrong key does not read like no key at all.
        answer = stranger.get(
            f"/consultations/{closed['code']}", headers={"Authorization": "Bearer wrong"}
        )
        problem(answer, 401)
    _, key = city.key("comments:submit")
    with city.as_key(key) as clerk:
        assert clerk.get(f"/consultations/{closed['code']}").status_code == 200
        assert closed["code"] in clerk.get("/consultations").text
