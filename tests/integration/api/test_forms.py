"""The blank form in all its kinds, over the API."""

import io
import zipfile

import pikepdf
import pypdfium2
import pytest
import zxingcpp
from fastapi.testclient import TestClient

from app.recognition.templates import SEPARATOR_TEXT
from tests.builders import MEASURE
from tests.integration.api.conftest import CODE

pytestmark = pytest.mark.usefixtures("consultation")
FORM = f"/api/v1/consultations/{CODE}/form"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def test_the_form_can_be_filled_in_on_a_computer(client: TestClient) -> None:
    answer = client.get(f"{FORM}.pdf")
    assert answer.status_code == 200
    with pikepdf.open(io.BytesIO(answer.content)) as document:
        fields = {str(each.T): str(each.FT) for each in document.Root.AcroForm.Fields}
    assert fields == {
        "submitter_name": "/Tx",
        "submitter_representative": "/Tx",
        "submitter_address": "/Tx",
        "submitter_category_code": "/Btn",
        "submitter_category_detail": "/Tx",
        "opinion": "/Tx",
        "opinion_continued": "/Tx",
    }


def test_the_form_is_the_same_bytes_whenever_it_is_asked_for(client: TestClient) -> None:
    assert client.get(f"{FORM}.pdf").content == client.get(f"{FORM}.pdf").content


def test_the_large_form_is_a_form_of_its_own(client: TestClient) -> None:
    usual, large = client.get(f"{FORM}.pdf"), client.get(f"{FORM}.pdf", params={"variant": "large"})
    assert large.status_code == 200
    assert large.headers["ETag"] != usual.headers["ETag"]
    described = client.get(f"{FORM}.json", params={"variant": "large"}).json()
    assert described["template"].endswith("-large")
    text = pypdfium2.PdfDocument(large.content)[0].get_textpage().get_text_bounded()
    assert described["template"] in text


def test_an_unknown_kind_of_the_form_is_refused(client: TestClient) -> None:
    assert client.get(f"{FORM}.pdf", params={"variant": "tiny"}).status_code == 422


@pytest.mark.parametrize("variant", ["standard", "large"])
def test_the_description_names_pages_the_form_has(client: TestClient, variant: str) -> None:
    query = {"variant": variant}
    described = client.get(f"{FORM}.json", params=query).json()
    pages = len(pypdfium2.PdfDocument(client.get(f"{FORM}.pdf", params=query).content))
    fields = [each["field"] for each in described["fields"]]
    assert len(fields) == len(set(fields))
    assert max(each["page"] for each in described["fields"]) == pages - 1
    assert {each["page"] for each in described["continuations"]} == {pages}
    assert "/opinion" in {each["field"] for each in described["continuations"]}


def test_the_word_form_has_the_same_labels(client: TestClient) -> None:
    answer = client.get(f"{FORM}.docx")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == WORD
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        text = packed.read("word/document.xml").decode()
    for label in ("案の名称", "氏名", "代表者の氏名", "住所", "区分", "意見の内容", MEASURE):
        assert label in text
    fresh = client.get(f"{FORM}.docx", headers={"If-None-Match": answer.headers["ETag"]})
    assert fresh.status_code == 304


def test_anybody_may_print_separator_sheets(anonymous: TestClient) -> None:
    answer = anonymous.get("/api/v1/separator.pdf")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/pdf"
    picture = pypdfium2.PdfDocument(answer.content)[0].render(scale=2).to_numpy()
    assert {each.text for each in zxingcpp.read_barcodes(picture)} == {SEPARATOR_TEXT}
