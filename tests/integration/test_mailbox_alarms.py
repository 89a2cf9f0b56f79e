"""Alarms of mailboxes, over both databases."""

from app.domain.mailbox_watch import LEARNT_AFTER, Alarm
from app.domain.submission import Lane
from app.intake import mailboxes, read
from app.intake.desk import Desk
from app.intake.receive import receive
from tests.builders import ADMIN, a_mail, an_envelope
from tests.integration.conftest import Clock


def told(desk: Desk, *uids: int) -> None:
    mailboxes.report(desk, mailbox="koho", folder="INBOX", uidvalidity=1, uids=uids)


def test_a_folder_that_stops_answering_raises_an_alarm_until_it_answers(
    desk: Desk, clock: Clock
) -> None:
    told(desk, 1)
    assert mailboxes.alarms(desk) == {}
    clock.pass_by(minutes=16)
    assert mailboxes.alarms(desk) == {"koho/INBOX": Alarm.UNREACHABLE}
    told(desk)
    assert mailboxes.alarms(desk) == {}


def test_a_folder_that_falls_silent_raises_an_alarm(desk: Desk, clock: Clock) -> None:
    for uid in range(1, LEARNT_AFTER + 1):
        told(desk, uid)
        clock.pass_by(minutes=10)
    clock.pass_by(days=2)
    told(desk)
    assert mailboxes.alarms(desk) == {"koho/INBOX": Alarm.SILENT}


def test_a_comment_among_junk_says_so(desk: Desk) -> None:
    envelope = an_envelope(a_mail("道路を直してください。"), facts={"folder": "迷惑メール"})
    submission_id = receive(desk, envelope, actor=ADMIN).submission_id
    claimed = read.claim(desk, Lane.LIGHT, worker="test")
    assert claimed is not None
    read.read(desk, claimed.id, worker="test")
    (record,) = desk.queries.comments.of_submission(submission_id)
    assert "found_in_junk" in {each.code for each in record.findings}
