"""Languages, visitors, file names, cells, instants: the small decisions of the edge."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request

from app.domain.access import Actor
from app.domain.errors import InvalidInput, RecognitionUnavailable, Refusal, StorageFull
from app.intake.desk import Desk
from app.routers import problems
from app.routers.exports import defused, visible
from app.routers.fields import Instant
from app.routers.keyring import KeyRing
from app.routers.language import language_of
from app.routers.submissions import disposition
from app.routers.visitors import Proxies, Turnstile


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "ja"),
        ("", "ja"),
        ("*", "ja"),
        ("en", "en"),
        ("EN-us", "en"),
        ("en, ja", "en"),
        ("ja, en", "ja"),
        ("ja;q=0.5, en;q=0.8", "en"),
        ("en;q=0, ja", "ja"),
        ("fr, de", "ja"),
        ("en;q=high", "ja"),
        (";;,,q=", "ja"),
    ],
)
def test_english_is_spoken_where_it_is_preferred(header: str | None, language: str) -> None:
    assert language_of(header) == language


@given(st.text())
def test_any_accept_language_gives_a_language(header: str) -> None:
    assert language_of(header) in {"ja", "en"}


@given(st.text())
def test_a_file_name_never_leaves_its_header(name: str) -> None:
    header = disposition(name)

    assert header.isascii()
    assert header.isprintable()
    assert header.startswith('attachment; filename="')
    assert header.count('"') == 2


@given(st.text(st.characters(codec="utf-8")))
def test_a_defused_cell_begins_with_no_sign(text: str) -> None:
    assert defused(text).lstrip()[:1] not in {"=", "+", "-", "@", "＝", "＋", "－", "＠"}
    assert defused(text).removeprefix("'") in {text, text.removeprefix("'")}


@pytest.mark.parametrize("text", ["", " ", "\u3000", "意見", "1. 図書館"])
def test_a_cell_that_cannot_run_stays_as_it_is(text: str) -> None:
    assert defused(text) == text


@given(st.text())
def test_what_is_visible_can_stand_in_xml(text: str) -> None:
    shown = visible(text)

    assert len(shown) == len(text)
    assert visible(shown) == shown
    shown.encode()


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2015-05-15T23:59:58+09:00", datetime(2015, 5, 15, 14, 59, 58, tzinfo=UTC)),
        ("2015-05-15t14:59:58.1234567z", datetime(2015, 5, 15, 14, 59, 58, 123456, tzinfo=UTC)),
        ("2015-05-15 14:59:58Z", datetime(2015, 5, 15, 14, 59, 58, tzinfo=UTC)),
    ],
)
def test_instants_are_read_as_rfc_3339_writes_them(text: str, instant: datetime) -> None:
    assert TypeAdapter(Instant).validate_python(text) == instant


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2015-05-15T23:59:58", "offset_missing"),
        ("2015-05-15", "invalid_value"),
        ("2015-05-15T24:00:00Z", "invalid_value"),
        ("2015-02-30T00:00:00Z", "invalid_value"),
        ("1899-12-31T00:00:00Z", "out_of_range"),
        ("２０１５-05-15T00:00:00Z", "invalid_value"),
        (1431700798, "invalid_value"),
        (None, "invalid_value"),
    ],
)
def test_anything_else_is_no_instant(text: object, code: str) -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(Instant).validate_python(text)

    assert [each["type"] for each in caught.value.errors()] == [code]


def test_every_refusal_has_the_status_of_its_nearest_ancestor() -> None:
    assert problems.status_of(StorageFull()) == 507
    assert problems.status_of(RecognitionUnavailable()) == 503
    assert problems.status_of(InvalidInput("rules_contradict")) == 422
    assert problems.status_of(Refusal()) == 400


def test_pointers_are_escaped_and_can_be_sent() -> None:
    assert problems.pointer(("a/b~c", 0)) == "/a~1b~0c/0"
    assert problems.pointer(("\ud800",)) == "/?"
    assert len(problems.pointer(("x" * 10_000,))) == 200


def a_request(peer: str, *forwarded: str) -> Request:
    headers = [(b"x-forwarded-for", each.encode()) for each in forwarded]
    return Request({"type": "http", "headers": headers, "client": (peer, 1)})


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("192.0.2.1", ("198.51.100.1",), "192.0.2.1"),
        ("10.0.0.1", ("198.51.100.1",), "198.51.100.1"),
        ("10.0.0.1", ("203.0.113.9, 198.51.100.1, 10.0.0.2",), "198.51.100.1"),
        ("10.0.0.1", ("203.0.113.9", "198.51.100.1"), "198.51.100.1"),
        ("10.0.0.1", ("nonsense",), "10.0.0.1"),
        ("10.0.0.1", (), "10.0.0.1"),
        ("::1", ("2001:db8::1",), "2001:db8::1"),
    ],
)
def test_only_trusted_proxies_are_believed(
    peer: str, forwarded: tuple[str, ...], client: str
) -> None:
    assert Proxies(["10.0.0.0/8", "::1"]).client(a_request(peer, *forwarded)) == client


def test_a_wrong_proxy_or_limit_is_told_at_the_start() -> None:
    with pytest.raises(ValueError, match="proxy"):
        Proxies(["proxy"])
    with pytest.raises(ValueError, match="often"):
        Turnstile("often")


def test_no_limit_lets_everybody_through() -> None:
    assert [Turnstile(limit).wait("somebody") for limit in (None, "")] == [None, None]


def test_nobody_is_turned_away_until_a_clock_that_went_back_is_there_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = time.time()
    turnstile = Turnstile("2/minute")
    assert [turnstile.wait("somebody") for _ in range(2)] == [None, None]
    waits = turnstile.wait("somebody")
    assert waits is not None
    assert waits <= 60
    monkeypatch.setattr(time, "time", lambda: now - 3600)
    assert turnstile.wait("somebody") is None


class Doorkeeper:
    """Counts how often a key is looked up; its clock stands until it is moved."""

    def __init__(self) -> None:
        self.asked = 0
        self.now = 0.0
        self.actor: Actor | None = Actor(id="1", name="窓口", scopes=frozenset())

    def __call__(self, _desk: Desk, _key: str) -> Actor | None:
        self.asked += 1
        return self.actor


def open_with(ring: KeyRing, key: str) -> Actor | None:
    known, actor = ring.remembered(key)
    return actor if known else ring.look_up(None, key)  # type: ignore[arg-type]


def test_a_key_is_looked_up_once_in_a_few_seconds_and_after_a_revocation() -> None:
    doorkeeper = Doorkeeper()
    ring = KeyRing(doorkeeper, clock=lambda: doorkeeper.now)

    assert open_with(ring, "a") == open_with(ring, "a") == doorkeeper.actor
    assert doorkeeper.asked == 1
    doorkeeper.actor = None
    doorkeeper.now = 4.9
    assert open_with(ring, "a") is not None
    doorkeeper.now = 5.1
    assert open_with(ring, "a") is None
    ring.forget()
    open_with(ring, "a")
    assert doorkeeper.asked == 3


def test_a_key_looked_up_before_a_revocation_is_not_remembered_after_it() -> None:
    doorkeeper = Doorkeeper()

    def revoked_meanwhile(desk: Desk, key: str) -> Actor | None:
        found = doorkeeper(desk, key)
        ring.forget()
        return found

    ring = KeyRing(revoked_meanwhile)
    ring.look_up(None, "a")  # type: ignore[arg-type]

    assert ring.remembered("a") == (False, None)
