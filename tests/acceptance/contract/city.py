"""What a city does with the service: an HTTP client that knows the nouns of the contract."""

import itertools
import random
import ssl
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, TypeAlias

import httpx

from tests.acceptance.contract.program import BOOTSTRAP_KEY

API = "/api/v1"
Json: TypeAlias = Any
JST = timezone(timedelta(hours=9))
READ_SECONDS = 150.0
FINAL = {"done", "ignored", "quarantined", "failed"}
WORDS = [
    "公園",
    "図書館",
    "除雪",
    "下水道",
    "子育て",
    "防災",
    "観光",
    "農業",
    "交通",
    "景観",
    "文化財",
    "男女共同参画",
    "墓地",
    "消防",
    "学校給食",
    "廃棄物",
    "緑化",
    "障害者福祉",
    "高齢者保健",
    "スポーツ",
    "市営住宅",
    "中心街",
    "河川",
    "森林",
    "産業",
    "雇用",
    "国際交流",
    "情報化",
    "動物園",
    "食育",
    "自殺対策",
    "空家",
    "地下水",
    "物流",
    "市場",
    "病院",
    "博物館",
    "科学館",
    "水道",
    "道路",
    "橋",
    "生涯学習",
    "多文化共生",
    "地域包括",
    "再生可能エネルギー",
    "温暖化",
    "防犯",
    "青少年",
    "平和",
    "人権",
    "統計",
    "財政",
    "契約",
    "職員",
    "議会",
    "選挙",
    "税",
    "戸籍",
]
KINDS = ["計画", "方針", "条例", "指針", "構想", "要綱", "戦略", "ビジョン", "基準", "プログラム"]
_TRUST = ssl.create_default_context()
_numbers = itertools.count(1)


def now() -> datetime:
    """Give the present time where the city is."""
    return datetime.now(JST)


def new_code(prefix: str = "c") -> str:
    """Give a consultation code nobody has used."""
    return f"{prefix}-{uuid.uuid4().hex[:12]}"


def new_measure() -> str:
    """Give a measure name unlike any other."""
    words = random.SystemRandom().sample(WORDS, 5)
    kind = random.SystemRandom().choice(KINDS)
    return f"旭川市{'・'.join(words[:4])}及び{words[4]}に関する{kind}（案）"


def definition(**changes: Json) -> dict[str, Any]:
    """Give a consultation that is open now and whose rules are those of the contract's example."""
    today = now().date()
    opens = today - timedelta(days=10)
    closes = today + timedelta(days=20)
    given: dict[str, Any] = {
        "code": new_code(),
        "measure_name": new_measure(),
        "measure_aliases": [],
        "opens_on": opens.isoformat(),
        "closes_on": closes.isoformat(),
        "office": {
            "name": "旭川市市民生活部市民課",
            "postal_code": "070-8525",
            "address": "旭川市6条通9丁目46番地",
            "email": "simin@example.jp",
            "fax": "0166-24-6967",
        },
        "deadline_rules": {
            "email": {"basis": "received"},
            "post": {
                "basis": "postmarked",
                "arrives_by": (closes + timedelta(days=7)).isoformat(),
            },
            "hand": {"basis": "received", "closing_time": "17:15"},
            "drop_box": {
                "basis": "collected",
                "collected_until": f"{closes + timedelta(days=3)}T12:00:00+09:00",
            },
            "fax": {"basis": "received"},
            "e_application": {"basis": "received"},
        },
        "required_fields": ["name", "address", "category", "measure_name", "opinion"],
        "categories": [
            {"code": "1", "label": "市内に住所を有する方", "detail_label": None},
            {
                "code": "2",
                "label": "市内の事務所又は事業所に勤務する方",
                "detail_label": "勤務先の名称・所在地",
            },
        ],
    }
    return given | changes


def dated(opens_on: str, closes_on: str, **changes: Json) -> dict[str, Any]:
    """Give a consultation of given days; its post and box rules follow 2015's example."""
    given = definition(opens_on=opens_on, closes_on=closes_on, **changes)
    if "deadline_rules" not in changes:
        closes = datetime.fromisoformat(closes_on).date()
        given["deadline_rules"]["post"]["arrives_by"] = (closes + timedelta(days=7)).isoformat()
        given["deadline_rules"]["drop_box"]["collected_until"] = (
            f"{closes + timedelta(days=3)}T12:00:00+09:00"
        )
    return given


def individual(**changes: Json) -> dict[str, Any]:
    """Give a complete individual; the name is new each time."""
    return {
        "kind": "individual",
        "name": f"旭川 花子{next(_numbers)}",
        "address": "旭川市6条通9丁目46番地",
        "category": {"code": "1", "detail": None},
        "email": "hanako@example.jp",
    } | changes


def organization(**changes: Json) -> dict[str, Any]:
    """Give a complete organisation."""
    return {
        "kind": "organization",
        "name": f"架空商店会{next(_numbers)}",
        "address": "旭川市7条通10丁目1番地",
        "representative": "大雪 太郎",
        "category": {"code": "1", "detail": None},
    } | changes


@dataclass
class City:
    """A client of one running service."""

    url: str
    client: httpx.Client

    def request(self, method: str, path: str, **kwargs: Json) -> httpx.Response:
        """Send one request to the API."""
        return self.client.request(method, f"{API}{path}", **kwargs)

    def get(self, path: str, **kwargs: Json) -> httpx.Response:
        """Read."""
        return self.request("GET", path, **kwargs)

    def post(self, path: str, **kwargs: Json) -> httpx.Response:
        """Send."""
        return self.request("POST", path, **kwargs)

    def patch(self, path: str, **kwargs: Json) -> httpx.Response:
        """Change."""
        return self.request("PATCH", path, **kwargs)

    def open(self, **changes: Json) -> dict[str, Any]:
        """Create a consultation that is open now."""
        return self.create(definition(**changes))

    def create(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Create a consultation as it is given."""
        answer = self.post("/consultations", json=given)
        assert answer.status_code == 201, answer.text
        created: dict[str, Any] = answer.json()
        return created

    def application(self, consultation: Mapping[str, Any], **changes: Json) -> dict[str, Any]:
        """Give a complete e-application for a consultation."""
        return {
            "measure_name": consultation["measure_name"],
            "submitter": individual(),
            "opinion": "窓口の説明を分かりやすくしてください。",
        } | changes

    def apply(self, consultation: Mapping[str, Any], **changes: Json) -> dict[str, Any]:
        """Send a complete e-application and give the comment."""
        answer = self.post(
            f"/consultations/{consultation['code']}/comments",
            json=self.application(consultation, **changes),
        )
        assert answer.status_code == 201, answer.text
        comment: dict[str, Any] = answer.json()
        return comment

    def key(self, *scopes: str, **more: Json) -> tuple[str, str]:
        """Make a key and give its id and the key itself."""
        answer = self.post("/keys", json={"name": new_code("key"), "scopes": list(scopes)} | more)
        assert answer.status_code == 201, answer.text
        return answer.json()["id"], answer.json()["key"]

    @contextmanager
    def as_key(self, key: str | None) -> Iterator["City"]:
        """Act with another key, or with none."""
        headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        with httpx.Client(
            base_url=self.url, headers=headers, timeout=60, verify=_TRUST, trust_env=False
        ) as client:
            yield City(self.url, client)

    def mail(self, raw: bytes, **query: Json) -> httpx.Response:
        """Hand in a mail as a gateway does."""
        given = {
            "mailbox": "koho",
            "folder": "INBOX",
            "uidvalidity": 1,
            "uid": next(_numbers) + 1000,
            "internal_date": now().isoformat(timespec="seconds"),
        } | query
        return self.post(
            "/intake/emails",
            params={k: v for k, v in given.items() if v is not None},
            content=raw,
            headers={"Content-Type": "message/rfc822"},
        )

    def scan(self, *files: tuple[str, bytes, str], **form: Json) -> httpx.Response:
        """Hand in scans as the mailroom does."""
        given: dict[str, Any] = {
            "channel": "mail",
            "delivery": "hand",
            "received_at": now().isoformat(timespec="seconds"),
        } | form
        return self.post(
            "/intake/scans",
            files=[("files", file) for file in files],
            data={k: str(v) for k, v in given.items() if v is not None},
        )

    def fax(self, content: bytes, media_type: str = "image/tiff", **form: Json) -> httpx.Response:
        """Hand in one fax job as a gateway does."""
        name = "fax.pdf" if media_type == "application/pdf" else "fax.tif"
        given: dict[str, Any] = {
            "received_at": now().isoformat(timespec="seconds"),
            "job_id": new_code("job"),
        }
        return self.post(
            "/intake/faxes",
            files={"file": (name, content, media_type)},
            data={k: str(v) for k, v in (given | form).items() if v is not None},
        )

    def submission(self, submission_id: str) -> dict[str, Any]:
        """Read a submission as it stands."""
        answer = self.get(f"/submissions/{submission_id}")
        assert answer.status_code == 200, answer.text
        read: dict[str, Any] = answer.json()
        return read

    def settled(self, answer: httpx.Response) -> dict[str, Any]:
        """Wait until what was handed in has been read to the end."""
        assert answer.status_code == 202, answer.text
        assert answer.json()["state"] == "queued", answer.text
        return self.wait(answer.json()["submission_id"])

    def wait(self, submission_id: str) -> dict[str, Any]:
        """Wait until a submission has a final state."""
        deadline = time.monotonic() + READ_SECONDS
        while time.monotonic() < deadline:
            read = self.submission(submission_id)
            assert read["state"] in FINAL | {"queued", "processing"}
            if read["state"] in FINAL:
                return read
            time.sleep(0.1)
        raise AssertionError(f"Still not read: {read}")

    def comment(self, receipt_number: str) -> dict[str, Any]:
        """Read a comment."""
        answer = self.get(f"/comments/{receipt_number}")
        assert answer.status_code == 200, answer.text
        comment: dict[str, Any] = answer.json()
        return comment

    def comments_of(self, answer: httpx.Response) -> list[dict[str, Any]]:
        """Give the comments of what was handed in, once it is read."""
        return [self.comment(number) for number in self.settled(answer)["comments"]]

    def one_comment_of(self, answer: httpx.Response) -> dict[str, Any]:
        """Give the only comment of what was handed in, once it is read."""
        comments = self.comments_of(answer)
        assert len(comments) == 1, comments
        return comments[0]

    def etag(self, receipt_number: str) -> str:
        """Give the ETag a change needs."""
        return self.get(f"/comments/{receipt_number}").headers["ETag"]

    def change(self, receipt_number: str, patch: Mapping[str, Any]) -> httpx.Response:
        """Change a comment at its newest revision."""
        return self.patch(
            f"/comments/{receipt_number}",
            json=patch,
            headers={"If-Match": self.etag(receipt_number)},
        )

    def decide(self, receipt_number: str, decision: str, **more: Json) -> httpx.Response:
        """Take a decision on a comment."""
        return self.post(
            f"/comments/{receipt_number}/decisions",
            json={"decision": decision, "reason": "点検のため"} | more,
        )


def codes(record: Mapping[str, Any]) -> set[str]:
    """Give the codes of the findings of a comment or a submission."""
    return {finding["code"] for finding in record["findings"]}


def connected(url: str) -> City:
    """Give a city that holds the bootstrap key."""
    client = httpx.Client(
        base_url=url,
        headers={"Authorization": f"Bearer {BOOTSTRAP_KEY}"},
        timeout=120,
        verify=_TRUST,
        trust_env=False,
    )
    return City(url, client)


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    """Check that an answer is a problem document of the contract, and give it."""
    assert answer.status_code == status, (answer.status_code, answer.text[:2000])
    assert answer.headers["Content-Type"].split(";")[0] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert {"type", "title", "status", "detail", "instance"} <= body.keys(), body
    assert body["status"] == status
    assert all(isinstance(body[name], str) for name in ("type", "title", "detail", "instance"))
    return body


def error_codes(answer: httpx.Response, status: int = 422) -> set[str]:
    """Check an input error's shape and give its codes."""
    body = problem(answer, status)
    assert body.get("errors"), body
    for error in body["errors"]:
        assert {"field", "code", "message"} <= error.keys()
        assert error["field"] == "" or error["field"].startswith("/"), error
    return {error["code"] for error in body["errors"]}


def error_fields(answer: httpx.Response, status: int = 422) -> set[tuple[str, str]]:
    """Check an input error's shape and give its fields with their codes."""
    body = problem(answer, status)
    return {(error["field"], error["code"]) for error in body["errors"]}
