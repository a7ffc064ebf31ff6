"""What processes import, and what they do without because it takes seconds."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("module", ["anomaly.service", "anomaly.history.service"])
def test_what_the_api_asks_does_not_load_the_compiler(module: str) -> None:
    code = f"import sys, {module}; print('numba' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "False"


def test_a_process_that_scores_loads_neither_scipys_statistics_nor_rivers_models() -> None:
    # They take longer than all else until its first reading is scored.
    code = (
        "import sys, anomaly.tasks, anomaly.directory, anomaly.scoring.scorer, anomaly.scoring.warming\n"
        "print(sorted({'scipy.stats', 'river.anomaly', 'river.linear_model', 'sklearn', 'pandas'}"
        " & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
