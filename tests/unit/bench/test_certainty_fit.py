"""Confidence is fitted on examples, and judged on those it was not fitted on."""

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest

from app.domain.comment_form import NAME, OPINION
from app.recognition.certainty import Certainty, Evidence
from bench.fitting.certainty import Example, cross, fit, load, show
from bench.reading.calibration import error_by_chance, expected_calibration_error
from bench.reading.tables import pairs


def examples(seed: int, count: int) -> list[Example]:
    """Invent readings that are right as often as the product of their sureness says."""
    chance = random.Random(seed)
    made = []
    for index in range(count):
        worst = chance.choice((0.999, 0.99, 0.9, 0.5, 0.2))
        made.append(
            Example(
                kind=chance.choice(("name", "address", "opinion", "line")),
                seed=seed,
                writing=chance.choice(("typed", "strokes-2")),
                copy="photo",
                index=index,
                hand="a font",
                right=chance.random() < worst,
                evidence=Evidence(sureness=(0.999, worst, 0.999), page_loss=0.05),
            )
        )
    return made


def test_an_example_is_kept_as_a_line_of_json(tmp_path: Path) -> None:
    one = examples(1, 1)[0]
    file = tmp_path / "examples.jsonl"
    file.write_text(one.line() + "\n", encoding="utf-8")
    again = load([file])[0]
    assert (again.kind, again.right, again.seed) == (one.kind, one.right, one.seed)
    assert again.evidence.features() == one.evidence.features()


def test_fitted_confidence_says_how_often_others_are_right() -> None:
    many = [each for seed in range(8) for each in examples(seed, 200)]
    outcomes = cross(many, "seeds")
    assert len(outcomes) == sum(each.kind != "line" for each in many)
    found = pairs(outcomes, NAME, lambda _: True)
    assert expected_calibration_error(found) < 1.5 * error_by_chance(found).most
    fitted = json.loads(json.dumps(fit(many)))
    sure, unsure = (Evidence(sureness=(0.999, each), page_loss=0.05) for each in (0.999, 0.2))
    weigh = Certainty(fitted).probability
    assert weigh(NAME, sure) > 0.9
    assert weigh(NAME, unsure) < 0.5


def test_what_is_left_out_was_never_fitted_on() -> None:
    right = [each for each in examples(1, 400) if each.right]
    wrong = [each for each in examples(2, 400) if not each.right]
    judged = cross([*right, *wrong], "seeds")
    # Whoever saw only wrong readings trusts none, and the other way round.
    assert all(each.confidence is not None for each in judged)
    assert {each.seed for each in judged if (each.confidence or 0.0) > 0.5} == {2}


def test_the_check_prints_what_is_not_pointed_out(capsys: pytest.CaptureFixture[str]) -> None:
    show(cross([*examples(1, 100), *examples(2, 100)], "seeds"))
    printed = capsys.readouterr().out
    assert "| name | all classes |" in printed
    assert "| field | wrong, not pointed out | right, pointed out |" in printed


def test_a_word_nobody_knows_is_doubted_and_not_condemned() -> None:
    many = examples(1, 1200)
    stranger = replace(many[0].evidence, sureness=(0.999,) * 3, strangers=1)
    # Among the forms of the bench such a word is always misread.
    wrong = [
        replace(each, evidence=stranger, right=False) for each in many[:60] if each.kind != "name"
    ]
    weigh = Certainty(fit([*many, *wrong])).probability
    known = weigh(OPINION, replace(stranger, strangers=0))
    assert 0.05 < weigh(OPINION, stranger) < known - 0.2
