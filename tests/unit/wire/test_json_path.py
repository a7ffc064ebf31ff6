"""JSON paths and the times of messages."""

from typing import Any

import pytest

from kernel.wire.json_devices import to_us
from kernel.wire.json_path import MISSING, parse_path, value_at

DOCUMENT = {"a": {"b": [1, {"c.d": 2}], "0": "zero"}, "": 1}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$.a.b[0]", 1),
        ("a.b.0", 1),
        ("$['a'].b[1]['c.d']", 2),
        ('a.b[1]["c.d"]', 2),
        ("a.0", "zero"),
        ("a.b[2]", MISSING),
        ("a.b.x", MISSING),
        ("a.b[0].x", MISSING),
        ("nothing", MISSING),
    ],
)
def test_a_path_finds_its_value(path: str, value: Any) -> None:
    assert value_at(DOCUMENT, parse_path(path)) == value


@pytest.mark.parametrize("path", ["", "$", "a[", "a[x]", "a..b", "a]", "$.a['b]", "[]"])
def test_a_path_that_is_none_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="JSON path"):
        parse_path(path)


SECOND = 1_767_225_600


@pytest.mark.parametrize(
    ("value", "unit", "us"),
    [
        (SECOND, "auto", SECOND * 1_000_000),
        (SECOND * 1000 + 5, "auto", SECOND * 1_000_000 + 5000),
        (SECOND * 1_000_000, "auto", SECOND * 1_000_000),
        (1.5, "s", 1_500_000),
        (2, "ms", 2000),
        ("2026-01-01T01:00:00+01:00", "auto", SECOND * 1_000_000),
        ("2026-01-01 00:00:00", "iso", SECOND * 1_000_000),
        ("2026-01-01T00:00:00Z", "s", None),
        ("soon", "auto", None),
        (True, "auto", None),
        (None, "auto", None),
        (float("nan"), "auto", None),
        (SECOND, "iso", None),
        ([], "auto", None),
    ],
)
def test_a_time_is_read_or_not(value: Any, unit: str, us: int | None) -> None:
    assert to_us(value, unit) == us
