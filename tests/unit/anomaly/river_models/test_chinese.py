"""The catalogue speaks Chinese too."""

from typing import Any

import pytest

from anomaly.choices.service import offered_detectors
from anomaly.detectors.river_models.chinese import with_chinese
from registry.permissions import PLATFORM


def texts(described: dict[str, Any]) -> list[tuple[str, str]]:
    found = [(described["text"], described["text_zh"])]
    for parameter in described.get("parameters", {}).values():
        found += texts(parameter)
    return found


def test_every_component_and_parameter_on_offer_has_a_text_in_both_languages() -> None:
    offered = offered_detectors(PLATFORM)
    found = [
        pair for each in (*offered.components, *offered.parameters.values()) for pair in texts(each)
    ]
    assert len(found) > 80
    for english, chinese in found:
        assert english.isascii()
        assert not chinese.isascii()
    by_english: dict[str, set[str]] = {}
    for english, chinese in found:
        by_english.setdefault(english, set()).add(chinese)
    assert {len(each) for each in by_english.values()} == {1}


def test_a_text_without_a_chinese_one_is_not_left_out_quietly() -> None:
    with pytest.raises(KeyError):
        with_chinese({"text": "Something new"})
