"""SKAB's valve1: the runs of a water loop, each with one closed valve, scored as its authors score.

Of every run the first 400 rows are learnt from and the others judged: by rows (F1, false and missed alarms),
by events, and by false alarms per hour of normal running.
"""

from collections.abc import Callable
from pathlib import Path

from anomaly.backtest.replay import replay, warmed
from anomaly.backtest.table import read_csv
from anomaly.backtest.verdict import figures, judge
from anomaly.settings import AnomalySettings

WARMUP = 400


def measure(
    folder: Path, section: AnomalySettings, say: Callable[[str], None]
) -> tuple[dict[str, float], int]:
    """Return the figures of all runs below `folder`/valve1, and how many rows they are."""
    verdicts, rows = [], 0
    for path in sorted((folder / "valve1").glob("*.csv"), key=lambda path: int(path.stem)):
        table = read_csv(path, "datetime", "anomaly", ignore={"changepoint"})
        found = replay(table, warmed(section, WARMUP))
        verdicts.append(judge(table, found.alarm, WARMUP, found.score))
        rows += len(table.ts_us)
    say(f"SKAB valve1: {len(verdicts)} runs")
    return figures(verdicts), rows
