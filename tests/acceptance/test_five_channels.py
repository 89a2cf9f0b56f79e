"""Five channels in, receipts and mail out."""

import json
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from tests.acceptance.conftest import BOX, CODE, KEY, PROGRAM, SECTION, Service, set_up
from tests.builders import MEASURE, a_mail
from tests.servers.dovecot import ImapAccount
from tests.servers.postgres import PostgresDatabases
from tests.servers.processes import free_port
from tests.servers.smtp import SmtpServer

PATIENCE = 120.0
COMPLETE = (
    f"氏名：北野 花子\n住所：北星市中央2条3丁目4番地\n区分：1\n案の名称：{MEASURE}\n"
    "意見：説明会を開いてください。\n"
)
PERSONAL = ("北野", "花子", "hanako", "中央2条", "説明会")


def until(condition: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < give_up_at, "it did not come about"
        time.sleep(0.1)


def application(number: int = 1, email: str | None = None) -> dict[str, object]:
    return {
        "measure_name": MEASURE,
        "submitter": {
            "kind": "individual",
            "name": "北野 花子",
            "address": "北星市中央2条3丁目4番地",
            "category": {"code": "1", "detail": None},
            "email": email,
        },
        "opinion": f"第{number}の意見です。説明会を開いてください。",
    }


def test_the_demonstration_shows_five_records_as_they_were_sent(service: Service) -> None:
    service.start("serve", "--demo")
    until(lambda: "受付番号" in service.log.read_text(encoding="utf-8"))
    walked = service.run("demo")
    assert walked.returncode == 0, walked.stdout + walked.stderr
    assert walked.stdout.count("■") == 5
    first = re.findall(r"受付番号 ([0-9-]+)", service.log.read_text(encoding="utf-8"))
    key = (service.folder / "data" / "demo-key").read_text(encoding="ascii")
    assert (service.folder / "data" / "demo-key").stat().st_mode & 0o077 == 0

    refused = service.run("serve")
    assert refused.returncode == 1
    assert "IKENBAKO_DATA_DIR" in refused.stderr

    assert service.stop() == 0
    service.start("serve", "--demo")
    until(
        lambda: len(re.findall(r"受付番号 ([0-9-]+)", service.log.read_text(encoding="utf-8"))) == 2
    )
    assert re.findall(r"受付番号 ([0-9-]+)", service.log.read_text(encoding="utf-8")) == first * 2
    assert (service.folder / "data" / "demo-key").read_text(encoding="ascii") == key


def test_mail_is_fetched_acknowledged_and_kept_out_of_the_log(
    service: Service, dovecot: ImapAccount, smtp_server: SmtpServer
) -> None:
    service.start()
    set_up(service)
    dovecot.append("INBOX", a_mail(COMPLETE))
    dovecot.append("INBOX", a_mail("住所を書き忘れました。花子より", sender="taro@example.jp"))
    with service.client() as client:
        posted = client.post(
            f"consultations/{CODE}/comments", json=application(email="jiro@example.jp")
        )
        assert posted.status_code == 201
        until(lambda: len(smtp_server.delivered) >= 3)
        listed = client.get("comments", params={"q": "説明会"}).json()["items"]
    by_recipient = {each.recipients[0]: each for each in smtp_server.delivered}
    assert {"hanako@example.jp", "taro@example.jp", "jiro@example.jp"} <= set(by_recipient)
    assert posted.json()["receipt_number"] in by_recipient["jiro@example.jp"].message.get_content()
    answered = by_recipient["hanako@example.jp"]
    assert answered.sender == ""
    assert answered.message["Auto-Submitted"] == "auto-replied"
    assert any(each["receipt_number"] in answered.message.get_content() for each in listed)
    until(lambda: dovecot.messages("INBOX") == [])
    assert service.stop() == 0
    written = service.log.read_text(encoding="utf-8")
    assert not [word for word in PERSONAL if word in written]
    assert KEY not in written


def test_an_office_is_told_of_what_needs_a_person(
    service: Service, smtp_server: SmtpServer
) -> None:
    service.start()
    set_up(service)
    with service.client() as client:
        body = a_mail(COMPLETE.replace("区分：1\n", ""))
        now = datetime.now(UTC).isoformat()
        sent = client.post(
            "intake/emails",
            content=body,
            params={"internal_date": now},
            headers={"Content-Type": "message/rfc822"},
        )
        assert sent.status_code == 202
        until(lambda: SECTION in {each.recipients[0] for each in smtp_server.delivered})


def test_a_gateway_of_its_own_posts_the_mail(
    service: Service, dovecot: ImapAccount, tmp_path: Path
) -> None:
    mailboxes = service.settings.pop("IKENBAKO_MAILBOXES")
    service.start()
    set_up(service)
    made = service.run("keys", "create", "gateway", "--scope", "intake:email")
    key = re.findall(r"key: (\S+)", made.stdout)[0]
    gateway = Service(
        folder=tmp_path,
        port=service.port,
        settings={
            "IKENBAKO_MAILBOXES": mailboxes,
            "IKENBAKO_MAIL_POLL_SECONDS": "1",
            "IKENBAKO_API_URL": service.url,
            "IKENBAKO_API_KEY": key,
        },
    )
    dovecot.append("INBOX", a_mail(COMPLETE))
    gateway.start("poll-mail")
    try:
        until(lambda: dovecot.messages("INBOX") == [])
        # A server that is away for a while costs nothing but time.
        service.kill()
        dovecot.append("INBOX", a_mail(COMPLETE + "追伸\n"))
        service.start()
        until(lambda: dovecot.messages("INBOX") == [])
        with service.client() as client:
            ledger = client.get("ledger/summary").json()["items"]
        (folder,) = [each for each in ledger if each["channel"] == "email"]
        assert (folder["seen"], folder["missing"]) == (2, 0)
        assert gateway.stop() == 0
    finally:
        if gateway.process is not None and gateway.process.poll() is None:
            gateway.kill()


@pytest.mark.parametrize("part", ["api", "worker"])
def test_parts_refuse_sqlite_and_say_what_they_need(service: Service, part: str) -> None:
    refused = service.run(part)
    assert refused.returncode == 1
    assert "PostgreSQL" in refused.stderr
    assert PROGRAM.name in refused.stderr


def test_api_and_worker_share_a_postgresql(
    service: Service, postgres_url_factory: PostgresDatabases
) -> None:
    service.settings["IKENBAKO_DATABASE_URL"] = postgres_url_factory.create_database()
    service.start("api")
    worker = Service(folder=service.folder, settings=service.settings, port=service.port)
    worker.start("worker")
    try:
        set_up(service)
        with service.client() as client:
            sent = client.post(
                "intake/emails",
                content=a_mail(COMPLETE),
                params={"internal_date": datetime.now(UTC).isoformat()},
                headers={"Content-Type": "message/rfc822"},
            ).json()
            place = f"submissions/{sent['submission_id']}"
            until(lambda: client.get(place).json()["state"] == "done")
        assert worker.stop() == 0
        assert service.stop() == 0
    finally:
        if worker.process is not None and worker.process.poll() is None:
            worker.kill()


def test_the_doctor_names_what_is_wrong(service: Service) -> None:
    healthy = service.run("doctor")
    assert healthy.returncode == 0, healthy.stdout + healthy.stderr
    ill = service.run("doctor", IKENBAKO_SMTP_PORT=str(free_port()), IKENBAKO_PROT="1")
    assert ill.returncode == 1
    assert "IKENBAKO_PROT" in ill.stdout
    assert "IKENBAKO_SMTP_" in ill.stdout


def test_wrong_settings_are_named_without_their_values(service: Service) -> None:
    box = json.dumps([{"name": "koho", "host": "h", "username": "u", "pasword": "geheim"}])
    refused = service.run("serve", IKENBAKO_MAILBOXES=box, IKENBAKO_PORT="many")
    assert refused.returncode == 2
    assert "IKENBAKO_PORT" in refused.stderr
    assert "IKENBAKO_MAILBOXES" in refused.stderr
    assert "geheim" not in refused.stderr


def test_keys_are_made_listed_and_revoked(service: Service) -> None:
    made = service.run("keys", "create", "gateway", "--scope", "intake:scan")
    (key_id,) = re.findall(r"id:\s+(\S+)", made.stdout)
    (key,) = re.findall(r"key: (\S+)", made.stdout)
    assert key_id in service.run("keys", "list").stdout
    service.start()
    assert service.run("keys", "revoke", key_id).returncode == 0
    assert "revoked" in service.run("keys", "list").stdout
    answer = httpx.post(
        f"{service.url}/api/v1/drop-boxes",
        json={"code": BOX, "name": "神居支所"},
        headers={"Authorization": f"Bearer {key}"},
        trust_env=False,
    )
    assert answer.status_code == 401
