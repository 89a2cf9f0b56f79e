"""What a proof can find, in words; kept beside ``wording``, which holds what people are answered."""

from collections.abc import Mapping

from app.domain.wording import Words

FAULTS: Mapping[str, Words] = {
    "answer_without_record": (
        "再送時の回答の控えが、ない受付番号「{receipt_number}」を指しています。",
        "The answer kept for a repeated request names the record {receipt_number}, which is absent.",
    ),
    "arrival_not_in_ledger": (
        "到達物 {submission} が受付台帳にありません。",
        "Arrival {submission} is not in the ledger.",
    ),
    "arrival_without_audit": (
        "到達物 {submission} を受け取った監査記録がありません。",
        "The audit trail does not say that arrival {submission} was received.",
    ),
    "arrival_without_comment": (
        "到達物 {submission}（{state}）に、意見書の記録も、ない理由もありません。",
        "Arrival {submission} ({state}) has neither a comment nor a reason for having none.",
    ),
    "arrival_without_original": (
        "到達物 {submission} の原本がありません。",
        "Arrival {submission} has no original.",
    ),
    "blob_differs": (
        "到達物 {submission} の文書 {document} の中身が、受け取ったときと違います（{sha256}）。",
        "Document {document} of arrival {submission} is not what was received ({sha256}).",
    ),
    "blob_missing": (
        "到達物 {submission} の文書 {document} の原本がありません（{sha256}）。",
        "The bytes of document {document} of arrival {submission} are missing ({sha256}).",
    ),
    "blob_unreadable": (
        "到達物 {submission} の文書 {document} を読み出せません（{sha256}、{error}）。",
        "Document {document} of arrival {submission} cannot be read ({sha256}, {error}).",
    ),
    "content_differs": (
        "到達物 {submission} の文書 {document} の中身が、受け取ったときと違います（データベース内）。",
        "Document {document} of arrival {submission}, kept in its row, is not what was received.",
    ),
    "database_damaged": (
        "データベースが壊れています：{detail}",
        "The database is damaged: {detail}",
    ),
    "lease_differs": (
        "到達物 {submission} の状態（{state}）と、作業中の印が合いません。",
        "The state of arrival {submission} ({state}) does not agree with its lease.",
    ),
    "posts_differ": (
        "「{source}」の電子申請は{told}件のはずですが、{here}件あります。",
        "“{source}” posted {told} e-applications, and {here} are here.",
    ),
    "receipt_number_invalid": (
        "受付番号「{receipt_number}」が正しくありません。",
        "The receipt number {receipt_number} is not valid.",
    ),
    "receipt_numbers_have_gaps": (
        "手続番号 {number} の受付番号は1から{last}まで続くはずですが、{count}件、最大{highest}です。",
        (
            "Receipt numbers of consultation {number} should run from 1 to {last}; there are"
            " {count}, up to {highest}."
        ),
    ),
    "record_without_arrival": (
        "意見書 {receipt_number} の到達物がありません。",
        "Comment {receipt_number} has no arrival.",
    ),
    "record_without_audit": (
        "意見書 {receipt_number} を記録した監査記録がありません。",
        "The audit trail does not say that comment {receipt_number} was recorded.",
    ),
    "size_differs": (
        "到達物 {submission} の文書 {document} の大きさが、記録と違います。",
        "The size of document {document} of arrival {submission} is not the one on record.",
    ),
    "state_unknown": (
        "到達物 {submission} の状態「{state}」は、ありえない値です。",
        "Arrival {submission} is in a state that does not exist: {state}.",
    ),
}
"""What must never be: (Japanese, English)."""

NOTES: Mapping[str, Words] = {
    "blob_unnamed": (
        "どの記録からも使われていないファイルです（受付の途中か、読み直す前の画像）：{path}",
        "No record names this file (an arrival in progress, or a page read again since): {path}",
    ),
    "file_strange": (
        "意見箱のものではないファイルです：{path}",
        "This file is none of ours: {path}",
    ),
    "file_temporary": (
        "書込みの途中で残った一時ファイルです：{path}",
        "An interrupted write left this file: {path}",
    ),
}
"""What harms nothing, and is said all the same: (Japanese, English)."""

COUNTED: Mapping[str, Words] = {
    "answers": ("再送への回答の控え", "answers kept for repeats"),
    "blobs": ("大きな原本", "blobs"),
    "documents": ("文書", "documents"),
    "faults": ("誤り", "faults"),
    "notes": ("お知らせ", "notes"),
    "records": ("意見書", "comments"),
    "submissions": ("到達物", "arrivals"),
}
"""What a proof counts: (Japanese, English)."""
