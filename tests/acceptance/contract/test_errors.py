import json
import socket
from typing import Any

import pytest

from tests.acceptance.contract.city import (
    API,
    City,
    Json,
    definition,
    error_codes,
    new_code,
    problem,
)
from tests.acceptance.contract.mails import letter

JSON_DOORS = [
    ("POST", "/consultations"),
    ("PATCH", "/consultations/{code}"),
    ("POST", "/consultations/{code}/comments"),
    ("PATCH", "/comments/{receipt}"),
    ("POST", "/comments/{receipt}/decisions"),
    ("POST", "/submissions/{submission}/decisions"),
    ("POST", "/drop-boxes"),
    ("POST", "/drop-box-collections"),
    ("POST", "/keys"),
]
EVIL = ("\x00", "\ud842", "\udfb7", "a\x00b", "b\ud842x")
BAD_JSON = {
    "empty": b"",
    "malformed": b'{"measure_name": ',
    "trailing": b"{} {}",
    "nul": b"{\x00}",
    "not utf-8": b'{"opinion": "\xff\xfe"}',
    "utf-16": '{"opinion": "x"}'.encode("utf-16"),
    "array": b"[]",
    "number": b"1",
    "null": b"null",
    "string": b'"x"',
    "nan": b'{"opinion": NaN}',
    "infinity": b'{"score": 1e999}',
    "huge number": b'{"opinion_count": ' + b"9" * 10_000 + b"}",
    "deep array": b"[" * 100_000 + b"]" * 100_000,
    "deep object": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "deep inside": b'{"submitter":' + b"[" * 60_000 + b"]" * 60_000 + b"}",
    "escaped nul": b'{"opinion": "a\\u0000b", "reason": "a\\u0000b", "name": "a\\u0000b"}',
    "lone surrogate": b'{"opinion": "\\ud842", "reason": "\\ud842", "name": "\\ud842"}',
    "lone low surrogate": b'{"opinion": "\\udfb7", "reason": "\\udfb7", "name": "\\udfb7"}',
    "surrogate key": b'{"\\ud842": 1}',
}


@pytest.fixture(scope="module")
def places(city: City) -> dict[str, str]:
    consultation = city.open()
    comment = city.apply(consultation)
    return {
        "code": consultation["code"],
        "receipt": comment["receipt_number"],
        "submission": comment["submission_id"],
    }


@pytest.mark.parametrize(("method", "path"), JSON_DOORS)
def test_bodies_that_are_no_proper_json_are_400_or_422(
    city: City, places: dict[str, str], method: str, path: str
) -> None:
    for name, body in BAD_JSON.items():
        answer = city.request(
            method,
            path.format(**places),
            content=body,
            headers={"Content-Type": "application/json", "If-Match": "*"},
        )
        assert answer.status_code in {400, 422}, (name, answer.status_code, answer.text[:300])
        problem(answer, answer.status_code)


@pytest.mark.parametrize("evil", EVIL)
@pytest.mark.parametrize(
    "pointer", ["/opinion", "/measure_name", "/submitter/name", "/submitter/address",
                "/submitter/category/code", "/submitter/category/detail", "/submitter/email",
                "/submitter/kind"],
)  # fmt: skip
def test_nul_and_lone_surrogates_are_refused_in_every_field(
    city: City, consultation: dict[str, Any], pointer: str, evil: str
) -> None:
    body = city.application(consultation)
    target = body
    *parents, last = pointer.strip("/").split("/")
    for parent in parents:
        target = target[parent]
    target[last] = f"文字{evil}"
    answer = city.post(
        f"/consultations/{consultation['code']}/comments",
        content=json.dumps(body).encode("ascii"),
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code in {400, 422}
    problem(answer, answer.status_code)


def test_nul_and_lone_surrogates_in_paths_queries_and_headers_are_no_5xx(city: City) -> None:
    for value in ("%00", "a%00b", "%ED%A1%82", "%FF", "%F0%A0%AE%B7", "." * 3000, "..%2F..%2Fetc"):
        for path in (
            f"/consultations/{value}",
            f"/consultations/{value}/tally",
            f"/consultations/{value}/form.pdf",
            f"/comments/{value}",
            f"/submissions/{value}",
            f"/submissions/{value}/original",
            f"/submissions/{value}/documents/{value}",
            f"/comments?q={value}",
            f"/comments?cursor={value}",
            f"/comments?consultation={value}",
            f"/audit?receipt_number={value}",
            f"/audit?cursor={value}",
            f"/audit?submission_id={value}",
            f"/ledger?date_from={value}",
            f"/ledger?channel={value}",
        ):
            answer = city.get(path)
            assert answer.status_code < 500, (path, answer.text)
            if answer.status_code >= 400:
                problem(answer, answer.status_code)


def test_unknown_paths_are_404_and_wrong_methods_405(city: City) -> None:
    problem(city.get("/nothing"), 404)
    problem(city.client.get("/nothing/at/all", headers={"Accept": "application/json"}), 404)
    problem(city.request("DELETE", "/comments"), 405)
    problem(city.request("PUT", "/consultations"), 405)
    assert "allow" in city.request("PUT", "/consultations").headers
    for path in ("/consultations/none", "/consultations/none/tally",
                 "/consultations/none/export?format=csv&view=full",
                 "/consultations/none/form.pdf", "/consultations/none/form.json",
                 "/submissions/none", "/submissions/none/original",
                 "/submissions/none/documents/none", "/comments/none"):  # fmt: skip
        problem(city.get(path), 404)
    problem(city.patch("/consultations/none", json={}), 404)
    problem(city.post("/consultations/none/comments", json={}), 404)
    problem(
        city.post("/submissions/none/decisions", json={"decision": "replay", "reason": "x"}), 404
    )
    problem(city.post("/comments/none/decisions", json={"decision": "accept", "reason": "x"}), 404)


def test_problem_documents_carry_the_members_of_rfc_9457(
    city: City, consultation: dict[str, Any]
) -> None:
    answer = city.post(f"/consultations/{consultation['code']}/comments", json={})
    body = problem(answer, 422)
    assert body["title"]
    assert body["detail"]
    for error in body["errors"]:
        assert error["code"].isascii()
        assert any("\u3040" <= letter <= "\u9fff" for letter in error["message"])


def test_messages_are_english_on_request_and_codes_never_change(
    city: City, consultation: dict[str, Any]
) -> None:
    path = f"/consultations/{consultation['code']}/comments"
    japanese = problem(city.post(path, json={}), 422)
    for wanted in ("en", "en-US,en;q=0.9,ja;q=0.1", "EN", "fr;q=0.2, en;q=0.8"):
        english = problem(city.post(path, json={}, headers={"Accept-Language": wanted}), 422)
        assert [e["code"] for e in english["errors"]] == [e["code"] for e in japanese["errors"]]
        assert all(e["message"].isascii() for e in english["errors"])
        assert english["title"].isascii()
        assert english["detail"].isascii()
    for wanted in ("ja", "fr", "*", "ja,en;q=0.5", "en;q=0.1, ja;q=0.9", "%%%", ""):
        same = problem(city.post(path, json={}, headers={"Accept-Language": wanted}), 422)
        assert same["errors"] == japanese["errors"], wanted
    for method, place, status in (("GET", "/nothing", 404), ("PUT", "/consultations", 405)):
        english = problem(city.request(method, place, headers={"Accept-Language": "en"}), status)
        assert (english["title"] + english["detail"]).isascii()


def test_every_accepted_language_keeps_findings_in_words(
    city: City, consultation: dict[str, Any]
) -> None:
    comment = city.one_comment_of(city.mail(letter(consultation, name=None)))
    english = city.get(
        f"/comments/{comment['receipt_number']}", headers={"Accept-Language": "en"}
    ).json()
    assert {f["code"] for f in english["findings"]} == {f["code"] for f in comment["findings"]}
    assert all(f["message"].isascii() for f in english["findings"])
    assert all(not f["message"].isascii() for f in comment["findings"])


def test_wrong_types_are_422_with_the_field_named(city: City, consultation: dict[str, Any]) -> None:
    path = f"/consultations/{consultation['code']}/comments"
    for pointer, value in (
        ("/opinion", 5),
        ("/opinion", ["x"]),
        ("/opinion", {"a": 1}),
        ("/measure_name", True),
        ("/submitter", "花子"),
        ("/submitter", []),
        ("/submitter/name", 7),
        ("/submitter/kind", "robot"),
        ("/submitter/category", "x"),
        ("/submitter/category/code", 1.5),
    ):
        body = city.application(consultation)
        target = body
        *parents, last = pointer.strip("/").split("/")
        for parent in parents:
            target = target[parent]
        target[last] = value
        answer = city.post(path, json=body)
        error_codes(answer)
        assert any(e["field"].startswith(pointer) for e in answer.json()["errors"]), answer.text


def test_a_body_of_another_media_type_is_refused(city: City, consultation: dict[str, Any]) -> None:
    answer = city.post(
        f"/consultations/{consultation['code']}/comments",
        content=b"<x/>",
        headers={"Content-Type": "application/xml"},
    )
    assert answer.status_code in {400, 415, 422}
    problem(answer, answer.status_code)
    answer = city.post(
        "/intake/scans", content=b"--x", headers={"Content-Type": "multipart/form-data"}
    )
    assert answer.status_code in {400, 422}
    answer = city.post(
        "/intake/scans",
        content=b"--x\r\nContent-Disposition: form-data; name=",
        headers={"Content-Type": "multipart/form-data; boundary=x"},
    )
    assert answer.status_code in {400, 422}


@pytest.mark.timeout(170)
def test_uploads_up_to_200_mb_are_taken_and_larger_ones_are_413(city: City) -> None:
    size = 200 * 1000 * 1000
    head = b"Subject: =?utf-8?b?5aSn?=\r\nFrom: a@example.jp\r\n\r\n"
    query = {"internal_date": "2026-01-01T00:00:00+09:00", "uid": 7, "mailbox": new_code()}
    kind = {"Content-Type": "message/rfc822"}
    taken = city.post("/intake/emails", params=query, content=head.ljust(size, b"x"), headers=kind)
    assert taken.status_code == 202, taken.text
    refused = city.post(
        "/intake/emails",
        params=query,
        content=head.ljust(200 * 1024 * 1024 + 1, b"y"),
        headers=kind,
    )
    problem(refused, 413)


def test_a_declared_length_above_the_limit_is_413_at_once(city: City) -> None:
    host, port = city.url.removeprefix("http://").split(":")
    key = city.client.headers["Authorization"]
    for path, kind in (
        ("/intake/scans", "multipart/form-data; boundary=x"),
        ("/intake/faxes", "multipart/form-data; boundary=x"),
        ("/intake/emails?internal_date=2026-01-01T00:00:00Z", "message/rfc822"),
    ):
        with socket.create_connection((host, int(port)), timeout=20) as line:
            line.sendall(
                f"POST {API}{path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {key}\r\n"
                f"Content-Type: {kind}\r\nContent-Length: 300000000\r\n\r\n".encode()
            )
            assert b" 413 " in line.recv(4096).split(b"\r\n")[0]


def test_a_large_json_body_is_413_or_422_and_never_5xx(city: City, consultation: Json) -> None:
    body = city.application(consultation, opinion="あ" * 5_000_000)
    answer = city.post(f"/consultations/{consultation['code']}/comments", json=body)
    assert answer.status_code in {413, 422}
    problem(answer, answer.status_code)


def test_numbers_and_dates_beyond_all_bounds_are_no_5xx(city: City, consultation: Json) -> None:
    number = city.apply(consultation)["receipt_number"]
    for written in (
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-12:00",
        "0000-01-01T00:00:00Z",
        "2015-05-15T24:00:00+09:00",
    ):
        assert city.mail(letter(consultation), internal_date=written).status_code == 422
        problem(city.change(number, {"received_at": written}), 422)
    for huge in (2**63 - 1, 2**63, 10**30):
        for name in ("uid", "uidvalidity"):
            assert city.mail(letter(consultation), **{name: huge}).status_code in {202, 422}
        problem(city.change(number, {"opinion_count": huge}), 422)
    given = definition(opens_on="0001-01-01")
    assert city.post("/consultations", json=given).status_code in {201, 422}
    for changes in ({"measure_name": "長" * 10_000}, {"code": ".."}, {"code": "."}):
        problem(city.post("/consultations", json=definition(**changes)), 422)


def test_a_form_is_drawn_for_names_no_font_was_made_for(city: City) -> None:
    for name in ("😀𠮷葛󠄀計画", "一行目\n二行目計画", "長い名前の計画" * 40):
        made = city.open(measure_name=f"{name}{new_code()}（案）")
        for form in ("form.pdf", "form.json"):
            assert city.get(f"/consultations/{made['code']}/{form}").status_code == 200


def test_a_plus_in_an_address_is_understood(city: City, consultation: Json) -> None:
    answer = city.client.post(
        f"{API}/intake/emails?internal_date=2026-01-01T00:00:00+09:00",
        content=letter(consultation),
        headers={"Content-Type": "message/rfc822"},
    )
    assert answer.status_code == 202, answer.text
    received = city.submission(answer.json()["submission_id"])["received_at"]
    assert received == "2026-01-01T00:00:00+09:00"


def test_errors_are_problem_documents_whatever_is_accepted(city: City) -> None:
    for wanted in ("text/html", "application/xml", "*/*", "nonsense"):
        problem(city.get("/comments/none", headers={"Accept": wanted}), 404)


def test_the_scheme_of_a_key_may_be_written_in_any_case(city: City) -> None:
    _, key = city.key("comments:read")
    for scheme in ("bearer", "BEARER"):
        headers = {"Authorization": f"{scheme} {key}"}
        assert city.get("/comments", headers=headers).status_code == 200
