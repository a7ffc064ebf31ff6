"""The shipped configuration on public benchmarks of anomaly detection, scored as their authors score.

The data is not part of the platform: `--data` names a folder with `nab` (data, labels) and `skab` (valve1).
"""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from anomaly.backtest.replay import replay, warmed
from anomaly.settings import AnomalySettings
from kernel.errors import InvalidInput
from kernel.settings import settings
from runtime.bench.anomaly import nab, skab
from runtime.bench.figures import Figure

_RECORDS = {"standard": 75.4, "low_fp": 70.1, "low_fn": 80.8}
_WAY = "production path, no lookahead, one configuration"
_NAB_OPTIMISED = (
    f"NAB: {_WAY}; threshold by NAB's optimiser as for published scores; against the best of those"
)
_NAB_SHIPPED = f"NAB: {_WAY}; the shipped limit, 1"
_NAB_HELD_OUT = f"NAB: {_WAY}; threshold optimised on the other folders"
_NAB_ALARMS = f"NAB: {_WAY}; the device's alarms, whoever raised them"
_SKAB = f"SKAB valve1: {_WAY}; 400 rows to learn, alarms judged by rows and events"

Scores = list[NDArray[np.float64]]


def run(
    say: Callable[[str], None], *, cold: bool = False, data: Path | None = None
) -> list[Figure]:
    """Measure what the data folder holds; `cold` has no meaning here.

    Raises:
        InvalidInput: no data folder was named, or it holds neither benchmark.
    """
    del cold
    named = data or os.environ.get("FOREWARN_BENCH_DATA")
    if not named:
        raise InvalidInput("say where the data is: --data FOLDER, or FOREWARN_BENCH_DATA")
    folder, section = Path(named), settings(AnomalySettings)
    found: list[Figure] = []
    if (folder / "nab" / "labels" / "combined_windows.json").is_file():
        found += _nab(folder / "nab", section, say)
    if (folder / "skab" / "valve1").is_dir():
        found += _skab(folder / "skab", section, say)
    if not found:
        raise InvalidInput(f"{folder} holds neither nab nor skab")
    return found


def _nab(folder: Path, section: AnomalySettings, say: Callable[[str], None]) -> list[Figure]:
    recordings = nab.read_corpus(folder)
    scores: Scores = []
    alarms: list[NDArray[np.bool_]] = []
    for recording in recordings:
        found = replay(recording.table, warmed(section, recording.probation))
        scores.append(found.score)
        alarms.append(found.alarm)
    say(f"NAB: {len(recordings)} files")
    rows = sum(recording.rows for recording in recordings)
    gathered = nab.gather(recordings, scores)
    figures = []
    for profile in nab.PROFILES:
        best = nab.optimised(gathered, profile).score
        figures.append(
            Figure(
                f"nab_{profile.name}", best, "score", _RECORDS[profile.name], rows,
                path=_NAB_OPTIMISED,
            )
        )  # fmt: skip
    for profile in nab.PROFILES:
        shipped = nab.at_threshold(gathered, profile, 1.0).score
        figures.append(
            Figure(f"nab_{profile.name}_at_limit", shipped, "score", rows=rows, path=_NAB_SHIPPED)
        )
        figures.append(
            Figure(
                f"nab_{profile.name}_held_out", nab.held_out(recordings, scores, profile), "score",
                rows=rows, path=_NAB_HELD_OUT,
            )
        )  # fmt: skip
    told = [score >= 1.0 for score in scores]
    figures += _events("nab_at_limit", nab.events(recordings, told), rows, _NAB_SHIPPED)
    figures += _events("nab_alarms", nab.events(recordings, alarms), rows, _NAB_ALARMS)
    return figures


def _events(name: str, events: nab.Events, rows: int, path: str) -> Sequence[Figure]:
    return (
        Figure(f"{name}_windows", events.hit, f"of {events.windows}", 68, rows, path=path),
        Figure(f"{name}_false", events.false_per_day, "per sensor-day", 0.03, rows, path=path),
    )


def _skab(folder: Path, section: AnomalySettings, say: Callable[[str], None]) -> list[Figure]:
    tables = skab.read_runs(folder)
    rows = sum(len(table.ts_us) for table in tables)
    of = skab.measure(tables, section)
    say(f"SKAB valve1: {len(tables)} runs")
    wanted = (
        ("f1_rows", "F1", 0.81, 1.0),
        ("false_rows", "% of rows", 4.5, 100.0),
        ("missed_rows", "% of rows", None, 100.0),
        ("events_found", f"of {of['events']:.0f}", 14.0, 1.0),
        ("false_per_hour", "per hour", 0.7, 1.0),
        ("delay_s", "s", None, 1.0),
        ("vus_pr", "VUS-PR", None, 1.0),
    )
    found = [
        Figure(f"skab_{name}", scale * of[name], unit, against, rows, path=_SKAB)
        for name, unit, against, scale in wanted
    ]
    without = skab.held_out(tables, section, say)
    way = f"{_SKAB}; {_chosen(without.choices)}"
    return found + [
        Figure(
            f"skab_{name}_held_out", scale * without.figures[name], unit, against, rows, path=way
        )
        for name, unit, against, scale in wanted
        if name != "vus_pr"
    ]


def _chosen(choices: Sequence[skab.Choice]) -> str:
    values = "; ".join(", ".join(f"{value:g}" for value in choice) for choice in choices)
    return (
        f"{' and '.join(skab.CHOICES)} chosen on all runs but {skab.GROUP_RUNS}, scored on these: "
        f"{values}"
    )
