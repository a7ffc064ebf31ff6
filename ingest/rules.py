"""Which readings can be stored, decided for whole batches at once; no I/O and no clock.

A reading that cannot be stored has exactly one reason. Reasons for whole messages are here too, so that
there is one list of them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

US_PER_SECOND: Final = 1_000_000
# An edge clock is recorded as it is, as long as it can be shown as a date.
EDGE_TS_US_MIN: Final = 0
EDGE_TS_US_MAX: Final = 253_402_300_000_000_000  # the year 9999
# OPC UA StatusCode: the top bit means Bad.
BAD: Final = 0x8000_0000


class Reason(IntEnum):
    """Why a reading was not stored; its name in lower case is what quarantine records."""

    UNKNOWN_SERIES = 1
    NOT_FINITE = 2
    BOOLEAN_VALUE = 3
    TEXT_VALUE = 4
    UNSUPPORTED_VALUE = 5
    FUTURE_TIMESTAMP = 6
    TIMESTAMP_OUT_OF_RANGE = 7
    # The database itself refused them, though nothing was found wrong before.
    STORAGE_REFUSED = 8
    # No fault: a frame sent again under another number brings what is there. Never in quarantine.
    ALREADY_STORED = 100

    @property
    def code(self) -> str:
        """The reason as it is recorded and shown."""
        return self.name.lower()


# Reasons for a whole message, beside the codes of `kernel.wire.errors`.
TOPIC_MISMATCH: Final = "topic_mismatch"
REVOKED_GATEWAY: Final = "revoked_gateway"
SEQ_REUSED: Final = "seq_reused"
TOO_MANY_TAGS: Final = "too_many_tags"
SERIES_BUDGET: Final = "series_budget"
NOT_PROCESSED: Final = "not_processed"
# Nothing that was signed for another gateway, or by nobody, becomes right by waiting.
NEVER_REPLAYABLE: Final = frozenset({SEQ_REUSED, TOPIC_MISMATCH, "bad_signature"})


@dataclass(frozen=True)
class Limits:
    """Between which source times a reading is accepted, µs since 1970."""

    ts_us_min: int
    ts_us_max: int

    @classmethod
    def at(cls, now_us: int, *, future_seconds_max: int, age_days_max: int) -> "Limits":
        """Return the limits in force at `now_us`."""
        return cls(
            now_us - age_days_max * 86_400 * US_PER_SECOND,
            now_us + future_seconds_max * US_PER_SECOND,
        )


def judge(
    series_id: NDArray[np.int32],
    ts_us: NDArray[np.int64],
    edge_ts_us: NDArray[np.int64],
    value: NDArray[np.float64],
    quality: NDArray[np.uint32],
    *,
    limits: Limits,
) -> NDArray[np.uint8]:
    """Return a `Reason` for each reading that cannot be stored and 0 for the others.

    A Bad reading without a number (NaN) is stored: that there is no value, and why, is what it says. With any
    other quality a value is promised, and NaN is none; an infinite value never is.

    Values that are no number have been dealt with by `settle_odd`: its reasons come before these, except
    that a reading of no known series is that and nothing else.
    """
    reasons = np.zeros(len(series_id), np.uint8)
    # From the least important to the most: a later line overwrites an earlier one.
    reasons[
        (ts_us < limits.ts_us_min) | (edge_ts_us < EDGE_TS_US_MIN) | (edge_ts_us > EDGE_TS_US_MAX)
    ] = Reason.TIMESTAMP_OUT_OF_RANGE
    reasons[ts_us > limits.ts_us_max] = Reason.FUTURE_TIMESTAMP
    says_only_bad = np.isnan(value) & (quality >= BAD)
    reasons[~np.isfinite(value) & ~says_only_bad] = Reason.NOT_FINITE
    reasons[series_id <= 0] = Reason.UNKNOWN_SERIES
    return reasons


def settle_odd(
    value: NDArray[np.float64],
    is_boolean: NDArray[np.bool_],
    quality: NDArray[np.uint32],
    odd: Mapping[int, Any],
    codes: Mapping[int, int] | None = None,
) -> tuple[NDArray[np.float64], dict[int, Reason]]:
    """Turn values that are no doubles into numbers where that loses nothing.

    A boolean becomes 0 or 1 on a boolean series, an integer a double when that is exact, a text of a state
    series the code that `codes` has for its row. Returns the values, copied if any changed, and the reasons
    of those rows that stay no number. On a boolean series a number other than 0 and 1 is no value either.
    Where a Bad reading has no value at all there is nothing to settle.
    """
    reasons: dict[int, Reason] = {}
    settled: dict[int, float] = {}
    for row, item in odd.items():
        if isinstance(item, bool):
            if is_boolean[row]:
                settled[row] = float(item)
            else:
                reasons[row] = Reason.BOOLEAN_VALUE
        elif isinstance(item, int) and _is_exact(item):
            settled[row] = float(item)
        elif codes and row in codes:
            settled[row] = float(codes[row])
        elif isinstance(item, str):
            reasons[row] = Reason.TEXT_VALUE
        elif item is not None or quality[row] < BAD:
            reasons[row] = Reason.UNSUPPORTED_VALUE
    value = _with(value, settled)
    if is_boolean.any():
        wrong = np.flatnonzero(is_boolean & np.isfinite(value) & (value != 0) & (value != 1))
        reasons.update({int(row): Reason.UNSUPPORTED_VALUE for row in wrong})
    return value, reasons


def settled(value: NDArray[np.float64], odd: Mapping[int, Any]) -> NDArray[np.float64]:
    """Return the values with every odd one that can be a number turned into it, as it was stored."""
    return _with(
        value,
        {
            row: float(item)
            for row, item in odd.items()
            if isinstance(item, bool | int) and _is_exact(item)
        },
    )


def _with(value: NDArray[np.float64], changed: Mapping[int, float]) -> NDArray[np.float64]:
    if changed:
        value = value.copy()
        value[list(changed)] = list(changed.values())
    return value


def _is_exact(number: int) -> bool:
    try:
        return int(float(number)) == number
    except OverflowError:
        return False


def ranges_of(seqs: Iterable[int]) -> list[tuple[int, int]]:
    """Return ascending inclusive ranges that cover exactly these numbers."""
    ranges: list[tuple[int, int]] = []
    for seq in sorted(set(seqs)):
        if ranges and ranges[-1][1] == seq - 1:
            ranges[-1] = (ranges[-1][0], seq)
        else:
            ranges.append((seq, seq))
    return ranges


def multirange(seqs: Iterable[int]) -> str:
    """Return these numbers as the text of an int8multirange."""
    return "{" + ",".join(f"[{low},{high + 1})" for low, high in ranges_of(seqs)) + "}"


def contiguous(seqs: Sequence[int], from_seq: int) -> int:
    """Return how many of the ascending `seqs` follow one another without a hole, beginning at `from_seq`."""
    count = 0
    for seq in seqs:
        if seq != from_seq + count:
            break
        count += 1
    return count
