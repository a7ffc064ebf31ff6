"""SKAB's valve1: the runs of a water loop, each with one closed valve, scored as its authors score.

Of every run the first 400 rows are learnt from and the others judged: by rows (F1, false and missed alarms),
by events, and by false alarms per hour of normal running. Two settings were once chosen with these labels in
view; what such a choice is worth is measured by making it anew without the runs that it is then scored on.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Final

from anomaly.backtest.replay import replay, warmed
from anomaly.backtest.table import Table, read_csv
from anomaly.backtest.verdict import Verdict, figures, judge
from anomaly.settings import AnomalySettings

WARMUP: Final = 400
# What was chosen on these runs, and what was within reason for it.
CHOICES: Final[Mapping[str, tuple[float, ...]]] = {
    "young_readings": (12.5, 25.0, 35.0, 50.0, 70.0, 100.0),
    "clear_readings": (5, 10, 20),
}
# What a choice must keep to on the runs it is made on.
FALSE_ROWS_MAX: Final = 0.045
FALSE_PER_HOUR_MAX: Final = 0.7
# Runs that were made one after the other are held out together: neighbours are alike.
GROUP_RUNS: Final = 4

Choice = tuple[float, ...]
"""Values of `CHOICES`, in their order."""


@dataclass(frozen=True)
class HeldOut:
    """Runs scored with what was chosen on the others.

    Attributes:
        figures: of all runs, each scored with the choice made without its group.
        choices: that choice, group by group.
    """

    figures: dict[str, float]
    choices: list[Choice]


def read_runs(folder: Path) -> list[Table]:
    """Return the runs below `folder`/valve1, in the order they were made."""
    paths = sorted((folder / "valve1").glob("*.csv"), key=lambda path: int(path.stem))
    return [read_csv(path, "datetime", "anomaly", ignore={"changepoint"}) for path in paths]


def judged(tables: Sequence[Table], section: AnomalySettings, *, volumes: bool) -> list[Verdict]:
    """Return how the alarms of each run compare with its labels; VUS-PR takes most of the time."""
    found = []
    for table in tables:
        told = replay(table, warmed(section, WARMUP))
        found.append(judge(table, told.alarm, WARMUP, told.score if volumes else None))
    return found


def measure(tables: Sequence[Table], section: AnomalySettings) -> dict[str, float]:
    """Return the figures of all runs together."""
    return figures(judged(tables, section, volumes=True))


def held_out(
    tables: Sequence[Table], section: AnomalySettings, say: Callable[[str], None]
) -> HeldOut:
    """Score each group of runs with the settings that do best on all the others; see `worth`."""
    by_choice: dict[Choice, list[Verdict]] = {}
    for choice in product(*CHOICES.values()):
        chosen = section.model_copy(update=dict(zip(CHOICES, choice, strict=True)))
        by_choice[choice] = judged(tables, chosen, volumes=False)
    say(f"SKAB valve1: {len(by_choice)} settings")
    return chosen_without(by_choice, len(tables))


def chosen_without(by_choice: Mapping[Choice, Sequence[Verdict]], runs: int) -> HeldOut:
    """Choose for each group of runs by the verdicts on the others, and gather the verdicts on the group."""
    scored: list[Verdict] = []
    choices: list[Choice] = []
    for first in range(0, runs, GROUP_RUNS):
        group = range(first, min(first + GROUP_RUNS, runs))
        best = max(
            by_choice,
            key=lambda choice: worth(
                [each for run, each in enumerate(by_choice[choice]) if run not in group]
            ),
        )
        choices.append(best)
        scored += [by_choice[best][run] for run in group]
    return HeldOut(figures(scored), choices)


def worth(verdicts: Sequence[Verdict]) -> tuple[bool, float]:
    """Return what a choice is worth, to be compared: few enough false alarms first, then F1 of rows."""
    of = figures(verdicts)
    bounded = of["false_rows"] <= FALSE_ROWS_MAX and of["false_per_hour"] <= FALSE_PER_HOUR_MAX
    return bounded, of["f1_rows"]
