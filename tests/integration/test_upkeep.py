"""What is put right at the start, and tidied now and then, over both databases."""

from app.domain.access import Scope
from app.domain.status import SubmissionState
from app.domain.submission import Lane
from app.intake import keys, read, upkeep
from app.intake.desk import Desk
from app.intake.receive import receive
from tests.builders import ADMIN, a_mail, an_envelope
from tests.integration.conftest import Clock


def test_what_a_killed_process_held_is_read_again_at_once(desk: Desk) -> None:
    received = receive(desk, an_envelope(a_mail("意見")), actor=ADMIN)
    assert read.claim(desk, Lane.LIGHT, worker="killed") is not None
    assert read.claim(desk, Lane.LIGHT, worker="next") is None
    assert upkeep.take_back(desk) == 1
    submission = desk.queries.submissions.get(received.submission_id)
    assert submission is not None
    assert submission.state is SubmissionState.QUEUED
    assert read.claim(desk, Lane.LIGHT, worker="next") is not None


def test_sessions_that_ended_are_forgotten_and_others_stay(desk: Desk, clock: Clock) -> None:
    created = keys.create(
        desk,
        name="staff",
        scopes=frozenset({Scope.COMMENTS_READ}),
        consultations=frozenset(),
        actor=ADMIN,
    )
    ended = keys.sign_in(desk, created.key)
    clock.pass_by(hours=desk.policy.session_hours + 1)
    lasting = keys.sign_in(desk, created.key)
    assert ended is not None
    assert lasting is not None
    upkeep.forget_expired(desk)
    assert keys.session(desk, ended.token) is None
    assert keys.session(desk, lasting.token) is not None
