import csv
import html
import io
import json
import zipfile
from typing import Any

import pytest
from openpyxl import load_workbook

from tests.acceptance.contract.city import City, Json, individual, new_code, organization, problem
from tests.acceptance.contract.mails import letter

CHANNELS = {"email", "mail", "drop_box", "fax", "e_application"}
COUNTS = {"people", "organisations", "pieces", "opinions"}
STATUSES = {"needs_review", "needs_correction", "accepted", "late", "off_measure", "withdrawn"}
ZERO = dict.fromkeys(COUNTS, 0)


def tally(city: City, consultation: Json) -> dict[str, Any]:
    answer = city.get(f"/consultations/{consultation['code']}/tally")
    assert answer.status_code == 200, answer.text
    counted: dict[str, Any] = answer.json()
    return counted


def export(city: City, consultation: Json, kind: str, view: str) -> Json:
    answer = city.get(
        f"/consultations/{consultation['code']}/export", params={"format": kind, "view": view}
    )
    assert answer.status_code == 200, answer.text
    return answer


def test_an_empty_tally_holds_every_key_with_zeros(city: City, consultation: Json) -> None:
    counted = tally(city, consultation)
    assert counted["by_channel"] == dict.fromkeys(CHANNELS, ZERO)
    assert counted["by_category"] == {"1": ZERO, "2": ZERO}
    assert counted["by_status"] == dict.fromkeys(STATUSES, 0)


def test_people_pieces_and_opinions_are_counted_apart(city: City, consultation: Json) -> None:
    same = individual(name="髙橋 一郎", address="旭川市6条通9丁目46番地")
    first = city.apply(consultation, submitter=same)
    # The same person, written differently.
    city.apply(
        consultation,
        submitter=same | {"name": "髙橋　一郎", "address": "旭川市６条通９丁目４６番地"},
    )
    city.apply(consultation, submitter=individual(category={"code": "2", "detail": "架空産業"}))
    city.apply(consultation, submitter=organization())
    assert city.change(first["receipt_number"], {"opinion_count": 12}).status_code == 200
    withdrawn = city.apply(consultation)
    city.decide(withdrawn["receipt_number"], "withdraw")
    city.settled(city.mail(letter(consultation)))
    city.settled(city.mail(letter(consultation, name=None)))
    counted = tally(city, consultation)
    assert counted["by_channel"]["e_application"] == {
        "people": 2, "organisations": 1, "pieces": 4, "opinions": 15}  # fmt: skip
    assert counted["by_channel"]["email"] == {
        "people": 1, "organisations": 0, "pieces": 1, "opinions": 1}  # fmt: skip
    assert counted["by_channel"]["fax"] == ZERO
    assert counted["by_category"]["1"] == {
        "people": 2, "organisations": 1, "pieces": 4, "opinions": 15}  # fmt: skip
    assert counted["by_category"]["2"] == {
        "people": 1, "organisations": 0, "pieces": 1, "opinions": 1}  # fmt: skip
    assert counted["by_status"] == dict.fromkeys(STATUSES, 0) | {
        "accepted": 5, "withdrawn": 1, "needs_correction": 1}  # fmt: skip


def test_the_same_person_by_two_channels_is_one_person_in_a_category(
    city: City, consultation: Json
) -> None:
    city.apply(
        consultation, submitter=individual(name="大雪 一郎", address="旭川市7条通10丁目1番地")
    )
    city.settled(city.mail(letter(consultation)))
    counted = tally(city, consultation)
    assert counted["by_category"]["1"]["people"] == 1
    assert counted["by_category"]["1"]["pieces"] == 2


FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "=cmd|' /C calc'!A0", "＝1+1", "＋1",
            "－1", "＠x", " =1"]  # fmt: skip


def rows_of(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("view", ["full", "opinions"])
def test_csv_has_a_bom_and_no_cell_that_runs(city: City, consultation: Json, view: str) -> None:
    for formula in FORMULAS:
        city.apply(
            consultation,
            opinion=formula,
            submitter=organization(name=formula, address=formula, representative=formula),
        )
    answer = export(city, consultation, "csv", view)
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = rows_of(answer.content)
    assert len(rows) == len(FORMULAS) + 1
    for row in rows:
        assert len(row) == len(rows[0])
        for cell in row:
            assert not cell.startswith(tuple("=+-@\t\r\n＝＋－＠")), cell
    text = answer.content.decode("utf-8-sig")
    for formula in ("=1+1", "@SUM(A1)"):
        assert formula in text


def test_csv_keeps_line_breaks_quotes_and_rare_characters(city: City, consultation: Json) -> None:
    text = '髙﨑①𠮷葛󠄀㈱ "引用", 行\r\n次の行\n終わり'
    city.apply(consultation, opinion=text)
    rows = rows_of(export(city, consultation, "csv", "opinions").content)
    assert any(text in cell for cell in rows[1]), rows[1]


def test_xlsx_opens_and_holds_no_formula(city: City, consultation: Json) -> None:
    for formula in FORMULAS:
        city.apply(
            consultation, opinion=formula, submitter=organization(name=formula, address=formula)
        )
    for view in ("full", "opinions"):
        answer = export(city, consultation, "xlsx", view)
        assert "spreadsheetml" in answer.headers["Content-Type"]
        book = load_workbook(io.BytesIO(answer.content))
        sheet = book.worksheets[0]
        cells = [cell for row in sheet.iter_rows() for cell in row]
        assert all(cell.data_type != "f" for cell in cells)
        assert sheet.max_row >= len(FORMULAS) + 1
        values = {str(cell.value).lstrip("'") for cell in cells if cell.value is not None}
        assert "=1+1" in values


def test_xlsx_takes_characters_a_sheet_cannot_hold(city: City, consultation: Json) -> None:
    city.apply(consultation, opinion="制御\x0b文字\x01と\x1f以上\ufffe\uffff" + "長" * 40_000)
    for view in ("full", "opinions"):
        answer = export(city, consultation, "xlsx", view)
        assert zipfile.ZipFile(io.BytesIO(answer.content)).testzip() is None
        load_workbook(io.BytesIO(answer.content))


SECRETS = {"name": "秘密野 守", "address": "旭川市機密町1丁目", "email": "himitsu@example.jp",
           "phone": "0166-99-9999", "fax": "0166-88-8888"}  # fmt: skip


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json"])
def test_opinions_hold_accepted_comments_and_nothing_personal(
    city: City, consultation: Json, kind: str
) -> None:
    city.apply(
        consultation, opinion="公表される意見",
        submitter=individual(**SECRETS, category={"code": "2", "detail": "内緒産業"}),
    )  # fmt: skip
    city.apply(
        consultation, opinion="団体の意見",
        submitter=organization(name="秘密野商会", representative="秘密野 代表"),
    )  # fmt: skip
    hidden = city.apply(consultation, opinion="取り下げた意見")
    city.decide(hidden["receipt_number"], "withdraw")
    city.settled(city.mail(letter(consultation, name=None, opinion="補正待ちの意見")))
    content = export(city, consultation, kind, "opinions").content
    if kind == "xlsx":
        archive = zipfile.ZipFile(io.BytesIO(content))
        files = [archive.read(name).decode("utf-8", "replace") for name in archive.namelist()]
        text = html.unescape("".join(files))
    else:
        text = content.decode()
    assert "公表される意見" in text
    assert "団体の意見" in text
    for word in ("取り下げた意見", "補正待ちの意見", "秘密野", "機密町", "himitsu", "99-9999",
                 "88-8888", "内緒産業"):  # fmt: skip
        assert word not in text, word


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json"])
def test_full_holds_everything(city: City, consultation: Json, kind: str) -> None:
    one = city.apply(consultation, submitter=individual(**SECRETS))
    other = city.apply(consultation)
    city.decide(other["receipt_number"], "withdraw")
    content = export(city, consultation, kind, "full").content
    if kind == "xlsx":
        sheet = load_workbook(io.BytesIO(content)).worksheets[0]
        text = json.dumps(
            [[str(c.value) for c in row] for row in sheet.iter_rows()], ensure_ascii=False
        )
    else:
        text = content.decode()
    for word in (
        one["receipt_number"],
        other["receipt_number"],
        SECRETS["name"],
        SECRETS["address"],
    ):
        assert word in text, word


def test_senseless_exports_are_422(city: City, consultation: Json) -> None:
    path = f"/consultations/{consultation['code']}/export"
    problem(city.get(path, params={"format": "pdf", "view": "full"}), 422)
    problem(city.get(path, params={"format": "csv", "view": "everything"}), 422)
    problem(city.get(f"/consultations/{new_code()}/export?format=csv&view=full"), 404)


def test_an_empty_export_still_opens(city: City, consultation: Json) -> None:
    for view in ("full", "opinions"):
        assert len(rows_of(export(city, consultation, "csv", view).content)) == 1
        load_workbook(io.BytesIO(export(city, consultation, "xlsx", view).content))
        export(city, consultation, "json", view).json()
