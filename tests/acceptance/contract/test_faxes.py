import json

import pytest
from PIL import Image

from tests.acceptance.contract import papers
from tests.acceptance.contract.city import City, Json, codes, error_codes, new_code, now
from tests.acceptance.contract.test_scans import is_the_form


@pytest.mark.parametrize(
    ("fine", "compression"), [(True, "group4"), (False, "group3"), (False, "group4")]
)
def test_our_form_by_fax_is_read(
    city: City, consultation: Json, fine: bool, compression: str
) -> None:
    content = papers.faxed(
        papers.filled(city, consultation["code"]), fine=fine, compression=compression
    )
    when = now().isoformat(timespec="seconds")
    answer = city.fax(content, received_at=when, station_id="0166 00 0000",
                      caller_number="0166000000", pages_announced=1, gateway="fax-1")  # fmt: skip
    read = city.settled(answer)
    assert read["channel"] == "fax"
    comment = city.comment(read["comments"][0])
    is_the_form(comment, consultation)
    assert comment["channel"] == "fax"
    assert comment["delivery"] is None
    assert comment["received_at"] == when
    assert comment["timeliness"]["verdict"] == "in_time"
    assert comment["timeliness"]["basis"] == "received"
    assert city.get(f"/submissions/{read['submission_id']}/original").content == content
    original = next(d for d in comment["documents"] if d["role"] == "original")
    assert original["media_type"] == "image/tiff"


def test_a_fax_may_be_a_pdf(city: City, consultation: Json) -> None:
    content = papers.pdf(papers.filled(city, consultation["code"]))
    is_the_form(city.one_comment_of(city.fax(content, "application/pdf")), consultation)


def cheap(pages: int = 1) -> bytes:
    code = new_code().encode()
    images = []
    for number in range(pages):
        image = Image.new("1", (432, 560), 1)
        for place, letter in enumerate(code):
            image.putpixel((3 * place + 10, letter + number), 0)
        images.append(image)
    return papers.tiff(*images, dpi=(204, 98), compression="group4")


def test_the_same_job_again_is_200_and_another_job_is_another_arrival(city: City) -> None:
    content = cheap()
    when = now().isoformat(timespec="seconds")
    job = new_code("job")
    first = city.fax(content, job_id=job, received_at=when)
    assert first.status_code == 202
    again = city.fax(content, job_id=job, received_at=when)
    assert again.status_code == 200
    assert again.json()["submission_id"] == first.json()["submission_id"]
    # The same paper sent twice by the citizen: two jobs, two arrivals.
    other = city.fax(content, job_id=new_code("job"), received_at=when)
    assert other.status_code == 202
    assert other.json()["submission_id"] != first.json()["submission_id"]
    # Other bytes under a used job_id.
    third = city.fax(cheap(), job_id=job, received_at=when)
    assert third.status_code == 202
    assert third.json()["submission_id"] not in {
        first.json()["submission_id"], other.json()["submission_id"]}  # fmt: skip
    for answer in (first, other, third):
        city.wait(answer.json()["submission_id"])


def test_the_same_job_with_another_time_leaves_a_finding(city: City) -> None:
    content, job = cheap(), new_code("job")
    first = city.settled(city.fax(content, job_id=job, received_at="2026-01-01T10:00:00+09:00"))
    again = city.fax(content, job_id=job, received_at="2026-01-01T11:00:00+09:00")
    assert again.status_code == 200
    after = city.submission(first["submission_id"])
    assert after["received_at"] == first["received_at"]
    found = codes(after) | {c for n in after["comments"] for c in codes(city.comment(n))}
    assert found - codes(first)


def test_faxes_without_a_job_id_are_told_apart_by_their_bytes(city: City) -> None:
    content = cheap()
    when = now().isoformat(timespec="seconds")
    first = city.fax(content, job_id=None, received_at=when)
    again = city.fax(content, job_id=None, received_at=when)
    assert (first.status_code, again.status_code) == (202, 200)
    city.wait(first.json()["submission_id"])


def test_required_fields_of_a_fax(city: City) -> None:
    for changes, field in (
        ({"received_at": None}, "received_at"),
        ({"received_at": "2026-01-01T10:00:00"}, "received_at"),
        ({"received_at": "noon"}, "received_at"),
        ({"pages_announced": "x"}, "pages_announced"),
        ({"pages_announced": "-2"}, "pages_announced"),
    ):
        answer = city.fax(cheap(), **changes)
        error_codes(answer)
        assert field in json.dumps(answer.json()["errors"])
    answer = city.post("/intake/faxes", data={"received_at": now().isoformat()})
    assert answer.status_code == 422, answer.text
    assert city.fax(cheap(), job_id=None).status_code == 202


def test_fewer_pages_than_announced_are_a_finding_and_missing_in_the_ledger(city: City) -> None:
    gateway = new_code("gateway")
    read = city.settled(city.fax(cheap(2), pages_announced=3, gateway=gateway))
    found = codes(read) | {c for n in read["comments"] for c in codes(city.comment(n))}
    assert any("page" in code for code in found), found
    (row,) = [r for r in city.get("/ledger/summary").json()["items"] if gateway in r["source"]]
    assert row["channel"] == "fax"
    parts = ("recorded", "ignored", "quarantined", "failed", "waiting", "missing")
    assert row["seen"] == sum(row[part] for part in parts)
    assert row["seen"] == 3
    assert row["missing"] == 1


def test_as_many_pages_as_announced_miss_nothing(city: City) -> None:
    gateway = new_code("gateway")
    read = city.settled(city.fax(cheap(2), pages_announced=2, gateway=gateway))
    assert not any("page" in code for code in codes(read))
    (row,) = [r for r in city.get("/ledger/summary").json()["items"] if gateway in r["source"]]
    assert (row["seen"], row["missing"]) == (2, 0)
