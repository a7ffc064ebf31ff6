"""What the API imports of alarms brings no compiler along: it takes a second and 100 MB a process."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("module", ["anomaly.service", "anomaly.history.service"])
def test_what_the_api_asks_does_not_load_the_compiler(module: str) -> None:
    code = f"import sys, {module}; print('numba' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "False"
