"""Every operation of the description, asked by a machine over a real server.

`schemathesis.toml` beside this file leaves no operation and no check out.
"""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI

from tests.servers.processes import LOOPBACK, free_port

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
SECONDS = 300


@pytest.fixture
def served(app: FastAPI) -> Iterator[str]:
    """The address of the API behind a real server."""
    port = free_port()
    config = uvicorn.Config(
        app, host=LOOPBACK, port=port, log_level="critical", proxy_headers=False, ws="none"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://{LOOPBACK}:{port}"
    server.should_exit = True
    thread.join()


@pytest.mark.timeout(SECONDS)
@pytest.mark.usefixtures("consultation")
def test_nothing_breaks_and_every_answer_is_described(
    served: str, app: FastAPI, tmp_path: Path
) -> None:
    operations = sum(len(methods) for methods in app.openapi()["paths"].values())
    command = [
        *(sys.executable, "-m", "schemathesis.cli"),
        *("--config-file", str(HERE / "schemathesis.toml")),
        *("run", f"{served}/openapi.json", "--checks", "all"),
    ]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env={
            "PATH": "/usr/bin:/bin",
            "HOME": str(tmp_path),
            "PYTHONPATH": str(ROOT),
            "PYTHONIOENCODING": "utf-8",
            "SCHEMATHESIS_HOOKS": "tests.integration.api.schemathesis_hooks",
        },
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=SECONDS - 20,
        check=False,
    )

    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    assert f"Selected: {operations}/{operations}" in done.stdout
