"""The tally, and comments to take away."""

import csv
import io
from typing import Any

import openpyxl
import pytest
from fastapi.testclient import TestClient

from tests.integration.api.conftest import CODE, SUBMITTER, an_application

POST = f"/api/v1/consultations/{CODE}/comments"
TALLY = f"/api/v1/consultations/{CODE}/tally"
EXPORT = f"/api/v1/consultations/{CODE}/export"
ZERO = {"people": 0, "organisations": 0, "pieces": 0, "opinions": 0}
pytestmark = pytest.mark.usefixtures("consultation")


def submit(client: TestClient, opinion: str, **submitter: object) -> dict[str, Any]:
    answer = client.post(
        POST, json=an_application(opinion=opinion, submitter={**SUBMITTER, **submitter})
    )
    assert answer.status_code == 201, answer.text
    whole: dict[str, Any] = answer.json()
    return whole


def rows_of(client: TestClient, **query: str) -> list[dict[str, str]]:
    answer = client.get(EXPORT, params={"format": "csv"} | query)
    assert answer.content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


def cells_of(client: TestClient, **query: str) -> list[tuple[Any, ...]]:  # Any: see stubs
    answer = client.get(EXPORT, params={"format": "xlsx"} | query)
    return list(openpyxl.load_workbook(io.BytesIO(answer.content))["comments"].iter_rows())


def test_people_pieces_and_opinions_are_counted_apart(client: TestClient) -> None:
    submit(client, "一通目")
    first = submit(client, "二通目", name="北野　花子")
    submit(client, "団体の意見", kind="organization", name="神居会", representative="甲野 乙子")
    client.patch(
        f"/api/v1/comments/{first['receipt_number']}",
        json={"opinion_count": 4},
        headers={"If-Match": '"1"'},
    )
    withdrawn = submit(client, "取り下げる意見", name="西野 次郎")
    client.post(
        f"/api/v1/comments/{withdrawn['receipt_number']}/decisions",
        json={"decision": "withdraw", "reason": "申出"},
    )

    tally = client.get(TALLY).json()

    counted = {"people": 1, "organisations": 1, "pieces": 3, "opinions": 6}
    assert tally["total"] == counted
    assert tally["by_channel"] == {
        "email": ZERO,
        "mail": ZERO,
        "drop_box": ZERO,
        "fax": ZERO,
        "e_application": counted,
    }
    assert tally["by_category"] == {"1": counted, "2": ZERO}
    assert tally["by_status"] == {
        "withdrawn": 1,
        "late": 0,
        "off_measure": 0,
        "needs_correction": 0,
        "needs_review": 0,
        "accepted": 3,
    }


def test_no_cell_runs_as_a_formula(client: TestClient) -> None:
    starts = ["=", "+", "-", "@", "＝", "＋", "－", "＠", "\t=", " =", "\r", "﹣"]
    for start in starts:
        submit(client, f"{start}HYPERLINK(1)", name=f"{start}cmd")

    rows = rows_of(client)

    assert [row["opinion"][0] + row["name"][0] for row in rows] == ["''"] * len(starts)
    for line in cells_of(client)[1:]:
        for cell in line:
            assert cell.data_type != "f"
            assert not str(cell.value).lstrip().startswith(("=", "+", "-", "@"))


def test_opinions_alone_hold_nothing_about_the_writer(client: TestClient) -> None:
    submit(client, "公開してよい意見", email="hanako@example.jp")
    withdrawn = submit(client, "取り下げる意見", name="西野 次郎")
    client.post(
        f"/api/v1/comments/{withdrawn['receipt_number']}/decisions",
        json={"decision": "withdraw", "reason": "申出"},
    )

    for kind in ("csv", "json"):
        text = client.get(EXPORT, params={"format": kind, "view": "opinions"}).text
        assert "公開してよい意見" in text
        for personal in ("北野", "北星市", "hanako", "西野", "取り下げる"):
            assert personal not in text
    columns = set(rows_of(client, view="opinions")[0])
    assert columns == {"receipt_number", "channel", "opinion_count", "opinion"}


def test_text_is_exported_verbatim(client: TestClient) -> None:
    opinion = '一行目\n二行目,"引用" 髙﨑𠮷葛\U000e0100〜'
    submit(client, opinion)

    assert rows_of(client)[0]["opinion"] == opinion
    exported = client.get(EXPORT, params={"format": "json"}).json()
    assert exported["items"][0]["opinion"] == opinion
    assert exported["consultation"] == CODE


def test_a_long_opinion_goes_on_in_further_cells_of_a_workbook(client: TestClient) -> None:
    opinion = "長い意見𠮷" * 20_000
    submit(client, opinion)

    cells = cells_of(client, view="opinions")
    header, row = ([cell.value for cell in line] for line in cells)

    assert header[3:] == ["opinion", "opinion (2)", "opinion (3)", "opinion (4)"]
    assert "".join(str(each) for each in row[3:]) == opinion


def test_an_unprintable_character_is_made_visible_in_a_workbook(client: TestClient) -> None:
    submit(client, "前\x0b\uffff後")

    cells = cells_of(client, view="opinions")

    assert cells[1][3].value == "前␋\ufffd後"


def test_an_export_of_nothing_has_its_header(client: TestClient) -> None:
    answer = client.get(EXPORT)

    assert answer.text.startswith('\ufeff"receipt_number","consultation"')
    assert answer.headers["Content-Disposition"] == (
        'attachment; filename="juki-pia-2015-full-20150501.csv"'
    )
    assert client.get(EXPORT, params={"format": "json"}).json()["items"] == []
    assert client.get(EXPORT, params={"format": "xlsx"}).status_code == 200


def test_an_export_leaves_a_trace(client: TestClient) -> None:
    client.get(EXPORT)

    trail = client.get("/api/v1/audit").json()["items"]

    assert trail[0]["action"] == "comments_exported"
    assert trail[0]["detail"] == {"format": "csv", "view": "full"}


def test_an_unknown_format_or_consultation_is_refused(client: TestClient) -> None:
    assert client.get(EXPORT, params={"format": "pdf"}).status_code == 422
    assert client.get("/api/v1/consultations/none/export").status_code == 404
    assert client.get("/api/v1/consultations/none/tally").status_code == 404
