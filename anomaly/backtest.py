"""What the shipped detector would have said of a recorded table: the production path, no lookahead.

Every numeric column of a CSV is a series of one device. Rows are taken in order, one frame each, through the
same models as live data. Only the warm-up is given by the caller, because benchmarks say how many rows may be
learnt from.

    python -m anomaly.backtest DIR_OR_CSV … --time datetime --labels anomaly --warmup 400 --separator ';'
    python -m anomaly.backtest data/ --time timestamp --windows combined_windows.json --warmup 0.15
"""

import argparse
import csv
import json
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from anomaly.detectors import shipped
from anomaly.detectors.base import SeriesRange, detector_kind
from anomaly.scoring.gateway import GatewayModels
from anomaly.settings import AnomalySettings
from anomaly.sources import LIVE, LaneKey, MemoryFrame, SeriesInfo
from kernel.settings import settings

_LANE = LaneKey("backtest", UUID(int=0), LIVE)
_HOUR_S = 3600.0


@dataclass(frozen=True)
class Table:
    """A recorded device.

    Attributes:
        name: of the recording.
        ts_us: source time of each row.
        columns: values by series name; NaN where a row has none.
        labels: whether each row is labelled as unusual; None where nobody said.
    """

    name: str
    ts_us: NDArray[np.int64]
    columns: dict[str, NDArray[np.float64]]
    labels: NDArray[np.bool_] | None = None


def in_alarm(table: Table, section: AnomalySettings) -> NDArray[np.bool_]:
    """Return of each row whether the device is in alarm once it has been scored."""
    assert shipped.EW_CHART  # importing it fills the registry
    models = GatewayModels(detector_kind(section.detector), section)
    infos = {
        number: SeriesInfo(number, "device", name, "", "other", SeriesRange())
        for number, name in enumerate(table.columns)
    }
    numbers = np.arange(len(infos), dtype=np.int32)
    values = np.stack(list(table.columns.values()), axis=1)
    quality = np.zeros(len(infos), np.uint32)
    alarms = np.zeros(len(table.ts_us), np.bool_)
    for row, ts_us in enumerate(table.ts_us.tolist()):
        at = datetime.fromtimestamp(ts_us / 1e6, UTC)
        times = np.full(len(infos), ts_us, np.int64)
        models.score(_LANE, MemoryFrame(row, at, numbers, times, values[row], quality), infos)
        alarms[row] = bool(models.live.deviating)
    return alarms


@dataclass(frozen=True)
class Verdict:
    """How alarms compare with labels, after the warm-up."""

    events: int
    events_found: int
    false_alarms: int
    normal_s: float
    true_positive: int
    false_positive: int
    false_negative: int
    true_negative: int
    delays_s: tuple[float, ...]


def _runs(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the `[start, end)` of every run of true values."""
    padded = np.concatenate([[False], flags, [False]]).astype(np.int8)
    edges = np.flatnonzero(np.diff(padded))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def judge(table: Table, alarms: NDArray[np.bool_], warmup: int) -> Verdict:
    """Compare alarms with a table's labels.

    An event counts as found when the device is in alarm at any of its rows; an alarm is false when none of
    its rows is labelled.
    """
    assert table.labels is not None
    labels, alarms, ts_us = table.labels[warmup:], alarms[warmup:], table.ts_us[warmup:]
    found, delays = 0, []
    events = _runs(labels)
    for start, end in events:
        hits = np.flatnonzero(alarms[start:end])
        if len(hits):
            found += 1
            delays.append((ts_us[start + hits[0]] - ts_us[start]) / 1e6)
    steps = np.diff(ts_us, prepend=ts_us[:1]) / 1e6
    return Verdict(
        events=len(events),
        events_found=found,
        false_alarms=sum(not labels[start:end].any() for start, end in _runs(alarms)),
        normal_s=float(np.clip(steps, 0, None)[~labels].sum()),
        true_positive=int((labels & alarms).sum()),
        false_positive=int((~labels & alarms).sum()),
        false_negative=int((labels & ~alarms).sum()),
        true_negative=int((~labels & ~alarms).sum()),
        delays_s=tuple(delays),
    )


def summary(verdicts: Sequence[Verdict]) -> str:
    """Return the figures of several recordings together, as one would print them."""

    def total(name: str) -> float:
        return float(sum(getattr(verdict, name) for verdict in verdicts))

    tp, fp, fn, tn = (
        total(name)
        for name in ("true_positive", "false_positive", "false_negative", "true_negative")
    )
    delays = [delay for verdict in verdicts for delay in verdict.delays_s]
    false_alarms, hours = total("false_alarms"), total("normal_s") / _HOUR_S
    return "\n".join(
        [
            f"recordings            {len(verdicts)}",
            f"events found          {total('events_found'):.0f} of {total('events'):.0f}",
            f"false alarms          {false_alarms:.0f} in {hours:.1f} h normal",
            f"  per hour, per day   {false_alarms / hours:.3f}, {false_alarms / hours * 24:.3f}",
            f"rows: false alarm     {100 * fp / (fp + tn):.2f} %",
            f"rows: missed          {100 * fn / (tp + fn):.1f} %",
            f"rows: F1              {2 * tp / (2 * tp + fp + fn):.3f}",
            f"median delay          {statistics.median(delays) if delays else float('nan'):.0f} s",
        ]
    )


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def read_csv(path: Path, time: str, labels: str | None, separator: str, ignore: set[str]) -> Table:
    """Read a wide CSV; text where a number belongs is a missing value."""
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file, delimiter=separator))
    names = [name for name in rows[0] if name not in {time, labels} | ignore]
    moments = [datetime.fromisoformat(row[time]).replace(tzinfo=UTC) for row in rows]
    return Table(
        str(path),
        np.array([round(moment.timestamp() * 1e6) for moment in moments], np.int64),
        {name: np.array([_number(row[name]) for row in rows]) for name in names},
        None if labels is None else np.array([_number(row[labels]) > 0 for row in rows]),
    )


def _with_windows(table: Table, windows: list[list[str]]) -> Table:
    labels = np.zeros(len(table.ts_us), np.bool_)
    for start, end in windows:
        low, high = (
            datetime.fromisoformat(t).replace(tzinfo=UTC).timestamp() for t in (start, end)
        )
        labels |= (table.ts_us >= low * 1e6) & (table.ts_us <= high * 1e6)
    return Table(table.name, table.ts_us, table.columns, labels)


def main(arguments: Sequence[str] | None = None) -> None:
    """Score recordings and print how the alarms compare with their labels."""
    parser = argparse.ArgumentParser(prog="python -m anomaly.backtest")
    parser.add_argument("paths", nargs="+", type=Path, help="CSV files, or folders of them")
    parser.add_argument("--time", required=True, help="column of the source time")
    parser.add_argument("--labels", help="column that is above 0 where a row is unusual")
    parser.add_argument("--windows", type=Path, help="JSON of unusual spans by file, as NAB has it")
    parser.add_argument("--ignore", action="append", default=[], help="column to leave out")
    parser.add_argument("--separator", default=",")
    parser.add_argument("--warmup", type=float, help="rows to learn from, or a part of the rows")
    given = parser.parse_args(arguments)
    if (given.labels is None) == (given.windows is None):
        parser.error("say where the labels are: --labels or --windows")
    windows = json.loads(given.windows.read_text()) if given.windows else {}
    files = sorted(
        file for path in given.paths for file in (path.rglob("*.csv") if path.is_dir() else [path])
    )
    verdicts = []
    for file in files:
        table = read_csv(file, given.time, given.labels, given.separator, set(given.ignore))
        if given.windows:
            table = _with_windows(table, windows.get("/".join(file.parts[-2:]), []))
        section, warmup = settings(AnomalySettings), 0
        if given.warmup is not None:
            rows = len(table.ts_us)
            warmup = round(given.warmup * rows if given.warmup < 1 else given.warmup)
            section = section.model_copy(
                update={"warmup_readings": max(warmup - 2, 32), "warmup_span_s": 0.0}
            )
        verdicts.append(judge(table, in_alarm(table, section), warmup))
    sys.stdout.write(summary(verdicts) + "\n")


if __name__ == "__main__":
    main()
