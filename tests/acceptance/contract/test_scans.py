import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

import pillow_heif
import pytest
from fpdf import FPDF
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests.acceptance.contract import papers
from tests.acceptance.contract.city import City, Json, codes, error_codes, new_code, now, problem


def is_the_form(comment: dict[str, Any], consultation: dict[str, Any]) -> None:
    assert comment["consultation"] == consultation["code"]
    assert comment["measure"]["verdict"] == "match"
    assert comment["submitter"]["name"] == papers.NAME
    assert comment["submitter"]["address"] == papers.ADDRESS
    assert comment["submitter"]["category"]["code"] == "1"
    assert comment["submitter"]["kind"] == "individual"
    assert "".join(comment["opinion"].split()) == "".join(papers.OPINION)
    # What was read by OCR is for a person to look at.
    assert comment["status"] == "needs_review"


@pytest.mark.parametrize("face", [0, 1])
def test_our_form_as_pdf_is_read(city: City, consultation: Json, face: int) -> None:
    content = papers.pdf(papers.filled(city, consultation["code"], face=face))
    read = city.settled(city.scan(("意見書.pdf", content, "application/pdf"), delivery="hand"))
    assert read["state"] == "done"
    assert read["channel"] == "mail"
    comment = city.comment(read["comments"][0])
    is_the_form(comment, consultation)
    assert (comment["channel"], comment["delivery"]) == ("mail", "hand")
    assert city.get(f"/submissions/{read['submission_id']}/original").content == content
    document = next(d for d in comment["documents"] if d["role"] == "original")
    assert document["filename"] == "意見書.pdf"
    assert document["media_type"] == "application/pdf"
    assert document["bytes"] == len(content)
    for field in ("/submitter/name", "/submitter/address", "/opinion"):
        reading = comment["readings"][field]
        assert reading["source"] == "ocr"
        assert reading["page"] == 1
        assert 0 <= reading["confidence"] <= 1
        left, top, right, bottom = reading["box"]
        assert 0 <= left < right <= 1
        assert 0 <= top < bottom <= 1


@pytest.mark.parametrize(("kind", "dpi"), [("PNG", 200), ("JPEG", 300)])
def test_our_form_as_a_picture_is_read(city: City, consultation: Json, kind: str, dpi: int) -> None:
    page = papers.filled(city, consultation["code"], dpi=dpi)
    file = (f"a.{kind.lower()}", papers.picture(page, kind, dpi), f"image/{kind.lower()}")
    is_the_form(city.one_comment_of(city.scan(file)), consultation)


@pytest.mark.parametrize("compression", ["group4", "tiff_lzw"])
def test_our_form_as_tiff_is_read(city: City, consultation: Json, compression: str) -> None:
    page = papers.filled(city, consultation["code"])
    if compression == "group4":
        page = page.point(lambda v: 255 if v > 128 else 0).convert("1")
    file = ("a.tif", papers.tiff(page, compression=compression), "image/tiff")
    is_the_form(city.one_comment_of(city.scan(file)), consultation)


def test_our_form_as_heic_is_read(city: City, consultation: Json) -> None:
    page = papers.filled(city, consultation["code"]).convert("RGB")
    buffer = io.BytesIO()
    pillow_heif.from_pillow(page).save(buffer, quality=90)
    file = ("a.heic", buffer.getvalue(), "image/heic")
    is_the_form(city.one_comment_of(city.scan(file)), consultation)


@pytest.mark.parametrize("angle", [1.0, -2.0, 180.0, 90.0])
def test_our_form_is_read_however_it_lay(city: City, consultation: Json, angle: float) -> None:
    page = papers.filled(city, consultation["code"]).rotate(
        angle, expand=True, fillcolor=255, resample=Image.Resampling.BICUBIC
    )
    comment = city.one_comment_of(city.scan(("a.pdf", papers.pdf(page), "application/pdf")))
    is_the_form(comment, consultation)


def test_an_organisation_with_a_detail_is_read_from_the_form(
    city: City, consultation: Json
) -> None:
    page = papers.filled(
        city, consultation["code"], tick="2",
        values={"/submitter/representative": "大雪太郎", "/submitter/name": "架空商店会",
                "/submitter/category/detail": "架空産業六条通"},
    )  # fmt: skip
    comment = city.one_comment_of(city.scan(("a.png", papers.picture(page, "PNG"), "image/png")))
    assert comment["submitter"]["kind"] == "organization"
    assert comment["submitter"]["representative"] == "大雪太郎"
    assert comment["submitter"]["category"]["code"] == "2"
    assert comment["submitter"]["category"]["detail"] == "架空産業六条通"


def test_a_batch_is_split_into_comments(city: City, consultation: Json) -> None:
    names = ["旭川花子", "神居太郎", "永山次郎"]
    pages = [
        papers.filled(city, consultation["code"], values={"/submitter/name": name})
        for name in names
    ]
    answer = city.scan(("batch.pdf", papers.pdf(*pages), "application/pdf"), declared_count=3)
    read = city.settled(answer)
    comments = [city.comment(number) for number in read["comments"]]
    assert [comment["submitter"]["name"] for comment in comments] == names
    assert {comment["submission_id"] for comment in comments} == {read["submission_id"]}
    assert not {code for code in codes(read) if "count" in code}


def test_files_of_one_upload_are_one_submission(city: City, consultation: Json) -> None:
    pages = [papers.filled(city, consultation["code"], values={"/submitter/name": name})
             for name in ("旭川花子", "神居太郎")]  # fmt: skip
    files = [("a.png", papers.picture(pages[0], "PNG"), "image/png"),
             ("b.pdf", papers.pdf(pages[1]), "application/pdf")]  # fmt: skip
    read = city.settled(city.scan(*files, declared_count=3))
    assert len(read["comments"]) == 2
    path = f"/submissions/{read['submission_id']}"
    assert city.get(f"{path}/original").content == files[0][1]
    originals = [d for d in read["documents"] if d["role"] == "original"]
    assert len(originals) == 2
    assert [city.get(f"{path}/documents/{d['id']}").content for d in originals] == [
        file[1] for file in files
    ]
    # Three were declared and two recorded.
    found = codes(read) | {c for n in read["comments"] for c in codes(city.comment(n))}
    assert any("count" in code for code in found), found
    row = next(r for r in city.get("/ledger/summary").json()["items"]
               if read["submission_id"] in r["source"])  # fmt: skip
    assert row["seen"] == 3
    assert row["recorded"] == 2
    assert row["missing"] == 1


def blank_page() -> bytes:
    """Give a cheap picture; its size makes its bytes unlike any other's."""
    text = new_code().encode()
    image = Image.new("L", (400, 600), 255)
    image.putpixel((text[2], text[3]), 254)
    note = PngInfo()
    note.add_text("Comment", text.decode())
    buffer = io.BytesIO()
    image.save(buffer, "PNG", pnginfo=note)
    return buffer.getvalue()


def test_required_fields_of_a_scan(city: City) -> None:
    file = ("a.png", blank_page(), "image/png")
    for changes, field in (
        ({"channel": None}, "channel"),
        ({"channel": "pigeon"}, "channel"),
        ({"channel": "email"}, "channel"),
        ({"channel": "fax"}, "channel"),
        ({"delivery": None}, "delivery"),
        ({"delivery": "drone"}, "delivery"),
        ({"received_at": None}, "received_at"),
        ({"received_at": "2026-01-01T00:00:00"}, "received_at"),
        ({"received_at": "today"}, "received_at"),
        ({"postmarked_on": "2026-02-30", "delivery": "post"}, "postmarked_on"),
        ({"declared_count": "many"}, "declared_count"),
        ({"declared_count": "-1"}, "declared_count"),
        ({"consultation": "nobody-knows"}, "consultation"),
        ({"channel": "drop_box", "delivery": None, "drop_box": "nobody-knows"}, "drop_box"),
        (
            {"channel": "drop_box", "delivery": None, "collection_id": "nobody-knows"},
            "collection_id",
        ),
    ):
        answer = city.scan(file, **changes)
        error_codes(answer)
        assert field in json.dumps(answer.json()["errors"]), (changes, answer.text)
    answer = city.post(
        "/intake/scans",
        data={"channel": "mail", "delivery": "hand", "received_at": now().isoformat()},
    )
    assert answer.status_code == 422, answer.text
    answer = city.post("/intake/scans", files=[("files", file)])
    assert {"channel", "received_at"} <= {
        error["field"].strip("/").split("/")[-1] for error in problem(answer, 422)["errors"]}  # fmt: skip


def test_empty_form_values_are_values_not_given(city: City) -> None:
    file = ("a.png", blank_page(), "image/png")
    answer = city.scan(file, postmarked_on="", drop_box="", collection_id="", declared_count="",
                       consultation="")  # fmt: skip
    assert answer.status_code == 202, answer.text


def test_the_same_upload_again_is_200_and_other_dates_leave_a_finding(city: City) -> None:
    file = ("a.png", blank_page(), "image/png")
    when = now().isoformat(timespec="seconds")
    first = city.scan(file, received_at=when)
    assert first.status_code == 202
    again = city.scan(file, received_at=when)
    assert again.status_code == 200
    assert again.json()["submission_id"] == first.json()["submission_id"]
    before = city.settled(first)
    other = city.scan(file, received_at="2026-01-05T10:00:00+09:00")
    assert other.status_code == 200
    assert other.json()["submission_id"] == first.json()["submission_id"]
    after = city.submission(before["submission_id"])
    assert after["received_at"] == before["received_at"]
    found = codes(after) | {c for n in after["comments"] for c in codes(city.comment(n))}
    was = codes(before)
    assert found - was


def test_a_blank_page_is_recorded_with_its_pages_and_findings(
    city: City, consultation: Json
) -> None:
    file = ("a.png", blank_page(), "image/png")
    read = city.settled(city.scan(file, consultation=consultation["code"]))
    assert read["state"] in {"done", "quarantined"}
    for number in read["comments"]:
        comment = city.comment(number)
        assert comment["status"] == "needs_review"
        assert comment["findings"]


def test_the_blank_form_itself_is_recorded_for_a_person(city: City, consultation: Json) -> None:
    page, _ = papers.blank(city, consultation["code"])
    comment = city.one_comment_of(city.scan(("a.png", papers.picture(page, "PNG"), "image/png")))
    assert comment["consultation"] == consultation["code"]
    # OCR alone never makes a comment need correction.
    assert comment["status"] == "needs_review"
    assert {"name_missing", "address_missing", "opinion_missing", "category_missing"} <= codes(
        comment
    )


def test_the_named_consultation_counts_where_the_page_says_nothing(
    city: City, consultation: Json
) -> None:
    file = ("a.png", blank_page(), "image/png")
    read = city.settled(city.scan(file, consultation=consultation["code"]))
    for number in read["comments"]:
        assert city.comment(number)["consultation"] == consultation["code"]


def zip_of(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.txt", content)
    return buffer.getvalue()


def huge_png() -> bytes:
    """Give a small PNG that unfolds to 30,000 by 30,000 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    rows = zlib.compress(b"\0" * (30_000 // 8 + 1) * 30_000, 9)
    head = struct.pack(">IIBBBBB", 30_000, 30_000, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def encrypted_pdf() -> bytes:
    document = FPDF()
    document.add_page()
    document.set_encryption(owner_password="owner", user_password="user")
    return bytes(document.output())


def many_pages() -> bytes:
    document = FPDF()
    for _ in range(40):
        document.add_page()
    return bytes(document.output())


def page_tree_without_pages() -> bytes:
    return (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\nxref\n0 3\n0000000000 65535 f \n"
        b"0000000009 00000 n \n0000000054 00000 n \ntrailer<</Size 3/Root 1 0 R>>\nstartxref\n103\n%%EOF"
    )


def truncated_pdf() -> bytes:
    return papers.pdf(Image.new("L", (800, 1100), 255))[:-700]


BAD_FILES: dict[str, Callable[[], tuple[bytes, str, str]]] = {
    "empty": lambda: (b"", "application/pdf", "a.pdf"),
    "truncated pdf": lambda: (truncated_pdf(), "application/pdf", "a.pdf"),
    "encrypted pdf": lambda: (encrypted_pdf(), "application/pdf", "a.pdf"),
    "text as pdf": lambda: ("これは文字です。".encode(), "application/pdf", "a.pdf"),
    "no pages": lambda: (page_tree_without_pages(), "application/pdf", "a.pdf"),
    "many pages": lambda: (many_pages(), "application/pdf", "a.pdf"),
    "huge png": lambda: (huge_png(), "image/png", "a.png"),
    "truncated png": lambda: (blank_page()[:-40], "image/png", "a.png"),
    "png head only": lambda: (blank_page()[:30], "image/png", "a.png"),
    "zip": lambda: (zip_of(b"x" * 50_000_000), "application/zip", "a.zip"),
    "html": lambda: (b"<html><body>x", "text/html", "a.html"),
    "noise": lambda: (bytes(range(256)) * 40, "image/tiff", "a.tif"),
    "tiff head only": lambda: (b"II*\0\x08\0\0\0", "image/tiff", "a.tif"),
    "tiff that loops": lambda: (b"II*\0\x08\0\0\0\0\0\x08\0\0\0", "image/tiff", "a.tif"),
    "heic head only": lambda: (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "image/heic", "a.heic"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_bad_files_are_kept_with_a_finding_that_says_what_to_do(city: City, name: str) -> None:
    content, media_type, filename = BAD_FILES[name]()
    if content and media_type != "application/zip":
        content += b"\n%" + new_code().encode()
    answer = city.scan((filename, content, media_type))
    assert answer.status_code in {200, 202}, (name, answer.text)
    read = city.wait(answer.json()["submission_id"])
    assert read["state"] in {"quarantined", "done"}, (name, read)
    assert city.get(f"/submissions/{read['submission_id']}/original").content == content
    found = [*read["findings"], *(f for n in read["comments"] for f in city.comment(n)["findings"])]
    assert found or read["reason"], (name, read)
    assert all(finding["message"] for finding in found)
    for number in read["comments"]:
        assert city.comment(number)["status"] == "needs_review"
    assert city.client.get("/readyz").status_code == 200


def test_a_mislabelled_file_is_read_for_what_it_is(city: City, consultation: Json) -> None:
    page = papers.filled(city, consultation["code"])
    file = ("a.pdf", papers.picture(page, "PNG"), "application/pdf")
    comments = city.comments_of(city.scan(file))
    assert len(comments) == 1
    is_the_form(comments[0], consultation)


@pytest.mark.parametrize(
    "filename", ["../../etc/passwd", "意見\r\nX: y.pdf", "a" * 300 + ".png", "", "\u202egnp.exe",
                 "..", "a/b\\c.png"],
)  # fmt: skip
def test_odd_file_names_do_no_harm(city: City, filename: str) -> None:
    answer = city.scan((filename or "x", blank_page(), "image/png"))
    assert answer.status_code == 202, answer.text
    read = city.settled(answer)
    got = city.get(f"/submissions/{read['submission_id']}/original")
    assert got.status_code == 200
    assert "\n" not in got.headers.get("Content-Disposition", "")
    assert got.headers.get("X-Content-Type-Options") == "nosniff"
