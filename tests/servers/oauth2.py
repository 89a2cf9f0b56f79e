"""A token endpoint (RFC 6749) on loopback, which also tells a mail server whose a token is."""

import json
import secrets
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.servers.processes import LOOPBACK

CLIENT_ID = "ikenbako"


@dataclass(slots=True)
class TokenServer:
    """What a test sees of the endpoint: what it was asked, what it answers.

    A refresh token is good once: each answer brings the next one, as some providers do.
    """

    port: int = 0
    username: str = ""
    client_secret: str = field(default_factory=lambda: secrets.token_urlsafe(12), repr=False)
    refresh_token: str = field(default_factory=lambda: secrets.token_urlsafe(12), repr=False)
    expires_in: int = 3600
    status: int | None = None
    asked: list[dict[str, str]] = field(default_factory=list)
    issued: list[str] = field(default_factory=list)
    revoked: set[str] = field(default_factory=set)

    @property
    def token_url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}/token"

    @property
    def tokeninfo_url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}/tokeninfo?access_token="

    def answer(self, question: dict[str, str]) -> tuple[int, dict[str, object]]:
        """Answer a question for a token."""
        self.asked.append(question)
        if self.status is not None:
            return self.status, {"error": "temporarily_unavailable"}
        if question.get("client_id") != CLIENT_ID or (
            question.get("client_secret") != self.client_secret
        ):
            return 401, {"error": "invalid_client"}
        answer: dict[str, object] = {"token_type": "Bearer", "expires_in": self.expires_in}
        if question["grant_type"] == "refresh_token":
            if question["refresh_token"] != self.refresh_token:
                return 400, {"error": "invalid_grant"}
            self.refresh_token = secrets.token_urlsafe(12)
            answer["refresh_token"] = self.refresh_token
        self.issued.append(secrets.token_urlsafe(24))
        return 200, {**answer, "access_token": self.issued[-1]}

    def about(self, token: str) -> tuple[int, dict[str, object]]:
        """Say whose a token is."""
        if token not in self.issued or token in self.revoked:
            return 401, {"error": "invalid_token"}
        return 200, {"email": self.username, "active": True}


class _Http(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, told: TokenServer) -> None:
        self.told = told
        super().__init__((LOOPBACK, 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    """Carries the questions; the method names are those of the standard library."""

    def do_POST(self) -> None:
        assert isinstance(self.server, _Http)
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self._say(
            *self.server.told.answer({name: all_[0] for name, all_ in parse_qs(body).items()})
        )

    def do_GET(self) -> None:
        assert isinstance(self.server, _Http)
        [token] = parse_qs(urlsplit(self.path).query).get("access_token", [""])
        self._say(*self.server.told.about(token))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as it is inherited
        """Say nothing."""

    def _say(self, status: int, told: dict[str, object]) -> None:
        data = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@pytest.fixture(scope="module")
def token_endpoint() -> Iterator[TokenServer]:
    """Run the endpoint; a module's tests share its address."""
    told = TokenServer()
    with _Http(told) as server:
        told.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield told
        server.shutdown()
        thread.join()


@pytest.fixture
def token_server(token_endpoint: TokenServer) -> TokenServer:
    """Give the endpoint to one test as if it were new."""
    fresh = TokenServer(port=token_endpoint.port)
    for name in TokenServer.__slots__:
        setattr(token_endpoint, name, getattr(fresh, name))
    return token_endpoint
