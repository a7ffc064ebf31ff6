"""One description of every detector in the catalogue, made so that it can find a plain jump."""

from typing import Any

from anomaly.detectors.base import Detector
from anomaly.detectors.river_models.components import DETECTING, offered
from anomaly.detectors.river_models.making import series_detector
from anomaly.detectors.river_models.spec import RiverSpec
from tests.unit.anomaly.driving import section

_BEFORE = {
    "anomaly.HalfSpaceTrees": ["preprocessing.StandardScaler", "forewarn.UnitInterval"],
    "anomaly.OneClassSVM": ["preprocessing.StandardScaler", "feature_extraction.RBFSampler"],
    "anomaly.LocalOutlierFactor": ["preprocessing.RobustScaler"],
    "anomaly.LODA": ["preprocessing.AdaptiveStandardScaler"],
}
# As large as needed, so that the battery stays quick.
_SMALL: dict[str, dict[str, Any]] = {
    "anomaly.HalfSpaceTrees": {"height": 6, "window_size": 200},
    "anomaly.LODA": {"n_random_cuts": 20},
    "anomaly.LocalOutlierFactor": {"window_size": 60, "n_neighbors": 5},
}


def described(name: str, **others: Any) -> RiverSpec:
    steps: list[dict[str, Any]] = [{"name": before} for before in _BEFORE.get(name, [])]
    steps.append({"name": name, "parameters": _SMALL.get(name, {})})
    return RiverSpec.check({"steps": steps, "learn_every_s": 0.0, **others})


FILTERED = [
    RiverSpec.check(
        {
            "steps": [
                {"name": "preprocessing.StandardScaler"},
                {"name": "forewarn.UnitInterval"},
                {
                    "name": "anomaly.QuantileFilter",
                    "parameters": {
                        "q": 0.99,
                        "anomaly_detector": {
                            "name": "anomaly.HalfSpaceTrees",
                            "parameters": {"height": 5, "window_size": 100},
                        },
                    },
                },
            ],
            "learn_every_s": 0.0,
        }
    ),
    RiverSpec.check(
        {
            "steps": [
                {
                    "name": "anomaly.PredictiveAnomalyDetection",
                    "parameters": {
                        "predictive_model": {"name": "time_series.SNARIMAX", "parameters": {"p": 2}}
                    },
                }
            ],
            "learn_every_s": 0.0,
        }
    ),
    RiverSpec.check(
        {
            "steps": [
                {
                    "name": "anomaly.StandardAbsoluteDeviation",
                    "parameters": {"sub_stat": {"name": "stats.Quantile"}},
                }
            ],
            "learn_every_s": 0.0,
        }
    ),
]

ALL = [described(one.name) for one in offered() if one.role in DETECTING] + FILTERED


def named(spec: RiverSpec) -> str:
    return "|".join(step["name"].partition(".")[2] for step in spec.steps) + ":" + spec.digest


def detector(spec: RiverSpec, **changes: Any) -> Detector:
    warmth = {"warmup_readings": 400, "warmup_span_s": 0.0, **changes}
    return series_detector(spec, section(**warmth))
