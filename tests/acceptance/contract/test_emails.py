import json
from datetime import datetime
from typing import Any

import pytest

from tests.acceptance.contract.city import (
    City,
    Json,
    codes,
    dated,
    error_codes,
    new_code,
    new_measure,
    now,
    problem,
)
from tests.acceptance.contract.mails import html, labelled, letter, plain, with_attachment


def test_a_mail_is_queued_then_recorded(city: City, consultation: Json) -> None:
    raw = letter(consultation)
    received = now().isoformat(timespec="seconds")
    answer = city.mail(raw, internal_date=received)
    assert answer.status_code == 202
    assert answer.json().keys() >= {"submission_id", "state"}
    read = city.settled(answer)
    assert read["state"] == "done"
    assert read["channel"] == "email"
    assert read["received_at"] == received
    comment = city.comment(read["comments"][0])
    assert comment["channel"] == "email"
    assert comment["consultation"] == consultation["code"]
    assert comment["submitter"]["kind"] == "individual"
    assert comment["submitter"]["name"] == "大雪 一郎"
    assert comment["submitter"]["address"] == "旭川市7条通10丁目1番地"
    assert comment["submitter"]["category"]["code"] == "1"
    assert comment["submitter"]["email"].startswith("writer")
    assert (
        comment["opinion"].replace("\r\n", "\n").strip()
        == "冬の歩道を広くしてください。\n坂道も見てください。"
    )
    assert comment["measure"]["verdict"] == "match"
    assert comment["measure"]["written"] == consultation["measure_name"]
    assert comment["received_at"] == received
    assert comment["timeliness"]["verdict"] == "in_time"
    assert comment["status"] == "accepted", comment["findings"]
    assert city.get(f"/submissions/{read['submission_id']}/original").content == raw
    assert any(document["role"] == "original" for document in comment["documents"])
    original = next(d for d in comment["documents"] if d["role"] == "original")
    assert original["bytes"] == len(raw)


def test_the_same_bytes_again_are_200_whatever_the_uid(city: City, consultation: Json) -> None:
    raw = letter(consultation)
    when = now().isoformat(timespec="seconds")
    first = city.mail(raw, uid=1, internal_date=when)
    again = city.mail(raw, uid=1, internal_date=when)
    assert again.status_code == 200
    assert again.json()["submission_id"] == first.json()["submission_id"]
    read = city.settled(first)
    moved = city.mail(raw, uid=99, internal_date=when)
    elsewhere = city.mail(raw, mailbox="other", folder="Archive", uid=1, uidvalidity=9,
                          internal_date=when)  # fmt: skip
    for answer in (moved, elsewhere):
        assert answer.status_code == 200
        assert answer.json()["submission_id"] == read["submission_id"]
    assert len(city.submission(read["submission_id"])["comments"]) == 1


def test_the_same_bytes_with_another_date_leave_a_finding(city: City, consultation: Json) -> None:
    raw = letter(consultation)
    first = city.settled(city.mail(raw, internal_date="2026-01-01T00:00:00+09:00"))
    before = city.comment(first["comments"][0])
    again = city.mail(raw, internal_date="2026-01-02T00:00:00+09:00")
    assert again.status_code == 200
    after = city.comment(first["comments"][0])
    assert after["received_at"] == before["received_at"]
    new = codes(after) - codes(before)
    new |= codes(city.submission(first["submission_id"])) - codes(first)
    assert new


def test_other_bytes_under_a_used_uid_are_a_new_arrival(city: City, consultation: Json) -> None:
    box = {"mailbox": new_code(), "uid": 5, "uidvalidity": 3}
    one = city.mail(letter(consultation), **box)
    two = city.mail(letter(consultation, opinion="別の意見です。"), **box)
    assert one.status_code == two.status_code == 202
    assert one.json()["submission_id"] != two.json()["submission_id"]


def test_the_time_of_the_server_is_required(city: City, consultation: Json) -> None:
    raw = letter(consultation)
    for wrong in (None, "", "yesterday", "2026-01-01T00:00:00", "2026-01-01", "2026-13-01T00:00:00Z",
                  "2026-01-01 00:00:00", "1767193200"):  # fmt: skip
        answer = city.mail(raw, internal_date=wrong)
        error_codes(answer)
        assert "internal_date" in json.dumps(answer.json()["errors"]), wrong


@pytest.mark.parametrize(
    "written",
    ["2026-01-01T00:00:00Z", "2026-01-01T09:00:00+09:00", "2025-12-31T19:00:00-05:00",
     "2026-01-01t00:00:00z", "2026-01-01T00:00:00.000Z"],
)  # fmt: skip
def test_any_offset_is_told_as_japanese_time(city: City, consultation: Json, written: str) -> None:
    read = city.settled(city.mail(letter(consultation), internal_date=written))
    shown = read["received_at"]
    assert shown.endswith("+09:00")
    assert datetime.fromisoformat(shown) == datetime.fromisoformat("2026-01-01T09:00:00+09:00")


def test_only_internal_date_is_required(city: City, consultation: Json) -> None:
    answer = city.mail(letter(consultation), mailbox=None, folder=None, uid=None, uidvalidity=None)
    assert answer.status_code == 202, answer.text
    assert city.settled(answer)["state"] == "done"


@pytest.mark.parametrize("uid", ["x", "-1", "1.5", "9" * 40])
def test_a_senseless_uid_is_no_5xx(city: City, consultation: Json, uid: str) -> None:
    assert city.mail(letter(consultation), uid=uid).status_code in {202, 422}


@pytest.mark.parametrize("charset", ["utf-8", "cp932", "iso-2022-jp"])
def test_the_usual_charsets_are_read(city: City, consultation: Json, charset: str) -> None:
    text = "図書館を夜まで開けてください。ソ十表" + charset
    comment = city.one_comment_of(city.mail(letter(consultation, charset, opinion=text)))
    assert comment["opinion"].strip() == text
    assert comment["submitter"]["name"] == "大雪 一郎"
    assert comment["status"] == "accepted", comment["findings"]


def test_a_cp932_mail_labelled_iso_2022_jp_with_vendor_characters_is_read(
    city: City, consultation: Json
) -> None:
    marker = "図書館を夜まで"
    raw = letter(consultation, "iso-2022-jp", opinion=f"第{marker}の件です。")
    # Vendor ① as old mail programs send it: NEC row 13 inside ISO-2022-JP.
    jis = marker.encode("iso-2022-jp")
    assert jis[3:-3] in raw
    raw = raw.replace(jis[3:-3], b"\x2d\x21" + jis[3:-3])
    comment = city.one_comment_of(city.mail(raw))
    assert comment["opinion"].strip() == f"第①{marker}の件です。"


def test_mislabelled_and_unlabelled_charsets_are_read(city: City, consultation: Json) -> None:
    for charset, label in (("cp932", "ISO-2022-JP"), ("cp932", "UTF-8"), ("utf-8", "Shift_JIS"),
                           ("utf-8", "us-ascii"), ("cp932", "x-unknown"), ("iso-2022-jp", "UTF-8")):  # fmt: skip
        text = labelled(consultation, name="髙橋 ①子" if charset != "iso-2022-jp" else "高橋 子",
                        opinion=f"{charset}を{label}と書いた意見です。")  # fmt: skip
        raw = plain(text, charset, Content_Type=f"text/plain; charset={label}")
        comment = city.one_comment_of(city.mail(raw))
        assert comment["opinion"].strip().endswith("と書いた意見です。"), (
            charset,
            label,
            comment["opinion"],
        )
        assert comment["submitter"]["name"].startswith(("髙橋", "高橋")), (charset, label)
        assert comment["consultation"] == consultation["code"]


def test_html_only_mail_is_read(city: City, consultation: Json) -> None:
    text = labelled(consultation)
    lines = "".join(f"<div>{line}</div>" for line in text.split("\n"))
    comment = city.one_comment_of(
        city.mail(html(f"<html><head><style>p{{}}</style></head><body>{lines}</body></html>"))
    )
    assert comment["consultation"] == consultation["code"]
    assert comment["submitter"]["name"] == "大雪 一郎"
    assert "坂道も見てください。" in comment["opinion"]
    assert "<" not in comment["opinion"]
    broken = "<br>".join(text.split("\n"))
    comment = city.one_comment_of(city.mail(html(f"<p>{broken}</p>")))
    assert comment["submitter"]["address"] == "旭川市7条通10丁目1番地"


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated"},
        {"Auto_Submitted": "Auto-Replied (vacation)"},
        {"Precedence": "auto_reply"},
        {"X_Autoreply": "yes"},
        {
            "Return_Path": "<>",
            "Content_Type": "multipart/report; report-type=delivery-status; boundary=x",
        },
    ],
)
def test_automatic_mail_is_ignored(city: City, headers: dict[str, str]) -> None:
    raw = plain("ただいま不在にしております。折り返しご連絡します。" + new_code(), **headers)
    read = city.settled(city.mail(raw))
    assert read["state"] == "ignored", read
    assert read["comments"] == []
    assert read["reason"]
    assert city.get(f"/submissions/{read['submission_id']}/original").content == raw


def test_a_delivery_report_is_ignored(city: City) -> None:
    raw = (
        "From: MAILER-DAEMON@example.jp\r\nTo: simin@example.jp\r\nSubject: Undelivered Mail\r\n"
        "Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        f"--b\r\nContent-Type: text/plain\r\n\r\nIt failed. {new_code()}\r\n--b\r\n"
        "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.jp\r\n\r\n"
        "Final-Recipient: rfc822; hanako@example.jp\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b--\r\n"
    )
    assert city.settled(city.mail(raw.encode()))["state"] == "ignored"


def test_list_mail_without_a_comment_is_ignored_and_with_one_is_recorded(
    city: City, consultation: Json
) -> None:
    headers = {"List_Id": "<news.example.jp>", "List_Unsubscribe": "<mailto:u@example.jp>",
               "Precedence": "bulk"}  # fmt: skip
    news = plain("今月のお知らせです。新しい店が開きました。" + new_code(), **headers)
    assert city.settled(city.mail(news))["state"] == "ignored"
    comment = city.one_comment_of(city.mail(plain(labelled(consultation), **headers)))
    assert comment["consultation"] == consultation["code"]
    assert comment["opinion"]


def test_missing_fields_need_correction(city: City, consultation: Json) -> None:
    for field, code in (("name", "name_missing"), ("address", "address_missing"),
                        ("category", "category_missing"), ("opinion", "opinion_missing")):  # fmt: skip
        comment = city.one_comment_of(city.mail(letter(consultation, **{field: ""})))
        assert comment["status"] == "needs_correction", (field, comment["status"])
        assert code in codes(comment), field


def test_a_category_without_its_detail_needs_correction(city: City, consultation: Json) -> None:
    comment = city.one_comment_of(city.mail(letter(consultation, category="2")))
    assert comment["status"] == "needs_correction"
    assert "category_detail_missing" in codes(comment)
    comment = city.one_comment_of(
        city.mail(letter(consultation, category="2", detail="架空産業 6条通"))
    )
    assert comment["submitter"]["category"] == {"code": "2", "detail": "架空産業 6条通"}
    assert comment["status"] == "accepted", comment["findings"]


def test_a_category_written_in_words_is_understood(city: City, consultation: Json) -> None:
    for written in ("市内に住所を有する方", "1 市内に住所を有する方", "１", "①", "(1)"):
        comment = city.one_comment_of(city.mail(letter(consultation, category=written)))
        assert comment["submitter"]["category"]["code"] == "1", written


def test_an_organisation_by_mail(city: City, consultation: Json) -> None:
    text = labelled(consultation, name="架空商店会") + f"\n代表者氏名：大雪 太郎{new_code()}"
    text = text.replace("\n意見", "\n代表者：大雪 太郎\n意見").rsplit("\n", 1)[0]
    comment = city.one_comment_of(city.mail(plain(text)))
    assert comment["submitter"]["kind"] == "organization"
    assert comment["submitter"]["representative"] == "大雪 太郎"


@pytest.mark.parametrize("separator", [":", "： ", "　", "\n"])
def test_usual_ways_of_labelling_are_read(city: City, consultation: Json, separator: str) -> None:
    fields = {"施策の案の名称": consultation["measure_name"], "ご住所": "旭川市8条通1丁目2番地",
              "お名前": "北野 雪子", "意見提出者の区分": "1", "ご意見": f"夜間の灯りを増やして。{separator!r}"}  # fmt: skip
    for mark in ("", "【", "■", "・", "1. "):
        close = "】" if mark == "【" else ""
        if not close and separator in {"　", "\n"} and mark != "■":
            continue
        text = "\n".join(f"{mark}{k}{close}{separator}{v}" for k, v in fields.items())
        comment = city.one_comment_of(city.mail(plain(text)))
        assert comment["submitter"]["name"] == "北野 雪子", text
        assert comment["submitter"]["address"] == "旭川市8条通1丁目2番地", text
        assert comment["opinion"].strip().startswith("夜間の灯り"), text


def test_an_unlabelled_mail_is_recorded_for_a_person(city: City) -> None:
    comment = city.one_comment_of(city.mail(plain(f"除雪をもっと丁寧にしてください。{new_code()}")))
    assert comment["consultation"] is None
    assert comment["timeliness"]["verdict"] == "undetermined"
    assert comment["status"] == "needs_review"
    assert comment["measure"]["verdict"] == "missing"
    assert "除雪をもっと丁寧に" in comment["opinion"]


def test_an_empty_mail_is_recorded(city: City) -> None:
    for raw in (
        plain("", X_Number=new_code()),
        f"From: a@example.jp\r\nX-N: {new_code()}\r\n\r\n".encode(),
    ):
        read = city.settled(city.mail(raw))
        assert read["state"] in {"done", "quarantined"}, read
        assert read["comments"] or read["state"] == "quarantined"


def test_an_empty_body_is_kept_or_refused_clearly(city: City) -> None:
    answer = city.mail(b"")
    assert answer.status_code in {200, 202, 400, 422}
    if answer.status_code >= 400:
        problem(answer, answer.status_code)


@pytest.mark.parametrize(
    "raw",
    [b"\x00\x01\x02", b"\xff" * 5000, b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x",
     b"Content-Type: multipart/mixed; boundary=\r\n\r\n" * 200,
     b"Content-Type: text/plain; charset=\x00\r\n\r\nx",
     b"Content-Transfer-Encoding: base64\r\n\r\n!!!!", b"Subject: =?x?q?=00?=\r\n\r\nx",
     b"From: " + b"a" * 100_000 + b"\r\n\r\n"],
)  # fmt: skip
def test_broken_mail_is_kept_and_stops_nobody(city: City, raw: bytes) -> None:
    raw += b"\r\n" + new_code().encode()
    answer = city.mail(raw)
    assert answer.status_code == 202, answer.text
    read = city.settled(answer)
    assert read["state"] in {"done", "quarantined"}, read
    assert city.get(f"/submissions/{read['submission_id']}/original").content == raw


def test_deeply_nested_parts_stop_nobody(city: City) -> None:
    parts = "".join(
        f"Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n" for n in range(3000)
    )
    read = city.settled(city.mail(f"From: a@example.jp\r\nX: {new_code()}\r\n{parts}".encode()))
    assert read["state"] in {"done", "quarantined"}


def test_an_attachment_is_kept_and_a_person_looks(city: City, consultation: Json) -> None:
    content = b"%PDF-1.4 made up " + new_code().encode()
    raw = with_attachment(labelled(consultation), "意見書.pdf", content)
    read = city.settled(city.mail(raw))
    comment = city.comment(read["comments"][0])
    assert comment["status"] == "needs_review"
    attachment = next(d for d in comment["documents"] if d["role"] != "original")
    assert attachment["filename"] == "意見書.pdf"
    path = f"/submissions/{read['submission_id']}/documents/{attachment['id']}"
    assert city.get(path).content == content
    assert city.get(f"/submissions/{read['submission_id']}/original").content == raw


def pair(city: City, one: str, two: str) -> tuple[Any, Any]:
    stem = new_measure().removesuffix("（案）")
    return (city.open(measure_name=one.format(stem)), city.open(measure_name=two.format(stem)))


@pytest.mark.parametrize(
    ("one", "two", "vague"),
    [("第5期{}（案）", "第6期{}（案）", "{}（案）"), ("{}（案）", "{}（素案）", "{}")],
)
def test_names_that_differ_by_one_character_are_never_mixed_up(
    city: City, one: str, two: str, vague: str
) -> None:
    first, second = pair(city, one, two)
    for made in (first, second):
        comment = city.one_comment_of(city.mail(letter(made)))
        assert comment["consultation"] == made["code"]
        assert comment["measure"]["verdict"] == "match"
        assert comment["status"] == "accepted", comment["findings"]
    stem = first["measure_name"].replace("第5期", "").removesuffix("（案）")
    comment = city.one_comment_of(city.mail(letter(first, measure=vague.format(stem))))
    assert comment["measure"]["verdict"] in {"ambiguous", "mismatch"}, comment["measure"]
    assert comment["consultation"] is None or comment["status"] != "accepted"
    assert comment["status"] in {"needs_review", "off_measure"}
    ranked = [candidate["consultation"] for candidate in comment["measure"]["candidates"]]
    assert {first["code"], second["code"]} <= set(ranked)
    scores = [candidate["score"] for candidate in comment["measure"]["candidates"]]
    assert scores == sorted(scores, reverse=True)


def test_a_name_near_an_open_one_but_of_another_period_is_not_matched(city: City) -> None:
    made = city.open(measure_name=f"第5期{new_measure()}")
    written = made["measure_name"].replace("第5期", "第6期")
    comment = city.one_comment_of(city.mail(letter(made, measure=written)))
    assert comment["measure"]["verdict"] in {"mismatch", "ambiguous"}
    assert comment["status"] in {"needs_review", "off_measure"}
    assert comment["measure"]["candidates"][0]["consultation"] == made["code"]


def test_small_slips_of_a_name_are_matched_by_mail(city: City, consultation: Json) -> None:
    slip = consultation["measure_name"].replace("に関する", "にかんする")
    comment = city.one_comment_of(city.mail(letter(consultation, measure=slip)))
    assert comment["measure"]["candidates"][0]["consultation"] == consultation["code"]
    assert comment["measure"]["verdict"] in {"match", "ambiguous"}
    assert 0 < comment["measure"]["score"] <= 1


def test_an_individual_number_by_mail_is_recorded_for_a_person(
    city: City, consultation: Json
) -> None:
    comment = city.one_comment_of(
        city.mail(letter(consultation, opinion="番号は983205673214です。"))
    )
    assert comment["status"] == "needs_review"
    assert "individual_number_present" in codes(comment)


def test_a_mail_after_the_last_day_is_late_and_before_the_first_early(city: City) -> None:
    made = city.create(dated("2016-04-15", "2016-05-15"))
    late = city.one_comment_of(city.mail(letter(made), internal_date="2016-05-16T00:00:00+09:00"))
    assert (late["timeliness"]["verdict"], late["status"]) == ("late", "late")
    early = city.one_comment_of(
        city.mail(letter(made, opinion="早い意見です。"), internal_date="2016-04-14T23:59:59+09:00")
    )
    assert early["timeliness"]["verdict"] == "early"
    assert early["status"] == "needs_review"


def test_another_media_type_is_refused(city: City, consultation: Json) -> None:
    answer = city.post(
        "/intake/emails",
        params={"internal_date": "2026-01-01T00:00:00Z"},
        content=letter(consultation),
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code in {202, 415, 422}
