"""The hook for HylaFAX, run as it is, against a small HTTP server."""

import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts/hylafax-dispatch"


class Server(ThreadingHTTPServer):
    """Answers every post as told and remembers it."""

    status = 202

    def __init__(self) -> None:
        self.posts: list[tuple[str, str, bytes]] = []
        super().__init__(("127.0.0.1", 0), Handler)


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Server)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posts.append((self.path, self.headers["Authorization"], body))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as it is inherited
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as made:
        thread = threading.Thread(target=made.serve_forever)
        thread.start()
        yield made
        made.shutdown()
        thread.join()


@pytest.fixture
def environment(tmp_path: Path, server: Server) -> dict[str, str]:
    configuration = tmp_path / "hylafax.conf"
    port = server.server_address[1]
    configuration.write_text(
        f"IKENBAKO_API_URL=http://127.0.0.1:{port}\nIKENBAKO_API_KEY=the-key\n"
    )
    return {
        "PATH": "/usr/bin:/bin",
        "IKENBAKO_HYLAFAX_CONF": str(configuration),
        "IKENBAKO_HYLAFAX_QUEUE": str(tmp_path / "queue"),
    }


def run(environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [str(SCRIPT), *arguments], env=environment, capture_output=True, text=True, check=True
    )
    return done.stderr


def test_a_fax_is_posted_with_what_the_other_side_said_as_plain_text(
    tmp_path: Path, server: Server, environment: dict[str, str]
) -> None:
    fax = tmp_path / "fax000000007.tif"
    fax.write_bytes(b"II*\0pages")
    caller = '$(touch hacked)"; @/etc/passwd'
    run(environment, str(fax), "000000007", caller, "+81 166", "No carrier")
    ((path, authorization, body),) = server.posts
    assert (path, authorization) == ("/api/v1/intake/faxes", "Bearer the-key")
    assert b"II*\0pages" in body
    assert caller.encode() in body
    assert b"No carrier" in body
    assert b"000000007" in body
    assert fax.exists()
    assert list((tmp_path / "queue").glob("[!.]*")) == []


def test_what_was_not_taken_waits_and_goes_later(
    tmp_path: Path, server: Server, environment: dict[str, str]
) -> None:
    fax = tmp_path / "fax000000008.tif"
    fax.write_bytes(b"II*\0pages")
    server.status = 503
    assert "503" in run(environment, str(fax), "000000008", "", "", "")
    fax.unlink()  # HylaFAX's own cleaning must not lose it
    server.status = 202
    run(environment)
    assert len(server.posts) == 2
    assert server.posts[0][2].count(b"II*\0pages") == server.posts[1][2].count(b"II*\0pages") == 1
    assert list((tmp_path / "queue").glob("[!.]*")) == []
