"""Sending one sample through each channel of a running service, and looking at what became of it.

It talks to the service as gateways do, over HTTP with a key, and believes nothing: every field is
compared with what was sent, and every original is downloaded and compared byte for byte.
"""

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any  # the service's answers are JSON

import httpx

from app.domain.envelope import Channel, in_japan, japan_day
from app.domain.text import fold
from app.operations.demonstration import BOX, CODE, MEASURE_NAME
from app.operations.samples import SAMPLES, Sample, fresh

GIVE_UP_SECONDS = 300.0
_LOOK_SECONDS = 1.0
_TIMEOUT = httpx.Timeout(60.0)
_SETTLED = frozenset({"done", "ignored", "quarantined", "failed"})
_NAMES: Mapping[Channel, str] = {
    Channel.E_APPLICATION: "電子申請",
    Channel.EMAIL: "電子メール",
    Channel.MAIL: "郵送",
    Channel.DROP_BOX: "投函（意見書提出箱）",
    Channel.FAX: "ファクシミリ",
}

Tell = Callable[[str], None]


class WalkFailed(Exception):
    """The service could not be used as the demonstration needs it.

    Attributes:
        words: What happened and what to do, for a person.
    """

    def __init__(self, words: str) -> None:
        """Say what happened."""
        self.words = words
        super().__init__(words)


@dataclass(slots=True, kw_only=True)
class _Sent:
    """One sample on its way."""

    sample: Sample
    data: bytes
    submission_id: str
    state: str = "queued"
    receipt_numbers: tuple[str, ...] = ()
    differences: list[str] = field(default_factory=list)


class Walk:
    """One demonstration over all five channels."""

    def __init__(self, api_url: str, key: str, samples: Path, *, tell: Tell) -> None:
        """Use a running service.

        Args:
            api_url: Where it is.
            key: A key that may send and read.
            samples: The folder with the sample files.
            tell: Shows a line to the person who waits.
        """
        self._client = httpx.Client(
            base_url=f"{api_url}/api/v1",
            headers={"Authorization": f"Bearer {key}"},
            timeout=_TIMEOUT,
            trust_env=False,
        )
        self._url = api_url
        self._samples = samples
        self._tell = tell
        # Letters only: digits in a name might be read as what somebody wrote.
        self._token = "".join(secrets.choice("abcdefghijkmnpqrstuvwxyz") for _ in range(16))

    def run(self) -> bool:
        """Send, wait, show and compare.

        Returns:
            Whether everything came out as it was sent.

        Raises:
            WalkFailed: The service cannot be reached or refuses.
        """
        with self._client:
            sent = [self._send(name) for name in SAMPLES]
            self._wait(sent)
            for each in sent:
                self._show(each)
        differing = [each for each in sent if each.differences]
        for each in differing:
            for difference in each.differences:
                self._tell(f"!! {_NAMES[each.sample.channel]}: {difference}")
        if not differing:
            self._tell("")
            self._tell("5件とも、送ったとおりに記録され、原本も1バイトも違わず取り出せました。")
        return not differing

    def _asked(self, method: str, path: str, **words: Any) -> httpx.Response:  # noqa: ANN401 - handed on to httpx
        try:
            answer = self._client.request(method, path, **words)
        except httpx.HTTPError as error:
            raise WalkFailed(
                f"{self._url} につながりません。先に `ikenbako serve --demo` を起動してください。"
            ) from error
        if not answer.is_success:
            raise WalkFailed(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer

    def _send(self, name: str) -> _Sent:
        sample = SAMPLES[name]
        try:
            data = fresh(name, (self._samples / name).read_bytes(), self._token)
        except FileNotFoundError as error:
            raise WalkFailed(
                f"見本 {self._samples / name} がありません。"
                "先に `ikenbako serve --demo` を起動してください。"
            ) from error
        answer = self._sending(sample, name, data).json()
        self._tell(f"送りました: {_NAMES[sample.channel]}（{len(data):,}バイト）")
        return _Sent(sample=sample, data=data, submission_id=answer["submission_id"])

    def _sending(self, sample: Sample, name: str, data: bytes) -> httpx.Response:
        now = in_japan(datetime.now(UTC))
        match sample.channel:
            case Channel.E_APPLICATION:
                return self._asked(
                    "POST",
                    f"consultations/{CODE}/comments",
                    content=data,
                    headers={"Content-Type": "application/json", "Idempotency-Key": self._token},
                )
            case Channel.EMAIL:
                return self._asked(
                    "POST",
                    "intake/emails",
                    content=data,
                    params={"internal_date": now.isoformat()},
                    headers={"Content-Type": "message/rfc822"},
                )
            case Channel.MAIL:
                facts = {
                    "channel": "mail",
                    "delivery": "post",
                    "received_at": now.isoformat(),
                    "postmarked_on": japan_day(now).isoformat(),
                    "declared_count": "1",
                }
                return self._scan(name, data, facts)
            case Channel.DROP_BOX:
                return self._scan(name, data, self._round(now))
            case Channel.FAX:
                return self._asked(
                    "POST",
                    "intake/faxes",
                    files={"file": (name, data, "image/tiff")},
                    data={
                        "received_at": now.isoformat(),
                        "job_id": self._token,
                        "station_id": "MIHON",
                        "gateway": "demo",
                    },
                )

    def _scan(self, name: str, data: bytes, facts: Mapping[str, str]) -> httpx.Response:
        media_type = "application/pdf" if name.endswith(".pdf") else "image/png"
        return self._asked(
            "POST", "intake/scans", files={"files": (name, data, media_type)}, data=dict(facts)
        )

    def _round(self, now: datetime) -> dict[str, str]:
        """Empty the box, as two people do before they scan what was in it."""
        collected_at = (now - timedelta(minutes=5)).isoformat()
        collection = self._asked(
            "POST",
            "drop-box-collections",
            json={
                "drop_box": BOX.code,
                "collected_at": collected_at,
                "collected_by": ["見本 一郎", "見本 二郎"],
                "slip_count": 1,
            },
        ).json()
        return {
            "channel": "drop_box",
            "drop_box": BOX.code,
            "collection_id": collection["id"],
            "received_at": now.isoformat(),
            "declared_count": "1",
        }

    def _wait(self, sent: list[_Sent]) -> None:
        started = time.monotonic()
        told = -1
        while True:
            for each in sent:
                if each.state not in _SETTLED:
                    answer = self._asked("GET", f"submissions/{each.submission_id}").json()
                    each.state = answer["state"]
                    each.receipt_numbers = tuple(answer["comments"])
            settled = sum(each.state in _SETTLED for each in sent)
            if settled != told:
                seconds = time.monotonic() - started
                self._tell(f"読み取り {settled}/{len(sent)}（{seconds:.0f}秒）")
                told = settled
            if settled == len(sent):
                return
            if time.monotonic() - started > GIVE_UP_SECONDS:
                raise WalkFailed(
                    f"{GIVE_UP_SECONDS:.0f}秒待っても読み取りが終わりません。"
                    "`ikenbako doctor` を実行してください。"
                )
            time.sleep(_LOOK_SECONDS)

    def _show(self, sent: _Sent) -> None:
        title = _NAMES[sent.sample.channel]
        original = self._asked("GET", f"submissions/{sent.submission_id}/original")
        if original.content != sent.data:
            sent.differences.append("取り出した原本が、送ったものと違います。")
        if len(sent.receipt_numbers) != 1:
            sent.differences.append(
                f"記録が{len(sent.receipt_numbers)}件あります（状態: {sent.state}）。"
            )
            return
        comment = self._asked("GET", f"comments/{sent.receipt_numbers[0]}").json()
        submitter = comment["submitter"]
        self._tell("")
        self._tell(f"■ {title}  受付番号 {comment['receipt_number']}")
        self._tell(f"  対象施策の案: {comment['measure']['written'] or MEASURE_NAME}")
        self._tell(f"  氏名: {submitter['name']}")
        self._tell(f"  住所: {submitter['address']}")
        self._tell(f"  区分: {submitter['category']['code']}")
        self._tell(f"  意見: {comment['opinion']}")
        self._tell(f"  期限: {comment['timeliness']['verdict']}  状態: {comment['status']}")
        self._tell(f"  原本: {len(original.content):,}バイト（送ったものと同じ）")
        sent.differences.extend(differences(sent.sample, comment))


def differences(sample: Sample, comment: Mapping[str, Any]) -> list[str]:
    """Say where a record differs from what its writer said; spacing and width do not count."""
    submitter = comment["submitter"]
    pairs = {
        "受付の方法": (sample.channel.value, comment["channel"]),
        "手続": (CODE, comment["consultation"]),
        "対象施策の案の名称の判定": ("match", comment["measure"]["verdict"]),
        "氏名": (fold(sample.name), fold(submitter["name"] or "")),
        "住所": (fold(sample.address), fold(submitter["address"] or "")),
        "区分": ("1", submitter["category"]["code"]),
        "意見": (fold(sample.opinion), fold(comment["opinion"])),
        "期限": ("in_time", comment["timeliness"]["verdict"]),
    }
    return [
        f"{name}が違います（送ったもの「{wanted}」、記録「{found}」）。"
        for name, (wanted, found) in pairs.items()
        if wanted != found
    ]
