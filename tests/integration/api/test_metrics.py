"""The numbers for monitoring."""

from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from app.domain.submission import Lane
from app.intake import read
from app.intake.desk import Desk
from tests.builders import a_mail
from tests.integration.api.conftest import CODE, Keys, an_application, read_everything
from tests.integration.conftest import Clock

AT = {"internal_date": "2015-05-01T09:00:00+09:00"}
MAIL = {"Content-Type": "message/rfc822"}
Numbers = dict[tuple[str, tuple[str, ...]], float]


def numbers(client: TestClient) -> Numbers:
    answer = client.get("/metrics")
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_an_empty_installation_shows_zeros(client: TestClient) -> None:
    shown = numbers(client)
    assert shown["ikenbako_arrivals", ("email", "queued")] == 0
    assert shown["ikenbako_waiting", ("ocr",)] == 0
    assert shown["ikenbako_waiting_oldest_seconds", ("ocr",)] == 0
    assert shown["ikenbako_missing", ("email",)] == 0
    assert shown["ikenbako_outbox", ("failed",)] == 0
    assert shown["ikenbako_pages", ()] == 0


def test_what_waits_shows_with_the_age_of_the_oldest(
    client: TestClient, desk: Desk, clock: Clock
) -> None:
    client.post("/api/v1/intake/emails", content=a_mail("一"), params=AT, headers=MAIL)
    clock.pass_by(seconds=90)
    client.post("/api/v1/intake/emails", content=a_mail("二"), params=AT, headers=MAIL)
    assert read.claim(desk, Lane.LIGHT, worker="test") is not None
    shown = numbers(client)
    assert shown["ikenbako_waiting", ("light",)] == 2
    assert shown["ikenbako_waiting_oldest_seconds", ("light",)] == 90
    assert shown["ikenbako_arrivals", ("email", "processing")] == 1
    assert shown["ikenbako_arrivals", ("email", "queued")] == 1


def test_what_was_read_waits_no_more(client: TestClient, desk: Desk) -> None:
    client.post("/api/v1/intake/emails", content=a_mail("一"), params=AT, headers=MAIL)
    read_everything(desk)
    shown = numbers(client)
    assert shown["ikenbako_waiting", ("light",)] == 0
    assert shown["ikenbako_arrivals", ("email", "done")] == 1


def test_a_gap_in_a_mailbox_shows(client: TestClient) -> None:
    report = {"mailbox": "iken", "folder": "INBOX", "uidvalidity": 7, "uids": [1, 2, 3]}
    assert client.post("/api/v1/intake/mailboxes", json=report).status_code == 204
    assert numbers(client)["ikenbako_missing", ("email",)] == 3


def test_this_process_counts_its_commits(client: TestClient, consultation: str) -> None:
    before = numbers(client)["ikenbako_commit_group_size_count", ()]
    posted = client.post(f"/api/v1/consultations/{consultation}/comments", json=an_application())
    assert posted.status_code == 201
    assert numbers(client)["ikenbako_commit_group_size_count", ()] > before


def test_nothing_anybody_wrote_is_in_it(client: TestClient, consultation: str) -> None:
    client.post(f"/api/v1/consultations/{consultation}/comments", json=an_application())
    text = client.get("/metrics").text
    assert "花子" not in text
    assert CODE not in text
    assert text.isascii()


def test_it_is_shown_to_keys_that_may_read_the_ledger_as_a_whole(
    anonymous: TestClient, consultation: str, key: Keys
) -> None:
    assert anonymous.get("/metrics").status_code == 401
    assert anonymous.get("/metrics", headers=key("comments:read")).status_code == 403
    confined = key("audit:read", consultations=(consultation,))
    assert anonymous.get("/metrics", headers=confined).status_code == 403
    assert anonymous.get("/metrics", headers=key("audit:read")).status_code == 200
