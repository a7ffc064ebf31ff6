"""What the Sparkplug specification 3.0.0 says of births, deaths, numbers and values, one rule a test."""

from typing import Any

import pytest

from kernel.wire.readings import to_columns
from kernel.wire.sparkplug import (
    BD_SEQ,
    DataType,
    Metric,
    Payload,
    Topic,
    decode_payload,
    encode_payload,
)
from kernel.wire.sparkplug_host import REORDER_US, Heard, SparkplugHost
from kernel.wire.sparkplug_tags import SparkplugTags
from kernel.wire.tag_patterns import SparkplugPattern

SECOND = 1_000_000


def said(
    host: SparkplugHost, kind: str, payload: Payload, now_us: int = 0, device: str = ""
) -> Heard:
    """Hear a message as it comes from the wire."""
    return host.hear(Topic("g", kind, "n", device), decode_payload(encode_payload(payload)), now_us)


def metric(name: str, value: Any, alias: int | None = None, **more: Any) -> Metric:
    return Metric(name, value, DataType.DOUBLE, alias=alias, **more)


def birth(at_ms: int, *metrics: Metric, bd_seq: int = 0) -> Payload:
    return Payload(at_ms, (Metric(BD_SEQ, bd_seq, DataType.INT64), *metrics), 0)


def death(bd_seq: int | None) -> Payload:
    return Payload(0, () if bd_seq is None else (Metric(BD_SEQ, bd_seq, DataType.INT64),))


def read(heard: Heard) -> list[tuple[str, Any]]:
    return [(reading.metric, reading.value) for reading in heard.readings]


def test_a_death_counts_for_the_birth_with_its_number_only() -> None:
    # A will that comes late, after the node was born again, says nothing of its new life.
    host = SparkplugHost()
    said(host, "NBIRTH", birth(1000, metric("temp", 1.0, 1), bd_seq=255))
    said(host, "NBIRTH", birth(2000, metric("temp", 2.0, 1), bd_seq=0))
    for other in (255, 1, None):
        heard = said(host, "NDEATH", death(other))
        assert (heard.oddities, heard.readings, host.alive) == ({"old_death": 1}, [], 1)
    assert read(said(host, "NDEATH", death(0))) == [("temp", None)]
    assert host.alive == 0


@pytest.mark.parametrize("lost", [1, 2, 100])
def test_the_number_goes_round_from_255_to_0_with_and_without_a_loss(lost: int) -> None:
    # payloads-sequence-num-incrementing
    host = SparkplugHost()
    said(host, "NBIRTH", birth(0, metric("temp", 0.0, 1)))
    for seq in range(1, 255):
        said(host, "NDATA", Payload(seq, (metric("", 1.0, 1),), seq))
    heard = said(host, "NDATA", Payload(300, (metric("", 2.0, 1),), 255))
    assert (read(heard), heard.gaps) == ([("temp", 2.0)], [])
    heard = said(host, "NDATA", Payload(301, (metric("", 3.0, 1),), 0))
    assert (read(heard), heard.gaps) == ([("temp", 3.0)], [])
    for seq in range(1, 255):
        said(host, "NDATA", Payload(1000 + seq, (metric("", 1.0, 1),), seq))
    said(host, "NDATA", Payload(2000, (metric("", 4.0, 1),), (254 + 1 + lost) % 256))
    heard = host.tick(REORDER_US)
    assert read(heard) == [("temp", 4.0)]
    assert [(gap.start_us, gap.end_us) for gap in heard.gaps] == [(1_254_000, 2_000_000)]


def test_what_was_sent_before_a_birth_is_not_read_by_it() -> None:
    # A rebirth may give an alias another meaning.
    host = SparkplugHost()
    said(host, "NBIRTH", birth(1000, metric("temp", 1.0, 1), metric("flow", 5.0, 2)))
    said(host, "NDATA", Payload(1100, (metric("", 2.0, 1),), 2))  # 1 is missing
    heard = said(host, "NBIRTH", birth(2000, metric("flow", 6.0, 1), metric("temp", 3.0, 2)))
    assert read(heard) == [("temp", 2.0), ("flow", 6.0), ("temp", 3.0)]
    assert [gap.reason for gap in heard.gaps] == ["source_gap"]
    heard = said(host, "NDATA", Payload(2100, (metric("", 7.0, 1), metric("", 8.0, 2)), 1))
    assert read(heard) == [("flow", 7.0), ("temp", 8.0)]
    assert not host.waiting
    # Before the first birth there is nothing to read it by.
    host = SparkplugHost()
    said(host, "NDATA", Payload(900, (metric("", 2.0, 1),), 1))
    heard = said(host, "NBIRTH", birth(1000, metric("temp", 1.0, 1)))
    assert (read(heard), heard.oddities) == ([("temp", 1.0)], {"data_before_birth": 1})
    heard = said(host, "NDATA", Payload(1100, (metric("", 4.0, 1),), 1))
    assert (read(heard), heard.gaps) == ([("temp", 4.0)], [])


def test_a_devices_birth_replaces_the_one_before() -> None:
    host = SparkplugHost()
    said(host, "NBIRTH", birth(1000, metric("cpu", 1.0, 9)))
    first = (metric("temp", 1.0, 1), metric("flow", 2.0, 2))
    said(host, "DBIRTH", Payload(1001, first, 1), device="d")
    said(host, "DBIRTH", Payload(1002, (metric("temp", 3.0, 2),), 2), device="d")
    heard = said(host, "DDATA", Payload(1003, (metric("", 4.0, 2), metric("", 5.0, 1)), 3), 0, "d")
    assert read(heard) == [("temp", 4.0)]
    assert heard.oddities["unknown_alias"] == 1
    assert heard.rebirths == [("g", "n")]
    # The node's own aliases, and which metrics die with the device, are as the last births said.
    assert read(said(host, "NDATA", Payload(1004, (metric("", 6.0, 9),), 4))) == [("cpu", 6.0)]
    assert read(said(host, "DDEATH", Payload(1005, (), 5), 0, "d")) == [("temp", None)]


def test_a_nodes_birth_forgets_its_devices_until_they_are_born() -> None:
    host = SparkplugHost()
    said(host, "NBIRTH", birth(1000))
    said(host, "DBIRTH", Payload(1001, (metric("temp", 1.0, 1),), 1), device="d")
    said(host, "NBIRTH", birth(2000))
    heard = said(host, "DDATA", Payload(2001, (metric("", 2.0, 1),), 1), 0, "d")
    assert (read(heard), heard.rebirths) == ([], [("g", "n")])


def test_a_rebirth_is_asked_for_once_in_its_time() -> None:
    host = SparkplugHost(rebirth_seconds_min=10)
    asked = [
        said(host, "NDATA", Payload(now, (metric("", 1.0, 77),), None), now * 1000).rebirths
        for now in range(0, 25_000, 100)
    ]
    assert sum(map(len, asked)) == 3


def test_history_goes_with_its_own_time() -> None:
    host = SparkplugHost()
    said(host, "NBIRTH", birth(9000, metric("temp", 1.0, 1)))
    kept = [metric("", float(n), 1, timestamp_ms=n * 10, historical=True) for n in range(3)]
    now = metric("", 9.0, 1, timestamp_ms=9500)
    heard = said(host, "NDATA", Payload(9600, (*kept, now), 1))
    assert [(r.ts_us, r.value, r.historical) for r in heard.readings] == [
        (9_600_000, 0.0, True),
        (10_000, 1.0, True),
        (20_000, 2.0, True),
        (9_500_000, 9.0, False),
    ]  # fmt: skip - a time of 0 is none


def test_null_is_no_value_and_says_so() -> None:
    # is_null: the metric is there, and has no value at present.
    host = SparkplugHost()
    (reading,) = said(host, "NBIRTH", birth(1000, metric("temp", None, 1))).readings
    assert (reading.value, reading.quality) == (None, 0x8000_0000)
    (reading,) = said(host, "NDATA", Payload(1100, (metric("", None, 1),), 1)).readings
    assert (reading.value, reading.quality) == (None, 0x8000_0000)
    stale = metric("", None, 1, properties={"Quality": 500})
    (reading,) = said(host, "NDATA", Payload(1200, (stale,), 2)).readings
    assert (reading.value, reading.quality) == (None, 0x8000_0000)


def test_what_is_not_to_be_stored_is_not() -> None:
    # is_transient: of interest to a host, not to be stored in a historian.
    host = SparkplugHost()
    heard = said(
        host, "NBIRTH", birth(1000, metric("temp", 1.0, 1), metric("x", 2.0, 2, transient=True))
    )
    assert (read(heard), heard.oddities) == ([("temp", 1.0)], {"transient": 1})
    heard = said(host, "NDATA", Payload(1100, (metric("", 3.0, 2), metric("", 4.0, 1)), 1))
    assert (read(heard), heard.oddities) == ([("temp", 4.0)], {"transient": 1})
    assert read(said(host, "NDEATH", death(0))) == [("temp", None)]


@pytest.mark.parametrize("datatype", [16, 18, 19, 22, 34, 999])
def test_data_sets_templates_and_arrays_are_refused_with_their_type(datatype: int) -> None:
    host = SparkplugHost()
    other = Metric("spectrum", datatype=datatype, alias=1, supported=False)
    heard = host.hear(Topic("g", "NBIRTH", "n"), Payload(1000, (other,), 0), 0)
    (reading,) = heard.readings
    assert reading.value == [f"datatype {datatype}"]
    named = SparkplugTags([SparkplugPattern(asset="a", series="s", metric="spectrum")])
    tag, _ = named.of(reading)
    assert tag is not None  # somebody named it, so its values are refused one by one
    assert to_columns(reading.value)[1] == [f"datatype {datatype}"]
    wild = SparkplugTags([SparkplugPattern(asset="a", series="{metric}")])
    assert wild.of(reading) == (None, "not_a_number")
