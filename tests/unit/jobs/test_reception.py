from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest

from app.domain.envelope import Channel, Delivery
from app.jobs.reception import HttpReception, MailNotTaken, ReceptionClosed
from tests.builders import an_envelope

FACTS = {"mailbox": "koho", "folder": "受信箱", "uidvalidity": "3", "uid": "7"}
MAIL = an_envelope(b"raw mail", facts=FACTS)


def answering(
    answer: httpx.Response | Exception, seen: list[httpx.Request] | None = None
) -> HttpReception:
    def handle(request: httpx.Request) -> httpx.Response:
        if seen is not None:
            seen.append(request)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return HttpReception("http://api.example.jp", "key", transport=httpx.MockTransport(handle))


@pytest.mark.parametrize("status", [200, 202])
def test_a_mail_is_posted_as_it_came_with_its_place(status: int) -> None:
    seen: list[httpx.Request] = []
    answering(httpx.Response(status, json={}), seen).receive(MAIL)
    (request,) = seen
    assert request.content == b"raw mail"
    assert request.headers["Content-Type"] == "message/rfc822"
    assert request.headers["Authorization"] == "Bearer key"
    query = dict(request.url.params)
    assert query == {**FACTS, "internal_date": "2015-05-01T12:00:00+09:00"}


def test_who_called_never_stands_in_an_address() -> None:
    seen: list[httpx.Request] = []
    said = {"machine": "複合機", "machine_evidence": "from", "caller_number": "0166-00-0000"}
    fax = replace(MAIL, channel=Channel.FAX, facts={**FACTS, **said, "subject": "0166-00-0000"})
    paper = replace(fax, channel=Channel.MAIL, delivery=Delivery.POST)
    for envelope in (fax, paper):
        answering(httpx.Response(202, json={}), seen).receive(envelope)
    queries = [dict(each.url.params) for each in seen]
    told = {"machine": "複合機", "machine_evidence": "from"}
    usual = {**FACTS, "internal_date": "2015-05-01T12:00:00+09:00", **told}
    assert queries == [
        {**usual, "channel": "fax"},
        {**usual, "channel": "mail", "delivery": "post"},
    ]


@pytest.mark.parametrize("status", [400, 413, 415, 422])
def test_what_is_wrong_with_one_mail_concerns_it_alone(status: int) -> None:
    with pytest.raises(MailNotTaken, match=str(status)):
        answering(httpx.Response(status)).receive(MAIL)


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 502, 503, 507])
def test_what_is_wrong_with_the_server_or_the_key_lets_all_mail_wait(status: int) -> None:
    with pytest.raises(ReceptionClosed):
        answering(httpx.Response(status)).receive(MAIL)


def test_the_server_may_say_how_long_to_wait() -> None:
    with pytest.raises(ReceptionClosed) as closed:
        answering(httpx.Response(429, headers={"Retry-After": "17"})).receive(MAIL)
    assert closed.value.retry_after == 17


@pytest.mark.parametrize(
    "act",
    [
        lambda reception: reception.receive(MAIL),
        lambda reception: reception.known("koho", "INBOX", 1, [1]),
        lambda reception: reception.report("koho", "INBOX", 1, [1]),
    ],
)
def test_a_server_that_is_away_lets_everything_wait(act: Callable[[HttpReception], None]) -> None:
    with pytest.raises(ReceptionClosed, match="unreachable"):
        act(answering(httpx.ConnectError("refused")))


@pytest.mark.parametrize("known", [True, False])
def test_the_server_is_asked_what_it_knows(*, known: bool) -> None:
    reception = answering(httpx.Response(200, json={"known": known}))
    assert reception.known("koho", "INBOX", 1, [1]) == ({1} if known else frozenset())


def test_a_large_folder_is_told_in_parts() -> None:
    seen: list[httpx.Request] = []
    answering(httpx.Response(204), seen).report("koho", "INBOX", 1, range(1, 2502))
    assert len(seen) == 3
