"""River's drift detectors in the catalogue. Imported for its effect."""

from typing import Any

from river import drift

from anomaly.detectors.parameters import Choice, Flag, Number
from anomaly.detectors.river_models.components import Component, Role, offer


def _small(default: float, text: str) -> Number:
    return Number(default, 1e-9, 0.5, text)


def _count(default: int, low: int, high: int, text: str) -> Number:
    return Number(default, low, high, text, whole=True)


def _kswin(alpha: float, window_size: int, stat_part: float, seed: int) -> Any:
    stat_size = max(int(window_size * stat_part), 5)
    return drift.KSWIN(alpha=alpha, window_size=window_size, stat_size=stat_size, seed=seed)


# Fed with whether a value lies beyond two standard deviations, the others with the deviations themselves.
BINARY = frozenset(
    {
        "drift.binary.DDM",
        "drift.binary.EDDM",
        "drift.binary.FHDDM",
        "drift.binary.HDDMA",
        "drift.binary.HDDMW",
    }
)

FEWER_ONES = "drift.binary.FHDDM"

offer(
    Component(
        "drift.ADWIN",
        Role.DRIFT,
        drift.ADWIN,
        "A window that shrinks where its two parts differ in mean",
        {
            "delta": _small(0.002, "Significance"),
            "clock": _count(32, 1, 1000, "Readings between two looks"),
            "grace_period": _count(10, 1, 10_000, "Readings until the first"),
        },
    ),
    Component(
        "drift.KSWIN",
        Role.DRIFT,
        _kswin,
        "Kolmogorov-Smirnov test of the newest readings against a sample of those before; slow",
        {
            "alpha": Number(1e-5, 1e-9, 0.05, "Significance"),
            "window_size": _count(100, 30, 1000, "Readings remembered"),
            "stat_part": Number(0.3, 0.05, 0.45, "Part of them that is new"),
            "seed": _count(42, 0, 2**31 - 1, "Seed of the sample"),
        },
    ),
    Component(
        "drift.PageHinkley",
        Role.DRIFT,
        drift.PageHinkley,
        "Cumulative sum of the deviations from the mean",
        {
            "min_instances": _count(30, 2, 10_000, "Readings until it looks"),
            "delta": Number(
                0.5, 0.0, 10.0, "Deviation that does not count, in standard deviations"
            ),
            "threshold": Number(50.0, 1.0, 1e6, "Sum at which it says so, in standard deviations"),
            "alpha": Number(0.9999, 0.9, 1.0, "Part of the sum that is kept"),
            "mode": Choice("both", ("both", "up", "down"), "Which way"),
        },
    ),
    Component(
        "drift.binary.DDM",
        Role.DRIFT,
        drift.binary.DDM,
        "More readings out of the ordinary than at best",
        {
            "warm_start": _count(100, 10, 100_000, "Readings until it looks"),
            "drift_threshold": Number(3.0, 1.0, 20.0, "Standard deviations of their rate"),
        },
    ),
    Component(
        "drift.binary.EDDM",
        Role.DRIFT,
        drift.binary.EDDM,
        "Readings out of the ordinary come closer together",
        {
            "warm_start": _count(100, 10, 100_000, "Readings until it looks"),
            "beta": Number(0.9, 0.1, 0.95, "Part of their best distance"),
        },
    ),
    Component(
        "drift.binary.FHDDM",
        Role.DRIFT,
        drift.binary.FHDDM,
        "Hoeffding's bound on their rate in a window",
        {
            "sliding_window_size": _count(100, 10, 10_000, "Readings in the window"),
            "confidence_level": _small(1e-6, "Significance"),
        },
    ),
    Component(
        "drift.binary.HDDMA",
        Role.DRIFT,
        drift.binary.HDDMA,
        "Hoeffding's bound on their mean rate",
        {
            "drift_confidence": _small(0.001, "Significance"),
            "two_sided_test": Flag(default=False, text="Fewer of them count as well"),
        },
    ),
    Component(
        "drift.binary.HDDMW",
        Role.DRIFT,
        drift.binary.HDDMW,
        "The same on a rate that forgets",
        {
            "drift_confidence": _small(0.001, "Significance"),
            "lambda_val": Number(0.05, 1e-4, 1.0, "Weight of the newest"),
            "two_sided_test": Flag(default=False, text="Fewer of them count as well"),
        },
    ),
)

NAMES = ("drift.ADWIN", "drift.KSWIN", "drift.PageHinkley", *sorted(BINARY))
