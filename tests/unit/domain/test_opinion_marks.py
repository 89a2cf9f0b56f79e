"""Where a mail's text is not its writer's opinion; every name in it is invented."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.cover_note import is_cover_note
from app.domain.findings import FINDINGS
from app.domain.opinion_marks import MarkKind, forwarded, freed, mark_findings, marks

OPINION = "説明会を開いてください。\n平日の夜がよいです。\n"
SIGNED = "\n-- \n見本 花子\n〒070-0000 北星市中央1条1丁目\nTEL 0166-00-0000"
RULED = "\n━━━━━━━━━━━━\n見本商事 総務課\n見本 花子\nhanako@example.jp\n━━━━━━━━━━━━"
REPLY = (
    "\n2026年5月1日(金) 10:00 市民課 <simin@example.jp>:\n> ご意見を募集しています。\n> 市民課\n"
)
HEADER = "差出人: 見本 花子 <hanako@example.jp>\n送信日時: 2026年5月1日 10:00\n宛先: 総務課\n件名: 意見\n"


def found(text: str) -> list[tuple[MarkKind, str]]:
    return [(each.kind, text[each.start : each.end]) for each in marks(text)]


@pytest.mark.parametrize(
    ("tail", "kind"),
    [
        (SIGNED, MarkKind.SIGNATURE),
        (RULED, MarkKind.SIGNATURE),
        ("\niPhoneから送信", MarkKind.SIGNATURE),
        ("\n私のiPhoneから送信", MarkKind.SIGNATURE),
        ("\nSent from my iPhone", MarkKind.SIGNATURE),
        (REPLY, MarkKind.QUOTATION),
        ("\n> 引用です。\n> もう一行。", MarkKind.QUOTATION),
        (f"\n-----Original Message-----\n{HEADER}\nご意見を募集しています。", MarkKind.QUOTATION),
        (f"\n{HEADER}", MarkKind.FORWARD_HEADER),
        (
            "\n本メールには機密情報が含まれています。\n誤って受信された方は削除してください。",
            MarkKind.DISCLAIMER,
        ),
        (
            "\nThis e-mail is confidential and intended only for the addressee.",
            MarkKind.DISCLAIMER,
        ),
    ],
)
def test_what_is_not_the_opinion_is_marked_and_stays(tail: str, kind: MarkKind) -> None:
    text = OPINION + tail
    assert found(text) == [(kind, text[len(OPINION) + 1 :])]
    assert freed(text).strip() == OPINION.strip()


@pytest.mark.parametrize(
    "text",
    [
        OPINION,
        "1 意見\n----------\n説明会を開いてください。電話は 0166-00-0000 です。",
        "件名について意見があります。\n日付：今日",
        "意見です。\n━━━━━━━━\n次の意見です。",
        "本メールで意見を述べます。",
        "",
    ],
)
def test_what_the_writer_wrote_is_not_marked(text: str) -> None:
    assert marks(text) == ()


def test_a_signature_above_a_quotation_is_marked_beside_it() -> None:
    kinds = [kind for kind, _ in found(OPINION + SIGNED + "\n" + REPLY)]
    assert kinds == [MarkKind.SIGNATURE, MarkKind.QUOTATION]


def test_marks_are_findings_that_count_from_one() -> None:
    text = "意見です。\n-- \n見本"
    [finding] = mark_findings(text)
    assert finding.code == "signature_in_opinion"
    assert finding.data == {"start": "7", "end": str(len(text))}
    assert all(kind.value in FINDINGS for kind in MarkKind)


@given(st.text(alphabet="あ。-> \n:=差出人From件名@ab1年/wrote━本メール機密", max_size=300))
def test_marks_lie_inside_the_text_in_order(text: str) -> None:
    at = 0
    for mark in marks(text):
        assert at <= mark.start <= mark.end <= len(text)
        at = mark.end


FORWARD = (
    f"よろしくお願いします。\n\n---------- Forwarded message ---------\n{HEADER}\n意見です。\n"
)


def test_a_forwarded_mail_names_its_writer() -> None:
    forward = forwarded(FORWARD, None)
    assert forward is not None
    assert forward.sender == "hanako@example.jp"
    assert forward.text.strip() == "意見です。"
    assert is_cover_note(freed(forward.before))


def test_a_subject_tells_a_forward_from_a_reply() -> None:
    text = f"-----Original Message-----\n{HEADER}\n意見です。"
    assert forwarded(text, "Re: 意見") is None
    for subject in ("Fw: 意見", "FWD：意見", "転送: 意見"):
        assert forwarded(text, subject) is not None
    assert [kind for kind, _ in found(text)] == [MarkKind.QUOTATION]
    assert [each.kind for each in marks(text, forward=True)] == [MarkKind.FORWARD_HEADER]


def test_a_forward_whose_lines_all_bear_a_mark_is_freed_of_them() -> None:
    quoted = "".join(f"> {line}\n" for line in ("住所：北星市", "", "氏名：見本 花子"))
    forward = forwarded(f"Begin forwarded message:\n\n{HEADER}\n{quoted}", None)
    assert forward is not None
    assert forward.text.strip() == "住所：北星市\n\n氏名：見本 花子"


def test_a_forward_without_an_address_names_nobody() -> None:
    text = "Forwarded message\n差出人: 見本 花子\n件名: 意見\n\n意見です。"
    forward = forwarded(text, None)
    assert forward is not None
    assert forward.sender is None


@pytest.mark.parametrize(
    "text",
    [
        "意見書を添付します。",
        "市民課 御中\n\nお世話になっております。見本です。\n別添のとおり提出いたしますので、ご査収ください。",
        "添付ファイルをご確認ください。よろしくお願いいたします。",
        "意見書を添付しますので、よろしくお願いします。\n\n見本商事株式会社\n見本 花子\nTEL 0166-00-0000",
        "意見書を送ります。\n\niPhoneから送信",
        "",
    ],
)
def test_a_note_that_only_hands_over_says_nothing_itself(text: str) -> None:
    assert is_cover_note(text)


@pytest.mark.parametrize(
    "text",
    [
        "添付のとおりですが、私は反対です。",
        "説明会を平日の夜に開くようにしていただけるとありがたいです。添付もあります。",
        "税金をむだにしないで",
        "公園が暗いので写真を添付します。",
        "添付しますが、税を下げてくださると助かります。",
        "電話で相談できるようにしてください。",
        "残念です。",
        "この計画には書かれていないことが多く、資料だけでは分かりません。",
        "添付します。" * 500,
    ],
)
def test_a_mail_that_says_more_is_no_note(text: str) -> None:
    assert not is_cover_note(text)
