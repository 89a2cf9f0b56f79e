import contextlib
import itertools
import os
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.acceptance.contract.city import City, Json, connected, problem
from tests.acceptance.contract.mails import letter
from tests.acceptance.contract.program import BOOTSTRAP_KEY, PROGRAM, Program, free_port, running


def test_everything_lies_under_data_of_the_folder_it_was_started_in(program: Program) -> None:
    assert (program.folder / "data").is_dir()
    assert {path.name for path in program.folder.iterdir()} == {"data", "serve.log"}
    for path in (program.folder / "data").rglob("*"):
        assert (
            path.stat().st_mode & 0o007 == 0
            or path.parent.stat().st_mode & 0o007 == 0
            or ((program.folder / "data").stat().st_mode & 0o007 == 0)
        )


def test_openapi_and_docs_are_served(city: City) -> None:
    described = city.client.get("/openapi.json")
    assert described.status_code == 200
    paths = described.json()["paths"]
    for path in ("/api/v1/consultations", "/api/v1/intake/emails", "/api/v1/audit", "/healthz"):
        assert path in paths
    docs = city.client.get("/docs")
    assert docs.status_code == 200
    # Nothing may be loaded from elsewhere.
    assert "https://" not in docs.text.replace("https://spec.openapis.org", "")


def test_settings_limit_the_rate_and_name_the_origins(folder: Path) -> None:
    with (
        running(
            folder,
            IKENBAKO_RATE_LIMIT="20/minute",
            IKENBAKO_CORS_ORIGINS="https://forms.example.jp",
        ) as program,
        connected(program.url).client as client,
    ):
        asked = client.options(
            "/api/v1/consultations/x/comments",
            headers={"Origin": "https://forms.example.jp", "Access-Control-Request-Method": "POST",
                     "Access-Control-Request-Headers": "authorization,content-type,idempotency-key"},
        )  # fmt: skip
        assert asked.status_code in {200, 204}
        assert asked.headers["Access-Control-Allow-Origin"] == "https://forms.example.jp"
        allowed = asked.headers["Access-Control-Allow-Headers"].lower()
        for name in ("authorization", "content-type", "idempotency-key"):
            assert name in allowed
        asked = client.options(
            "/api/v1/comments",
            headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "GET"},
        )
        assert "Access-Control-Allow-Origin" not in asked.headers
        answer = client.get("/api/v1/consultations", headers={"Origin": "https://forms.example.jp"})
        assert answer.headers["Access-Control-Allow-Origin"] == "https://forms.example.jp"
        refused = None
        for _ in range(40):
            answer = client.get("/api/v1/comments")
            if answer.status_code == 429:
                refused = answer
                break
        assert refused is not None
        problem(refused, 429)
        assert int(refused.headers["Retry-After"]) >= 1
        # Monitoring is never refused, and other keys have limits of their own.
        assert client.get("/healthz").status_code == 200
        assert client.get("/readyz").status_code == 200


def test_no_origin_is_allowed_unless_it_is_named(city: City) -> None:
    answer = city.client.get("/api/v1/consultations", headers={"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_without_a_bootstrap_key_nobody_is_admin(folder: Path) -> None:
    with running(folder, IKENBAKO_BOOTSTRAP_KEY="") as program:
        for header in ("Bearer", "Bearer x", f"Bearer {BOOTSTRAP_KEY}"):
            answer = httpx.get(f"{program.url}/api/v1/comments", headers={"Authorization": header})
            problem(answer, 401)


@dataclass
class Promises:
    """What a service has answered for, under a stream that a power cut ends."""

    consultation: dict[str, Any]
    applications: list[tuple[str, dict[str, Any], bytes]] = field(default_factory=list)
    mails: list[tuple[str, bytes]] = field(default_factory=list)

    def stream(self, url: str, name: str, *, by_mail: bool) -> None:
        """Send until the service is gone, and note each 201 and 202."""
        city = connected(url)
        with city.client, contextlib.suppress(httpx.TransportError):
            for number in itertools.count(1):
                opinion = f"意見 {name}-{number}"
                if by_mail:
                    raw = letter(self.consultation, opinion=opinion)
                    answer = city.mail(raw)
                    assert answer.status_code == 202, answer.text
                    self.mails.append((answer.json()["submission_id"], raw))
                else:
                    body = city.application(self.consultation, opinion=opinion)
                    answer = self.apply(city, opinion, body)
                    assert answer.status_code == 201, answer.text
                    self.applications.append((opinion, body, answer.content))

    def apply(self, city: City, opinion: str, body: dict[str, Any]) -> httpx.Response:
        """Send one e-application under a key made of its opinion."""
        key = opinion.removeprefix("意見 ")
        path = f"/consultations/{self.consultation['code']}/comments"
        return city.post(path, json=body, headers={"Idempotency-Key": key})

    def are_kept(self, city: City) -> None:
        """Check that each is there, exactly once."""
        assert self.applications
        assert self.mails
        for opinion, body, content in self.applications:
            assert self.apply(city, opinion, body).content == content
        for submission_id, raw in self.mails:
            assert len(city.wait(submission_id)["comments"]) == 1
            assert city.get(f"/submissions/{submission_id}/original").content == raw
        opinions = [comment["opinion"].strip() for comment in everything(city)]
        assert len(opinions) == len(set(opinions))
        assert {opinion for opinion, _, _ in self.applications} <= set(opinions)
        for row in city.get("/ledger/summary").json()["items"]:
            assert row["missing"] == 0, row


def everything(city: City) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    query: dict[str, Any] = {"limit": 100}
    while True:
        page = city.get("/comments", params=query).json()
        items += page["items"]
        if page["next_cursor"] is None:
            return items
        query["cursor"] = page["next_cursor"]


def test_a_201_survives_kill_9(folder: Path) -> None:
    program = Program(folder, free_port())
    try:
        program.start()
        city = connected(program.url)
        promises = Promises(city.open())
        for turn in range(3):
            with ThreadPoolExecutor(4) as pool:
                streams = [
                    pool.submit(
                        promises.stream, program.url, f"{turn}-{worker}", by_mail=worker % 2 == 0
                    )
                    for worker in range(4)
                ]
                time.sleep(1.0 + 0.37 * turn)
                program.kill()
            for stream in streams:
                stream.result()
            program.start()
        promises.are_kept(city)
        city.client.close()
    finally:
        program.stop()


def user_namespaces() -> bool:
    return (
        subprocess.run(["unshare", "-Urm", "true"], check=False, capture_output=True).returncode
        == 0
    )


def test_a_full_disk_is_507_and_recovers_nothing_half(folder: Path) -> None:
    assert user_namespaces(), (
        "This test needs user namespaces: sysctl kernel.unprivileged_userns_clone=1."
    )
    (folder / "data").mkdir()
    script = f'mount -t tmpfs -o size=24m tmpfs {folder}/data && exec "$@"'
    wrapper = ["unshare", "-Urm", "sh", "-c", script, "sh"]
    with running(folder, wrapper=wrapper) as program:
        city = connected(program.url)
        consultation = city.open()
        taken, full = [], None
        for _ in range(40):
            answer = city.scan(("a.bin", os.urandom(2_000_000), "application/pdf"))
            if answer.status_code == 202:
                taken.append(answer.json()["submission_id"])
            else:
                full = answer
                break
        assert full is not None
        problem(full, 507)
        for _ in range(60):
            answer = city.post(
                f"/consultations/{consultation['code']}/comments",
                json=city.application(consultation, opinion="長" * 90_000),
            )
            if answer.status_code != 201:
                break
        problem(answer, 507)
        mail = city.mail(letter(consultation) + b"x" * 3_000_000)
        problem(mail, 507)
        assert city.client.get("/healthz").status_code == 200
        # What was promised is still there, and can be read.
        for submission_id in taken:
            assert city.get(f"/submissions/{submission_id}/original").status_code in {200, 507}
        ready = city.client.get("/readyz")
        assert ready.status_code in {200, 503}
        city.client.close()


def test_split_parts_on_sqlite_are_refused_with_words(folder: Path) -> None:
    for part in ("api", "worker"):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("IKENBAKO_")}
        ended = subprocess.run(
            [str(PROGRAM), part], cwd=folder, check=False, capture_output=True, timeout=60,
            env=environment | {"IKENBAKO_PORT": str(free_port())},
        )  # fmt: skip
        assert ended.returncode != 0
        assert b"PostgreSQL" in ended.stdout + ended.stderr


def test_a_second_program_on_the_same_data_is_refused(program: Program) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("IKENBAKO_")}
    ended = subprocess.run(
        [str(PROGRAM), "serve"], cwd=program.folder, check=False, capture_output=True, timeout=60,
        env=environment | {"IKENBAKO_PORT": str(free_port())},
    )  # fmt: skip
    assert ended.returncode != 0


def test_staff_pages_ask_for_a_key(city: City) -> None:
    with httpx.Client(base_url=city.url) as stranger:
        answer = stranger.get("/staff")
        assert answer.status_code in {302, 303, 307, 401}
        page = stranger.get("/login")
        assert 'type="password"' in page.text


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_probes_say_yes(city: City, path: str) -> None:
    assert city.client.get(path).status_code == 200


def test_stopping_and_starting_again_keeps_everything(folder: Path) -> None:
    program = Program(folder, free_port())
    try:
        program.start()
        city: Json = connected(program.url)
        consultation = city.open()
        comment = city.apply(consultation)
        _, key = city.key("comments:read")
        program.stop()
        program.start()
        with city.as_key(key) as clerk:
            assert clerk.comment(comment["receipt_number"]) == comment
        city.client.close()
    finally:
        program.stop()
