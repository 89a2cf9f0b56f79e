"""A stream over all channels that is sent until it was taken, and what must have come of it."""

import io
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
from PIL import Image, ImageDraw

from tests.acceptance.conftest import BOX, CODE, Service
from tests.builders import MEASURE, a_mail
from tests.servers.dovecot import ImapAccount
from tests.servers.smtp import SmtpServer

STILL_SECONDS = 300.0
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


def a_letter(name: str) -> bytes:
    """A mail of a writer of its own: many to one would be answered on other days."""
    return a_mail(text(name), sender=f"{name}@example.jp")


def picture(number: int, kind: str) -> bytes:
    """A small page that no other one of its channel equals; every twentieth has words.

    Those take long to read, so that now and then a fault finds somebody in the middle of it; the
    others have two specks, since what is posted here is counted.
    """
    page = Image.new("L", (420, 594), 255)
    if number % 20 == 10:
        ImageDraw.Draw(page).text((40, 40), f"{number} {kind}", fill=0)
    for line, place in enumerate(divmod(number, 300)):
        page.putpixel((60 + place, 60 + 20 * line), 0)
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
        content=a_letter(f"posted-{number}"),
        params={"internal_date": now()},
        headers={"Content-Type": "message/rfc822"},
    )


def post_large(client: httpx.Client, number: int) -> httpx.Response:
    """Post a mail that is too large for its row."""
    return client.post(
        "intake/emails",
        content=a_letter(f"large-{number}") + b"." * 100_000,
        params={"internal_date": now()},
        headers={"Content-Type": "message/rfc822"},
    )


def fax(client: httpx.Client, number: int) -> httpx.Response:
    return client.post(
        "intake/faxes",
        files={"file": ("fax.tiff", picture(number, "TIFF"), "image/tiff")},
        data={"received_at": now(), "job_id": f"job-{number}", "gateway": "fax"},
    )


def scan(client: httpx.Client, number: int) -> httpx.Response:
    return client.post(
        "intake/scans",
        files={"files": ("scan.png", picture(number, "PNG"), "image/png")},
        data={"received_at": now(), "channel": "mail", "delivery": "hand"},
    )


def box(client: httpx.Client, number: int) -> httpx.Response:
    return client.post(
        "intake/scans",
        files={"files": ("box.png", picture(number, "PNG"), "image/png")},
        data={"received_at": now(), "channel": "drop_box", "drop_box": BOX},
    )


@dataclass(slots=True)
class Stream:
    """Sends numbered items one after another, each until it was taken, by whichever door opens."""

    doors: Sequence[Service]
    send: Send
    pause: float
    taken: dict[int, dict[str, str]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    put_off: Counter[int] = field(default_factory=Counter)
    tries: int = 0

    def run(self, stop: threading.Event) -> None:
        """Send until told to stop; an item that was begun is begun again the next time."""
        clients = [each.client() for each in self.doors]
        while not stop.is_set():
            number = len(self.taken) + 1
            self.try_once(clients[self.tries % len(clients)], number)
            if number in self.taken:
                stop.wait(self.pause)
        for client in clients:
            client.close()

    def try_once(self, client: httpx.Client, number: int) -> None:
        try:
            answer = self.send(client, number)
        except httpx.HTTPError:
            self.tries += 1
            time.sleep(0.05)  # it was killed just now
            return
        if answer.is_success:
            self.taken[number] = answer.json()
        elif answer.status_code < 500:
            self.refused.append(answer.text)
            self.taken[number] = {}
        else:
            self.put_off[answer.status_code] += 1
            self.tries += 1
            time.sleep(0.05)


@dataclass(slots=True)
class Letters:
    """Puts numbered mails into the mailbox, whether the service lives or not."""

    account: ImapAccount
    count: int = 0

    def run(self, stop: threading.Event) -> None:
        while not stop.wait(0.5):
            self.account.append("INBOX", a_letter(f"fetched-{self.count + 1}"))
            self.count += 1


def streams_of(*doors: Service, paper: float = 1.2) -> dict[str, Stream]:
    """Give a stream for each channel that is posted; ``paper`` is the pause of those with pages."""
    return {
        "e_application": Stream(doors, apply, 0.1),
        "email": Stream(doors, post_mail, 0.2),
        "fax": Stream(doors, fax, paper),
        "mail": Stream(doors, scan, paper),
        "drop_box": Stream(doors, box, paper),
    }


@contextmanager
def flowing(streams: Iterable[Stream], letters: Letters) -> Iterator[None]:
    """Let everything be sent until the block is left."""
    stop = threading.Event()
    threads = [
        threading.Thread(target=each, args=[stop])
        for each in (letters.run, *(stream.run for stream in streams))
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def waiting(client: httpx.Client, account: ImapAccount) -> int:
    """Count what waits, in the mailbox or in a queue."""
    ledger: list[dict[str, int]] = client.get("ledger/summary").json()["items"]
    return len(account.uids()) + sum(each["waiting"] for each in ledger)


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


def wait_until_each_goes_on(streams: dict[str, Stream]) -> None:
    """Wait until each channel takes something again after what happened."""
    before = {name: len(each.taken) for name, each in streams.items()}
    wait_while_it_moves(
        lambda: sum(len(each.taken) == before[name] for name, each in streams.items())
    )


def check_streams(streams: dict[str, Stream], comments: list[dict[str, str]]) -> None:
    """See that what was taken is there exactly once, and nothing twice."""
    by_submission = Counter(each["submission_id"] for each in comments)
    assert max(by_submission.values()) == 1
    receipt_numbers = [each["receipt_number"] for each in comments]
    assert len(set(receipt_numbers)) == len(receipt_numbers)
    for channel, stream in streams.items():
        assert stream.refused == []
        ids = [each["submission_id"] for each in stream.taken.values()]
        assert len(set(ids)) == len(ids), channel
        assert [each for each in ids if by_submission[each] != 1] == [], channel
    written = {each["receipt_number"]: each["opinion"] for each in comments}
    for number, answer in streams["e_application"].taken.items():
        assert written[answer["receipt_number"]] == f"第application-{number}の意見です。"
    # What was sent and never answered may be there; anything twice may not.
    paper = Counter(each["channel"] for each in comments)
    for channel in ("fax", "mail", "drop_box"):
        assert len(streams[channel].taken) <= paper[channel] <= len(streams[channel].taken) + 1


def check_arrivals(client: httpx.Client, streams: dict[str, Stream], *, at_least: int = 5) -> None:
    """See that each arrival that was taken was read, by its channel."""
    for channel, stream in streams.items():
        assert len(stream.taken) >= at_least, channel
        for each in stream.taken.values():
            arrival = client.get(f"submissions/{each['submission_id']}").json()
            assert (arrival["state"], arrival["channel"]) == ("done", channel)


def check_ledger(client: httpx.Client) -> None:
    """See that nothing a source named is missing."""
    for each in client.get("ledger/summary").json()["items"]:
        assert (each["missing"], each["waiting"]) == (0, 0), each


def check_verified(service: Service) -> None:
    """See that `ikenbako verify` finds no fault."""
    verified = service.run("verify", "--language", "en")
    assert verified.returncode == 0, verified.stdout + verified.stderr


def check_letters(letters: Letters, comments: list[dict[str, str]]) -> None:
    names = Counter(
        found[1] for each in comments if (found := NUMBERED.search(each["opinion"])) is not None
    )
    assert max(names.values()) == 1
    fetched = {name for name in names if name.startswith("fetched-")}
    assert fetched == {f"fetched-{number}" for number in range(1, letters.count + 1)}


def acknowledged(smtp_server: SmtpServer) -> set[str]:
    """Give whom a receipt went to: a repeat bears the same Message-ID, and nobody has two."""
    told: dict[str, set[str]] = {}
    for each in smtp_server.delivered:
        if each.message["Auto-Submitted"] == "auto-replied":
            told.setdefault(each.recipients[0], set()).add(each.message["Message-ID"])
    assert [ids for ids in told.values() if len(ids) != 1] == []
    return set(told)
