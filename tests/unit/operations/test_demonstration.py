from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.channels.registry import channels
from app.domain.consultation import contradictions
from app.domain.envelope import Channel
from app.operations.demonstration import Demonstration, consultation_on, invitation
from app.operations.samples import SAMPLES, fresh, sample_bytes
from app.operations.walk import differences
from tests.builders import an_envelope

TODAY = date(2026, 11, 23)
NAMES = {sample.channel: name for name, sample in SAMPLES.items()}


def test_there_is_one_sample_for_each_channel() -> None:
    assert set(NAMES) == set(Channel)


@given(st.dates(min_value=date(2000, 1, 1), max_value=date(2100, 1, 1)))
def test_the_consultation_is_open_today_and_its_rules_agree(today: date) -> None:
    consultation = consultation_on(today)
    assert consultation.opens_on <= today <= consultation.closes_on
    assert contradictions(consultation) == ()


@pytest.mark.parametrize("name", [name for name in SAMPLES if not name.endswith(".json")])
def test_a_sample_sent_again_has_other_bytes(name: str) -> None:
    data = sample_bytes(SAMPLES[name], consultation_on(TODAY))
    one, other = fresh(name, data, "first"), fresh(name, data, "second")
    assert len({data, one, other}) == 3


def test_the_sample_mail_is_seven_bit_and_reads_as_it_was_meant() -> None:
    sample = SAMPLES["email.eml"]
    raw = fresh("email.eml", sample_bytes(sample, consultation_on(TODAY)), "token")
    assert raw.isascii()
    form = channels()[Channel.EMAIL].open(an_envelope(raw)).form
    assert form is not None
    assert form.submitter.name == sample.name
    assert form.submitter.address == sample.address
    assert form.opinion.strip() == sample.opinion


def a_comment(**changes: object) -> dict[str, object]:
    sample = SAMPLES["fax.tiff"]
    return {
        "channel": "fax",
        "consultation": "juki-pia-demo",
        "measure": {"verdict": "match"},
        "submitter": {
            "name": sample.name.replace(" ", "　"),
            "address": sample.address,
            "category": {"code": "1"},
        },
        "opinion": sample.opinion,
        "timeliness": {"verdict": "in_time"},
    } | changes


def test_spacing_is_no_difference_and_anything_else_is() -> None:
    sample = SAMPLES["fax.tiff"]
    assert differences(sample, a_comment()) == []
    assert len(differences(sample, a_comment(opinion="別の意見"))) == 1
    assert len(differences(sample, a_comment(timeliness={"verdict": "late"}))) == 1
    assert len(differences(sample, a_comment(consultation=None))) == 1


def test_the_invitation_has_one_curl_for_each_channel(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    prepared = Demonstration(
        key="ikb_key",
        consultation=consultation_on(TODAY + timedelta(days=1)),
        samples=tmp_path_factory.getbasetemp(),
    )
    lines = invitation(prepared, "http://127.0.0.1:8000")
    assert sum(line.startswith("curl ") for line in lines) == 5
    assert all(any(name in line for line in lines) for name in SAMPLES)
