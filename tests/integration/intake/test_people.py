"""What people do to records, arrivals, rules, boxes and keys."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from app.domain.access import Actor, Scope
from app.domain.audit import AuditAction
from app.domain.comment import CommentRecord, ConsultationSource
from app.domain.consultation import Basis, DeadlineRule, RuleKey
from app.domain.drop_box import Collection, DropBox
from app.domain.envelope import Channel, Delivery
from app.domain.errors import (
    CodeTaken,
    IllegalTransition,
    InvalidInput,
    NotAllowed,
    NotFound,
    StaleRevision,
)
from app.domain.status import CommentDecision, CommentStatus, SubmissionDecision, SubmissionState
from app.domain.timeliness import TimelinessVerdict
from app.intake import drop_boxes, keys, mailboxes, procedures, watch
from app.intake.correct import CommentPatch, correct
from app.intake.decide import decide_comment, decide_submission
from app.intake.desk import Desk
from app.intake.receive import receive
from app.storage.repositories.unit import Repositories
from tests.builders import ADMIN, MEASURE, NOON, a_consultation, a_mail, an_envelope
from tests.integration.intake.test_receive_and_read import BODY, read_all


def a_record(desk: Desk, body: str = BODY, **changes: object) -> CommentRecord:
    if desk.queries.consultations.get("juki-pia-2015") is None:
        procedures.create(desk, a_consultation(), actor=ADMIN)
    received = receive(desk, an_envelope(a_mail(body), **changes), actor=ADMIN)
    read_all(desk)
    [record] = desk.queries.comments.of_submission(received.submission_id)
    return record


def patched(desk: Desk, record: CommentRecord, **changes: object) -> CommentRecord:
    patch = CommentPatch(changes={key.replace("__", "/"): value for key, value in changes.items()})
    return correct(desk, record.receipt_number, patch, revision=record.revision, actor=ADMIN)


def test_a_correction_keeps_what_was_there_before(desk: Desk) -> None:
    record = a_record(desk)
    changed = patched(desk, record, __submitter__name="髙﨑 はな子")
    assert changed.submitter.name == "髙﨑 はな子"
    assert changed.revision == record.revision + 1
    [entry] = changed.corrections["/submitter/name"]
    assert (entry.value, entry.new_value, entry.by) == ("髙﨑 花子", "髙﨑 はな子", "test")
    assert desk.queries.comments.get(record.receipt_number) == changed


def test_an_equal_value_changes_nothing(desk: Desk) -> None:
    record = a_record(desk)
    assert patched(desk, record, __submitter__name=record.submitter.name) == record


def test_a_stale_revision_is_refused(desk: Desk) -> None:
    record = a_record(desk)
    patched(desk, record, __opinion="一")
    with pytest.raises(StaleRevision):
        patched(desk, record, __opinion="二")


@pytest.mark.parametrize(
    ("pointer", "value", "code"),
    [
        ("/consultation", "nowhere", "consultation_unknown"),
        ("/postmarked_on", date(2015, 5, 1), "only_for_paper_mail"),
        ("/delivery", Delivery.HAND, "only_for_paper_mail"),
        ("/collected_at", NOON, "only_for_drop_box"),
        ("/receipt_number", "1", "field_unknown"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(
    desk: Desk, pointer: str, value: object, code: str
) -> None:
    record = a_record(desk)
    with pytest.raises(InvalidInput) as refused:
        correct(
            desk,
            record.receipt_number,
            CommentPatch(changes={pointer: value}),
            revision=None,
            actor=ADMIN,
        )
    assert [each.code for each in refused.value.problems] == [code]


def test_naming_the_consultation_settles_an_unknown_measure(desk: Desk) -> None:
    record = a_record(desk, BODY.replace(MEASURE, "よくわからない名前"))
    assert record.status is CommentStatus.NEEDS_REVIEW
    changed = patched(desk, record, __consultation="juki-pia-2015")
    assert changed.consultation_source is ConsultationSource.PERSON
    assert changed.timeliness.verdict is TimelinessVerdict.IN_TIME
    assert changed.receipt_number == record.receipt_number
    again = patched(desk, changed, __consultation=None)
    assert again.consultation is None


def test_correcting_the_measure_name_finds_the_consultation(desk: Desk) -> None:
    record = a_record(desk, BODY.replace(MEASURE, "よくわからない名前"))
    changed = patched(desk, record, __measure__written=MEASURE)
    assert changed.consultation == "juki-pia-2015"
    assert changed.status is CommentStatus.ACCEPTED


def test_correcting_a_missing_field_ends_the_need_of_correction(desk: Desk) -> None:
    body = "\r\n".join(line for line in BODY.split("\r\n") if not line.startswith("住所"))
    record = a_record(desk, body)
    assert record.status is CommentStatus.NEEDS_CORRECTION
    changed = patched(desk, record, __submitter__address="北星市東1条1丁目")
    assert changed.status is CommentStatus.ACCEPTED
    assert patched(desk, changed, __submitter__category__code="2").status is (
        CommentStatus.NEEDS_CORRECTION
    )


@pytest.mark.parametrize(
    ("decision", "status"),
    [
        (CommentDecision.ACCEPT, CommentStatus.ACCEPTED),
        (CommentDecision.MARK_LATE, CommentStatus.LATE),
        (CommentDecision.MARK_OFF_MEASURE, CommentStatus.OFF_MEASURE),
        (CommentDecision.REQUEST_CORRECTION, CommentStatus.NEEDS_CORRECTION),
        (CommentDecision.WITHDRAW, CommentStatus.WITHDRAWN),
    ],
)
def test_a_decision_outranks_what_is_computed(
    desk: Desk, decision: CommentDecision, status: CommentStatus
) -> None:
    record = a_record(desk, received_at=NOON + timedelta(days=30))
    assert record.status is CommentStatus.LATE
    decided = decide_comment(
        desk, record.receipt_number, decision, reason="確認済み", revision=1, actor=ADMIN
    )
    assert decided.status is status
    procedures.change(
        desk, a_consultation(closes_on=date(2015, 12, 31), deadline_rules={}), actor=ADMIN
    )
    kept = desk.queries.comments.get(record.receipt_number)
    assert kept is not None
    assert kept.status is status


def test_nothing_is_accepted_before_its_consultation_is_known(desk: Desk) -> None:
    record = a_record(desk, BODY.replace(MEASURE, "よくわからない名前"))
    with pytest.raises(IllegalTransition):
        decide_comment(
            desk,
            record.receipt_number,
            CommentDecision.ACCEPT,
            reason="",
            revision=None,
            actor=ADMIN,
        )


def test_a_confined_key_finds_no_other_record(desk: Desk) -> None:
    record = a_record(desk)
    confined = Actor(
        id="k",
        name="k",
        scopes=frozenset({Scope.COMMENTS_REVIEW}),
        consultations=frozenset({"other"}),
    )
    with pytest.raises(NotFound):
        decide_comment(
            desk,
            record.receipt_number,
            CommentDecision.WITHDRAW,
            reason="",
            revision=None,
            actor=confined,
        )


def test_an_arrival_set_aside_takes_its_comments_along_and_back(desk: Desk) -> None:
    record = a_record(desk)
    aside = decide_submission(
        desk,
        record.submission_id,
        SubmissionDecision.NOT_A_COMMENT,
        reason="誤って登録",
        actor=ADMIN,
    )
    assert aside.state is SubmissionState.IGNORED
    withdrawn = desk.queries.comments.get(record.receipt_number)
    assert withdrawn is not None
    assert withdrawn.status is CommentStatus.WITHDRAWN
    decide_submission(desk, record.submission_id, SubmissionDecision.REPLAY, reason="", actor=ADMIN)
    read_all(desk)
    back = desk.queries.comments.get(record.receipt_number)
    assert back is not None
    assert back.status is CommentStatus.ACCEPTED


def test_reading_again_keeps_what_a_person_corrected(desk: Desk) -> None:
    record = a_record(desk)
    changed = patched(desk, record, __opinion="人が直した意見")
    decide_submission(desk, record.submission_id, SubmissionDecision.REPLAY, reason="", actor=ADMIN)
    read_all(desk)
    kept = desk.queries.comments.get(record.receipt_number)
    assert kept is not None
    assert kept.opinion == changed.opinion
    assert len(desk.queries.comments.of_submission(record.submission_id)) == 1


def test_only_quarantine_can_be_left(desk: Desk) -> None:
    record = a_record(desk)
    with pytest.raises(IllegalTransition):
        decide_submission(
            desk, record.submission_id, SubmissionDecision.RELEASE, reason="", actor=ADMIN
        )
    with pytest.raises(NotFound):
        decide_submission(desk, "none", SubmissionDecision.REPLAY, reason="", actor=ADMIN)


def test_a_changed_rule_judges_undecided_comments_again(desk: Desk) -> None:
    record = a_record(desk, received_at=NOON + timedelta(days=15))
    assert record.status is CommentStatus.LATE
    procedures.change(
        desk, a_consultation(closes_on=date(2015, 5, 29), deadline_rules={}), actor=ADMIN
    )
    judged = desk.queries.comments.get(record.receipt_number)
    assert judged is not None
    assert judged.status is CommentStatus.ACCEPTED
    trail = desk.queries.audit.page(receipt_number=record.receipt_number, limit=10)
    assert "comment_rejudged" in [each.action for each in trail.items]


def test_a_consultation_set_up_later_finds_its_waiting_comments(desk: Desk) -> None:
    received = receive(desk, an_envelope(a_mail(BODY)), actor=ADMIN)
    read_all(desk)
    [waiting] = desk.queries.comments.of_submission(received.submission_id)
    assert waiting.consultation is None
    procedures.create(desk, a_consultation(), actor=ADMIN)
    [found] = desk.queries.comments.of_submission(received.submission_id)
    assert found.consultation == "juki-pia-2015"
    assert found.receipt_number == waiting.receipt_number


def test_more_comments_than_one_transaction_holds_are_all_judged_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(procedures, "REJUDGED_AT_ONCE", 2)
    late = NOON + timedelta(days=15)
    records = [
        a_record(desk, BODY + str(index), received_at=late, source_item=str(index))
        for index in range(5)
    ]
    procedures.change(
        desk, a_consultation(closes_on=date(2015, 5, 29), deadline_rules={}), actor=ADMIN
    )
    for record in records:
        judged = desk.queries.comments.get(record.receipt_number)
        assert judged is not None
        assert judged.status is CommentStatus.ACCEPTED


def test_a_change_that_changes_nothing_has_nothing_judged_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_record(desk)
    judged: list[str] = []
    monkeypatch.setattr(procedures, "rejudge", lambda _desk, code, **_: judged.append(code))
    procedures.change(desk, a_consultation(), actor=ADMIN)
    assert judged == []
    procedures.change(desk, a_consultation(deadline_rules={}), actor=ADMIN)
    assert judged == ["juki-pia-2015"]


def test_undecided_comments_are_given_by_and_by_each_once(desk: Desk) -> None:
    mine = [a_record(desk, BODY + str(index), source_item=str(index)) for index in range(5)]
    decide_comment(
        desk,
        mine[1].receipt_number,
        CommentDecision.MARK_LATE,
        reason="checked",
        revision=None,
        actor=ADMIN,
    )
    given: list[str] = []
    ends: list[int | None] = [0]

    def some(repositories: Repositories) -> None:
        records, end = repositories.comments.undecided(
            "juki-pia-2015", after=ends[-1] or 0, limit=2
        )
        given.extend(each.receipt_number for each in records)
        ends.append(end)

    while ends[-1] is not None:
        desk.writer.run(some)
    assert given == [each.receipt_number for each in mine if each is not mine[1]]
    assert len(ends) == 1 + 3


def test_a_known_code_and_contradicting_rules_are_refused(desk: Desk) -> None:
    procedures.create(desk, a_consultation(), actor=ADMIN)
    with pytest.raises(CodeTaken):
        procedures.create(desk, a_consultation(), actor=ADMIN)
    contradicting = a_consultation(
        code="other",
        deadline_rules={RuleKey.FAX: DeadlineRule(basis=Basis.POSTMARKED)},
    )
    with pytest.raises(InvalidInput):
        procedures.create(desk, contradicting, actor=ADMIN)
    with pytest.raises(NotFound):
        procedures.change(desk, a_consultation(code="none"), actor=ADMIN)
    confined = replace(ADMIN, consultations=frozenset({"x"}))
    with pytest.raises(NotAllowed):
        procedures.create(desk, a_consultation(code="y"), actor=confined)


def test_a_form_that_changes_gets_a_new_revision_and_the_old_one_stays(desk: Desk) -> None:
    created = procedures.create(desk, a_consultation(), actor=ADMIN)
    same = procedures.change(desk, a_consultation(closes_on=date(2015, 5, 16)), actor=ADMIN)
    assert same.template_revision == created.template_revision
    changed = procedures.change(
        desk, a_consultation(categories=a_consultation().categories[:1]), actor=ADMIN
    )
    assert changed.template_revision == 2
    assert set(desk.queries.consultations.layouts()) == {(1, 1), (1, 2)}


def test_what_a_dead_process_left_to_judge_is_finished(desk: Desk) -> None:
    record = a_record(desk, received_at=NOON + timedelta(days=15))
    after = a_consultation(closes_on=date(2015, 5, 29), deadline_rules={})
    desk.writer.run(lambda repositories: repositories.consultations.change(after, at=NOON))
    procedures.rejudge_pending(desk)
    judged = desk.queries.comments.get(record.receipt_number)
    assert judged is not None
    assert judged.status is CommentStatus.ACCEPTED


def test_who_changes_a_rule_of_very_many_comments_does_not_wait_for_all(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = a_record(desk, received_at=NOON + timedelta(days=15))
    monkeypatch.setattr(procedures, "PATIENCE_SECONDS", -1.0)
    procedures.change(
        desk, a_consultation(closes_on=date(2015, 5, 29), deadline_rules={}), actor=ADMIN
    )
    assert status_of(desk, record) is CommentStatus.LATE
    procedures.rejudge_pending(desk)
    assert status_of(desk, record) is CommentStatus.ACCEPTED


def status_of(desk: Desk, record: CommentRecord) -> CommentStatus:
    found = desk.queries.comments.get(record.receipt_number)
    assert found is not None
    return found.status


def test_a_box_scan_takes_its_time_from_the_round(desk: Desk) -> None:
    drop_boxes.create(desk, DropBox(code="kamui", name="神居支所"), actor=ADMIN)
    with pytest.raises(CodeTaken):
        drop_boxes.create(desk, DropBox(code="kamui", name="神居支所"), actor=ADMIN)
    collected_at = datetime(2015, 5, 16, 1, 0, tzinfo=UTC)
    collection = Collection(id="", drop_box="kamui", collected_at=collected_at, slip_count=3)
    with pytest.raises(InvalidInput):
        drop_boxes.collect(desk, replace(collection, drop_box="none"), actor=ADMIN)
    made = drop_boxes.collect(desk, collection, actor=ADMIN)
    envelope = an_envelope(
        channel=Channel.DROP_BOX, source="", source_item=None, collection_id=made.id
    )
    received = receive(desk, envelope, actor=ADMIN)
    submission = desk.queries.submissions.get(received.submission_id)
    assert submission is not None
    assert (submission.collected_at, submission.drop_box) == (collected_at, "kamui")
    assert submission.source == f"collection {made.id}"


def test_a_key_opens_what_it_was_made_for_until_it_is_revoked(desk: Desk) -> None:
    created = keys.create(
        desk,
        name="窓口",
        scopes=frozenset({Scope.COMMENTS_READ}),
        consultations=frozenset(),
        actor=ADMIN,
    )
    actor = keys.authenticate(desk, created.key)
    assert actor is not None
    assert actor.may(Scope.COMMENTS_READ)
    assert not actor.may(Scope.COMMENTS_REVIEW)
    signed_in = keys.sign_in(desk, created.key)
    assert signed_in is not None
    assert keys.session(desk, signed_in.token) == signed_in.session
    keys.revoke(desk, created.id, actor=ADMIN)
    assert keys.authenticate(desk, created.key) is None
    assert keys.session(desk, signed_in.token) is None
    with pytest.raises(NotFound):
        keys.revoke(desk, created.id, actor=ADMIN)


def test_the_key_of_the_settings_is_an_administrator(desk: Desk) -> None:
    actor = keys.authenticate(desk, "bootstrap-key-for-tests")
    assert actor is not None
    assert actor.may(Scope.COMMENTS_REVIEW)
    assert keys.authenticate(desk, "wrong") is None
    assert keys.sign_in(desk, "wrong") is None


def test_a_session_ends_by_signing_out(desk: Desk) -> None:
    signed_in = keys.sign_in(desk, "bootstrap-key-for-tests")
    assert signed_in is not None
    keys.sign_out(desk, signed_in.token, actor=signed_in.session.actor)
    assert keys.session(desk, signed_in.token) is None


def test_a_key_is_not_confined_to_what_does_not_exist(desk: Desk) -> None:
    with pytest.raises(InvalidInput):
        keys.create(
            desk,
            name="k",
            scopes=frozenset({Scope.COMMENTS_READ}),
            consultations=frozenset({"none"}),
            actor=ADMIN,
        )


def test_a_folder_tells_what_it_holds_before_it_is_fetched(desk: Desk) -> None:
    mailboxes.report(desk, mailbox="koho", folder="INBOX", uidvalidity=1, uids=[1, 2])
    assert not mailboxes.known(desk, mailbox="koho", folder="INBOX", uidvalidity=1, uids=[1])
    receive(desk, an_envelope(b"one"), actor=ADMIN)
    assert mailboxes.known(desk, mailbox="koho", folder="INBOX", uidvalidity=1, uids=[1])
    assert not mailboxes.known(desk, mailbox="koho", folder="INBOX", uidvalidity=1, uids=[2])


def test_seeing_leaves_a_trace(desk: Desk) -> None:
    record = a_record(desk)
    watch.viewed(desk, ADMIN, AuditAction.COMMENT_VIEWED, receipt_number=record.receipt_number)
    trail = desk.queries.audit.page(receipt_number=record.receipt_number, limit=10)
    assert trail.items[0].action == "comment_viewed"
