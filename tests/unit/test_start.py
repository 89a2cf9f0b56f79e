"""What the program loads before it is asked for anything (ADR 0049)."""

import subprocess
import sys

import pytest

HEAVY = ("cv2", "fpdf", "onnxruntime", "openpyxl", "pikepdf", "PIL", "pypdfium2")


@pytest.mark.parametrize("module", ["app.commands.serving", "app.commands.gateways"])
def test_a_start_loads_nothing_that_only_readings_need(module: str) -> None:
    script = f"import sys, {module}; print(*sorted(set(sys.modules).intersection({HEAVY})))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert done.stdout.decode().split() == []
