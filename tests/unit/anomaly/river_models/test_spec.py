"""Descriptions of River models: what is refused, with which code, and what is made of the rest."""

from typing import Any

import pytest

from anomaly.detectors.river_models.components import Role, offered
from anomaly.detectors.river_models.making import river_kind
from anomaly.detectors.river_models.spec import RiverSpec
from kernel.errors import InvalidInput

TREES = {"name": "anomaly.HalfSpaceTrees"}
SCALER = {"name": "preprocessing.StandardScaler"}
GAUSSIAN = {"name": "anomaly.GaussianScorer"}


def only(name: str, **parameters: Any) -> dict[str, Any]:
    return {"steps": [{"name": name, "parameters": parameters}]}


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (only("linear_model.LinearRegression"), "not_a_detector"),
        (only("preprocessing.StandardScaler"), "not_a_detector"),
        (only("time_series.HoltWinters"), "not_a_detector"),
        (only("stats.Mean"), "not_a_detector"),
        (only("drift.NoDrift"), "not_a_detector"),
        (only("anomaly.Oracle"), "unknown_component"),
        (only("os.system"), "unknown_component"),
        (only("anomaly.__builtins__"), "unknown_component"),
        ({"steps": [GAUSSIAN, TREES]}, "misplaced_component"),
        ({"steps": [SCALER, GAUSSIAN]}, "misplaced_component"),
        ({"steps": [GAUSSIAN], "subject": "device"}, "misplaced_component"),
        ({"steps": [{"name": "drift.ADWIN"}], "subject": "device"}, "misplaced_component"),
        (
            only("anomaly.QuantileFilter", anomaly_detector={"name": "anomaly.QuantileFilter"}),
            "misplaced_component",
        ),
        (
            only("anomaly.PredictiveAnomalyDetection", predictive_model={"name": "stats.Mean"}),
            "misplaced_component",
        ),
        (only("anomaly.HalfSpaceTrees", n_tree=3), "unknown_parameter"),
        ({"steps": [TREES], "speed": 3}, "unknown_parameter"),
        (only("anomaly.HalfSpaceTrees", n_trees=0), "parameter_out_of_range"),
        (only("anomaly.HalfSpaceTrees", height=40), "parameter_out_of_range"),
        (only("anomaly.HalfSpaceTrees", n_trees=2.5), "parameter_out_of_range"),
        (only("anomaly.HalfSpaceTrees", n_trees=50, height=12), "parameter_out_of_range"),
        (only("anomaly.LODA", n_random_cuts=300, n_bins=100), "parameter_out_of_range"),
        (only("anomaly.HalfSpaceTrees", n_trees=True), "parameter_out_of_range"),
        (only("anomaly.HalfSpaceTrees", n_trees="10"), "parameter_out_of_range"),
        (only("anomaly.OneClassSVM", nu=float("nan")), "parameter_out_of_range"),
        (only("drift.PageHinkley", mode="sideways"), "parameter_out_of_range"),
        (only("drift.binary.HDDMA", two_sided_test=1), "parameter_out_of_range"),
        ({"steps": [TREES], "subject": "plant"}, "parameter_out_of_range"),
        ({"steps": [TREES], "beyond": 0.5}, "parameter_out_of_range"),
        ({"steps": [{"name": "anomaly.LODA", "class": "x"}]}, "parameter_out_of_range"),
        ({"steps": [{"name": "anomaly.LODA", "parameters": []}]}, "parameter_out_of_range"),
        ({"steps": [SCALER] * 5 + [TREES]}, "parameter_out_of_range"),
        ({"steps": []}, "parameter_out_of_range"),
        ({"steps": "anomaly.LODA"}, "parameter_out_of_range"),
        ({}, "parameter_out_of_range"),
        ([], "parameter_out_of_range"),
    ],
)
def test_what_cannot_be_is_refused_with_a_code(given: Any, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        RiverSpec.check(given)
    assert refused.value.code == code


def test_a_refusal_says_where_and_what_may_be() -> None:
    with pytest.raises(InvalidInput, match=r"steps\[1\].*n_trees.*from 1 to 50") as refused:
        RiverSpec.check(
            {"steps": [SCALER, {"name": "anomaly.HalfSpaceTrees", "parameters": {"n_trees": 51}}]}
        )
    assert refused.value.facts["low"] == 1
    assert refused.value.facts["high"] == 50


def test_a_checked_description_is_whole_and_checks_again_to_itself() -> None:
    spec = RiverSpec.check({"steps": [SCALER, TREES]})
    assert spec.data["steps"][1]["parameters"]["n_trees"] == 10
    again = RiverSpec.check(spec.data)
    assert again == spec
    assert river_kind(again).version == river_kind(spec).version


def test_every_difference_makes_another_version() -> None:
    one = RiverSpec.check(only("anomaly.HalfSpaceTrees"))
    other = RiverSpec.check(only("anomaly.HalfSpaceTrees", n_trees=11))
    assert river_kind(one).version != river_kind(other).version
    assert river_kind(one).version.startswith("river:anomaly.HalfSpaceTrees:")


def test_every_component_is_made_with_its_defaults_and_describes_itself() -> None:
    for component in offered():
        described = component.describe()
        assert described["text"]
        for parameter in described["parameters"].values():
            assert parameter["text"]
        if component.role in (Role.FEATURES, Role.VALUE, Role.FILTER, Role.DRIFT):
            assert RiverSpec.check(only(component.name)).build() is not None
