"""Signals of a plant, made up: load cycles, daily rhythm, lag, wander, noise, quantisation."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class PlantSignals:
    """Series of one machine on common source times."""

    ts_us: NDArray[np.int64]
    values: dict[str, Floats]

    def readings(self, name: str) -> list[tuple[int, float]]:
        return list(zip(self.ts_us.tolist(), self.values[name].tolist(), strict=True))


def times(
    history_s: float, live_s: float, *, history_step_s: float = 30.0, live_step_s: float = 0.5
) -> Floats:
    """History sampled slowly, followed at once by live data sampled fast; seconds."""
    history = np.arange(0.0, history_s, history_step_s)
    return np.concatenate([history, history_s + np.arange(0.0, live_s, live_step_s)])


def lagged(t: Floats, drive: Floats, tau_s: float) -> Floats:
    """First-order lag behind `drive`."""
    weights = 1.0 - np.exp(-np.diff(t, prepend=t[0] - 30.0) / tau_s)
    out, state = np.empty(len(t)), drive[0]
    for i, weight in enumerate(weights.tolist()):
        state += weight * (drive[i] - state)
        out[i] = state
    return out


def machine(seed: int, t: Floats, *, wear_at_s: float | None = None) -> PlantSignals:
    """A machine with its own load cycle; from `wear_at_s` on, wear raises its vibration within 18 s."""
    random = np.random.default_rng(seed)

    def noise(size: float) -> Floats:
        return random.normal(0.0, size, len(t))

    period, duty = random.uniform(120, 1800), random.uniform(0.3, 0.9)
    loaded = ((t % period) < duty * period).astype(float)
    load = 0.7 + 0.2 * np.sin(2 * np.pi * t / period) + 0.1 * np.sin(2 * np.pi * t / (3.7 * period))
    daily = np.sin(2 * np.pi * t / 86_400 + random.uniform(0, 2 * np.pi))
    wear = 1.0
    if wear_at_s is not None:
        wear = 1.0 + 2.5 * np.clip((t - wear_at_s) / 18.0, 0.0, 1.0)
    values = {
        "vibration": (1.8 + 0.8 * load + noise(0.08)) * wear,
        "vibration_on_off": 0.6 + 1.5 * loaded + noise(0.1),
        "temperature": 40 + 5 * daily + 6 * load + noise(0.2),
        "temperature_lagging": 35 + 4 * daily + 20 * lagged(t, loaded, 300.0) + noise(0.15),
        "pressure": np.round(5 + 0.4 * load + noise(0.05), 2),
        "flow": np.where(loaded > 0, 60 + 4 * daily + noise(1.0), 20 + noise(0.5)),
        "current": np.where(loaded > 0, 30 + noise(0.8), 8 + noise(0.3)),
        "ambient": np.round(20 + 6 * daily + noise(0.05), 1),
        "setpoint": np.full(len(t), 50.0),
        "counter_like": 1e8 + noise(1.0),
    }
    return PlantSignals((t * 1e6).astype(np.int64), values)
