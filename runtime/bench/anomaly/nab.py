"""The Numenta Anomaly Benchmark's scoring, as its own code does it.

A detector gives every row a score; a row at or above a threshold is a detection. In each labelled window
only the best detection counts, the earlier the better (a sigmoid over the window); every detection outside
windows costs, less just after one; every window without a detection costs. The first 15 % of a file, at most
750 rows, do not count. One threshold serves all files: NAB's optimiser takes the best one for each profile,
which is how published scores came about; `at_threshold` says what a shipped detector gets. A score is
brought to 0 for a detector that never detects and 100 for a perfect one.

Source: A. Lavin, S. Ahmad, "Evaluating Real-time Anomaly Detection Algorithms - the Numenta Anomaly
Benchmark", 2015; the reference implementation's sweeper where the paper is silent.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from anomaly.backtest.table import Table, read_csv

_PROBATION = 0.15
_PROBATION_ROWS_MAX = 750
# Past this many window widths after a window, a false alarm costs all it can.
_FAR = 3.0


@dataclass(frozen=True)
class Profile:
    """What a detection, a false one and a missed window weigh."""

    name: str
    hit: float
    false: float
    missed: float


PROFILES = (
    Profile("standard", 1.0, 0.11, 1.0),
    Profile("low_fp", 1.0, 0.22, 1.0),
    Profile("low_fn", 1.0, 0.11, 2.0),
)


@dataclass(frozen=True)
class Recording:
    """One file of the corpus with its windows as first and last row."""

    name: str
    table: Table
    windows: tuple[tuple[int, int], ...]

    @property
    def values(self) -> NDArray[np.float64]:
        """The file's one column."""
        return next(iter(self.table.columns.values()))

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return len(self.table.ts_us)

    @property
    def probation(self) -> int:
        """How many rows at the beginning do not count."""
        return probation(self.rows)


def probation(rows: int) -> int:
    """Return how many of a file's first rows do not count."""
    return min(math.floor(_PROBATION * rows), _PROBATION_ROWS_MAX)


def _micros(moment: str) -> int:
    parsed = np.datetime64(datetime.fromisoformat(moment), "us")
    return int(parsed.astype(np.int64))


def read_corpus(folder: Path) -> list[Recording]:
    """Read `data/**/*.csv` and `labels/combined_windows.json` below a folder.

    Raises:
        FileNotFoundError: there are no labels.
    """
    windows_of = json.loads((folder / "labels" / "combined_windows.json").read_text())
    recordings = []
    for path in sorted((folder / "data").rglob("*.csv")):
        name = "/".join(path.parts[-2:])
        table = read_csv(path, "timestamp")
        first = {ts: row for row, ts in reversed(list(enumerate(table.ts_us.tolist())))}
        windows = tuple(
            (first[_micros(start)], first[_micros(end)]) for start, end in windows_of[name]
        )
        recordings.append(Recording(name, table, windows))
    return recordings


def _sigmoid(position: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return NAB's scaled sigmoid: 0.98 a window's width before its end, -1 long after."""
    scaled = 2.0 / (1.0 + np.exp(5.0 * np.minimum(position, _FAR))) - 1.0
    return np.where(position >= _FAR, -1.0, scaled)


_EARLIEST = float(_sigmoid(np.array([-1.0]))[0])


@dataclass(frozen=True)
class Weights:
    """What a detection at each row of a recording is worth.

    Attributes:
        value: in (0, 1] inside windows, below 0 outside, before a profile's weights.
        window: number of the row's window, -1 outside windows, -2 in the probationary rows.
    """

    value: NDArray[np.float64]
    window: NDArray[np.int64]


def weights(recording: Recording) -> Weights:
    """Return what a detection at each row is worth."""
    rows = np.arange(recording.rows)
    value = np.full(recording.rows, -1.0)
    window = np.full(recording.rows, -1, np.int64)
    for number, (start, end) in enumerate(recording.windows):
        width = end - start + 1
        inside = slice(start, end + 1)
        value[inside] = _sigmoid(-(end - rows[inside] + 1) / width) / _EARLIEST
        window[inside] = number
        # A window of one row has no "past"; nor has NAB any.
        value[end + 1 :] = _sigmoid((rows[end + 1 :] - end) / max(width - 1, 1))
    window[: recording.probation] = -2
    return Weights(value, window)


@dataclass(frozen=True)
class Outcome:
    """A profile's score at one threshold, and what lay behind it."""

    profile: str
    score: float
    threshold: float
    hit: int
    windows: int
    false_rows: int


@dataclass(frozen=True)
class Detections:
    """All rows of the corpus with a score above 0 that count, best first."""

    score: NDArray[np.float64]
    value: NDArray[np.float64]
    window: NDArray[np.int64]
    windows: int
    windows_open: int


def gather(recordings: Sequence[Recording], scores: Sequence[NDArray[np.float64]]) -> Detections:
    """Put the rows of all recordings together; windows are numbered through.

    A window that lies in probationary rows alone cannot be found: it counts for the perfect detector and
    is no miss, as in NAB.
    """
    parts, windows, open_windows = [], 0, 0
    for recording, score in zip(recordings, scores, strict=True):
        weighed = weights(recording)
        rows = np.flatnonzero((weighed.window > -2) & (score > 0))  # noqa: PLR2004 - -2 is probation
        window = weighed.window[rows]
        parts.append(
            (score[rows], weighed.value[rows], np.where(window >= 0, window + windows, -1))
        )
        open_windows += len(set(weighed.window[weighed.window >= 0].tolist()))
        windows += len(recording.windows)
    score, value, window = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.argsort(-score, kind="stable")
    return Detections(score[order], value[order], window[order], windows, open_windows)


def sweep(found: Detections, profile: Profile) -> list[Outcome]:
    """Return the profile's outcome at every threshold that makes a difference, the highest first."""
    perfect = found.windows * profile.hit
    null = -profile.missed * found.windows_open
    # Where there is no window, false detections count against a span of one.
    span = (perfect - null) or 1.0
    missed, false, gained = found.windows_open, 0.0, 0.0
    false_rows = 0
    best: dict[int, float] = {}
    outcomes = []

    def note(threshold: float) -> None:
        raw = gained + profile.false * false - profile.missed * missed
        score = 100.0 * (raw - null) / span
        hit = found.windows_open - missed
        outcomes.append(Outcome(profile.name, score, threshold, hit, found.windows, false_rows))

    before = math.inf
    rows = zip(found.score.tolist(), found.value.tolist(), found.window.tolist(), strict=True)
    for score, value, window in rows:
        if score != before:
            note(before)
            before = score
        if window < 0:
            false += value
            false_rows += 1
            continue
        worth = value * profile.hit
        if window not in best:
            missed -= 1
            gained += worth
            best[window] = worth
        elif worth > best[window]:
            gained += worth - best[window]
            best[window] = worth
    note(before)
    return outcomes


def optimised(found: Detections, profile: Profile) -> Outcome:
    """Return the outcome at the profile's best threshold, as NAB's optimiser finds it."""
    return max(sweep(found, profile), key=lambda outcome: outcome.score)


def at_threshold(found: Detections, profile: Profile, threshold: float) -> Outcome:
    """Return the outcome where rows of at least `threshold` are detections."""
    outcomes = sweep(found, profile)
    return min(
        (outcome for outcome in outcomes if outcome.threshold >= threshold),
        key=lambda outcome: outcome.threshold,
    )


def held_out(
    recordings: Sequence[Recording], scores: Sequence[NDArray[np.float64]], profile: Profile
) -> float:
    """Return the score when each folder's threshold is optimised on the other folders."""
    folders = [recording.name.split("/")[0] for recording in recordings]
    raw = perfect = null = 0.0
    for folder in sorted(set(folders)):
        chosen = np.array([name == folder for name in folders])
        others, own = (
            gather(
                [recordings[at] for at in np.flatnonzero(flags).tolist()],
                [scores[at] for at in np.flatnonzero(flags).tolist()],
            )
            for flags in (~chosen, chosen)
        )
        threshold = optimised(others, profile).threshold
        lowest, highest = -profile.missed * own.windows_open, own.windows * profile.hit
        null, perfect = null + lowest, perfect + highest
        part = at_threshold(own, profile, threshold).score / 100.0
        raw += lowest + part * ((highest - lowest) or 1.0)
    return 100.0 * (raw - null) / (perfect - null)


@dataclass(frozen=True)
class Events:
    """Alarms of a detector at one threshold, counted as events.

    Attributes:
        hit: windows with an alarm in them.
        false_events: runs of alarm rows that touch no window.
        sensor_days: time that counts, in days.
    """

    hit: int
    windows: int
    false_events: int
    sensor_days: float

    @property
    def false_per_day(self) -> float:
        """False-alarm events per sensor and day."""
        return self.false_events / self.sensor_days


def events(recordings: Sequence[Recording], alarms: Sequence[NDArray[np.bool_]]) -> Events:
    """Count windows hit and false-alarm events after the probationary rows."""
    hit = windows = false_events = 0
    days = 0.0
    for recording, alarm in zip(recordings, alarms, strict=True):
        first = recording.probation
        inside = np.zeros(recording.rows, np.bool_)
        for start, end in recording.windows:
            inside[start : end + 1] = True
            hit += bool(alarm[max(start, first) : end + 1].any())
        windows += len(recording.windows)
        padded = np.concatenate([[False], alarm[first:], [False]]).astype(np.int8)
        edges = np.flatnonzero(np.diff(padded))
        for a, b in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
            false_events += not inside[first + a : first + b].any()
        steps = np.diff(recording.table.ts_us[first:])
        days += float(np.clip(steps, 0, None).sum()) / 86_400e6
    return Events(hit, windows, false_events, days)
