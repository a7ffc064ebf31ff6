"""The components River models may be made of, with limits that bound memory and time.

Imported for its effect: it fills the catalogue of `components`.
"""

import math
from typing import Any

from river import (
    anomaly,
    feature_extraction,
    neighbors,
    optim,
    preprocessing,
    stats,
    time_series,
)

from anomaly.detectors.parameters import Flag, Number
from anomaly.detectors.river_models.components import Component, Part, Role, Scale, offer
from anomaly.detectors.river_models.predictive import Predictive
from anomaly.detectors.river_models.unit_interval import UnitInterval

# What makes River's random models the same whenever they are made anew.
SEED = Number(42, 0, 2**31 - 1, "Seed of the random choices", whole=True)
# -log(1 - score) where double precision ends.
_TO_ONE_TOP = -math.log(2.0**-53)


def _count(default: int, low: int, high: int, text: str) -> Number:
    return Number(default, low, high, text, whole=True)


def _lof(n_neighbors: int, window_size: int) -> Any:
    engine = neighbors.LazySearch(window_size=window_size)
    return anomaly.LocalOutlierFactor(n_neighbors=n_neighbors, engine=engine)


def _svm(nu: float, learning_rate: float, intercept_lr: float) -> Any:
    return anomaly.OneClassSVM(nu=nu, optimizer=optim.SGD(learning_rate), intercept_lr=intercept_lr)


def _holt_winters(**given: Any) -> Any:
    # River wants a trend with every season, and no rate of a season where there is none.
    if given["seasonality"]:
        given = {**given, "beta": given["beta"] or 0.01, "gamma": given["gamma"] or 0.1}
    else:
        given = {**given, "gamma": None}
    make: Any = time_series.HoltWinters
    return make(**given)


def _rate(default: float, text: str, *, optional: bool = False) -> Number:
    return Number(default, 1e-6, 1.0, text, optional=optional)


offer(
    Component(
        "preprocessing.StandardScaler",
        Role.TRANSFORMER,
        preprocessing.StandardScaler,
        "Each feature less its mean, over its standard deviation",
    ),
    Component(
        "preprocessing.AdaptiveStandardScaler",
        Role.TRANSFORMER,
        preprocessing.AdaptiveStandardScaler,
        "The same with moments that forget",
        {"fading_factor": _rate(0.001, "Weight of the newest reading")},
    ),
    Component(
        "preprocessing.MinMaxScaler",
        Role.TRANSFORMER,
        preprocessing.MinMaxScaler,
        "Each feature from 0 at the lowest seen to 1 at the highest",
    ),
    Component(
        "preprocessing.MaxAbsScaler",
        Role.TRANSFORMER,
        preprocessing.MaxAbsScaler,
        "Each feature over the largest magnitude seen",
    ),
    Component(
        "preprocessing.RobustScaler",
        Role.TRANSFORMER,
        preprocessing.RobustScaler,
        "Each feature less its median, over its quartiles' distance",
    ),
    Component(
        "forewarn.UnitInterval",
        Role.TRANSFORMER,
        UnitInterval,
        "Standardised features in the middle of 0 to 1: trees have room for what was never seen",
        {"deviations": Number(8.0, 1.0, 100.0, "Standard deviations that become 0 and 1")},
    ),
    Component(
        "feature_extraction.RBFSampler",
        Role.TRANSFORMER,
        feature_extraction.RBFSampler,
        "Random features of a Gaussian kernel, for linear models",
        {
            "gamma": Number(0.1, 1e-4, 100.0, "How narrow the kernel is"),
            "n_components": _count(100, 2, 500, "Features made"),
            "seed": SEED,
        },
    ),
)

offer(
    Component(
        "anomaly.HalfSpaceTrees",
        Role.FEATURES,
        anomaly.HalfSpaceTrees,
        "How seldom readings fall where these do; wants StandardScaler and UnitInterval before it",
        {
            "n_trees": _count(10, 1, 50, "Trees"),
            "height": _count(8, 2, 12, "Height of each; memory doubles with each level"),
            "window_size": _count(
                250, 10, 10_000, "Readings until the trees are brought up to date"
            ),
            "seed": SEED,
        },
        Scale.TO_ONE,
        # What lies outside all that was learnt falls into the outermost leaves, and so do normal extremes: no
        # score is beyond theirs.
        lambda given: 0.0,  # noqa: ARG005 - whatever its parameters
        "window_size",
        lambda given: given["n_trees"] * 2 ** (given["height"] + 1),
    ),
    Component(
        "anomaly.LODA",
        Role.FEATURES,
        anomaly.LODA,
        "Histograms of random projections",
        {
            "n_bins": _count(10, 3, 100, "Bins of each histogram"),
            "n_random_cuts": _count(100, 1, 300, "Projections"),
            "seed": SEED,
        },
        # What lies outside one histogram of many need not stand out more than a rare reading does.
        top=lambda given: 0.0,  # noqa: ARG005 - whatever its parameters
        cells=lambda given: given["n_random_cuts"] * given["n_bins"],
    ),
    Component(
        "anomaly.LocalOutlierFactor",
        Role.FEATURES,
        _lof,
        "How much sparser the neighbourhood is than its neighbours'",
        {
            "n_neighbors": _count(10, 2, 30, "Neighbours looked at"),
            "window_size": _count(200, 20, 500, "Readings remembered; time grows with it"),
        },
    ),
    Component(
        "anomaly.OneClassSVM",
        Role.FEATURES,
        _svm,
        "A plane that normal readings lie beyond; wants StandardScaler and RBFSampler before it",
        {
            "nu": Number(0.1, 1e-4, 1.0, "Part of the readings that may lie on the wrong side"),
            # River's own 0.01 moves the plane by half its margin at a step: RBFSampler's features are long.
            "learning_rate": Number(0.001, 1e-6, 1.0, "Rate at which the plane turns"),
            "intercept_lr": Number(0.01, 0.0, 1.0, "Rate at which the plane moves"),
        },
        # River's score is the distance on the normal side; without a kernel both sides are unusual.
        Scale.TWO_SIDED,
    ),
    Component(
        "anomaly.GaussianScorer",
        Role.VALUE,
        anomaly.GaussianScorer,
        "Each value against a normal distribution of those before",
        {
            "window_size": Number(
                None,
                30,
                100_000,
                "Readings remembered; all where none is given",
                whole=True,
                optional=True,
            ),
            "grace_period": _count(100, 2, 100_000, "Readings until it scores"),
        },
        Scale.TO_ONE,
        lambda given: _TO_ONE_TOP,  # noqa: ARG005 - where double precision ends
        "grace_period",
    ),
    Component(
        "anomaly.StandardAbsoluteDeviation",
        Role.VALUE,
        anomaly.StandardAbsoluteDeviation,
        "Each value's distance from a statistic, in standard deviations",
        {
            "sub_stat": Part(
                frozenset({Role.STATISTIC}), "stats.Mean", "From what the distance is taken"
            )
        },
    ),
    Component(
        "anomaly.PredictiveAnomalyDetection",
        Role.VALUE,
        Predictive,
        "A forecast's error against a threshold; scoring learns nothing, and goes on beyond it",
        {
            "predictive_model": Part(
                frozenset({Role.FORECASTER}), "time_series.HoltWinters", "Forecaster"
            ),
            "horizon": _count(1, 1, 100, "Readings ahead"),
            "n_std": Number(3.0, 0.1, 20.0, "Standard deviations of the error at the threshold"),
            "warmup_period": _count(100, 10, 100_000, "Readings until it scores"),
        },
        Scale.SQUARED,
        grace="warmup_period",
    ),
)

_FILTERED = Part(
    frozenset({Role.FEATURES, Role.VALUE}), "anomaly.GaussianScorer", "The detector that is judged"
)

offer(
    Component(
        "anomaly.QuantileFilter",
        Role.FILTER,
        anomaly.QuantileFilter,
        "The limit is a quantile of the detector's own scores",
        {
            "anomaly_detector": _FILTERED,
            "q": Number(0.9999, 0.5, 0.999999, "Part of the scores below the limit"),
            "protect_anomaly_detector": Flag(
                default=True, text="Nothing beyond the limit is learnt"
            ),
        },
    ),
    Component(
        "anomaly.ThresholdFilter",
        Role.FILTER,
        anomaly.ThresholdFilter,
        "The limit is given, in the detector's unit",
        {
            "anomaly_detector": _FILTERED,
            "threshold": Number(0.9999, -1e9, 1e9, "Limit of the detector's score"),
            "protect_anomaly_detector": Flag(
                default=True, text="Nothing beyond the limit is learnt"
            ),
        },
    ),
    Component(
        "time_series.HoltWinters",
        Role.FORECASTER,
        _holt_winters,
        "Exponential smoothing of level, trend and season",
        {
            "alpha": _rate(0.1, "Rate of the level"),
            "beta": Number(
                None, 1e-6, 1.0, "Rate of the trend; no trend where none is given", optional=True
            ),
            "gamma": Number(None, 1e-6, 1.0, "Rate of the season", optional=True),
            "seasonality": _count(0, 0, 3000, "Readings in a season; 0 for none"),
        },
    ),
    Component(
        "time_series.SNARIMAX",
        Role.FORECASTER,
        time_series.SNARIMAX,
        "Autoregression of differenced values and errors, with seasons",
        {
            "p": _count(3, 0, 50, "Values looked back at"),
            "d": _count(0, 0, 2, "Times the series is differenced"),
            "q": _count(1, 0, 50, "Errors looked back at"),
            "m": _count(1, 1, 1000, "Readings in a season"),
            "sp": _count(0, 0, 5, "Seasons looked back at"),
            "sd": _count(0, 0, 1, "Times it is differenced by season"),
            "sq": _count(0, 0, 5, "Errors of seasons looked back at"),
        },
    ),
    Component("stats.Mean", Role.STATISTIC, stats.Mean, "Mean of all"),
    Component(
        "stats.EWMean",
        Role.STATISTIC,
        stats.EWMean,
        "Mean that forgets",
        {"fading_factor": _rate(0.01, "Weight of the newest reading")},
    ),
    Component(
        "stats.Quantile",
        Role.STATISTIC,
        stats.Quantile,
        "A quantile; the median is 0.5",
        {"q": Number(0.5, 0.01, 0.99, "Which quantile")},
    ),
)
