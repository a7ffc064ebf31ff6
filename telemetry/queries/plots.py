"""Readings of a span for a plot: from the readings themselves or from the rollups that suffice for it.

A public module like `telemetry.service`. Spikes are kept either way: a rollup holds the least and the
greatest of its readings, and down-sampling keeps the extremes of each stretch. In rollups readings of Bad
quality do not count; the first and the last bucket are there whole, and times are exact to the bucket.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal

import numpy as np
from sqlalchemy.orm import Session

from telemetry import rules, service
from telemetry.downsample import select
from telemetry.queries.outline import outline
from telemetry.rollups import service as rollups
from telemetry.rollups.columns import RollupColumns
from telemetry.rollups.rules import Step, width_us
from telemetry.service import Points

Asked = Literal["auto", "raw", "1m", "1h", "1d"]
Thinning = Literal["minmax", "lttb"]

# A series with no more readings is read itself: it is as quick, and exact.
FEW_READINGS: Final = 20_000


def read_plots(
    session: Session,
    series_ids: Sequence[int],
    span: tuple[datetime, datetime],
    points_max: int,
    *,
    method: Thinning = "minmax",
    resolution: Asked = "auto",
) -> list[Points]:
    """Return a plot of each series in the order asked, of at most `points_max` points each.

    With the resolution `auto` rollups are taken where they give enough points, and readings for shorter spans
    and for series that have few.

    Raises:
        SpanInvalid: the span does not begin before it ends.
    """
    start, end = span
    rules.check_span(start, end)
    step = _step(resolution, rollups.steps_for(end - start, points_max))
    if step is None or not series_ids:
        return [_raw(session, each, span, points_max, method) for each in series_ids]
    found = rollups.read(session, series_ids, start, end, step)
    made = []
    for series_id in series_ids:
        rows = _rows_of(found, series_id)
        readings = int(found.count[rows].sum() + found.bad[rows].sum())
        if resolution == "auto" and readings <= FEW_READINGS:
            made.append(_raw(session, series_id, span, points_max, method))
            continue
        ts_us, value, quality = outline(found, rows, width_us(step))
        kept = select(ts_us, value, points_max, method)
        made.append(
            Points(
                series_id,
                ts_us[kept],
                value[kept],
                quality[kept],
                readings,
                downsampled=len(kept) < readings,
                resolution=step,
            )
        )
    return made


def _step(resolution: Asked, best: Step | None) -> Step | None:
    if resolution == "auto":
        return best
    return None if resolution == "raw" else resolution


def _raw(
    session: Session,
    series_id: int,
    span: tuple[datetime, datetime],
    points_max: int,
    method: Thinning,
) -> Points:
    return service.read_range(session, series_id, *span, points_max, method=method)


def _rows_of(found: RollupColumns, series_id: int) -> slice:
    first, last = np.searchsorted(found.series_id, [series_id, series_id + 1])
    return slice(int(first), int(last))
