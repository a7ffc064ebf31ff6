"""Spans of time of some series, in whole buckets: which were asked for, which of them are out of date."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from telemetry.marks import SERIES_MAX

_NUMBER: Final = re.compile(r"\d+")


@dataclass(frozen=True)
class Spans:
    """Stretches of time, a series each; arrays of one length, in the order of series and time, none overlaps.

    Attributes:
        series_id: int32.
        start_us, end_us: int64, µs since 1970, multiples of a bucket's width.
    """

    series_id: NDArray[np.int32]
    start_us: NDArray[np.int64]
    end_us: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.series_id)

    @classmethod
    def of(cls, series_ids: Sequence[int], start_us: int, end_us: int) -> "Spans":
        """Return the same stretch for each of the series, which are in ascending order."""
        ids = np.array(series_ids, np.int32)
        return cls(ids, np.full(len(ids), start_us), np.full(len(ids), end_us))

    @property
    def bounds(self) -> tuple[int, int]:
        """When the first begins and the last ends; there is one at least."""
        return int(self.start_us.min()), int(self.end_us.max())

    def parts(self, width_us: int, buckets_max: int) -> Iterator["Spans"]:
        """Yield all of them, in order, in parts of at most so many buckets."""
        pieces = self._cut(width_us * buckets_max)
        buckets = np.cumsum((pieces.end_us - pieces.start_us) // width_us)
        first = 0
        while first < len(pieces):
            before = int(buckets[first - 1]) if first else 0
            last = int(np.searchsorted(buckets, before + buckets_max, side="right"))
            part = slice(first, last)
            yield Spans(pieces.series_id[part], pieces.start_us[part], pieces.end_us[part])
            first = last

    def _cut(self, length_us: int) -> "Spans":
        """Return the same in stretches that are no longer."""
        counts = -(-(self.end_us - self.start_us) // length_us)
        if (counts == 1).all():
            return self
        of = np.repeat(np.arange(len(self)), counts)
        number = np.arange(len(of)) - np.repeat(np.cumsum(counts) - counts, counts)
        start_us = self.start_us[of] + number * length_us
        return Spans(
            self.series_id[of], start_us, np.minimum(start_us + length_us, self.end_us[of])
        )

    def covers(self, series_id: NDArray[np.int32], at_us: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell of each series and time whether a span has it."""
        found = np.zeros(len(series_id), np.bool_)
        if len(self) == 0 or len(series_id) == 0:
            return found
        begun, width = self.start_us.min(), _extent(self.start_us, self.end_us, at_us)
        codes = np.unique(np.concatenate([self.series_id, series_id]))
        starts = np.searchsorted(codes, self.series_id) * width + (self.start_us - begun)
        sought = np.searchsorted(codes, series_id) * width + (at_us - begun)
        place = np.searchsorted(starts, sought, side="right") - 1
        known = place >= 0
        of = place[known]
        found[known] = (self.series_id[of] == series_id[known]) & (at_us[known] < self.end_us[of])
        inside: NDArray[np.bool_] = found & (at_us >= begun)
        return inside


def _extent(*times: NDArray[np.int64]) -> int:
    whole = np.concatenate(times)
    return int(whole.max() - whole.min()) + 1


@dataclass(frozen=True)
class Marked:
    """Series that a stretch of time of is out of date: ranges of ids, without the upper ends."""

    ranges: NDArray[np.int64]
    start_us: int
    end_us: int

    @classmethod
    def parse(cls, series: str, start_us: int, end_us: int) -> "Marked":
        """Return it from the text of an int4multirange."""
        bounds = np.array(
            [int(found) for found in _NUMBER.findall(series.replace(",)", f",{SERIES_MAX + 1})"))],
            np.int64,
        )
        return cls(bounds.reshape(-1, 2), start_us, end_us)

    def has(self, series_id: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Tell which of the series are in it."""
        place = np.searchsorted(self.ranges[:, 0], series_id, side="right") - 1
        found: NDArray[np.bool_] = (place >= 0) & (series_id < self.ranges[place, 1])
        return found

    def series(self) -> NDArray[np.int32]:
        """Return all series in it, ascending."""
        return np.concatenate([np.arange(low, high) for low, high in self.ranges]).astype(np.int32)


def out_of_date(spans: Spans, marked: Sequence[Marked]) -> Spans:
    """Return what of the spans is marked."""
    parts = []
    for mark in marked:
        start = np.maximum(spans.start_us, mark.start_us)
        end = np.minimum(spans.end_us, mark.end_us)
        kept = np.flatnonzero((start < end) & mark.has(spans.series_id))
        parts.append((spans.series_id[kept], start[kept], end[kept]))
    return _union(parts)


def all_of(marked: Sequence[Marked]) -> Spans:
    """Return everything that is marked."""
    parts = []
    for mark in marked:
        ids = mark.series()
        parts.append((ids, np.full(len(ids), mark.start_us), np.full(len(ids), mark.end_us)))
    return _union(parts)


def _union(
    parts: Sequence[tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]]],
) -> Spans:
    """Join stretches of a series that overlap or touch."""
    if not any(len(part[0]) for part in parts):
        return Spans.of([], 0, 0)
    series, start, end = (np.concatenate([part[n] for part in parts]) for n in range(3))
    order = np.lexsort((start, series))
    series, start, end = series[order], start[order], end[order]
    # On one axis, a piece of it for each series, with room between them.
    codes = np.cumsum(np.diff(series, prepend=series[0]) != 0)
    offset = codes * (_extent(start, end) + 1) - start.min()
    reached = np.maximum.accumulate(end + offset)
    is_new = np.ones(len(series), np.bool_)
    is_new[1:] = (start + offset)[1:] > reached[:-1]
    firsts = np.flatnonzero(is_new)
    lasts = np.append(firsts[1:], len(series)) - 1
    return Spans(series[firsts], start[firsts], (reached - offset)[lasts])
