"""Words that only the mails we send have need of: (Japanese, English)."""

from collections.abc import Mapping

from app.domain.timeliness import TimelinessVerdict
from app.domain.wording import Words

VERDICTS: Mapping[TimelinessVerdict, Words] = {
    TimelinessVerdict.IN_TIME: ("募集期間内に届きました。", "It arrived within the period."),
    TimelinessVerdict.LATE: (
        "募集期間が終わった後に届きました。取扱いについては担当課へお問い合わせください。",
        "It arrived after the period had ended. Please ask the office how it will be handled.",
    ),
    TimelinessVerdict.EARLY: (
        "募集期間が始まる前に届きました。職員が確認します。",
        "It arrived before the period began. A member of staff will look at it.",
    ),
    TimelinessVerdict.UNDETERMINED: (
        "募集期間内に届いたかどうかを職員が確認します。",
        "A member of staff will check whether it arrived in time.",
    ),
}

MISSING: Mapping[str, Words] = {
    "address_missing": (
        "住所（団体の場合は事務所又は事業所の所在地）",
        "your address (of an organisation: the address of its office)",
    ),
    "attachment_encrypted": (
        "パスワードのかかっていない添付ファイル（お送りいただいたものは開けませんでした）",
        "your attachment without a password (the one you sent could not be opened)",
    ),
    "attachment_ichitaro": (
        "Word、PDF又はテキスト形式の添付ファイル（一太郎の形式は読み取れませんでした）",
        "your attachment as Word, PDF or text (the Ichitaro file you sent could not be read)",
    ),
    "category_detail_missing": (
        "意見提出者の区分に応じた該当する事項（勤務先、学校名など）",
        "the detail that belongs to your category (workplace, school …)",
    ),
    "category_missing": ("意見提出者の区分", "the category you belong to"),
    "category_unknown": (
        "意見提出者の区分（書かれた区分は、この手続の区分にありません）",
        "the category you belong to (the one you gave is not among those of this procedure)",
    ),
    "measure_name_missing": ("対象施策の案の名称", "the name of the draft measure"),
    "name_missing": ("氏名（団体の場合は名称）", "your name (of an organisation: its name)"),
    "opinion_missing": ("ご意見の内容", "your opinion itself"),
    "representative_missing": (
        "団体の代表者の氏名",
        "the name of the organisation's representative",
    ),
}
"""What is asked for: whatever a finding may call to be corrected, the measure name, open files."""

FILES_ASKED_FOR = frozenset({"attachment_encrypted", "attachment_ichitaro"})
"""Findings that call for a person, who may well be helped by what the writer sends again."""


SUBJECTS: Mapping[str, Words] = {
    "acknowledgement": (
        "【受付番号 {numbers}】ご意見を受け付けました",
        "[Receipt number {numbers}] We have received your comment",
    ),
    "acknowledgement_unread": (
        "お送りいただいたものを確認しています（整理番号 {reference}）",
        "We are looking at what you sent (reference {reference})",
    ),
    "correction_request": (
        "【受付番号 {number}】意見書の補正のお願い（返信用番号 {token}）",
        "[Receipt number {number}] Please complete your comment (reply code {token})",
    ),
    "digest": (
        "【意見箱】確認が必要な意見書 {count}通（{day}）",
        "[Ikenbako] {count} comments need a person ({day})",
    ),
    "notice": (
        "【意見箱】確認が必要な意見書 {count}通（{reference}）",
        "[Ikenbako] Comments that need a person: {count} ({reference})",
    ),
}
"""Subject lines; receipt numbers and counts only, never what anybody wrote."""


def in_language(words: Words, language: str) -> str:
    """Pick the words of a language; Japanese unless English is asked for."""
    return words[1] if language == "en" else words[0]
