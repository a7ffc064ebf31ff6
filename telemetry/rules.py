"""What a series may be, decided without a database."""

import math
from typing import Final, Literal

KINDS: Final = (
    "vibration",
    "temperature",
    "pressure",
    "flow",
    "current",
    "speed",
    "power",
    "level",
    "voltage",
    "state",
    "other",
)
DATA_TYPES: Final = ("number", "boolean")

Method = Literal["minmax", "lttb", "raw"]


def known_kind(kind: str) -> str:
    """Return `kind`, or `other` for one this version does not know: an edge may be newer."""
    lowered = kind.strip().lower()
    return lowered if lowered in KINDS else "other"


def usable_range(low: float | None, high: float | None) -> tuple[float | None, float | None]:
    """Return an engineering range as it can be relied on.

    PLCs send ranges that were never set: NaN, infinite, or both ends 0. A limit that is no finite number
    counts as unknown, and so do both when they do not span anything.
    """
    lower = low if low is not None and math.isfinite(low) else None
    upper = high if high is not None and math.isfinite(high) else None
    if lower is not None and upper is not None and lower >= upper:
        return None, None
    return lower, upper
