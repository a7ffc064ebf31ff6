"""Which steps there are and which one a plot needs, decided without a database."""

from datetime import timedelta
from typing import Final, Literal

Step = Literal["1m", "1h", "1d"]

WIDTH: Final[dict[Step, timedelta]] = {
    "1m": timedelta(minutes=1),
    "1h": timedelta(hours=1),
    "1d": timedelta(days=1),
}
# What rollups of a step are computed from; those by the minute from readings.
FINER: Final[dict[Step, Step]] = {"1h": "1m", "1d": "1h"}
WIDER: Final[dict[Step, Step]] = {"1m": "1h", "1h": "1d"}
# First, least, greatest and last: a line through them looks like the line through all readings when a bucket
# is no wider than a pixel (M4, Jugel et al. 2014).
POINTS_OF_BUCKET: Final = 4


def width_us(step: Step) -> int:
    """Return how long a bucket is, µs; buckets begin at multiples of it since 1970 in UTC."""
    return WIDTH[step] // timedelta(microseconds=1)


def steps_for(span: timedelta, points: int) -> Step | None:
    """Return the widest step whose buckets give a plot of `span` so many points; None means readings."""
    for step in ("1d", "1h", "1m"):
        if span / WIDTH[step] * POINTS_OF_BUCKET >= points:
            return step
    return None
