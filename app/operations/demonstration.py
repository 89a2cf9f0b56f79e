"""The demonstration: the consultation of a real notice, open now, with invented people.

The measure, the five ways of commenting and the categories are those of a real notice; the office,
the writers, their addresses and their opinions are made up.
"""

import contextlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

import httpx

from app.domain.access import Scope
from app.domain.consultation import (
    Basis,
    Category,
    Consultation,
    DeadlineRule,
    Office,
    RuleKey,
)
from app.domain.drop_box import DropBox
from app.domain.envelope import JST, japan_day
from app.domain.errors import CodeTaken
from app.intake import drop_boxes, keys, procedures
from app.intake.desk import PROGRAM, Desk
from app.operations.samples import SAMPLES, write_samples

CODE = "juki-pia-demo"
MEASURE_NAME = "住民基本台帳関係事務の特定個人情報保護評価書（案）"
BOX = DropBox(code="demo-branch", name="見本支所")
OPEN_SINCE = timedelta(days=10)
OPEN_FOR = timedelta(days=20)
KEY_FILE = "demo-key"
SAMPLE_FOLDER = "demo"
_SCOPES = frozenset(
    {
        Scope.COMMENTS_SUBMIT,
        Scope.INTAKE_EMAIL,
        Scope.INTAKE_FAX,
        Scope.INTAKE_SCAN,
        Scope.COMMENTS_READ,
        Scope.COMMENTS_REVIEW,
        Scope.AUDIT_READ,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Demonstration:
    """What was prepared.

    Attributes:
        key: An API key for it.
        consultation: Its consultation.
        samples: The folder with one sample for each channel.
    """

    key: str
    consultation: Consultation
    samples: Path


def consultation_on(today: date) -> Consultation:
    """Give the consultation of the notice, with its dates moved so that it is open on a day."""
    opens_on, closes_on = today - OPEN_SINCE, today + OPEN_FOR
    return Consultation(
        code=CODE,
        number=0,
        measure_name=MEASURE_NAME,
        opens_on=opens_on,
        closes_on=closes_on,
        office=Office(
            name="見本市市民生活部市民課",
            postal_code="000-0000",
            address="見本市中央1丁目1番地",
            email="shimin@mihon.example.jp",
            fax="000-000-0000",
        ),
        deadline_rules={
            RuleKey.EMAIL: DeadlineRule(),
            RuleKey.POST: DeadlineRule(
                basis=Basis.POSTMARKED, arrives_by=closes_on + timedelta(days=7)
            ),
            RuleKey.HAND: DeadlineRule(closing_time=time(17, 15)),
            RuleKey.DROP_BOX: DeadlineRule(
                basis=Basis.COLLECTED,
                collected_until=datetime.combine(closes_on + timedelta(days=3), time(12), JST),
            ),
            RuleKey.FAX: DeadlineRule(),
            RuleKey.E_APPLICATION: DeadlineRule(),
        },
        categories=_categories(),
    )


def _categories() -> tuple[Category, ...]:
    return (
        Category(code="1", label="市内に住所を有する方"),
        Category(
            code="2",
            label="市内の事務所又は事業所に勤務する方",
            detail_label="勤務先の名称・所在地",
        ),
        Category(code="3", label="市内の学校に在学する方", detail_label="学校の名称"),
        Category(
            code="4",
            label="市内に事務所又は事業所を有する方",
            detail_label="事務所又は事業所の名称・所在地",
        ),
        Category(code="5", label="市に納税義務を有する方", detail_label="納税義務の種類"),
        Category(code="6", label="この案に利害関係を有する方", detail_label="利害関係の内容"),
    )


def prepare(desk: Desk, data_dir: Path) -> Demonstration:
    """Make sure that consultation, box, key and samples are there; safe to call at every start.

    Args:
        desk: What to work with.
        data_dir: The folder that keeps the key and the samples.
    """
    consultation = _open_consultation(desk)
    with contextlib.suppress(CodeTaken):  # from an earlier start
        drop_boxes.create(desk, BOX, actor=PROGRAM)
    key, is_new = _key(desk, data_dir / KEY_FILE)
    samples = data_dir / SAMPLE_FOLDER
    # A new key means a new database, whose consultation may bear another number on its forms.
    if is_new or not all((samples / name).is_file() for name in SAMPLES):
        write_samples(samples, consultation)
    return Demonstration(key=key, consultation=consultation, samples=samples)


def _open_consultation(desk: Desk) -> Consultation:
    today = japan_day(desk.clock())
    wanted = consultation_on(today)
    known = desk.queries.consultations.get(CODE)
    if known is None:
        return procedures.create(desk, wanted, actor=PROGRAM)
    if known.opens_on <= today <= known.closes_on:
        return known
    moved = replace(
        known,
        opens_on=wanted.opens_on,
        closes_on=wanted.closes_on,
        deadline_rules=wanted.deadline_rules,
    )
    return procedures.change(desk, moved, actor=PROGRAM)


def _key(desk: Desk, file: Path) -> tuple[str, bool]:
    """Give the key of earlier starts, or a new one where it opens nothing here."""
    if file.is_file():
        known = file.read_text(encoding="ascii").strip()
        if keys.authenticate(desk, known) is not None:
            return known, False
    created = keys.create(
        desk,
        name=f"demo-{secrets.token_hex(2)}",
        scopes=_SCOPES,
        consultations=frozenset(),
        actor=PROGRAM,
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    file.touch(mode=0o600, exist_ok=False)
    file.write_text(created.key + "\n", encoding="ascii")
    return created.key, True


def post_first(demonstration: Demonstration, url: str) -> str:
    """Post one e-application; at later starts the same one is answered again.

    Returns:
        Its receipt number.

    Raises:
        httpx.HTTPError: It was not taken.
    """
    answer = httpx.post(
        f"{url}/api/v1/consultations/{CODE}/comments",
        content=(demonstration.samples / "e-application.json").read_bytes(),
        headers={
            "Authorization": f"Bearer {demonstration.key}",
            "Content-Type": "application/json",
            "Idempotency-Key": "first-comment-of-the-demonstration",
        },
        timeout=30.0,
        trust_env=False,
    )
    answer.raise_for_status()
    return str(answer.json()["receipt_number"])


def invitation(demonstration: Demonstration, url: str) -> Sequence[str]:
    """Give the lines that tell a person where everything is, with one curl for each channel."""
    samples = demonstration.samples
    head = f'curl -sS -H "Authorization: Bearer {demonstration.key}"'
    now = "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
    intake = f"{url}/api/v1/intake"
    return (
        "",
        f"意見箱が動いています。 {url}",
        f"  職員用の画面   {url}/staff （下のキーでログインします）",
        f"  APIの説明      {url}/docs",
        f"  意見書の様式   {url}/api/v1/consultations/{CODE}/form.pdf",
        f"  見本の手続     {demonstration.consultation.measure_name} ({CODE})",
        f"  見本用のキー   {demonstration.key}",
        "",
        "5つの方法で意見を送ってみるには、別の端末で次のように入力します。",
        "",
        "# 電子申請",
        f"{head} -H 'Content-Type: application/json' \\",
        f"  --data-binary @{samples / 'e-application.json'} \\",
        f"  {url}/api/v1/consultations/{CODE}/comments",
        "# 電子メール",
        f"{head} -H 'Content-Type: message/rfc822' \\",
        f"  --data-binary @{samples / 'email.eml'} \\",
        f'  "{intake}/emails?internal_date={now}"',
        "# 郵送",
        f"{head} -F files=@{samples / 'post.pdf'} -F channel=mail -F delivery=post \\",
        f'  -F "received_at={now}" -F "postmarked_on=$(TZ=Asia/Tokyo date +%F)" \\',
        f"  {intake}/scans",
        "# 投函（意見書提出箱）",
        f"{head} -F files=@{samples / 'drop-box.png'} -F channel=drop_box \\",
        f'  -F drop_box={BOX.code} -F "received_at={now}" {intake}/scans',
        "# ファクシミリ",
        f"{head} -F file=@{samples / 'fax.tiff'} \\",
        f'  -F "received_at={now}" -F job_id=mihon-1 {intake}/faxes',
        "",
    )
