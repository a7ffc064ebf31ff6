import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.text_safety import DEPTH_MAX, faults, is_clean

_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(st.text())
def test_a_clean_text_can_be_stored(text: str) -> None:
    bad = any(
        (ord(c) < 32 and c not in "\t\n\r") or 0x7F <= ord(c) <= 0x9F or 0xD800 <= ord(c) <= 0xDFFF
        for c in text
    )
    assert is_clean(text) != bad


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for key, item in value.items() for leaf in (key, *_leaves(item))]
    if isinstance(value, list):
        return [leaf for item in value for leaf in _leaves(item)]
    return [value]


@given(_JSON)
def test_every_fault_is_found(value: Any) -> None:
    bad = [
        leaf
        for leaf in _leaves(value)
        if (isinstance(leaf, str) and not is_clean(leaf))
        or (isinstance(leaf, float) and not math.isfinite(leaf))
    ]
    assert bool(list(faults(value))) == bool(bad)


def test_depth_is_bounded() -> None:
    value: Any = "leaf"
    for _ in range(DEPTH_MAX):
        value = [value]
    assert list(faults(value)) == []
    assert [code for _, code in faults([value])] == ["too_deep"]


def test_a_fault_says_where() -> None:
    value = {"a": [{"b": "x\0"}], "c": math.nan}
    assert sorted(faults(value), key=str) == [
        (("a", 0, "b"), "control_character"),
        (("c",), "not_finite"),
    ]


@pytest.mark.parametrize("text", ["", "plain", "多\n行\t文\r\n", "\u202e", "\u200d", "🛠"])
def test_what_people_write_is_clean(text: str) -> None:
    assert is_clean(text)
