"""A wish to stop is heard at any moment, whichever thread the system tells of it."""

import subprocess
import sys

import pytest

from app.operations.process import stop_signals

TO_ANOTHER_THREAD = """
    def tell():
        time.sleep(0.3)  # by then the main thread sleeps
        signal.pthread_kill(threading.get_ident(), signal.SIGTERM)

    threading.Thread(target=tell).start()
    stop.wait()
"""
WHILE_THE_EVENT_IS_LOCKED = """
    with stop._cond:
        signal.raise_signal(signal.SIGTERM)
    stop.wait()
"""


@pytest.mark.parametrize(
    "happens",
    [TO_ANOTHER_THREAD, WHILE_THE_EVENT_IS_LOCKED],
    ids=["told to another thread", "told while the event is locked"],
)
def test_no_signal_is_lost(happens: str) -> None:
    words = "import signal, threading, time\nfrom app.operations.process import stop_signals\n"
    body = f"{words}with stop_signals() as stop:\n{happens}"
    subprocess.run([sys.executable, "-c", body], check=True, timeout=60)


def test_a_wait_ends_when_its_time_is_over() -> None:
    with stop_signals() as stop:
        assert not stop.wait(0.01)
        assert not stop.wait(0)
        stop.set()
        assert stop.wait(0)
        assert stop.wait()
