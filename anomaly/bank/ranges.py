"""Which readings of a series can be true at all."""

from anomaly.detectors.base import SeriesRange
from anomaly.settings import AnomalySettings

# Far from overflow when squared, and from anything physical.
PLAUSIBLE_MAX = 1e100


def plausible(section: AnomalySettings, plant: SeriesRange) -> tuple[float, float]:
    """Return the least and the greatest reading that can be true.

    The engineering range and `range_margin` of it on either side, or, where no range is known, what any
    sensor measures.
    """
    span = plant.span
    if span is None:
        return -PLAUSIBLE_MAX, PLAUSIBLE_MAX
    margin = section.range_margin * span
    return (plant.low or 0.0) - margin, (plant.high or 0.0) + margin
