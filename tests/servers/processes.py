"""Finding, starting and stopping the programs that tests run for real."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

LOOPBACK = "127.0.0.1"
START_SECONDS = 60.0
STOP_SECONDS = 20.0


def find_program(name: str, *, package: str, folders: Sequence[Path] = ()) -> Path:
    """Find a program in the given folders, else on PATH or among the system's own.

    A missing program fails the test: a skipped one would look like success.
    """
    for folder in folders:
        if (folder / name).exists():
            return folder / name
    searched = os.pathsep.join([os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin"])
    found = shutil.which(name, path=searched)
    if found is None:
        pytest.fail(
            f"{name} is missing. Run `make setup`, or as root: apt-get install {package}.",
            pytrace=False,
        )
    return Path(found)


def free_port() -> int:
    """Give a loopback port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def server_account() -> pwd.struct_passwd:
    """Give the account that servers run under: one's own, or `nobody` when one is root.

    PostgreSQL refuses to run as root, and Dovecot refuses to show root's mail.
    """
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())


def as_server_account(command: Sequence[str | Path], *, dies_by: signal.Signals) -> list[str]:
    """Give the command that runs another one as the server account.

    The kernel sends it `dies_by` when the test process dies, however that happens: no server is
    left behind by a killed run.
    """
    # setpriv comes with util-linux, which no Debian is without.
    words = ["setpriv", "--pdeathsig", dies_by.name.removeprefix("SIG")]
    if os.geteuid() == 0:
        account = server_account()
        words += [f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"]
    return [*words, "--", *map(str, command)]


def give_to_server_account(path: Path) -> None:
    """Let the server account write what root has made."""
    if os.geteuid() == 0:
        account = server_account()
        os.chown(path, account.pw_uid, account.pw_gid)


@contextmanager
def server_folder(prefix: str) -> Iterator[Path]:
    """Lend a folder of the server account and remove it afterwards.

    It lies right under the temporary folder: pytest's own is closed to other accounts, and its
    long paths do not fit into a socket address.
    """
    folder = Path(tempfile.mkdtemp(prefix=f"ikenbako-{prefix}-"))
    give_to_server_account(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def wait_until_ready(
    process: subprocess.Popen[bytes], is_ready: Callable[[], bool], *, log: Path
) -> None:
    """Wait for a server to answer; fail with the end of its log when it dies or stays silent."""
    give_up_at = time.monotonic() + START_SECONDS
    while time.monotonic() < give_up_at:
        if process.poll() is not None:
            break
        if is_ready():
            return
        time.sleep(0.05)
    stop(process)
    written = log.read_text(errors="replace") if log.exists() else "(no log)"
    pytest.fail(f"{process.args!r} did not start:\n{written[-4000:]}", pytrace=False)


def stop(process: subprocess.Popen[bytes], *, by: signal.Signals = signal.SIGTERM) -> None:
    """End a process and wait for it, by force when it does not go."""
    if process.poll() is None:
        process.send_signal(by)
    try:
        process.wait(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
