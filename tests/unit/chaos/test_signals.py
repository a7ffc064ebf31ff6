"""What the plant emits depends on series and tick alone."""

import numpy as np

from runtime.chaos import signals


def test_one_tick_and_many_at_once_are_the_same() -> None:
    series = np.tile(np.arange(signals.SERIES), 50)
    ticks = np.repeat(np.arange(50) + 380, signals.SERIES)
    values = signals.values(series, ticks).reshape(50, -1)
    qualities = signals.qualities(series, ticks).reshape(50, -1)
    for row, tick in enumerate(range(380, 430)):
        assert signals.of_tick(tick) == (values[row].tolist(), qualities[row].tolist())


def test_values_tell_their_place_and_move() -> None:
    series = np.arange(signals.SERIES)
    steady = signals.values(series, np.full(signals.SERIES, 3))
    assert len(set(steady.tolist())) > signals.SERIES - len(signals.MACHINES) * 2
    assert (signals.values(series, np.full(signals.SERIES, 4)) != steady).all()
    clockless = signals.is_clockless(series)
    assert clockless.sum() == len(signals.MACHINES) * len(signals.CLOCKLESS_POINTS)
    assert (steady[clockless] == 3).all()


def test_two_machines_are_in_trouble_now_and_then() -> None:
    faulty = np.array([signals.FAULTY_POINT + n * signals.POINTS for n in range(5)])
    before, amid, after = (
        signals.values(faulty, np.full(5, tick))
        for tick in (signals.EPISODE_BEGINS - 1, signals.EPISODE_BEGINS, signals.EPISODE_ENDS)
    )
    assert (amid - before > 25).tolist() == [True, True, False, False, False]
    assert (abs(after - before) < 2).all()


def test_some_readings_are_uncertain() -> None:
    series = np.tile(np.arange(signals.SERIES), 100)
    qualities = signals.qualities(series, np.repeat(np.arange(100), signals.SERIES))
    assert set(qualities.tolist()) == {0, signals.UNCERTAIN}
    assert 0 < (qualities != 0).mean() < 0.02
