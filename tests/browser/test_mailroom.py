"""A clerk's morning: a scan is handed in, read, corrected and accepted."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import ImageFilter
from playwright.sync_api import Browser, Page, expect

from app.domain.comment_form import ADDRESS, CATEGORY_CODE, MEASURE, NAME, OPINION
from app.domain.consultation import Consultation
from app.domain.status import CommentStatus
from app.intake.desk import Desk
from app.recognition.filled_form import as_pdf, fill
from app.recognition.templates import design
from tests.browser.conftest import KEY

ANSWERS = {
    NAME: "見本 三郎",
    ADDRESS: "見本市中央3丁目4番地",
    CATEGORY_CODE: "1",
    OPINION: "職員の研修を毎年行うと書いてください。",
}


@pytest.fixture
def scan(consultation: Consultation, tmp_path: Path) -> Path:
    """A form filled in, printed and scanned."""
    answers = ANSWERS | {MEASURE: consultation.measure_name}
    path = tmp_path / "scan.pdf"
    path.write_bytes(as_pdf(fill(consultation, design(consultation), answers)))
    return path


BLUR = 5
"""Dots of a sheet at 300 dpi: the marks are still found, the small characters run together."""


@pytest.fixture
def blurred(consultation: Consultation, tmp_path: Path) -> Path:
    """The same form, badly focused: the machine will doubt what it reads."""
    answers = ANSWERS | {MEASURE: consultation.measure_name}
    [sheet] = fill(consultation, design(consultation), answers)
    out = io.BytesIO()
    sheet.filter(ImageFilter.GaussianBlur(BLUR)).save(out, "PNG")
    path = tmp_path / "blurred.png"
    path.write_bytes(out.getvalue())
    return path


@pytest.fixture
def page_without_script(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="ja-JP", java_script_enabled=False)
    yield context.new_page()
    context.close()


def sign_in(page: Page, service: str) -> None:
    page.goto(f"{service}/staff")
    page.get_by_label("APIキー").fill(KEY)
    page.get_by_role("button", name="ログイン").click()
    expect(page.get_by_role("heading", name="ホーム")).to_be_visible()


def hand_in(page: Page, service: str, scan: Path) -> None:
    page.goto(f"{service}/staff/upload")
    page.get_by_label("スキャンしたファイル").set_input_files(scan)
    page.get_by_label("意見書の数").fill("1")
    page.get_by_label("持参", exact=True).check()
    page.get_by_role("button", name="取り込む").click()
    expect(page.get_by_text("預かりました")).to_be_visible()


def open_the_comment(page: Page) -> str:
    """Wait until the arrival was read, and open what it became."""
    link = page.get_by_role("link", name=re.compile(r"^\d{3}-\d{6}-\d$"))
    expect(link).to_be_visible(timeout=120_000)
    number = link.inner_text()
    link.click()
    expect(page.get_by_role("heading", name=f"受付番号 {number}")).to_be_visible()
    return number


def test_a_scan_is_handed_in_read_corrected_and_accepted_without_script(
    page_without_script: Page, service: str, scan: Path, desk: Desk
) -> None:
    page = page_without_script
    sign_in(page, service)
    hand_in(page, service, scan)
    number = open_the_comment(page)

    expect(page.locator("[name='/submitter/name']")).to_have_value("見本 三郎")
    picture = page.get_by_role("img", name="1ページ目の画像")
    expect(picture).to_have_js_property("complete", value=True)
    assert picture.evaluate("image => image.naturalWidth") > 500
    assert page.locator("svg .box").count() >= 3
    # What a person has to look at is shown above its field, and asked for by name.
    expect(page.get_by_role("img", name="氏名（団体は名称）の画像")).to_be_visible()
    asked = page.get_by_role("region", name="確認が必要な欄").get_by_role("link")
    expect(asked).to_have_text(
        ["氏名（団体は名称）", "住所（団体は事務所の所在地）", "意見の内容（書かれたとおり）"]
    )

    page.locator("[name='/submitter/address']").fill("見本市中央3丁目4番地5号")
    page.get_by_role("button", name="訂正を保存する").click()
    expect(page.get_by_text("訂正を保存しました")).to_be_visible()
    page.get_by_label("受理する").check()
    page.get_by_label("理由").fill("画像と一致した")
    page.get_by_role("button", name="判断を記録する").click()
    expect(page.get_by_text("判断を記録しました")).to_be_visible()

    record = desk.queries.comments.get(number)
    assert record is not None
    assert record.status is CommentStatus.ACCEPTED
    assert record.submitter.address == "見本市中央3丁目4番地5号"
    assert record.corrections[ADDRESS][0].value == ANSWERS[ADDRESS]
    assert record.opinion == ANSWERS[OPINION]


def test_doubt_is_shown_by_shape_and_words_and_reached_by_keyboard(
    page: Page, service: str, blurred: Path
) -> None:
    complaints: list[str] = []
    page.on(
        "console",
        lambda message: complaints.append(message.text) if message.type == "error" else None,
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    sign_in(page, service)
    hand_in(page, service, blurred)
    open_the_comment(page)

    box = page.locator("svg .box-low").first
    dashes = box.locator("rect").evaluate("rect => getComputedStyle(rect).strokeDasharray")
    assert dashes != "none"
    assert "▲" in (box.locator("text").text_content() or "")
    expect(page.get_by_text("読み取りに自信がありません").first).to_be_visible()

    # The outline leads to its field by keyboard alone, and the outline lies on the picture.
    box.focus()
    page.keyboard.press("Enter")
    target = page.url.partition("#")[2]
    assert page.locator(f"#{target}").is_visible()
    sheet, outline = page.locator(".sheet-image").bounding_box(), box.bounding_box()
    assert sheet is not None
    assert outline is not None
    assert sheet["x"] <= outline["x"] <= sheet["x"] + sheet["width"]
    assert complaints == []


def test_files_can_be_dropped_and_only_what_belongs_to_the_way_is_shown(
    page: Page, service: str
) -> None:
    sign_in(page, service)
    page.goto(f"{service}/staff/upload")
    expect(page.get_by_label("消印の日")).to_be_visible()
    expect(page.get_by_label("数えた枚数")).to_be_hidden()
    page.get_by_label("意見書提出箱", exact=True).check()
    expect(page.get_by_label("消印の日")).to_be_hidden()
    page.get_by_label("回収", exact=False).first.select_option("new")
    expect(page.get_by_label("数えた枚数")).to_be_visible()

    page.evaluate(
        """() => {
          const files = new DataTransfer();
          files.items.add(new File(["x"], "dropped.png", { type: "image/png" }));
          document.querySelector("[data-drop]").dispatchEvent(
            new DragEvent("drop", { dataTransfer: files, bubbles: true, cancelable: true }));
        }"""
    )
    assert page.locator("#files").evaluate("field => field.files[0].name") == "dropped.png"


def test_the_first_thing_a_keyboard_reaches_is_the_way_past_the_menu(
    page: Page, service: str
) -> None:
    sign_in(page, service)
    page.reload()
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="本文へ移動")
    expect(skip).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_a_citizen_sees_the_open_consultation_on_a_telephone(
    page: Page, service: str, consultation: Consultation
) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(service)
    expect(page.get_by_role("heading", name=consultation.measure_name)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= 360")
