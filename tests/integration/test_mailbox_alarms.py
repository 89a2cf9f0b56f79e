"""Alarms of mailboxes, over both databases."""

from fastapi.testclient import TestClient

from app.domain.audit import AuditAction
from app.domain.mailbox_watch import LEARNT_AFTER, Alarm
from app.domain.submission import Lane
from app.intake import mailboxes, read
from app.intake.desk import Desk
from app.intake.receive import receive
from tests.builders import ADMIN, a_mail, an_envelope
from tests.integration.api.conftest import BOOTSTRAP, application_over
from tests.integration.conftest import Clock

SOURCE = "koho/INBOX"


def told(desk: Desk, *uids: int, uidnext: int | None = None) -> None:
    mailboxes.report(
        desk, mailbox="koho", folder="INBOX", uidvalidity=1, uids=uids, uidnext=uidnext
    )


def arrive(desk: Desk, *uids: int) -> None:
    """Let mails be told of and taken in, as the poller does."""
    told(desk, *uids)
    for uid in uids:
        envelope = an_envelope(a_mail(f"第{uid}の意見です。"), source_item=f"1:{uid}")
        receive(desk, envelope, actor=ADMIN)


def test_a_folder_that_stops_answering_raises_an_alarm_until_it_answers(
    desk: Desk, clock: Clock
) -> None:
    arrive(desk, 1)
    assert mailboxes.alarms(desk) == ()
    clock.pass_by(minutes=16)
    assert mailboxes.alarms(desk) == (("koho/INBOX", Alarm.UNREACHABLE),)
    told(desk)
    assert mailboxes.alarms(desk) == ()


def test_a_folder_that_falls_silent_raises_an_alarm(desk: Desk, clock: Clock) -> None:
    for uid in range(1, LEARNT_AFTER + 1):
        arrive(desk, uid)
        clock.pass_by(minutes=10)
    clock.pass_by(days=2)
    told(desk)
    assert mailboxes.alarms(desk) == (("koho/INBOX", Alarm.SILENT),)


def test_a_comment_among_junk_says_so(desk: Desk) -> None:
    envelope = an_envelope(a_mail("道路を直してください。"), facts={"folder": "迷惑メール"})
    submission_id = receive(desk, envelope, actor=ADMIN).submission_id
    claimed = read.claim(desk, Lane.LIGHT, worker="test")
    assert claimed is not None
    read.read(desk, claimed.id, worker="test")
    (record,) = desk.queries.comments.of_submission(submission_id)
    assert "found_in_junk" in {each.code for each in record.findings}


def test_mail_that_never_came_raises_an_alarm_until_a_person_explains_it(
    desk: Desk, clock: Clock
) -> None:
    arrive(desk, 1)
    told(desk, uidnext=2)
    clock.pass_by(minutes=14)
    told(desk, uidnext=4)  # two mails came and went meanwhile
    assert mailboxes.alarms(desk) == ()
    clock.pass_by(minutes=2)
    told(desk, uidnext=4)
    assert mailboxes.alarms(desk) == ((SOURCE, Alarm.MISSING),)
    assert mailboxes.explain(desk, "koho/Other", reason="試験", actor=ADMIN) == 0
    assert mailboxes.explain(desk, SOURCE, reason="広告を手で削除", actor=ADMIN) == 2
    assert mailboxes.alarms(desk) == ()
    [balance] = desk.queries.ledger.summary()
    assert (balance.seen, balance.waiting, balance.ignored, balance.missing) == (3, 1, 2, 0)
    [entry] = [
        each
        for each in desk.queries.audit.page(limit=50).items
        if each.action is AuditAction.MISSING_EXPLAINED
    ]
    assert entry.detail == {"source": SOURCE, "count": 2, "reason": "広告を手で削除"}


def test_a_gap_during_an_outage_raises_its_alarm_at_once(desk: Desk, clock: Clock) -> None:
    told(desk, uidnext=2)
    clock.pass_by(hours=3)
    told(desk, uidnext=3)
    assert mailboxes.alarms(desk) == ((SOURCE, Alarm.MISSING),)


def test_every_alarm_shows_in_readiness_metrics_and_ledger(desk: Desk, clock: Clock) -> None:
    client = TestClient(application_over(desk), headers={"Authorization": f"Bearer {BOOTSTRAP}"})
    arrive(desk, *range(1, LEARNT_AFTER + 1))
    told(desk, uidnext=1)
    mailboxes.report(desk, mailbox="koho", folder="Other", uidvalidity=1, uids=())
    for uid in range(LEARNT_AFTER + 1, 2 * LEARNT_AFTER + 1):
        arrive(desk, uid)
        clock.pass_by(minutes=10)
    clock.pass_by(days=2)
    told(desk, uidnext=2 * LEARNT_AFTER + 2)
    raised = ["mailbox_mail_missing", "mailbox_silent", "mailbox_unreachable"]
    assert client.get("/readyz").json() == {"status": "ready", "alarms": raised}
    metrics = client.get("/metrics").text
    for alarm in raised:
        assert f'ikenbako_mailbox_alarm{{alarm="{alarm}"}} 1.0' in metrics
    summary = client.get("/api/v1/ledger/summary").json()
    assert sorted((each["source"], each["alarm"]) for each in summary["alarms"]) == [
        ("koho/INBOX", "mailbox_mail_missing"),
        ("koho/INBOX", "mailbox_silent"),
        ("koho/Other", "mailbox_unreachable"),
    ]
    explained = client.post(
        "/api/v1/ledger/explanations", json={"source": SOURCE, "reason": "手で削除した広告"}
    )
    assert explained.status_code == 200
    assert explained.json() == {"source": SOURCE, "explained": 1}
    assert "mailbox_mail_missing" not in client.get("/readyz").json()["alarms"]
