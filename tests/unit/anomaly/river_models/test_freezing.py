"""Models as bytes: only what River's models are made of comes back."""

import os
import pickle
from typing import Any

import pytest
from river import anomaly, drift

from anomaly.detectors.river_models.freezing import freeze, thaw


class Evil:
    """Runs a command when it is read."""

    def __init__(self, what: Any, *arguments: Any) -> None:
        self._reduced = (what, arguments)

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return self._reduced


def state_of(content: object) -> dict[str, Any]:
    return {**freeze(None), "pickle": pickle.dumps(content)}


@pytest.mark.parametrize(
    "content",
    [
        Evil(os.system, "true"),
        Evil(eval, "1"),
        Evil(getattr, Evil, "__init__"),
        Evil(getattr, anomaly.LODA(), "__class__"),
        Evil(__import__, "os"),
    ],
)
def test_nothing_but_parts_of_models_is_read(content: object) -> None:
    with pytest.raises(ValueError, match="not a model"):
        thaw(state_of(content))


def test_a_model_that_keeps_a_method_of_its_own_comes_back() -> None:
    detector: Any = drift.PageHinkley(threshold=5.0)
    twin = thaw(freeze(detector))
    for value in [0.0] * 50 + [3.0] * 50:
        detector.update(value)
        twin.update(value)
        assert twin.drift_detected == detector.drift_detected


def test_bytes_that_are_no_pickle_and_other_versions_of_river_are_refused() -> None:
    with pytest.raises(ValueError, match="not a model"):
        thaw({**freeze(None), "pickle": b"\x80\x05nonsense"})
    with pytest.raises(ValueError, match=r"0\.1"):
        thaw({**freeze(None), "river": "0.1"})
