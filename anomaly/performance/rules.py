"""Figures about alarms, worked out from counts. No I/O, no clock.

Figures are those of EEMUA 191 and ISA-18.2-2016, clause 16, for one person who watches: alarms told per ten
minutes, on average and at most; the part of the time that is a flood, more than ten in ten minutes; alarms
that chatter (three within a minute), are fleeting (gone within a minute), stale (active for more than a day).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

PERIOD = timedelta(minutes=10)
CHATTERS_WITHIN = timedelta(seconds=60)
CHATTERS_FROM = 3
FLEETING_WITHIN = timedelta(seconds=60)
STALE_AFTER = timedelta(hours=24)
FLOOD_ABOVE = 10
# What ISA-18.2 asks of a well kept system; parts of one.
FLOOD_PART_MAX = 0.01
TOP_TEN_PART_MAX = 0.05
STALE_MAX = 5
PRIORITIES_WANTED = {"low": 0.80, "medium": 0.15, "high": 0.05, "critical": 0.01}


class Load(StrEnum):
    """EEMUA 191 on the long-term average rate."""

    ACCEPTABLE = "acceptable"
    MANAGEABLE = "manageable"
    OVER_DEMANDING = "over_demanding"
    UNACCEPTABLE = "unacceptable"


class Peak(StrEnum):
    """EEMUA 191 on the worst ten minutes."""

    MANAGEABLE = "manageable"
    HARD = "hard"
    EXCESSIVE = "excessive"


# Alarms per ten minutes: one in ten minutes, one in five, one a minute.
_LOADS = ((1.0, Load.ACCEPTABLE), (2.0, Load.MANAGEABLE), (10.0, Load.OVER_DEMANDING))
_PEAKS = ((10, Peak.MANAGEABLE), (100, Peak.HARD))


def load_of(average: float) -> Load:
    """Return what EEMUA 191 says of an average number of alarms per ten minutes."""
    return next((load for most, load in _LOADS if average <= most), Load.UNACCEPTABLE)


def peak_of(most: int) -> Peak:
    """Return what EEMUA 191 says of the most alarms in ten minutes."""
    return next((peak for limit, peak in _PEAKS if most <= limit), Peak.EXCESSIVE)


@dataclass(frozen=True)
class Rate:
    """Alarms told in a span.

    Attributes:
        told: how many.
        periods: ten minutes each, the last one perhaps cut short.
        average: per ten minutes.
        most: in one of them.
        floods: periods with more than ten.
        flood_part: part of all periods.
    """

    told: int
    periods: int
    average: float
    most: int
    floods: int
    flood_part: float
    load: Load
    peak: Peak


def rate_of(counts: Mapping[int, int], span: timedelta) -> Rate:
    """Return the rate, from the alarms told in each ten minutes of a span that has any."""
    periods = max(math.ceil(span / PERIOD), 1)
    told = sum(counts.values())
    # Over the span as it is, so that a part of a period is no whole one.
    average = told / max(span / PERIOD, 1.0)
    most = max(counts.values(), default=0)
    floods = sum(count > FLOOD_ABOVE for count in counts.values())
    return Rate(
        told, periods, average, most, floods, floods / periods, load_of(average), peak_of(most)
    )


@dataclass(frozen=True)
class Precision:
    """What people found a detector's alarms to be.

    Attributes:
        precision: the true ones among those judged, None while none is.
        low: 95 % interval (Wilson), lower end.
        high: upper end.
        record: of its alarms that this record led; None for all of them.
    """

    detector: str
    alarms: int
    true: int
    false: int
    nuisance: int
    precision: float | None
    low: float | None
    high: float | None
    record: str | None = None

    @property
    def judged(self) -> int:
        """How many somebody has said something of."""
        return self.true + self.false + self.nuisance


_Z = 1.959963984540054


def precision_of(
    detector: str, alarms: int, verdicts: Mapping[str, int], record: str | None = None
) -> Precision:
    """Return a detector's precision from the number of its alarms and of the verdicts on them."""
    true, false, nuisance = (verdicts.get(name, 0) for name in ("true", "false", "nuisance"))
    judged = true + false + nuisance
    if judged == 0:
        return Precision(detector, alarms, true, false, nuisance, None, None, None, record)
    low, high = wilson(true, judged)
    return Precision(detector, alarms, true, false, nuisance, true / judged, low, high, record)


def wilson(hits: int, trials: int) -> tuple[float, float]:
    """Return the 95 % interval of a proportion (E. B. Wilson, 1927); honest for few trials too."""
    part, z2 = hits / trials, _Z * _Z
    middle = (part + z2 / (2 * trials)) / (1 + z2 / trials)
    half = _Z * math.sqrt(part * (1 - part) / trials + z2 / (4 * trials * trials))
    half /= 1 + z2 / trials
    # Rounding must not put the proportion itself outside.
    return max(min(middle - half, part), 0.0), min(max(middle + half, part), 1.0)
