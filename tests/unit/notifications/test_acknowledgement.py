from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.channels.registry import channels
from app.domain.comment import CommentRecord
from app.domain.consultation import Basis, Consultation
from app.domain.envelope import Channel
from app.domain.findings import FINDINGS, Calls, Finding
from app.domain.mail_texts import MailText, MailTexts
from app.domain.mail_wording import MISSING, VERDICTS
from app.domain.measure import Measure, MeasureVerdict
from app.domain.outgoing import MailKind, OutgoingMail
from app.domain.status import CommentStatus, SubmissionState
from app.domain.submission import Submission
from app.domain.timeliness import Clock, Timeliness, TimelinessVerdict
from app.notifications import acknowledgement, notice
from app.notifications.acknowledgement import Acknowledged
from app.notifications.mailer import MailRefused
from app.notifications.message import deliverable
from tests.builders import MEASURE, NOON, a_consultation, a_submitter, an_envelope

FROM = "iken@city.example.jp"
OPINION = "説明会を開いてください。"


def a_mail(**changes: object) -> OutgoingMail:
    mail = OutgoingMail(
        id="0" * 32,
        kind=MailKind.ACKNOWLEDGEMENT,
        subject_id="s1",
        recipient="hanako@example.jp",
        in_reply_to="<1@example.jp>",
        created_at=NOON,
    )
    return replace(mail, **changes)  # type: ignore[arg-type]


def a_submission(channel: Channel = Channel.EMAIL) -> Submission:
    return Submission(
        id="s1",
        fingerprint="f",
        channel=channel,
        delivery=None,
        state=SubmissionState.DONE,
        source="koho/INBOX",
        source_item="1:1",
        announced=None,
        received_at=NOON,
        recorded_at=NOON,
        consultation=None,
        postmarked_on=None,
        drop_box=None,
        collection_id=None,
        collected_at=None,
    )


def a_record(**changes: object) -> CommentRecord:
    record = CommentRecord(
        receipt_number="001-000001-3",
        consultation="juki-pia-2015",
        submission_id="s1",
        position=0,
        channel=Channel.EMAIL,
        delivery=None,
        received_at=NOON,
        postmarked_on=None,
        collected_at=None,
        timeliness=Timeliness(
            verdict=TimelinessVerdict.IN_TIME,
            basis=Basis.RECEIVED,
            clock=Clock.MAIL_SERVER,
            deadline=NOON + timedelta(days=1),
        ),
        submitter=a_submitter(),
        measure=Measure(written=MEASURE, verdict=MeasureVerdict.MATCH),
        opinion=OPINION,
        status=CommentStatus.ACCEPTED,
        findings=(),
    )
    return replace(record, **changes)  # type: ignore[arg-type]


def composed(
    *records: CommentRecord, mail: OutgoingMail | None = None, known: bool = True
) -> EmailMessage:
    consultation = a_consultation() if known else None
    message = acknowledgement.compose(
        mail or a_mail(),
        a_submission(),
        [Acknowledged(record=each, consultation=consultation) for each in records],
        mail_from=FROM,
        at=NOON,
    )
    return parsed(message)


def parsed(message: EmailMessage) -> EmailMessage:
    raw = message.as_bytes(policy=policy.SMTP)
    assert raw.isascii()
    again = message_from_bytes(raw, policy=policy.default)
    assert not again.defects
    return again


def test_it_says_what_was_received_and_understood() -> None:
    text = composed(a_record()).get_content()
    assert "北野 花子 様" in text
    assert "001-000001-3" in text
    assert MEASURE in text
    assert "電子メール" in text
    assert "2015年5月1日 12時00分00秒" in text
    assert "期限：2015年5月2日 12時00分00秒" in text
    assert "そろっています" in text
    assert f"{len(OPINION)}文字" in text
    assert "北星市市民生活部市民課" in text


def test_it_never_repeats_the_opinion_or_where_the_writer_lives() -> None:
    record = a_record()
    text = composed(record).as_string() + composed(record).get_content()
    assert OPINION not in text
    assert str(record.submitter.address) not in text


def test_it_answers_one_mail_to_one_person_and_is_marked_as_automatic() -> None:
    message = composed(a_record())
    assert message["To"] == "hanako@example.jp"
    assert message["Cc"] is None
    assert message["Auto-Submitted"] == "auto-replied"
    assert message["In-Reply-To"] == message["References"] == "<1@example.jp>"
    assert message["From"].addresses[0].addr_spec == FROM
    assert message["Reply-To"] == "simin@example.jp"
    assert "001-000001-3" in message["Subject"]


def test_its_message_id_is_the_same_each_time() -> None:
    first, second = composed(a_record()), composed(a_record())
    assert first["Message-ID"] == second["Message-ID"] == f"<ack.{'0' * 32}@city.example.jp>"


def test_a_long_message_id_is_answered_unchanged() -> None:
    long = f"<{'a' * 200}@{'b' * 40}.example.jp>"
    message = composed(a_record(), mail=a_mail(in_reply_to=long))
    assert message["In-Reply-To"] == message["References"] == long


@pytest.mark.parametrize(
    "wrong", ["<a@b>\r\nBcc: c@d", "a@b", "<a b@c>", "<>", "<あ@example.jp>", f"<{'a' * 999}@b>"]
)
def test_a_message_id_that_is_none_is_left_out(wrong: str) -> None:
    message = composed(a_record(), mail=a_mail(in_reply_to=wrong))
    assert message["In-Reply-To"] is None
    assert message["Bcc"] is None


@pytest.mark.parametrize("code", [c for c, calls in FINDINGS.items() if calls is Calls.CORRECTION])
@pytest.mark.parametrize("language", ["ja", "en"])
def test_it_asks_for_whatever_is_missing(code: str, language: str) -> None:
    record = a_record(findings=(Finding(code=code),), status=CommentStatus.NEEDS_CORRECTION)
    text = composed(record, mail=a_mail(language=language)).get_content()
    assert MISSING[code][language == "en"] in text
    assert "そろっています" not in text


def test_whoever_gave_no_category_reads_which_there_are() -> None:
    record = a_record(findings=(Finding(code="category_missing"),))
    text = composed(record).get_content()
    assert all(each.label in text for each in a_consultation().categories)


@pytest.mark.parametrize("verdict", TimelinessVerdict)
@pytest.mark.parametrize("language", ["ja", "en"])
def test_it_gives_the_verdict_on_time(verdict: TimelinessVerdict, language: str) -> None:
    record = a_record(timeliness=Timeliness(verdict=verdict))
    text = composed(record, mail=a_mail(language=language)).get_content()
    assert VERDICTS[verdict][language == "en"] in text


def test_a_measure_nobody_knows_is_asked_for_and_not_repeated() -> None:
    record = a_record(
        consultation=None,
        measure=Measure(written="当選しました", verdict=MeasureVerdict.MISMATCH),
        status=CommentStatus.NEEDS_REVIEW,
    )
    text = composed(record, known=False).get_content()
    assert "対象施策の案の名称" in text
    assert "当選しました" not in text


def test_an_arrival_nothing_was_read_from_gets_a_reference() -> None:
    message = composed()
    assert "s1" in message["Subject"]
    assert "意見書として読み取れませんでした" in message.get_content()


def test_several_comments_of_one_arrival_are_all_named() -> None:
    records = [a_record(receipt_number=f"001-00000{n}-0", position=n) for n in range(1, 6)]
    message = composed(*records)
    assert "+2" in message["Subject"]
    assert all(each.receipt_number in message.get_content() for each in records)


@pytest.mark.parametrize(
    "name",
    ["http://example.jp", "今すぐ電話 0120-000", "a@example.jp", "花" * 41, "\u3000", "花子<b>"],
)
def test_a_name_that_could_carry_something_else_is_not_repeated(name: str) -> None:
    text = composed(a_record(submitter=a_submitter(name=name))).get_content()
    assert "様" not in text
    assert name.strip() == "" or name not in text


@given(
    name=st.text(max_size=60),
    receipt=st.text(max_size=40),
    language=st.sampled_from(["ja", "en", "xx"]),
)
def test_no_text_of_a_writer_breaks_the_mail_or_adds_a_header(
    name: str, receipt: str, language: str
) -> None:
    record = a_record(submitter=a_submitter(name=name), receipt_number=receipt)
    message = composed(record, mail=a_mail(language=language))
    assert set(message.keys()) == {
        "From",
        "To",
        "Reply-To",
        "Subject",
        "Date",
        "Message-ID",
        "In-Reply-To",
        "References",
        "Auto-Submitted",
        "X-Auto-Response-Suppress",
        "Content-Type",
        "Content-Transfer-Encoding",
        "MIME-Version",
    }


@pytest.mark.parametrize(
    "address",
    [
        "a@b\r\nBcc: c@d",
        "a@b, c@d",
        "a b@c",
        "a@b@c",
        "@b",
        "a@",
        "<a@b>",
        "a;b@c",
        f"{'a' * 65}@b",
    ],
)
def test_an_address_that_can_be_none_is_refused(address: str) -> None:
    with pytest.raises(MailRefused):
        deliverable(address)


def test_a_japanese_domain_goes_out_in_ascii() -> None:
    assert deliverable("hanako@日本語.example.jp") == "hanako@xn--wgv71a119e.example.jp"


def a_notice(*records: CommentRecord) -> EmailMessage:
    return parsed(
        notice.compose_notice(
            a_mail(kind=MailKind.NOTICE, subject_id="001-000001-3", in_reply_to=None),
            [Acknowledged(record=each, consultation=a_consultation()) for each in records],
            public_url="https://iken.example.jp",
            mail_from=FROM,
            at=NOON,
        )
    )


def test_a_notice_names_the_comment_the_reason_and_the_page_and_nobody() -> None:
    record = a_record(
        status=CommentStatus.NEEDS_REVIEW,
        findings=(Finding(code="low_confidence", data={"value": "北野 花子"}),),
    )
    message = a_notice(record)
    text = message.get_content()
    assert "https://iken.example.jp/staff/comments/001-000001-3" in text
    assert "要確認" in text
    assert "・" in text
    for personal in ("北野", "花子", str(record.submitter.address), OPINION):
        assert personal not in text + str(message["Subject"])
    assert message["Auto-Submitted"] == "auto-generated"


def test_a_digest_lists_what_waits_and_counts_the_rest() -> None:
    records = [a_record(status=CommentStatus.NEEDS_REVIEW)] * (notice.SHOWN + 7)
    message = parsed(
        notice.compose_digest(
            a_mail(kind=MailKind.DIGEST, subject_id="juki-pia-2015 2015-05-01"),
            records,
            None,
            day=NOON.date(),
            public_url="https://iken.example.jp",
            mail_from=FROM,
            at=NOON,
        )
    )
    text = message.get_content()
    assert f"{notice.SHOWN + 7}通" in text
    assert "ほかに7通" in text
    assert OPINION not in text


@pytest.mark.parametrize("kind", MailKind)
def test_our_own_mail_is_never_taken_for_a_comment_when_it_comes_back(kind: MailKind) -> None:
    ours = composed(a_record()) if kind is MailKind.ACKNOWLEDGEMENT else a_notice(a_record())
    contents = channels()[Channel.EMAIL].open(an_envelope(ours.as_bytes(policy=policy.SMTP)))
    assert contents.ignored is not None


def _with_words(language: str, *consultations: Consultation | None) -> str:
    text: str = acknowledgement.compose(
        a_mail(language=language),
        a_submission(),
        [Acknowledged(record=a_record(), consultation=each) for each in consultations],
        mail_from=FROM,
        at=NOON,
    ).get_content()
    return text


def test_own_words_stand_only_where_one_consultation_speaks_in_japanese() -> None:
    own = a_consultation(mail_texts=MailTexts(acknowledgement=MailText(opening="独自の文です。")))
    assert "独自の文です。" in _with_words("ja", own)
    assert "独自の文です。" in _with_words("ja", own, own)
    assert "独自の文です。" not in _with_words("en", own)
    assert "独自の文です。" not in _with_words("ja", own, replace(own, code="other"))
    assert "独自の文です。" not in _with_words("ja", own, None)


def test_own_words_are_never_run_and_reach_no_header() -> None:
    words = "{% if %}{{ 7 * 7 }}\r\nBcc: a@example.jp"
    own = a_consultation(
        mail_texts=MailTexts(acknowledgement=MailText(subject=words, closing=words))
    )
    message = parsed(
        acknowledgement.compose(
            a_mail(),
            a_submission(),
            [Acknowledged(record=a_record(), consultation=own)],
            mail_from=FROM,
            at=NOON,
        )
    )
    assert "Bcc" not in message
    assert message["Subject"].endswith("{% if %}{{ 7 * 7 }} Bcc: a@example.jp")
    assert "{{ 7 * 7 }}" in message.get_content()
