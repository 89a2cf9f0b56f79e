"""Access tokens, against a token endpoint played by a function."""

import json
import stat
from pathlib import Path

import httpx
import pytest

from app.domain.access_token import TokenRefused, TokenUnavailable
from app.operations.access_token import Grant, TokenClient

URL = "https://login.example.jp/token"


class Endpoint:
    """Answers in turn, and remembers what it was asked."""

    def __init__(self, *answers: dict[str, object] | httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[dict[str, str]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(dict(httpx.QueryParams(request.content.decode())))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)


def a_token(name: str, **more: object) -> dict[str, object]:
    return {"access_token": name, "token_type": "bearer", "expires_in": 3600, **more}


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def client(endpoint: Endpoint, clock: Clock | None = None, **grant: object) -> TokenClient:
    values = {"token_url": URL, "client_id": "ikenbako", "client_secret": "hush"} | grant
    return TokenClient(
        Grant(**values),  # type: ignore[arg-type]
        monotonic=clock or Clock(),
        transport=httpx.MockTransport(endpoint),
    )


@pytest.mark.parametrize(
    ("expires_in", "good_for"), [(3600, 3480), (100, 50), ("3600", 3480), (None, 180), ("?", 180)]
)
def test_a_token_is_kept_until_shortly_before_its_end(expires_in: object, good_for: float) -> None:
    endpoint, clock = Endpoint(a_token("1", expires_in=expires_in), a_token("2")), Clock()
    tokens = client(endpoint, clock)
    clock.now = 0.0
    assert tokens.current() == "1"
    clock.now = good_for - 1
    assert tokens.current() == "1"
    clock.now = good_for
    assert tokens.current() == "2"


def test_a_token_the_server_did_not_take_is_forgotten() -> None:
    tokens = client(Endpoint(a_token("1"), a_token("2")))
    assert tokens.current() == "1"
    tokens.forget()
    assert tokens.current() == "2"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (httpx.Response(400, json={"error": "invalid_grant"}), "invalid_grant"),
        (httpx.Response(401, json={"error": "Not a code\nat all"}), "http_401"),
        (httpx.Response(404, text="no"), "http_404"),
        (httpx.Response(302, headers={"Location": "https://other.example.jp"}), "http_302"),
        (httpx.Response(200, text="no"), "answer_unreadable"),
        (httpx.Response(200, json=["list"]), "answer_unreadable"),
        (httpx.Response(200, json={"access_token": "1", "token_type": "mac"}), "answer_unreadable"),
    ],
)
def test_what_a_person_must_put_right_is_said(answer: httpx.Response, reason: str) -> None:
    with pytest.raises(TokenRefused) as refused:
        client(Endpoint(answer)).current()
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (httpx.ConnectError("refused"), "unreachable"),
        (httpx.Response(503, text="later"), "http_503"),
        (httpx.Response(429, json={"error": "slow_down"}), "http_429"),
    ],
)
def test_what_will_pass_is_tried_again(answer: httpx.Response | Exception, reason: str) -> None:
    tokens = client(Endpoint(answer, a_token("1")))
    with pytest.raises(TokenUnavailable) as unavailable:
        tokens.current()
    assert unavailable.value.reason == reason
    assert tokens.current() == "1"


def test_a_new_refresh_token_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    file = tmp_path / "refresh"
    file.write_text("first\n")
    endpoint = Endpoint(a_token("1", refresh_token="second"), a_token("2"))
    tokens = client(endpoint, refresh_token_file=file)
    tokens.current()
    tokens.forget()
    tokens.current()
    assert [each["refresh_token"] for each in endpoint.asked] == ["first", "second"]
    assert file.read_text() == "second"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_a_new_refresh_token_is_used_although_its_file_cannot_be_written(tmp_path: Path) -> None:
    file = tmp_path / "refresh"
    file.write_text("first")
    endpoint = Endpoint(*(a_token(str(n), refresh_token=f"new-{n}") for n in range(3)))
    tokens = client(endpoint, refresh_token_file=_Unwritable(file))
    for _ in range(3):
        tokens.current()
        tokens.forget()
    assert [each["refresh_token"] for each in endpoint.asked] == ["first", "new-0", "new-1"]
    assert file.read_text() == "first"
    file.write_text("by hand")
    endpoint.answers.append(a_token("4"))
    tokens.current()
    assert endpoint.asked[-1]["refresh_token"] == "by hand"


class _Unwritable(type(Path())):  # type: ignore[misc]
    """A path on a read-only disk; to root no permission is one."""

    def with_name(self, name: str) -> Path:
        return Path("/proc") / name


def test_no_secret_is_shown() -> None:
    grant = Grant(token_url=URL, client_id="i", client_secret="hush", refresh_token="hush")
    assert "hush" not in repr(grant)
    with pytest.raises(TokenRefused) as refused:
        client(Endpoint(httpx.Response(400, text=json.dumps({"error": "hush-HUSH"})))).current()
    assert "hush" not in str(refused.value)
