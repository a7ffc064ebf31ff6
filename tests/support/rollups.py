"""Rollups computed from all readings at once, the plain way, to compare with."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from telemetry.rollups.service import RollupColumns

Reading = tuple[int, int, float, int]  # series, source time in µs since 1970, value, quality
BAD = 0x8000_0000


@dataclass
class Bucket:
    """What is expected of one."""

    values: list[float] = field(default_factory=list)
    bad: int = 0
    integral: float = 0.0
    known_us: int = 0

    def columns(self) -> tuple[float, ...]:
        """Return count, bad, min, max, mean, first, last and twa."""
        some = self.values or [math.nan]
        twa = self.integral / self.known_us if self.known_us else some[-1]
        mean = math.fsum(some) / len(some)
        return (len(self.values), self.bad, min(some), max(some), mean, some[0], some[-1], twa)


def usable(value: float, quality: int) -> bool:
    """Tell whether a reading is aggregated."""
    return quality < BAD and abs(value) <= 1e200


def expected(
    readings: Iterable[Reading], width_us: int
) -> dict[tuple[int, int], tuple[float, ...]]:
    """Return count, bad, min, max, mean, first, last and twa by series and bucket."""
    by_series: dict[int, list[tuple[int, bool, float]]] = {}
    for series, ts, value, quality in readings:
        fit = usable(value, quality)
        by_series.setdefault(series, []).append((ts, fit, value if fit else 0.0))
    found = {}
    for series, rows in by_series.items():
        for bucket, one in _of_series(sorted(rows), width_us).items():
            found[series, bucket] = one.columns()
    return found


def _of_series(rows: Sequence[tuple[int, bool, float]], width_us: int) -> dict[int, Bucket]:
    buckets: dict[int, Bucket] = {}
    for ts, fit, value in rows:
        one = buckets.setdefault(ts - ts % width_us, Bucket())
        if fit:
            one.values.append(value)
        else:
            one.bad += 1
    for (ts, fit, value), (until, *_) in pairwise(rows):
        if fit:
            for bucket, one in buckets.items():
                lasted = min(until, bucket + width_us) - max(ts, bucket)
                if lasted > 0:
                    one.integral += value * lasted
                    one.known_us += lasted
    return buckets


def answered(found: RollupColumns) -> dict[tuple[int, int], tuple[float, ...]]:
    """Return an answer in the form of `expected`."""
    keys = zip(found.series_id.tolist(), found.bucket_us.tolist(), strict=True)
    columns = (
        found.count,
        found.bad,
        found.min,
        found.max,
        found.mean,
        found.first,
        found.last,
        found.twa,
    )
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return dict(zip(keys, rows, strict=True))
