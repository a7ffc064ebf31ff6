"""Reading by reading: what the plant emitted, what the edge took, what the platform has. Pure, no I/O.

A reading is (series, source time, edge time, value, quality); rows are of `journal.ROW`. Two rows are one
reading taken twice only if all of that is equal, bit by bit.
"""

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np

from runtime.chaos import signals
from runtime.chaos.journal import ROW

_EXAMPLES: Final = 5
_KEY: Final = ("series", "ts", "edge_ts")


@dataclass(frozen=True)
class Comparison:
    """What became of what was taken.

    Attributes:
        taken: readings surely taken, and those of a commit a process died over that turned up.
        stored: rows in the readings table.
        quarantined: readings in quarantine.
        missing: surely taken and neither stored nor in quarantine, as they were taken.
        duplicated: more often there than they were taken.
        unknown: there, and never taken.
        altered: of the missing, those that are there with another value or quality.
        examples: a few of each kind, for people.
    """

    taken: int
    stored: int
    quarantined: int
    missing: int
    duplicated: int
    unknown: int
    altered: int
    examples: dict[str, list[str]]


def compare(taken: Any, uncertain: Any, stored: Any, quarantined: Any) -> Comparison:
    """Compare what was taken with what there is.

    Args:
        taken: rows surely taken.
        uncertain: rows of commits that processes died over: there once or not at all.
        stored: rows of the readings table.
        quarantined: rows in quarantine.
    """
    rows = [_as_rows(part) for part in (taken, uncertain, stored, quarantined)]
    whole = np.concatenate(rows)
    _, number = np.unique(whole.view(np.dtype((np.void, ROW.itemsize))), return_inverse=True)
    number = number.reshape(-1)
    kinds = int(number.max()) + 1 if len(number) else 0
    starts = np.cumsum([0, *(len(part) for part in rows)])
    sure, maybe, kept, aside = (
        np.bincount(number[start:end], minlength=kinds) for start, end in pairwise(starts)
    )
    first = np.empty(kinds, np.int64)
    first[number[::-1]] = np.arange(len(whole))[::-1]
    there, allowed = kept + aside, sure + maybe
    lacking = np.maximum(sure - there, 0)
    extra = np.maximum(there - allowed, 0)
    twice, strange = np.where(allowed > 0, extra, 0), np.where(allowed == 0, extra, 0)
    changed = _same_key(whole[first[lacking > 0]], whole[first[strange > 0]])
    return Comparison(
        taken=int(sure.sum() + np.minimum(np.maximum(there - sure, 0), maybe).sum()),
        stored=len(rows[2]),
        quarantined=len(rows[3]),
        missing=int(lacking.sum()),
        duplicated=int(twice.sum()),
        unknown=int(strange.sum()),
        altered=changed,
        examples={
            name: [_told(row) for row in whole[first[counts > 0][:_EXAMPLES]]]
            for name, counts in (("missing", lacking), ("duplicated", twice), ("unknown", strange))
            if counts.any()
        },
    )


def not_as_emitted(taken: Any, ticks: Any) -> int:
    """Return how many rows the plant never emitted so: another time, value or quality.

    Args:
        taken: rows the edge took.
        ticks: pairs (tick, source time in µs) of the plant's journal, ascending.
    """
    series = taken["series"].astype(np.int64)
    clockless = signals.is_clockless(series)
    known = {int(ts): int(tick) for tick, ts in ticks}
    by_time = np.fromiter((known.get(ts, -1) for ts in taken["ts"].tolist()), np.int64, len(taken))
    with np.errstate(invalid="ignore"):
        by_value = np.where(np.isfinite(taken["value"]), taken["value"], -1).astype(np.int64)
    tick = np.where(clockless, by_value, by_time)
    real = (tick >= 0) & (tick <= (int(ticks[-1][0]) if len(ticks) else -1))
    right = (signals.values(series, tick) == taken["value"]) & (
        signals.qualities(series, tick) == taken["quality"]
    )
    return int((~(real & right)).sum())


def _as_rows(rows: Any) -> Any:
    return np.ascontiguousarray(rows, ROW)


def _same_key(lacking: Any, strange: Any) -> int:
    """Return how many of the lacking are there under the same key, being something else."""
    return (Counter(map(_key, lacking)) & Counter(map(_key, strange))).total()


def _key(row: Any) -> tuple[int, ...]:
    return tuple(int(row[name]) for name in _KEY)


def _told(row: Any) -> str:
    return ", ".join(f"{name} {row[name]}" for name in ROW.names or ())
