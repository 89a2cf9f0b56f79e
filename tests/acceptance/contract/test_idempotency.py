from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.acceptance.contract.applications import count, keyed, post
from tests.acceptance.contract.city import (
    City,
    Json,
    dated,
    now,
    problem,
)


def test_the_same_key_and_body_give_the_same_answer_and_one_record(
    city: City, consultation: Json
) -> None:
    body = city.application(consultation)
    first = keyed(city, consultation, body, "a")
    again = keyed(city, consultation, body, "a")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert first.headers["Location"] == again.headers["Location"]
    assert count(city, consultation) == 1


def test_the_same_answer_comes_even_after_the_comment_has_changed(
    city: City, consultation: Json
) -> None:
    body = city.application(consultation)
    first = keyed(city, consultation, body, "a")
    city.decide(first.json()["receipt_number"], "withdraw")
    assert keyed(city, consultation, body, "a").content == first.content


def test_the_same_answer_comes_even_after_the_period(city: City, consultation: Json) -> None:
    body = city.application(consultation)
    first = keyed(city, consultation, body, "a")
    closed = {"opens_on": "2015-01-01", "closes_on": "2015-05-15", "deadline_rules": {
        "post": {"arrives_by": None}, "drop_box": {"collected_until": None}}}  # fmt: skip
    assert city.patch(f"/consultations/{consultation['code']}", json=closed).status_code == 200
    again = keyed(city, consultation, body, "a")
    assert again.status_code == 201, again.text
    assert again.content == first.content


def test_another_body_under_a_used_key_is_refused(city: City, consultation: Json) -> None:
    body = city.application(consultation)
    assert keyed(city, consultation, body, "a").status_code == 201
    for other in (body | {"opinion": "別の意見"}, {}, body | {"opinion": body["opinion"] + " "}):
        answer = keyed(city, consultation, other, "a")
        problem(answer, 422)
        assert "idempotency_key_reused" in answer.text
    assert count(city, consultation) == 1


def test_key_reuse_is_told_by_its_code(city: City, consultation: Json) -> None:
    body = city.application(consultation)
    keyed(city, consultation, body, "a")
    answer = keyed(city, consultation, body | {"opinion": "別の意見"}, "a")
    document = problem(answer, 422)
    assert "idempotency_key_reused" in {
        document.get("code"), *(error["code"] for error in document.get("errors", []))}  # fmt: skip


def test_a_refused_body_does_not_use_up_its_key(city: City, consultation: Json) -> None:
    body = city.application(consultation)
    assert keyed(city, consultation, body | {"opinion": ""}, "a").status_code == 422
    assert keyed(city, consultation, {"x": 1}, "a").status_code == 422
    malformed = city.post(
        f"/consultations/{consultation['code']}/comments",
        content=b"{",
        headers={"Idempotency-Key": "a", "Content-Type": "application/json"},
    )
    assert malformed.status_code in {400, 422}
    assert keyed(city, consultation, body, "a").status_code == 201


def test_a_refusal_for_the_period_does_not_use_up_the_key_either(city: City) -> None:
    closed = city.create(dated("2015-04-15", "2015-05-15"))
    body = city.application(closed)
    assert keyed(city, closed, body, "a").status_code == 409
    open_again = {"closes_on": f"{now().date()}", "deadline_rules": {
        "post": {"arrives_by": None}, "drop_box": {"collected_until": None}}}  # fmt: skip
    assert city.patch(f"/consultations/{closed['code']}", json=open_again).status_code == 200
    assert keyed(city, closed, body, "a").status_code == 201


def test_keys_of_other_consultations_and_other_api_keys_are_other_keys(
    city: City, consultation: Json
) -> None:
    other = city.open()
    assert keyed(city, consultation, city.application(consultation), "a").status_code == 201
    assert keyed(city, other, city.application(other), "a").status_code == 201
    _, second = city.key("comments:submit")
    _, third = city.key("comments:submit")
    body = city.application(consultation)
    numbers = set()
    for key in (second, third):
        with city.as_key(key) as gateway:
            answer = keyed(gateway, consultation, body, "a")
            assert answer.status_code == 201, answer.text
            numbers.add(answer.json()["receipt_number"])
    assert len(numbers) == 2
    assert count(city, consultation) == 3


def test_without_a_key_the_same_body_twice_is_two_records(city: City, consultation: Json) -> None:
    body = city.application(consultation)
    one, two = post(city, consultation, body), post(city, consultation, body)
    assert one.json()["receipt_number"] != two.json()["receipt_number"]
    assert count(city, consultation) == 2


@pytest.mark.parametrize("key", ['"quoted"', "x" * 255, "550e8400-e29b-41d4-a716-446655440000"])
def test_usual_shapes_of_keys_are_honoured(city: City, consultation: Json, key: str) -> None:
    body = city.application(consultation)
    first, again = keyed(city, consultation, body, key), keyed(city, consultation, body, key)
    assert first.status_code == again.status_code == 201, first.text
    assert first.content == again.content


@pytest.mark.parametrize("key", ["", "a b", "x" * 100_0, "鍵".encode(), b"\xff"])
def test_odd_keys_are_no_5xx(city: City, consultation: Json, key: Json) -> None:
    answer = keyed(city, consultation, city.application(consultation), key)
    assert answer.status_code in {201, 400, 422}


def test_twenty_at_once_under_one_key_are_one_record(city: City, consultation: Json) -> None:
    body = city.application(consultation)
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: keyed(city, consultation, body, "a"), range(20)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert count(city, consultation) == 1


def test_twenty_different_bodies_at_once_under_one_key_are_one_record(
    city: City, consultation: Json
) -> None:
    bodies = [city.application(consultation, opinion=f"意見{n}") for n in range(20)]
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda body: keyed(city, consultation, body, "a"), bodies))
    assert sorted(answer.status_code for answer in answers) == [201] + [422] * 19
    assert count(city, consultation) == 1


def test_many_at_once_get_numbers_without_gap_or_repeat(city: City, consultation: Json) -> None:
    bodies = [city.application(consultation, opinion=f"意見{n}") for n in range(100)]
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda body: post(city, consultation, body), bodies))
    assert {answer.status_code for answer in answers} == {201}
    numbers = sorted(answer.json()["receipt_number"] for answer in answers)
    assert len(set(numbers)) == 100
    # A serial per consultation: without the check digit the numbers are consecutive.
    serials = sorted(int("".join(c for c in number if c.isdigit())[:-1]) for number in numbers)
    assert serials == list(range(serials[0], serials[0] + 100))
