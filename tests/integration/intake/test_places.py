"""Addresses read from paper beside the towns of their city, from the list to the record."""

from dataclasses import replace
from pathlib import Path

import pytest

from app.cli import main
from app.domain.audit import AuditAction
from app.domain.comment import CommentRecord
from app.domain.comment_form import ADDRESS, CommentForm, Reading
from app.domain.consultation import Office
from app.domain.envelope import Channel
from app.domain.errors import InvalidInput, NotFound
from app.domain.gazetteer import City
from app.domain.submitter import Submitter
from app.intake import gazetteers, places, procedures
from app.intake.desk import PROGRAM, Desk
from app.intake.receive import receive
from app.intake.record import draft
from app.recognition.filled_form import as_pdf, fill
from app.recognition.form_layout import design
from app.storage import postal_data
from tests.builders import ADMIN, a_consultation, an_envelope
from tests.integration.intake.test_paper import ANSWERS, a_scan, read_paper

HOKUSEI = City("北海道", "北星市")
LIST = "都道府県,市区町村,町域,郵便番号\n" + "".join(
    f"北海道,北星市,{town},{code}\n"
    for town, code in (("東光６条", "0788346"), ("東光７条", "0788347"), ("中央２条", "0700032"))
)


def load(desk: Desk, text: str = LIST) -> None:
    gazetteers.load(desk, text.encode(), source="towns.csv", only=(), actor=ADMIN)


def drafted(desk: Desk, address: str, **changes: object) -> CommentRecord:
    """Record an address as a machine read it, unless told otherwise."""
    reading = replace(Reading(value=address, confidence=0.7, source="ocr"), **changes)  # type: ignore[arg-type]
    form = CommentForm(
        submitter=Submitter(address=address),
        readings={ADDRESS: reading},
        by_ocr=True,
        consultation_number=1,
    )
    received = receive(desk, an_envelope(channel=Channel.FAX), actor=ADMIN)
    submission = desk.queries.submissions.get(received.submission_id)
    assert submission is not None
    return draft(
        form,
        submission,
        position=0,
        consultations=desk.queries.consultations.all(),
        similarity=desk.similarity,
        towns=places.known(desk, [form]),
    )


def codes(record: CommentRecord) -> list[str]:
    return [each.code for each in record.findings if each.field == ADDRESS]


def test_a_misread_town_is_put_right_and_the_reading_is_kept(desk: Desk) -> None:
    load(desk)
    consultation = procedures.create(desk, a_consultation(), actor=ADMIN)
    answers = ANSWERS | {ADDRESS: "北星市束光6条3丁目4番地"}
    scan = a_scan(as_pdf(fill(consultation, design(consultation), answers)))
    [record] = read_paper(desk, scan)
    reading = record.readings[ADDRESS]
    assert record.submitter.address == reading.value == "北星市東光6条3丁目4番地"
    assert reading.raw is not None
    assert reading.raw.startswith("北星市束光6条")
    assert "address_by_gazetteer" in codes(record)
    assert desk.queries.comments.get(record.receipt_number) == record


def test_a_known_town_is_evidence_and_an_unknown_one_is_doubt(desk: Desk) -> None:
    load(desk)
    procedures.create(desk, a_consultation(), actor=ADMIN)
    known = drafted(desk, "〒078-8346 北星市東光六条3丁目", confidence=0.84)
    assert codes(known) == []
    assert 0.84 < (known.readings[ADDRESS].confidence or 0) < 0.99
    unknown = drafted(desk, "北星市東光9条3丁目", confidence=0.9)
    assert codes(unknown) == ["low_confidence", "address_not_in_gazetteer"]
    assert unknown.submitter.address == "北星市東光9条3丁目"
    assert (unknown.readings[ADDRESS].confidence or 1) < 0.8
    differs = drafted(desk, "〒070-0032 北星市東光6条3丁目", confidence=None)
    assert codes(differs) == ["postal_code_differs"]
    assert differs.readings[ADDRESS].confidence is None


def test_what_was_typed_or_changed_since_is_left_alone(desk: Desk) -> None:
    load(desk)
    procedures.create(desk, a_consultation(), actor=ADMIN)
    written = "北星市束光6条3丁目"
    assert drafted(desk, written, source="text").submitter.address == written
    other = drafted(desk, written, value="北星市東光6条3丁目")
    assert other.submitter.address == written
    assert codes(other) == []
    elsewhere = drafted(desk, "札幌市中央区大通西2丁目")
    assert codes(elsewhere) == []


def test_a_consultation_names_its_cities_or_none(desk: Desk) -> None:
    load(desk)
    made = procedures.create(desk, a_consultation(), actor=ADMIN)
    loaded = (HOKUSEI,)
    assert places.cities_of(made, loaded) == (HOKUSEI,)
    assert places.cities_of(replace(made, office=Office()), loaded) == ()
    assert places.cities_of(replace(made, gazetteers=()), loaded) == ()
    two = replace(made, gazetteers=("北海道旭川市", "東神楽町", "どこでもない市"))
    assert [each.name for each in places.cities_of(two, loaded)] == ["旭川市", "上川郡東神楽町"]
    date_city = Office(address="伊達市鹿島町20番地1", postal_code="052-0024")
    assert [str(each) for each in places.cities_of(replace(made, office=date_city), ())] == [
        "北海道伊達市"
    ]


def test_a_list_goes_before_the_package_until_it_is_removed(desk: Desk) -> None:
    asahikawa = City("北海道", "旭川市")
    load(desk, "prefecture,city,town\n北海道,旭川市,雪の町\n")
    assert list(gazetteer_towns(desk, asahikawa)) == ["雪の町"]
    load(desk, "prefecture,city,town\n北海道,旭川市,星の町\n")
    assert list(gazetteer_towns(desk, asahikawa)) == ["星の町"]
    assert [each.city for each in desk.queries.gazetteers.loaded()] == [asahikawa]
    gazetteers.remove(desk, "北海道旭川市", actor=ADMIN)
    assert "６条通" in gazetteer_towns(desk, asahikawa)
    with pytest.raises(NotFound):
        gazetteers.remove(desk, "北海道旭川市", actor=ADMIN)
    actions = [each.action for each in desk.queries.audit.page(limit=10).items]
    assert actions.count(AuditAction.GAZETTEER_LOADED) == 2
    assert actions.count(AuditAction.GAZETTEER_REMOVED) == 1


def gazetteer_towns(desk: Desk, city: City) -> dict[str, tuple[str, ...]]:
    found = places.gazetteer_of(desk, city)
    assert found is not None
    return dict(found.towns)


def test_of_a_file_of_many_cities_one_is_taken(desk: Desk) -> None:
    text = LIST + "北海道,南星市,西町,\n"
    gazetteers.load(desk, text.encode(), source="x", only=("北海道南星市",), actor=PROGRAM)
    assert [str(each.city) for each in desk.queries.gazetteers.loaded()] == ["北海道南星市"]
    with pytest.raises(InvalidInput, match="gazetteer_empty"):
        gazetteers.load(desk, text.encode(), source="x", only=("北海道東星市",), actor=PROGRAM)


def test_a_list_that_was_loaded_anew_is_used_at_once(desk: Desk) -> None:
    load(desk)
    procedures.create(desk, a_consultation(), actor=ADMIN)
    assert codes(drafted(desk, "北星市雪見5条1丁目")) == [
        "low_confidence",
        "address_not_in_gazetteer",
    ]
    desk.clock.pass_by(minutes=1)  # type: ignore[attr-defined]
    load(desk, LIST + "北海道,北星市,雪見５条,\n")
    assert "address_not_in_gazetteer" not in codes(drafted(desk, "北星市雪見5条1丁目"))


def test_the_package_is_not_asked_where_nothing_was_read(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    procedures.create(desk, a_consultation(), actor=ADMIN)
    monkeypatch.setattr(postal_data, "cities", None)
    typed = CommentForm(readings={ADDRESS: Reading(value="北星市", source="text")})
    assert places.known(desk, [typed, CommentForm()]) == {}


def test_the_command_line_loads_lists_and_says_what_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("IKENBAKO_DATA_DIR", str(tmp_path))
    file = tmp_path / "towns.csv"
    file.write_text(LIST, encoding="utf-8")
    assert main(["gazetteer", "load", str(file)]) == 0
    assert main(["gazetteer", "list"]) == 0
    told = capsys.readouterr().out
    assert "北海道北星市\t町名3件を取り込みました。" in told
    assert "取込み済み\t北海道北星市\ttowns.csv" in told
    file.write_text(LIST.replace("0788346", "07883"), encoding="utf-8")
    assert main(["gazetteer", "load", str(file)]) == 1
    assert "2行目：郵便番号は7桁の数字で書いてください。" in capsys.readouterr().err
    assert main(["gazetteer", "load", str(tmp_path / "nothing.csv")]) == 1
    assert main(["gazetteer", "remove", "北海道北星市"]) == 0
    assert main(["gazetteer", "remove", "北海道北星市"]) == 1
