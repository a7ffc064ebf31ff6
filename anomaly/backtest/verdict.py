"""How alarms compare with labels, by events: point-wise figures alone reward whoever is always in alarm."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anomaly.backtest.table import Table

_HOUR_S = 3600.0
# Thresholds and buffer lengths that the volume under the surface is summed over.
_VUS_THRESHOLDS = 100
_VUS_BUFFERS = 10


@dataclass(frozen=True)
class Verdict:
    """How alarms compare with labels, after the warm-up."""

    events: int
    events_found: int
    alarms: int
    false_alarms: int
    normal_s: float
    true_positive: int
    false_positive: int
    false_negative: int
    true_negative: int
    delays_s: tuple[float, ...]
    vus_pr: float = float("nan")


def runs(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the `[start, end)` of every run of true values."""
    padded = np.concatenate([[False], flags, [False]]).astype(np.int8)
    edges = np.flatnonzero(np.diff(padded))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def judge(
    table: Table,
    alarms: NDArray[np.bool_],
    warmup: int,
    scores: NDArray[np.float64] | None = None,
) -> Verdict:
    """Compare alarms with a table's labels.

    An event counts as found when the device is in alarm at any of its rows; an alarm is false when none of
    its rows is labelled.
    """
    assert table.labels is not None
    labels, alarms, ts_us = table.labels[warmup:], alarms[warmup:], table.ts_us[warmup:]
    found, delays = 0, []
    events = runs(labels)
    for start, end in events:
        hits = np.flatnonzero(alarms[start:end])
        if len(hits):
            found += 1
            delays.append((ts_us[start + hits[0]] - ts_us[start]) / 1e6)
    steps = np.diff(ts_us, prepend=ts_us[:1]) / 1e6
    spans = runs(alarms)
    return Verdict(
        events=len(events),
        events_found=found,
        alarms=len(spans),
        false_alarms=sum(not labels[start:end].any() for start, end in spans),
        normal_s=float(np.clip(steps, 0, None)[~labels].sum()),
        true_positive=int((labels & alarms).sum()),
        false_positive=int((~labels & alarms).sum()),
        false_negative=int((labels & ~alarms).sum()),
        true_negative=int((~labels & ~alarms).sum()),
        delays_s=tuple(delays),
        vus_pr=float("nan") if scores is None else vus_pr(labels, scores[warmup:]),
    )


def _blurred(labels: NDArray[np.bool_], buffer: int) -> NDArray[np.float64]:
    """Return labels that fade out on both sides of each event: sqrt(1 - distance / buffer)."""
    soft = labels.astype(np.float64)
    reach = buffer // 2
    if not reach:
        return soft
    fade = np.sqrt(1.0 - np.arange(1, reach + 1) / buffer)
    for start, end in runs(labels):
        before, after = soft[max(start - reach, 0) : start][::-1], soft[end : end + reach]
        np.maximum(before, fade[: len(before)], out=before)
        np.maximum(after, fade[: len(after)], out=after)
    return soft


def vus_pr(labels: NDArray[np.bool_], scores: NDArray[np.float64]) -> float:
    """Return the volume under the precision-recall surface over thresholds and buffer lengths.

    Source: Paparrizos et al., "Volume Under the Surface", PVLDB 15(11), 2022; buffers up to the median length
    of an event. NaN where nothing or everything is labelled.
    """
    events = runs(labels)
    if not events or labels.all():
        return float("nan")
    longest = int(statistics.median(end - start for start, end in events))
    cuts = np.unique(np.quantile(scores, np.linspace(1.0, 0.0, _VUS_THRESHOLDS)))[::-1]
    flags = [scores >= cut for cut in cuts]
    existing = [
        statistics.fmean(bool(chosen[start:end].any()) for start, end in events) for chosen in flags
    ]
    areas = []
    for buffer in np.unique(np.linspace(0, longest, _VUS_BUFFERS).astype(int)).tolist():
        soft = _blurred(labels, buffer)
        positives = (labels.sum() + soft.sum()) / 2
        area = recall_before = 0.0
        for chosen, existence in zip(flags, existing, strict=True):
            hit = float(soft[chosen].sum())
            recall = min(hit / positives, 1.0) * existence
            area += max(recall - recall_before, 0.0) * hit / int(chosen.sum())
            recall_before = max(recall, recall_before)
        areas.append(area)
    return statistics.fmean(areas)


def figures(verdicts: Sequence[Verdict]) -> dict[str, float]:
    """Return the figures of several recordings together, by name; NaN where there is nothing to count."""

    def total(name: str) -> float:
        return float(sum(getattr(verdict, name) for verdict in verdicts))

    def part(of: float, whole: float) -> float:
        return of / whole if whole else float("nan")

    tp, fp, fn, tn = (
        total(name)
        for name in ("true_positive", "false_positive", "false_negative", "true_negative")
    )
    delays = [delay for verdict in verdicts for delay in verdict.delays_s]
    alarms, false_alarms, hours = (
        total("alarms"), total("false_alarms"), total("normal_s") / _HOUR_S,
    )  # fmt: skip
    volumes = [verdict.vus_pr for verdict in verdicts if verdict.vus_pr == verdict.vus_pr]
    return {
        "events": total("events"),
        "events_found": total("events_found"),
        "event_recall": part(total("events_found"), total("events")),
        "alarms": alarms,
        "event_precision": part(alarms - false_alarms, alarms),
        "false_alarms": false_alarms,
        "normal_hours": hours,
        "false_per_hour": part(false_alarms, hours),
        "false_rows": part(fp, fp + tn),
        "missed_rows": part(fn, tp + fn),
        "f1_rows": part(2 * tp, 2 * tp + fp + fn),
        "in_alarm": part(tp + fp, tp + fp + fn + tn),
        "delay_s": statistics.median(delays) if delays else float("nan"),
        "vus_pr": statistics.fmean(volumes) if volumes else float("nan"),
    }


def summary(verdicts: Sequence[Verdict]) -> str:
    """Return the figures of several recordings together, as one would print them."""
    of = figures(verdicts)
    return "\n".join(
        [
            f"recordings            {len(verdicts)}",
            f"events found          {of['events_found']:.0f} of {of['events']:.0f}",
            f"alarms, precision     {of['alarms']:.0f}, {100 * of['event_precision']:.0f} %",
            f"false alarms          {of['false_alarms']:.0f} in {of['normal_hours']:.1f} h normal",
            f"  per hour, per day   {of['false_per_hour']:.3f}, {of['false_per_hour'] * 24:.3f}",
            f"rows: false alarm     {100 * of['false_rows']:.2f} %",
            f"rows: missed          {100 * of['missed_rows']:.1f} %",
            f"rows: F1              {of['f1_rows']:.3f}",
            f"time in alarm         {100 * of['in_alarm']:.2f} %",
            f"median delay          {of['delay_s']:.0f} s",
            f"VUS-PR                {of['vus_pr']:.3f}",
        ]
    )
