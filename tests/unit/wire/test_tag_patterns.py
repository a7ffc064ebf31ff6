"""Patterns that make tags of topics and metrics, and what JSON devices mean by their messages."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.client import topic_matches_sub
from pydantic import ValidationError

from kernel.wire import json_devices
from kernel.wire.json_devices import JsonDevices, JsonTag, parse_document
from kernel.wire.json_path import parse_path
from kernel.wire.messages import Tag
from kernel.wire.sparkplug import DataType
from kernel.wire.sparkplug_node import MetricReading
from kernel.wire.sparkplug_tags import SparkplugTags
from kernel.wire.tag_patterns import JsonPattern, SparkplugPattern
from kernel.wire.topics import covers, fewest, overlap, wildcards_of

FLEET = {"topic": "site/+/fan/+/#", "path": "$.v", "asset": "{1}-{2}", "series": "v_{3}"}


def test_wildcards_of_a_topic_become_names() -> None:
    pattern = JsonPattern.model_validate(FLEET)
    found = pattern.of_topic("site/oslo/fan/7/drive/end")
    assert found == {"1": "oslo", "2": "7", "3": "drive/end"}
    tag = pattern.place(found)
    assert tag is not None
    assert (tag.name, tag.asset_serial, tag.series_name) == (
        "oslo-7/v_drive/end", "oslo-7", "v_drive/end",
    )  # fmt: skip
    assert pattern.may_have_made(tag)
    assert not pattern.may_have_made(Tag("x", "oslo7", "v_1"))
    assert pattern.of_topic("site/oslo/pump/7/x") is None


def test_a_table_says_which_machine_is_which() -> None:
    pattern = JsonPattern.model_validate({**FLEET, "assets": {"oslo-7": "F12-000045"}})
    tag = pattern.place({"1": "oslo", "2": "7", "3": "x"})
    assert tag is not None
    assert (tag.asset_serial, tag.series_name) == ("F12-000045", "v_x")
    assert pattern.may_have_made(tag)
    assert pattern.place({"1": "oslo", "2": "8", "3": "x"}) is None
    assert not pattern.may_have_made(Tag("x", "F12-000046", "v_x"))


@pytest.mark.parametrize("name", ["", "x" * 600, "a\0b", "a\nb"])
def test_a_name_that_none_may_have_is_refused(name: str) -> None:
    pattern = JsonPattern.model_validate({**FLEET, "asset": "{1}"})
    with pytest.raises(ValueError, match="no name"):
        pattern.place({"1": name, "2": "7", "3": "x"})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"asset": "{4}"}, r"no placeholder \{4\}"),
        ({"series": "{node}"}, r"no placeholder \{node\}"),
        ({"topic": "a/+b"}, "whole level"),
        ({"topic": "a/#/b"}, "topic filter"),
        ({"path": "$["}, "JSON path"),
        ({"low": 5, "high": 5}, "not below"),
        ({"low": float("nan")}, "finite"),
        ({"unknown": 1}, "Extra"),
        ({"asset": ""}, "at least 1"),
        ({"kind": "smell"}, "Input should be"),
    ],
)
def test_a_pattern_that_is_none_is_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        JsonPattern.model_validate({**FLEET, **change})


LEVELS = st.sampled_from(["a", "b", "", "$x"])


@given(
    levels=st.lists(st.sampled_from(["a", "b", "+", ""]), min_size=1, max_size=4),
    tail=st.booleans(),
    topic=st.lists(LEVELS, min_size=1, max_size=5),
)
def test_topics_fit_filters_as_brokers_see_it(
    *, levels: list[str], tail: bool, topic: list[str]
) -> None:
    wanted, name = "/".join([*levels, "#"] if tail else levels), "/".join(topic)
    if wanted and name:
        assert (wildcards_of(wanted, name) is not None) == topic_matches_sub(wanted, name)


FILTERS = st.builds(
    lambda levels, tail: "/".join([*levels, "#"] if tail else levels),
    st.lists(st.sampled_from(["a", "b", "+"]), min_size=1, max_size=3),
    st.booleans(),
)
NAMES = st.lists(st.sampled_from(["a", "b"]), min_size=1, max_size=4).map("/".join)


@given(one=FILTERS, other=FILTERS, topics=st.lists(NAMES, max_size=20))
def test_how_two_filters_lie_to_each_other(one: str, other: str, topics: list[str]) -> None:
    of_one = {topic for topic in topics if topic_matches_sub(one, topic)}
    of_other = {topic for topic in topics if topic_matches_sub(other, topic)}
    if covers(one, other):
        assert of_other <= of_one
        assert overlap(one, other)
    if of_one & of_other:
        assert overlap(one, other)
    assert overlap(one, other) == overlap(other, one)


@given(st.lists(FILTERS, max_size=6), st.lists(NAMES, max_size=20))
def test_the_fewest_filters_bring_what_all_bring(filters: list[str], topics: list[str]) -> None:
    few = fewest(filters)
    for topic in topics:
        wanted = any(topic_matches_sub(f, topic) for f in filters)
        assert any(topic_matches_sub(f, topic) for f in few) == wanted
    assert not any(covers(a, b) for a in few for b in few if a != b)


def reading(
    metric: str = "Drive/Torque", datatype: int = DataType.DOUBLE, **more: Any
) -> MetricReading:
    return MetricReading("plant", "line", "fan7", metric, datatype, 0, 1.0, **more)


def test_a_metric_finds_its_tag_with_the_unit_and_range_it_states() -> None:
    patterns = [
        SparkplugPattern.model_validate(
            {"metric": "Drive/*", "device": "fan*", "asset": "{device}", "series": "{metric}"}
        ),
        SparkplugPattern.model_validate(
            {"metric": "Label", "asset": "{group}-{node}", "series": "label"}
        ),
    ]
    tags = SparkplugTags(patterns)
    facts = {"engUnit": "N·m", "engLow": 0, "engHigh": 90.0}
    found, oddity = tags.of(reading(properties=facts, birth=True))
    assert found == Tag("fan7/Drive/Torque", "fan7", "Drive/Torque", "N·m", 0.0, 90.0)
    assert oddity == ""
    assert tags.of(reading())[0] == found  # as the birth said
    boolean, _ = tags.of(reading("Drive/On", DataType.BOOLEAN))
    assert boolean is not None
    assert boolean.data_type == "boolean"
    # What nobody named is taken when it is a number; what is named is taken, and its values judged.
    assert tags.of(reading("Drive/Name", DataType.STRING)) == (None, "not_a_number")
    label, _ = tags.of(reading("Label", DataType.STRING))
    assert label is not None
    assert label.asset_serial == "plant-line"
    assert tags.of(reading("Other")) == (None, "not_mapped")
    strange = {"engUnit": "x" * 100, "engLow": 9.0, "engHigh": 1.0}
    odd, _ = tags.of(reading("Drive/Odd", properties=strange))
    assert odd is not None
    assert (odd.unit, odd.low, odd.high) == ("", None, None)


DEVICES = JsonDevices(
    [JsonTag(Tag("oslo-7/v_x", "oslo-7", "v_x", "bar"), parse_path("$.w"), "site/oslo/fan/7/x")],
    [JsonPattern.model_validate(FLEET)],
    parse_path("$.ts"),
)


def test_a_tag_written_out_wins_over_a_pattern() -> None:
    heard = DEVICES.read("site/oslo/fan/7/x", b'{"ts": 1767225600, "v": 1, "w": 2}', 5)
    (point,) = heard.points
    assert (point.tag.unit, point.value, point.ts_us) == ("bar", 2, 1_767_225_600_000_000)
    (other,) = DEVICES.read("site/oslo/fan/8/x", b'{"ts": 1767225600, "v": 1}', 5).points
    assert (other.tag.asset_serial, other.value) == ("oslo-8", 1)
    assert not DEVICES.read("elsewhere", b"{}", 5).points


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        (b"{", "not_json"),
        (b"\xff", "not_json"),
        (b"", "not_json"),
        (b'{"a": 1, "a": 2}', "duplicate_key"),
        (b'{"a": {"b": 1, "b": 2}}', "duplicate_key"),
        (b"[" * 200_000, "too_deep"),
        (b'{"a":' * 100_000, "too_deep"),
        (b"1" * 5000, "not_json"),  # Python reads no integer of so many digits
        (b'"' + b"x" * json_devices.PAYLOAD_BYTES_MAX + b'"', "too_large"),
    ],
)
def test_what_cannot_be_read_has_a_reason(payload: bytes, why: str) -> None:
    assert parse_document(payload) == (None, why)
    heard = DEVICES.read("site/oslo/fan/7/x", payload, 5)
    assert (heard.refused, heard.oddities, heard.points) == (why, {why: 1}, [])


def test_a_million_topics_do_not_cost_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_devices, "TOPICS_REMEMBERED_MAX", 10)
    for number in range(100):
        DEVICES.read(f"site/oslo/fan/{number}/x", b'{"v": 1}', 5)
    assert len(DEVICES._topics) <= 11


DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(
    payload=st.one_of(st.binary(max_size=200), DOCUMENTS.map(lambda d: json.dumps(d).encode())),
    retained=st.booleans(),
)
def test_any_message_is_read_or_refused(*, payload: bytes, retained: bool) -> None:
    heard = DEVICES.read("site/oslo/fan/7/x", payload, 5, retained=retained)
    assert heard.points or heard.oddities
