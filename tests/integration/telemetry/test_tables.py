"""Tables and plots answer as a recount of the readings does, whatever they were made of."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from numpy.typing import NDArray

from kernel.db import Database
from telemetry.errors import AggregateUnknown, SpanInvalid, StepInvalid, TooManyReadings
from telemetry.queries import columns as reading
from telemetry.queries import tables
from telemetry.queries.cells import Aggregate
from telemetry.queries.plots import read_plots
from telemetry.queries.tables import Table, TableQuestion, read_table
from telemetry.service import ReadingColumns
from tests.integration.telemetry.test_conformance import NOON, NOON_US, SECOND, Make, put
from tests.support.rollups import expected

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
EPOCH = datetime.fromtimestamp(0, UTC)


@pytest.fixture
def noisy(store: Database, make: Make) -> ReadingColumns:
    """Two series over three hours: irregular, with Bad readings, readings without a number and an outage."""
    random = np.random.default_rng(4)
    ts = NOON_US + np.sort(random.integers(0, 3 * 3600 * SECOND, 6000))
    ts = ts[(ts < NOON_US + 4000 * SECOND) | (ts > NOON_US + 6000 * SECOND)]
    value = random.normal(size=len(ts)).round(6)
    value[::50] = np.nan
    quality = np.where(np.isnan(value), 0x80000000, 0)
    quality[::70] = 0x80010000
    quality[::90] = 0x40000000
    made = make(np.arange(len(ts)) % 2 + 1, ts, value, quality)
    put(store, made)
    return made


def _read(store: Database, *, step: timedelta, **more: object) -> Table:
    asked = {"series_ids": [2, 1], "start": NOON, "end": NOON + 3 * HOUR, "step": step, **more}
    with store.transaction() as session:
        return read_table(session, TableQuestion(**asked))  # type: ignore[arg-type]  # by name


def _recount(
    columns: ReadingColumns, series_id: int, ts_us: NDArray[np.int64], step_us: int, what: Aggregate
) -> NDArray[np.float64]:
    good = (
        (columns.series_id == series_id) & (columns.quality < 0x80000000) & ~np.isnan(columns.value)
    )
    result = np.full(len(ts_us), np.nan)
    for place, begin in enumerate(ts_us.tolist()):
        inside = columns.value[good & (columns.ts_us >= begin) & (columns.ts_us < begin + step_us)]
        if len(inside):
            result[place] = {
                "mean": inside.mean, "min": inside.min, "max": inside.max,
                "first": lambda inside=inside: inside[0], "last": lambda inside=inside: inside[-1],
            }[what]()  # fmt: skip
    return result


@pytest.mark.parametrize(
    ("step", "source"),
    [(17, "raw"), (60, "1m"), (900, "1m"), (3600, "1h"), (7200, "1h")],
)
def test_a_table_is_that_of_a_recount(
    store: Database, noisy: ReadingColumns, step: int, source: str
) -> None:
    aggregates: tuple[Aggregate, ...] = ("mean", "min", "max", "first", "last")
    for what in aggregates:
        table = _read(store, step=timedelta(seconds=step), aggregate=what)
        assert (table.source, table.series_ids) == (source, (2, 1))
        assert (table.ts_us % (step * SECOND) == 0).all()
        assert table.ts_us[0] <= NOON_US < table.ts_us[0] + step * SECOND
        assert table.value.shape == (2, len(table.ts_us))
        for place, series_id in enumerate(table.series_ids):
            wanted = _recount(noisy, series_id, table.ts_us, step * SECOND, what)
            np.testing.assert_allclose(table.value[place], wanted, rtol=1e-9)


def test_the_time_weighted_mean_comes_from_rollups_alone(
    store: Database, noisy: ReadingColumns
) -> None:
    del noisy
    table = _read(store, step=MINUTE, aggregate="twa")
    mean = _read(store, step=MINUTE).value
    assert table.source == "1m"
    assert np.nanmax(np.abs(table.value - mean)) < 4
    assert not np.isnan(table.value[:, :60]).any(), "a value is held until the next reading"
    for seconds in (1, 30, 59, 90):
        with pytest.raises(AggregateUnknown):
            _read(store, step=timedelta(seconds=seconds), aggregate="twa")


@pytest.mark.parametrize(
    ("minutes", "source"),
    [
        (1, "1m"),
        (2, "1m"),
        (7, "1m"),
        (15, "1m"),
        (60, "1h"),
        (90, "1m"),
        (300, "1h"),
        (1440, "1d"),
        (4320, "1d"),
    ],
)
def test_the_time_weighted_mean_by_any_number_of_minutes(
    store: Database, noisy: ReadingColumns, minutes: int, source: str
) -> None:
    step = minutes * MINUTE
    table = _read(store, step=step, aggregate="twa")
    rows = zip(
        noisy.series_id.tolist(), noisy.ts_us.tolist(), noisy.value.tolist(), noisy.quality.tolist(),
        strict=True,
    )  # fmt: skip
    counted = expected(rows, step // timedelta(microseconds=1))
    assert table.source == source
    for series_id, column in zip(table.series_ids, table.value, strict=True):
        wanted = [counted.get((series_id, ts_us), (np.nan,))[-1] for ts_us in table.ts_us.tolist()]
        np.testing.assert_allclose(column, wanted, rtol=1e-9)
        assert not np.isnan(column).all()


def test_gaps_are_filled_from_inside_and_outside(store: Database, make: Make) -> None:
    minutes = np.array([-7, 1, 4, 5, 12])
    put(store, make(1, NOON_US + minutes * 60 * SECOND, [70.0, 10.0, 40.0, 50.0, 120.0]))
    put(store, make(1, NOON_US + 9 * 60 * SECOND, [np.nan], 0x80000000))

    def told(fill: str, over: timedelta | None = None) -> list[float]:
        table = _read(
            store, series_ids=[1], end=NOON + 8 * MINUTE, step=MINUTE, fill=fill, fill_over=over
        )
        return [-1.0 if np.isnan(each) else each for each in table.value[0].tolist()]

    assert told("none") == [-1, 10, -1, -1, 40, 50, -1, -1]
    assert told("previous") == [70, 10, 10, 10, 40, 50, 50, 50]
    assert told("previous", MINUTE) == [-1, 10, 10, -1, 40, 50, 50, -1]
    assert told("linear") == [17.5, 10, 20, 30, 40, 50, 60, 70]
    assert told("linear", 3 * MINUTE) == [-1, 10, 20, 30, 40, 50, -1, -1]


def test_what_no_table_can_show_is_refused(
    store: Database, noisy: ReadingColumns, monkeypatch: pytest.MonkeyPatch
) -> None:
    del noisy
    for step in (timedelta(0), timedelta(milliseconds=1500), -MINUTE):
        with pytest.raises(StepInvalid):
            _read(store, step=step)
    with pytest.raises(StepInvalid):
        _read(store, step=MINUTE, end=NOON + timedelta(days=365))
    with pytest.raises(SpanInvalid):
        _read(store, step=MINUTE, end=NOON)
    with pytest.raises(SpanInvalid):
        _read(store, step=MINUTE, start=datetime(1, 1, 1, tzinfo=UTC))
    monkeypatch.setattr(reading, "READINGS_MAX", 100)
    with pytest.raises(TooManyReadings):
        _read(store, step=timedelta(seconds=7))
    monkeypatch.setattr(tables, "ROLLUPS_MAX", 100)
    with pytest.raises(TooManyReadings):
        _read(store, step=MINUTE)


def test_a_table_of_nothing_is_empty(store: Database) -> None:
    for step in (MINUTE, timedelta(seconds=7)):
        table = _read(store, step=step, fill="linear")
        assert np.isnan(table.value).all()
        assert table.value.shape == (2, len(table.ts_us))


def test_a_long_plot_comes_from_rollups_with_its_spikes(store: Database, make: Make) -> None:
    days, every = 40, 120
    ts = NOON_US + np.arange(days * 86_400 // every) * every * SECOND
    value = np.sin(np.arange(len(ts)) / 800)
    spikes = [7, len(ts) // 3, len(ts) - 1]
    value[spikes] = [50.0, -60.0, 70.0]
    put(store, make(1, ts, value))
    put(store, make(2, ts[::800], value[::800]))
    span = (NOON, NOON + timedelta(days=days))
    with store.transaction() as session:
        plot, sparse = read_plots(session, [1, 2], span, 1000)
        raw, _ = read_plots(session, [1, 2], span, 1000, resolution="raw")
        (lttb,) = read_plots(session, [1], span, 1000, method="lttb", resolution="1d")
    assert (plot.resolution, raw.resolution, lttb.resolution) == ("1h", "raw", "1d")
    assert plot.readings == raw.readings == len(ts)
    assert plot.downsampled
    for each in (plot, raw, lttb):
        assert len(each.ts_us) <= 1000
        assert (np.diff(each.ts_us) > 0).all()
        assert {50.0, -60.0, 70.0} <= set(each.value.tolist())
    found = plot.ts_us[plot.value == -60]
    assert abs(int(found[0]) - int(ts[spikes[1]])) < 3600 * SECOND, "exact to the bucket"
    assert (sparse.resolution, len(sparse.ts_us)) == ("raw", len(ts[::800])), (
        "few are read themselves"
    )
    assert not sparse.downsampled


def test_a_plot_breaks_where_all_is_bad(store: Database, make: Make) -> None:
    ts = NOON_US + np.arange(4000) * 60 * SECOND
    value = np.ones(4000)
    quality = np.zeros(4000, np.uint32)
    quality[2000:2200] = 0x80000000
    put(store, make(1, ts, value, quality))
    with store.transaction() as session:
        (plot,) = read_plots(session, [1], (NOON, NOON + timedelta(days=3)), 500, resolution="1h")
    broken = plot.ts_us[np.isnan(plot.value)]
    assert len(broken) >= 1
    assert ((broken >= ts[2000] - 3600 * SECOND) & (broken <= ts[2199])).all()
    assert (plot.quality[np.isnan(plot.value)] == 0x80000000).all()
