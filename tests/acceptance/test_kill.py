"""`kill -9` of the whole process tree, again and again, during a stream over all channels.

Whatever was answered with 201 or 202 is there exactly once after the restart, and every mail that
lay in the mailbox is recorded once.
"""

import io
import itertools
import random
import re
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
import pytest
from PIL import Image, ImageDraw

from tests.acceptance.conftest import BOX, CODE, Service, set_up
from tests.builders import MEASURE, a_mail
from tests.servers.dovecot import ImapAccount
from tests.servers.smtp import SmtpServer

KILLS = 20
STILL_SECONDS = 120.0
"""Longer than a page may take to read, and than a mail may wait to be tried again."""
NUMBERED = re.compile(r"第([a-z]+-[0-9]+)の意見")

Send = Callable[[httpx.Client, int], httpx.Response]


def now() -> str:
    return datetime.now(UTC).isoformat()


def text(name: str) -> str:
    return (
        f"氏名：北野 花子\n住所：北星市中央2条3丁目4番地\n区分：1\n案の名称：{MEASURE}\n"
        f"意見：第{name}の意見です。\n"
    )


def picture(name: str, kind: str) -> bytes:
    """A small page, nearly blank, that no other one equals."""
    page = Image.new("L", (420, 594), 255)
    ImageDraw.Draw(page).text((40, 40), name, fill=0)
    out = io.BytesIO()
    if kind == "TIFF":
        page.convert("1").save(out, kind, compression="group4", dpi=(50, 50))
    else:
        page.save(out, kind, dpi=(50, 50))
    return out.getvalue()


def apply(client: httpx.Client, number: int) -> httpx.Response:
    body = {
        "measure_name": MEASURE,
        "submitter": {
            "kind": "individual",
            "name": "北野 花子",
            "address": "北星市中央2条3丁目4番地",
            "category": {"code": "1", "detail": None},
        },
        "opinion": f"第application-{number}の意見です。",
    }
    key = {"Idempotency-Key": f"application-{number}"}
    return client.post(f"consultations/{CODE}/comments", json=body, headers=key)


def post_mail(client: httpx.Client, number: int) -> httpx.Response:
    return client.post(
        "intake/emails",
        content=a_mail(text(f"posted-{number}")),
        params={"internal_date": now()},
        headers={"Content-Type": "message/rfc822"},
    )


def fax(client: httpx.Client, number: int) -> httpx.Response:
    return client.post(
        "intake/faxes",
        files={"file": ("fax.tiff", picture(f"fax {number}", "TIFF"), "image/tiff")},
        data={"received_at": now(), "job_id": f"job-{number}", "gateway": "fax"},
    )


def scan(client: httpx.Client, number: int) -> httpx.Response:
    return client.post(
        "intake/scans",
        files={"files": ("scan.png", picture(f"scan {number}", "PNG"), "image/png")},
        data={"received_at": now(), "channel": "mail", "delivery": "hand"},
    )


def box(client: httpx.Client, number: int) -> httpx.Response:
    return client.post(
        "intake/scans",
        files={"files": ("box.png", picture(f"box {number}", "PNG"), "image/png")},
        data={"received_at": now(), "channel": "drop_box", "drop_box": BOX},
    )


@dataclass(slots=True)
class Stream:
    """Sends numbered items one after another, each until it was taken."""

    service: Service
    send: Send
    pause: float
    stop: threading.Event
    taken: dict[int, dict[str, str]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)

    def run(self) -> None:
        with self.service.client() as client:
            for number in itertools.count(1):
                while number not in self.taken:
                    # An item that was begun is sent until it is taken, as a gateway does it.
                    if self.stop.is_set() and number not in self.taken:
                        return
                    self.try_once(client, number)
                if self.stop.wait(self.pause):
                    return

    def try_once(self, client: httpx.Client, number: int) -> None:
        try:
            answer = self.send(client, number)
        except httpx.HTTPError:
            time.sleep(0.05)  # it was killed just now
            return
        if answer.is_success:
            self.taken[number] = answer.json()
        elif answer.status_code < 500:
            self.refused.append(answer.text)
            self.taken[number] = {}


@dataclass(slots=True)
class Letters:
    """Puts numbered mails into the mailbox, whether the service lives or not."""

    account: ImapAccount
    stop: threading.Event
    count: int = 0

    def run(self) -> None:
        while not self.stop.wait(0.5):
            self.account.append("INBOX", a_mail(text(f"fetched-{self.count + 1}")))
            self.count += 1


def waiting(client: httpx.Client, account: ImapAccount) -> int:
    """Count what waits, in the mailbox or in a queue."""
    ledger: list[dict[str, int]] = client.get("ledger/summary").json()["items"]
    return len(account.messages("INBOX")) + sum(each["waiting"] for each in ledger)


def every_comment(client: httpx.Client) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    cursor: str | None = None
    while True:
        params = {"limit": "100"} | ({"cursor": cursor} if cursor else {})
        page = client.get("comments", params=params).json()
        found.extend(page["items"])
        cursor = page["next_cursor"]
        if cursor is None:
            return found


def wait_while_it_moves(left: Callable[[], int]) -> None:
    """Wait until nothing is left; a slow machine may take its time while it gets on."""
    before, give_up_at = left(), time.monotonic() + STILL_SECONDS
    while before:
        time.sleep(0.5)
        now_left = left()
        if now_left != before:
            before, give_up_at = now_left, time.monotonic() + STILL_SECONDS
        assert time.monotonic() < give_up_at, f"{before} wait, and nothing moves"


@pytest.mark.timeout(900)
def test_whatever_was_taken_outlives_a_kill_exactly_once(
    service: Service, dovecot: ImapAccount, smtp_server: SmtpServer
) -> None:
    seed = secrets.randbelow(2**32)
    print(f"seed {seed}")  # noqa: T201 - shown with a failure, which it explains
    chance = random.Random(seed)
    stop = threading.Event()
    service.start()
    set_up(service)
    streams = {
        "e_application": Stream(service, apply, 0.1, stop),
        "email": Stream(service, post_mail, 0.2, stop),
        "fax": Stream(service, fax, 1.2, stop),
        "mail": Stream(service, scan, 1.2, stop),
        "drop_box": Stream(service, box, 1.2, stop),
    }
    letters = Letters(dovecot, stop)
    work = [letters.run, *(each.run for each in streams.values())]
    threads = [threading.Thread(target=each) for each in work]
    for thread in threads:
        thread.start()
    try:
        for _ in range(KILLS):
            time.sleep(chance.uniform(0.1, 1.5))
            service.kill()
            service.start()
        time.sleep(1)
    finally:
        stop.set()
        for thread in threads:
            thread.join()

    with service.client() as client:
        wait_while_it_moves(lambda: waiting(client, dovecot))
        comments = every_comment(client)
        check_streams(client, streams, comments)
    check_letters(letters, comments)
    assert len(dovecot.messages("Recorded")) == letters.count
    receipt_numbers = [each["receipt_number"] for each in comments]
    assert len(set(receipt_numbers)) == len(receipt_numbers)
    check_acknowledgements(smtp_server)
    assert service.stop() == 0


def check_streams(
    client: httpx.Client, streams: dict[str, Stream], comments: list[dict[str, str]]
) -> None:
    by_submission = Counter(each["submission_id"] for each in comments)
    for channel, stream in streams.items():
        assert stream.refused == []
        assert len(stream.taken) >= 5, channel
        ids = [each["submission_id"] for each in stream.taken.values()]
        assert len(set(ids)) == len(ids), channel
        assert [by_submission[each] for each in ids] == [1] * len(ids), channel
        for each in ids:
            arrival = client.get(f"submissions/{each}").json()
            assert arrival["state"] == "done"
            assert arrival["channel"] == channel
    written = {each["receipt_number"]: each["opinion"] for each in comments}
    for number, answer in streams["e_application"].taken.items():
        assert written[answer["receipt_number"]] == f"第application-{number}の意見です。"
    # What was sent and never answered may be there; anything twice may not.
    paper = Counter(each["channel"] for each in comments)
    for channel in ("fax", "mail", "drop_box"):
        assert len(streams[channel].taken) <= paper[channel] <= len(streams[channel].taken) + 1


def check_letters(letters: Letters, comments: list[dict[str, str]]) -> None:
    names = Counter(
        found[1] for each in comments if (found := NUMBERED.search(each["opinion"])) is not None
    )
    assert max(names.values()) == 1
    fetched = {name for name in names if name.startswith("fetched-")}
    assert fetched == {f"fetched-{number}" for number in range(1, letters.count + 1)}


def check_acknowledgements(smtp_server: SmtpServer) -> None:
    """A repeat is one only if it bears the same Message-ID; each answers another mail."""
    told: dict[str, set[str]] = {}
    for each in smtp_server.delivered:
        message = each.message
        if message["Auto-Submitted"] == "auto-replied":
            told.setdefault(message["Subject"], set()).add(message["Message-ID"])
    assert told
    assert all(len(ids) == 1 for ids in told.values())
