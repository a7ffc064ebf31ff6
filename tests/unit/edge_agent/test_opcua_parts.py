"""Deadbands, gaps and what the configuration says of OPC UA sources."""

import math
from dataclasses import fields

import pytest

from edge_agent.config import OpcUaSource
from edge_agent.sources.opcua.deadband import Deadbands
from edge_agent.sources.opcua.profiles import PROFILES, Profile
from edge_agent.sources.opcua.taking import Missed, gaps_of
from kernel.wire.readings import Gap

TAG = {"node": "ns=2;s=x", "asset": "SN", "series": "s"}


def source(*tags: dict[str, object], **fields: object) -> OpcUaSource:
    named = [TAG | {"series": f"s{number}"} | tag for number, tag in enumerate(tags or ({},))]
    return OpcUaSource.model_validate(
        {"name": "plc", "url": "opc.tcp://h:1", "tags": named, **fields}
    )


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"security_policy": "Basic256"}, "deprecated"),
        ({"security_policy": "Basic128Rsa15"}, "allow_deprecated_policy"),
        ({"security_policy": "basic256sha256"}, "Input should be"),
        ({"security_mode": "None"}, "Input should be"),
        ({"user_certificate_file": "a.der"}, "go together"),
        ({"user_certificate_file": "a", "user_key_file": "b", "username": "c"}, "not with both"),
        ({"profile": "s7-300"}, "Input should be"),
        ({"keepalive_seconds": 0}, "greater than or equal"),
        ({"queue_size": 1}, "greater than or equal"),
    ],
)
def test_a_wrong_source_is_refused_with_its_reason(fields: dict[str, object], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        source(**fields)


@pytest.mark.parametrize(
    ("tag", "problem"),
    [
        ({"deadband": 0}, "greater than 0"),
        ({"deadband_percent": 101}, "less than or equal"),
        ({"deadband": 1, "deadband_percent": 1}, "not both"),
        ({"deadband": 1, "type": "boolean"}, "boolean"),
        ({"publishing_interval_ms": 1}, "greater than or equal"),
        ({"sampling_interval_ms": -2}, "greater than or equal"),
    ],
)
def test_a_wrong_tag_is_refused_with_its_reason(tag: dict[str, object], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        source(tag)


def test_a_deprecated_policy_may_be_named() -> None:
    assert (
        source(security_policy="Basic256", allow_deprecated_policy=True).security_policy
        == "Basic256"
    )


def test_the_profiles_name_what_a_configuration_may_say() -> None:
    for name in PROFILES:
        assert source(profile=name).profile == name
    assert PROFILES["s7-1200"].items_max == 1000
    assert not PROFILES["s7-1200"].filters
    assert (
        PROFILES["s7-1500"].items_max is None
    )  # by CPU and project: the server refuses what is too many


@pytest.mark.parametrize("name", [name for name in PROFILES if name != "generic"])
def test_every_figure_of_a_profile_has_a_source_or_says_that_it_has_none(name: str) -> None:
    chosen, usual = PROFILES[name], PROFILES["generic"]
    figures = {one.name for one in fields(Profile)} - {"sources", "cautious", "note"}
    special = {one for one in figures if getattr(chosen, one) != getattr(usual, one)}
    assert special <= chosen.sources.keys() | chosen.cautious
    assert not chosen.sources.keys() & chosen.cautious
    assert chosen.cautious <= special
    for source_of_it in chosen.sources.values():
        assert len(source_of_it) > 20


def test_a_deadband_is_between_what_was_reported_last_and_now() -> None:
    bands = Deadbands(source({"deadband": 1.0}, {}))
    assert 0 in bands
    assert 1 not in bands
    said = [value for value in (0.0, 0.9, -0.9, 1.0, 1.1, 0.2, 2.2) if bands.is_news(0, value, 0)]
    assert said == [
        0.0,
        1.1,
        2.2,
    ]  # creeping is noticed: not the last value counts but the last reported
    assert bands.is_news(0, 2.2, 0x4000_0000)  # another status is always news
    assert bands.is_news(0, math.nan, 0)
    assert bands.is_news(0, None, 0)
    assert bands.is_news(0, 2.2, 0)


def test_neighbours_with_like_bounds_are_one_gap() -> None:
    second = 1_000_000
    missed = [
        Missed(2, 10 * second, 20 * second, "connection_lost"),
        Missed(0, 10 * second, 20 * second, "connection_lost"),
        Missed(1, 10 * second + 5, 20 * second - 5, "connection_lost"),
        Missed(4, 10 * second, 20 * second, "connection_lost"),
        Missed(5, 2 * second, 20 * second, "connection_lost"),
        Missed(5, 1, 2, "overflow"),
    ]
    assert gaps_of(missed, 100) == [
        Gap(100, 102, 10 * second, 20 * second, "connection_lost"),
        Gap(104, 104, 10 * second, 20 * second, "connection_lost"),
        Gap(105, 105, 2 * second, 20 * second, "connection_lost"),
        Gap(105, 105, 1, 2, "overflow"),
    ]


def test_very_many_different_gaps_become_few() -> None:
    missed = [Missed(n, n * 10_000_000, 10**12, "connection_lost") for n in range(5000)]
    assert gaps_of(missed, 0) == [Gap(0, 4999, 0, 10**12, "connection_lost")]
