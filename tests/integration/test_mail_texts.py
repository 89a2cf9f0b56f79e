"""A consultation's own words in its mails, from the API to a real SMTP server, both databases."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.domain.audit import AuditAction
from app.domain.envelope import JST
from app.domain.status import CommentDecision
from app.domain.submission import Lane
from app.intake import decide, read
from app.intake.desk import Desk
from app.intake.receive import receive
from app.main import open_desk
from app.settings import Notices, Settings
from tests.builders import ADMIN, MEASURE, a_mail, an_envelope
from tests.integration.api.conftest import (
    BOOTSTRAP,
    CODE,
    a_definition,
    application_over,
    codes,
)
from tests.integration.conftest import Clock
from tests.integration.test_mailing import send_all
from tests.servers.smtp import SmtpServer

PATH = f"/api/v1/consultations/{CODE}"
SAMPLE = (
    "氏名：見本 花子\n住所：見本市中央1丁目1番1号\n区分：1\n"
    f"案の名称：{MEASURE}\n意見：評価書の用語に説明を付けてください。\n"
)
LACKING = SAMPLE.replace("住所：見本市中央1丁目1番1号\n区分：1\n", "")
OWN: dict[str, Any] = {
    "acknowledgement": {
        "subject": "{measure_name}へのご意見",
        "opening": "ご意見を{office_name}でお預かりしました。\n次のとおりです。",
        "closing": "結果は広報に載せます（{receipt_numbers}）。",
    },
    "correction_request": {
        "subject": "記入のお願い",
        "opening": "もう少し教えてください。",
        "closing": "お手数をおかけします。",
    },
}
NONE = {"subject": None, "opening": None, "closing": None}


@pytest.fixture
def mailing(settings: Settings, clock: Clock, smtp_server: SmtpServer) -> Iterator[Desk]:
    """A desk whose mail goes to the server of the test; sections are told nothing."""
    told = settings.model_copy(
        update={
            "smtp_host": smtp_server.host,
            "smtp_port": smtp_server.port,
            "smtp_tls": "none",
            "mail_from": "iken@city.example.jp",
            "notices": Notices.OFF,
        }
    )
    with open_desk(told, clock=clock) as desk:
        yield desk


@pytest.fixture
def client(mailing: Desk) -> TestClient:
    """Somebody with the bootstrap key, and the consultation without words of its own."""
    found = TestClient(application_over(mailing), headers={"Authorization": f"Bearer {BOOTSTRAP}"})
    answer = found.post("/api/v1/consultations", json=a_definition(mail_texts={}))
    assert answer.status_code == 201, answer.text
    return found


def arrive(desk: Desk, text: str) -> str:
    """Let a mail come on the first day at ten, as the invented comment does."""
    envelope = an_envelope(a_mail(text), received_at=datetime(2015, 4, 15, 10, tzinfo=JST))
    submission_id = receive(desk, envelope, actor=ADMIN).submission_id
    claimed = read.claim(desk, Lane.LIGHT, worker="test")
    assert claimed is not None
    read.read(desk, claimed.id, worker="test")
    (record,) = desk.queries.comments.of_submission(submission_id)
    return record.receipt_number


def previewed(client: TestClient, kind: str, **more: object) -> dict[str, str]:
    answer = client.post(f"{PATH}/mail-preview", json={"kind": kind, **more})
    assert answer.status_code == 200, answer.text
    shown: dict[str, str] = answer.json()
    return shown


def changes_of(client: TestClient) -> list[dict[str, Any]]:
    """Give what the audit trail says of changed consultations."""
    items = client.get("/api/v1/audit", params={"limit": 50}).json()["items"]
    return [each for each in items if each["action"] == AuditAction.CONSULTATION_CHANGED.value]


def test_an_acknowledgement_carries_the_words_and_reads_as_its_preview(
    client: TestClient, mailing: Desk, smtp_server: SmtpServer
) -> None:
    assert client.patch(PATH, json={"mail_texts": OWN}).json()["mail_texts"] == OWN
    shown = previewed(client, "acknowledgement")

    number = arrive(mailing, SAMPLE)
    send_all(mailing)

    (delivered,) = smtp_server.delivered
    office = a_definition()["office"]["name"]
    assert delivered.message["Subject"] == f"【受付番号 {number}】{MEASURE}へのご意見"
    text = delivered.message.get_content().replace("\r\n", "\n")
    assert f"ご意見を{office}でお預かりしました。\n次のとおりです。\n" in text
    assert f"結果は広報に載せます（{number}）。" in text
    assert "このたびは" not in text
    for fact in (f"受付番号：{number}", "【提出の時期】募集期間内に届きました。", "【必要な事項】"):
        assert fact in text
    assert shown == {"subject": delivered.message["Subject"], "body": text}


def test_a_correction_request_carries_the_words_and_keeps_its_code(
    client: TestClient, mailing: Desk, smtp_server: SmtpServer
) -> None:
    client.patch(PATH, json={"mail_texts": OWN})
    shown = previewed(client, "correction_request")
    number = arrive(mailing, LACKING)
    decide.decide_comment(
        mailing,
        number,
        CommentDecision.REQUEST_CORRECTION,
        reason="住所を確認する",
        revision=1,
        actor=ADMIN,
    )
    send_all(mailing)

    (mail,) = [
        each.message for each in smtp_server.delivered if "記入のお願い" in each.message["Subject"]
    ]
    text = mail.get_content().replace("\r\n", "\n")
    token = text.partition("返信用番号：")[2].split("\n")[0]
    assert mail["Subject"] == f"【受付番号 {number}】記入のお願い（返信用番号 {token}）"
    assert text.replace(token, "HS-0000-0000-0000") == shown["body"]
    assert "もう少し教えてください。" in text
    assert "　・住所" in text
    assert "　・意見提出者の区分" in text
    assert "お手数をおかけします。" in text


def test_a_preview_of_a_draft_stores_and_sends_nothing(
    client: TestClient, mailing: Desk, smtp_server: SmtpServer
) -> None:
    before = client.get(PATH).json()
    trail = changes_of(client)

    draft = previewed(client, "acknowledgement", mail_texts=OWN)
    standing = previewed(client, "acknowledgement")

    assert "お預かりしました" in draft["body"]
    assert "ご意見を受け付けました" in standing["subject"]
    assert client.get(PATH).json() == before
    assert changes_of(client) == trail
    assert send_all(mailing) == 0
    assert smtp_server.delivered == []


def test_words_are_taken_back_one_by_one(client: TestClient) -> None:
    client.patch(PATH, json={"mail_texts": OWN})
    patch = {"acknowledgement": {"subject": "　", "opening": None}, "correction_request": None}

    changed = client.patch(PATH, json={"mail_texts": patch}).json()["mail_texts"]

    assert changed == {
        "acknowledgement": NONE | {"closing": OWN["acknowledgement"]["closing"]},
        "correction_request": NONE,
    }
    assert client.patch(PATH, json={"mail_texts": None}).json()["mail_texts"] == {
        "acknowledgement": NONE,
        "correction_request": NONE,
    }
    assert [each["detail"] for each in changes_of(client)] == [{"fields": ["mail_texts"]}] * 3


_REFUSED = [
    ({"subject": "お知らせ\r\nBcc: a@example.jp"}, ("subject", "subject_not_one_line")),
    ({"subject": "あ" * 101}, ("subject", "too_long")),
    ({"opening": "あ" * 2001}, ("opening", "too_long")),
    ({"opening": "{name} 様"}, ("opening", "placeholder_unknown")),
    ({"closing": "{{ 7 * 7 }}"}, ("closing", "placeholder_unknown")),
    ({"closing": 7}, ("closing", "invalid_value")),
]


def test_what_no_mail_can_hold_is_refused_everywhere(
    client: TestClient, subtests: pytest.Subtests
) -> None:
    for words, (member, code) in _REFUSED:
        texts = {"acknowledgement": words}
        expected = [(f"/mail_texts/acknowledgement/{member}", code)]
        with subtests.test(words=str(words)[:60]):
            for answer in (
                client.patch(PATH, json={"mail_texts": texts}),
                client.post(
                    "/api/v1/consultations", json=a_definition(code="other", mail_texts=texts)
                ),
                client.post(
                    f"{PATH}/mail-preview", json={"kind": "acknowledgement", "mail_texts": texts}
                ),
            ):
                assert answer.status_code == 422
                assert codes(answer) == expected
            if code == "placeholder_unknown":
                assert "{measure_name}" in answer.json()["errors"][0]["message"]


def test_a_preview_needs_the_scope_and_the_consultation(client: TestClient) -> None:
    body = {"kind": "acknowledgement"}
    client.post("/api/v1/consultations", json=a_definition(code="other"))

    def key(scope: str, *consultations: str) -> dict[str, str]:
        sent = {"name": "窓口", "scopes": [scope], "consultations": consultations}
        return {"Authorization": f"Bearer {client.post('/api/v1/keys', json=sent).json()['key']}"}

    def status(path: str, headers: dict[str, str]) -> int:
        return client.post(f"{path}/mail-preview", json=body, headers=headers).status_code

    assert status(PATH, key("comments:read")) == 403
    assert status(PATH, key("consultations:manage", "other")) == 403
    assert status("/api/v1/consultations/none", key("consultations:manage")) == 404
    assert status(PATH, key("consultations:manage", CODE)) == 200
    assert client.post(f"{PATH}/mail-preview", json={"kind": "notice"}).status_code == 422
