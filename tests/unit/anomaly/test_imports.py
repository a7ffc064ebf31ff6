"""What the API imports of alarms brings no compiler along: it takes a second and 100 MB a process."""

import subprocess
import sys


def test_the_service_of_alarms_does_not_load_the_compiler() -> None:
    code = "import sys, anomaly.service; print('numba' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "False"
