import os
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.acceptance.contract.city import City, connected, new_code, now, problem
from tests.acceptance.contract.mails import letter
from tests.acceptance.contract.program import BOOTSTRAP_KEY, PROGRAM, Program, free_port, running


def test_everything_lies_under_data_of_the_folder_it_was_started_in(program: Program) -> None:
    assert (program.folder / "data").is_dir()
    assert {path.name for path in program.folder.iterdir()} == {"data", "serve.log"}
    for path in (program.folder / "data").rglob("*"):
        assert path.stat().st_mode & 0o007 == 0 or path.parent.stat().st_mode & 0o007 == 0 or (
            (program.folder / "data").stat().st_mode & 0o007 == 0
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
    with running(
        folder, IKENBAKO_RATE_LIMIT="20/minute", IKENBAKO_CORS_ORIGINS="https://forms.example.jp"
    ) as program, connected(program.url).client as client:
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


def test_a_201_survives_kill_9(folder: Path) -> None:
    program = Program(folder, free_port())
    promised: list[tuple[str, str, str]] = []
    arrived: list[tuple[str, bytes]] = []
    try:
        program.start()
        consultation = connected(program.url).open()
        for turn in range(3):
            stop = threading.Event()

            def stream(worker: int, turn: int = turn, stop: threading.Event = stop) -> None:
                city = connected(program.url)
                number = 0
                while not stop.is_set():
                    number += 1
                    key = f"{turn}-{worker}-{number}"
                    try:
                        if worker % 2:
                            answer = city.post(
                                f"/consultations/{consultation['code']}/comments",
                                json=city.application(consultation, opinion=f"意見 {key}"),
                                headers={"Idempotency-Key": key},
                            )
                            if answer.status_code == 201:
                                promised.append((answer.json()["receipt_number"], key, answer.text))
                        else:
                            raw = letter(consultation, opinion=f"意見 {key}")
                            answer = city.mail(raw)
                            if answer.status_code == 202:
                                arrived.append((answer.json()["submission_id"], raw))
                    except httpx.TransportError:
                        return

            workers = [threading.Thread(target=stream, args=(worker,)) for worker in range(4)]
            for worker in workers:
                worker.start()
            time.sleep(1.0 + 0.37 * turn)
            program.kill()
            stop.set()
            for worker in workers:
                worker.join(30)
            program.start()
        city = connected(program.url)
        assert promised
        assert arrived
        for receipt_number, key, _ in promised:
            assert city.comment(receipt_number)["opinion"] == f"意見 {key}"
        for submission_id, raw in arrived:
            assert len(city.wait(submission_id)["comments"]) == 1
            assert city.get(f"/submissions/{submission_id}/original").content == raw
        found, cursor = [], None
        while True:
            page = city.get("/comments", params={"limit": 100} | ({"cursor": cursor} if cursor else {}))
            found += page.json()["items"]
            cursor = page.json()["next_cursor"]
            if cursor is None:
                break
        opinions = [item["opinion"].strip() for item in found]
        assert len(opinions) == len(set(opinions))
        number, key, _ = promised[-1]
        for row in city.get("/ledger/summary").json()["items"]:
            assert row["missing"] == 0, row
        assert number
        assert key
    finally:
        program.stop()


def user_namespaces() -> bool:
    return subprocess.run(["unshare", "-Urm", "true"], check=False, capture_output=True).returncode == 0


def test_a_full_disk_is_507_and_recovers_nothing_half(folder: Path) -> None:
    assert user_namespaces(), "This test needs user namespaces: sysctl kernel.unprivileged_userns_clone=1."
    (folder / "data").mkdir()
    script = f"mount -t tmpfs -o size=24m tmpfs {folder}/data && exec \"$@\""
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
        city: Any = connected(program.url)
        consultation = city.open()
        comment = city.apply(consultation)
        _, key = city.key("comments:read")
        program.stop()
        program.start()
        with connected(program.url).as_key(key) as clerk:
            assert clerk.comment(comment["receipt_number"]) == comment
        assert now()
        assert new_code()
    finally:
        program.stop()
