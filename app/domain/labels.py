"""The names people read for channels, states, verdicts and decisions: (Japanese, English)."""

from collections.abc import Mapping
from enum import StrEnum

from app.domain.access import Scope
from app.domain.audit import AuditAction
from app.domain.consultation import Basis, RequiredField, RuleKey
from app.domain.envelope import Channel, Delivery, DocumentRole
from app.domain.mailbox_watch import Alarm
from app.domain.measure import MeasureVerdict
from app.domain.outgoing import MailKind, MailState
from app.domain.status import (
    CommentDecision,
    CommentStatus,
    SubmissionDecision,
    SubmissionState,
)
from app.domain.submitter import SubmitterKind
from app.domain.timeliness import Clock, TimelinessVerdict
from app.domain.wording import Words

LABELS: Mapping[type[StrEnum], Mapping[str, Words]] = {
    AuditAction: {
        AuditAction.COMMENT_CORRECTED: ("意見書の訂正", "Comment corrected"),
        AuditAction.COMMENT_DECIDED: ("意見書の判断", "Comment decided"),
        AuditAction.COMMENT_NOTED: ("意見書への所見の追加", "Comment noted upon"),
        AuditAction.COMMENT_READ_AGAIN: ("意見書の再読取り", "Comment read again"),
        AuditAction.COMMENT_RECORDED: ("意見書の記録", "Comment recorded"),
        AuditAction.COMMENT_REJUDGED: ("意見書の再判定", "Comment judged again"),
        AuditAction.COMMENT_VIEWED: ("意見書の閲覧", "Comment viewed"),
        AuditAction.COMMENTS_EXPORTED: ("意見書の書出し", "Comments exported"),
        AuditAction.COMMENTS_LISTED: ("意見書一覧の閲覧", "Comments listed"),
        AuditAction.CONSULTATION_CHANGED: ("意見提出手続の変更", "Consultation changed"),
        AuditAction.CONSULTATION_CREATED: ("意見提出手続の登録", "Consultation created"),
        AuditAction.DOCUMENT_VIEWED: ("文書の閲覧", "Document viewed"),
        AuditAction.DROP_BOX_COLLECTED: ("意見書提出箱の回収", "Drop box emptied"),
        AuditAction.DROP_BOX_CREATED: ("意見書提出箱の登録", "Drop box created"),
        AuditAction.GAZETTEER_LOADED: ("町名の一覧の取込み", "List of towns loaded"),
        AuditAction.GAZETTEER_REMOVED: ("町名の一覧の削除", "List of towns removed"),
        AuditAction.KEY_CREATED: ("APIキーの発行", "Key created"),
        AuditAction.KEY_REVOKED: ("APIキーの失効", "Key revoked"),
        AuditAction.MAIL_BOUNCED: ("メールの不達", "Mail came back"),
        AuditAction.MAIL_SENT: ("メールの送信", "Mail sent"),
        AuditAction.MISSING_EXPLAINED: ("不足の説明", "Missing mail explained"),
        AuditAction.SIGNED_IN: ("ログイン", "Signed in"),
        AuditAction.SIGNED_OUT: ("ログアウト", "Signed out"),
        AuditAction.SUBMISSION_DECIDED: ("到達物の判断", "Submission decided"),
        AuditAction.SUBMISSION_READ: ("到達物の読取り", "Submission read"),
        AuditAction.SUBMISSION_RECEIVED: ("到達物の受領", "Submission received"),
        AuditAction.SUBMISSION_REPEATED: ("同じ到達物の再送", "Submission repeated"),
        AuditAction.SUBMISSION_VIEWED: ("到達物の閲覧", "Submission viewed"),
    },
    Basis: {
        Basis.RECEIVED: ("必着", "by receipt"),
        Basis.POSTMARKED: ("消印有効", "by postmark"),
        Basis.COLLECTED: ("回収", "by collection"),
    },
    Channel: {
        Channel.EMAIL: ("電子メール", "E-mail"),
        Channel.MAIL: ("郵送・持参", "Post or by hand"),
        Channel.DROP_BOX: ("意見書提出箱", "Drop box"),
        Channel.FAX: ("ファクシミリ", "Fax"),
        Channel.E_APPLICATION: ("電子申請", "Web application"),
    },
    Clock: {
        Clock.MAIL_SERVER: ("メールサーバーの受信時刻", "mail server"),
        Clock.FAX_GATEWAY: ("ファクシミリの受信時刻", "fax gateway"),
        Clock.SERVER: ("このシステムの時刻", "server"),
        Clock.ARRIVAL_STAMP: ("受付印", "arrival stamp"),
        Clock.POSTMARK: ("消印", "postmark"),
        Clock.COLLECTION: ("提出箱の回収日時", "drop box collection"),
    },
    CommentDecision: {
        CommentDecision.ACCEPT: ("受理する", "Accept"),
        CommentDecision.MARK_LATE: ("期限後とする", "Mark as late"),
        CommentDecision.MARK_OFF_MEASURE: ("対象外とする", "Mark as off the measure"),
        CommentDecision.REQUEST_CORRECTION: ("補正を依頼する", "Request a correction"),
        CommentDecision.WITHDRAW: ("取下げとする", "Withdraw"),
    },
    CommentStatus: {
        CommentStatus.WITHDRAWN: ("取下げ", "Withdrawn"),
        CommentStatus.LATE: ("期限後", "Late"),
        CommentStatus.OFF_MEASURE: ("対象外", "Off the measure"),
        CommentStatus.NEEDS_CORRECTION: ("要補正", "Needs correction"),
        CommentStatus.NEEDS_REVIEW: ("要確認", "Needs review"),
        CommentStatus.ACCEPTED: ("受理", "Accepted"),
    },
    Delivery: {
        Delivery.POST: ("郵送", "Post"),
        Delivery.HAND: ("持参", "By hand"),
    },
    DocumentRole: {
        DocumentRole.ORIGINAL: ("原本", "Original"),
        DocumentRole.ATTACHMENT: ("添付ファイル", "Attachment"),
        DocumentRole.PAGE_IMAGE: ("ページ画像", "Page image"),
    },
    Alarm: {
        Alarm.MISSING: (
            "サーバーにあったメールが15分以上たっても記録されていません",
            "Mail the server held is not recorded after 15 minutes",
        ),
        Alarm.UNREACHABLE: ("15分以上つながりません", "Out of reach for 15 minutes"),
        Alarm.SILENT: (
            "いつもより長くメールが届いていません",
            "No mail for longer than is usual",
        ),
    },
    MailKind: {
        MailKind.ACKNOWLEDGEMENT: ("受付通知", "Acknowledgement"),
        MailKind.CORRECTION_REQUEST: ("補正依頼", "Request for correction"),
        MailKind.NOTICE: ("要確認の連絡", "Notice to the section"),
        MailKind.DIGEST: ("要確認の一覧", "Daily digest"),
    },
    MailState: {
        MailState.QUEUED: ("送信待ち", "Waiting"),
        MailState.SENT: ("送信済み", "Sent"),
        MailState.FAILED: ("送信失敗", "Failed"),
        MailState.BOUNCED: ("不達", "Bounced"),
    },
    MeasureVerdict: {
        MeasureVerdict.MATCH: ("一致", "Match"),
        MeasureVerdict.MISMATCH: ("不一致", "Mismatch"),
        MeasureVerdict.MISSING: ("記載なし", "Missing"),
        MeasureVerdict.AMBIGUOUS: ("候補が複数", "Ambiguous"),
    },
    RequiredField: {
        RequiredField.NAME: ("氏名", "Name"),
        RequiredField.ADDRESS: ("住所", "Address"),
        RequiredField.CATEGORY: ("意見提出者の区分", "Category of submitter"),
        RequiredField.MEASURE_NAME: ("施策の案の名称", "Name of the draft measure"),
        RequiredField.OPINION: ("意見の内容", "Opinion"),
    },
    RuleKey: {
        RuleKey.EMAIL: ("電子メール", "E-mail"),
        RuleKey.POST: ("郵送", "Post"),
        RuleKey.HAND: ("持参", "By hand"),
        RuleKey.DROP_BOX: ("意見書提出箱", "Drop box"),
        RuleKey.FAX: ("ファクシミリ", "Fax"),
        RuleKey.E_APPLICATION: ("電子申請", "Web application"),
    },
    Scope: {
        Scope.COMMENTS_SUBMIT: ("意見の提出", "Submit comments"),
        Scope.INTAKE_EMAIL: ("電子メールの取込み", "Take in e-mail"),
        Scope.INTAKE_FAX: ("ファクシミリの取込み", "Take in faxes"),
        Scope.INTAKE_SCAN: ("紙・提出箱の取込み", "Take in scans"),
        Scope.COMMENTS_READ: ("意見書の閲覧", "Read comments"),
        Scope.COMMENTS_REVIEW: ("意見書の確認・判断", "Review comments"),
        Scope.CONSULTATIONS_MANAGE: ("意見提出手続の管理", "Manage consultations"),
        Scope.AUDIT_READ: ("記録の閲覧", "Read the audit trail"),
        Scope.ADMIN: ("すべて", "Everything"),
    },
    SubmissionDecision: {
        SubmissionDecision.REPLAY: ("もう一度読み取る", "Read again"),
        SubmissionDecision.RELEASE: ("隔離を解く", "Release from quarantine"),
        SubmissionDecision.CONFIRM_OPENED: ("開いた内容を取り込む", "Take over what was opened"),
        SubmissionDecision.NOT_A_COMMENT: ("意見書ではない", "Not a comment"),
    },
    SubmissionState: {
        SubmissionState.QUEUED: ("読取り待ち", "Queued"),
        SubmissionState.PROCESSING: ("読取り中", "Processing"),
        SubmissionState.DONE: ("読取り済み", "Done"),
        SubmissionState.IGNORED: ("対象外", "Ignored"),
        SubmissionState.QUARANTINED: ("隔離中", "Quarantined"),
        SubmissionState.FAILED: ("読取り失敗", "Failed"),
    },
    SubmitterKind: {
        SubmitterKind.INDIVIDUAL: ("個人", "Individual"),
        SubmitterKind.ORGANIZATION: ("団体", "Organisation"),
    },
    TimelinessVerdict: {
        TimelinessVerdict.IN_TIME: ("期限内", "In time"),
        TimelinessVerdict.LATE: ("期限後", "Late"),
        TimelinessVerdict.EARLY: ("募集開始前", "Early"),
        TimelinessVerdict.UNDETERMINED: ("判定できません", "Undetermined"),
    },
}
"""Every closed set people meet, with a name for each member."""


def label(member: StrEnum, language: str = "ja") -> str:
    """Give the name of a member of a closed set; anything but ``en`` reads Japanese."""
    japanese, english = LABELS[type(member)][member]
    return english if language == "en" else japanese
