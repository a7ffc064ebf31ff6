"""Sequence, births, deaths and rebirths of Sparkplug B edge nodes, without a broker."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.wire import sparkplug_host as module
from kernel.wire.errors import WireError
from kernel.wire.sparkplug import (
    BD_SEQ,
    REBIRTH,
    DataType,
    Metric,
    Payload,
    Topic,
    decode_payload,
    encode_payload,
    parse_topic,
    rebirth_command,
)
from kernel.wire.sparkplug_host import REORDER_US, Heard, SparkplugHost
from kernel.wire.sparkplug_node import quality_of

SECOND = 1_000_000
NODE = ("plant", "pump")


def topic(kind: str, device: str = "", node: str = "pump") -> Topic:
    return Topic("plant", kind, node, device)


def birth(seq: int = 0, bd_seq: int = 0, at_ms: int = 1000) -> Payload:
    metrics = (
        Metric(BD_SEQ, bd_seq, DataType.INT64),
        Metric("Node Control/Rebirth", False, DataType.BOOLEAN),  # noqa: FBT003 - its value
        Metric("temp", 20.0, DataType.DOUBLE, alias=1),
    )
    return Payload(at_ms, metrics, seq)


def data(seq: int | None, value: float, at_ms: int, alias: int = 1) -> Payload:
    return Payload(at_ms, (Metric("", value, DataType.DOUBLE, alias=alias),), seq)


def values(heard: Heard) -> list[Any]:
    return [reading.value for reading in heard.readings]


def born(host: SparkplugHost) -> None:
    assert values(host.hear(topic("NBIRTH"), birth(), 0)) == [20.0]


def test_a_birth_gives_names_and_data_its_values_in_order() -> None:
    host = SparkplugHost()
    born(host)
    for seq in range(1, 600):  # the number goes round
        heard = host.hear(topic("NDATA"), data(seq % 256, float(seq), 1000 + seq), 0)
        assert values(heard) == [float(seq)]
        assert heard.readings[0].ts_us == (1000 + seq) * 1000
        assert (heard.gaps, heard.rebirths, heard.oddities) == ([], [], {})
    assert (len(host), host.alive, host.waiting) == (1, 1, False)


def test_a_message_that_overtook_another_waits_for_it() -> None:
    host = SparkplugHost()
    born(host)
    assert not host.hear(topic("NDATA"), data(2, 2.0, 1002), 0).readings
    assert not host.hear(topic("NDATA"), data(3, 3.0, 1003), 0).readings
    assert host.waiting
    assert values(host.hear(topic("NDATA"), data(1, 1.0, 1001), 0)) == [1.0, 2.0, 3.0]
    assert not host.waiting
    # A device's birth that came before its node's, too.
    assert not host.hear(topic("DBIRTH", "fan"), birth(1, at_ms=2000), 0).readings
    assert values(host.hear(topic("NBIRTH"), birth(at_ms=2000), 0)) == [20.0, 20.0]


def test_what_does_not_come_is_a_gap_and_asks_for_a_birth_not_too_often() -> None:
    host = SparkplugHost(rebirth_seconds_min=10)
    born(host)
    host.hear(topic("NDATA"), data(5, 5.0, 3000), 0)
    assert host.tick(REORDER_US - 1).oddities == {}
    heard = host.tick(REORDER_US)
    assert values(heard) == [5.0]
    (gap,) = heard.gaps
    assert (gap.start_us, gap.end_us, gap.reason) == (SECOND, 3 * SECOND, "source_gap")
    assert heard.rebirths == [NODE]
    host.hear(topic("NDATA"), data(9, 9.0, 4000), SECOND)
    again = host.tick(2 * SECOND)
    assert again.oddities == {"sequence_gap": 1}
    assert again.rebirths == []
    host.hear(topic("NDATA"), data(20, 9.0, 5000), 11 * SECOND)
    assert host.tick(12 * SECOND).rebirths == [NODE]
    # A clock that goes back does not silence it for ever.
    host.hear(topic("NDATA"), data(30, 9.0, 6000), 5)
    assert host.tick(REORDER_US + 5).rebirths == [NODE]


def test_nothing_is_understood_before_a_birth() -> None:
    host = SparkplugHost()
    assert not host.hear(topic("NDATA"), data(7, 1.0, 1000), 0).readings
    heard = host.tick(REORDER_US)
    assert (values(heard), heard.oddities["data_before_birth"], heard.rebirths) == ([], 1, [NODE])
    born(host)
    assert host.hear(topic("NDATA"), data(1, 1.0, 1001, alias=99), 0).oddities["unknown_alias"] == 1


def test_a_death_says_that_nobody_reads_the_values_and_an_old_one_does_not() -> None:
    host = SparkplugHost()
    born(host)
    host.hear(topic("NDATA"), data(1, 21.0, 2000), 0)
    old = Payload(0, (Metric(BD_SEQ, 5, DataType.INT64),))
    assert host.hear(topic("NDEATH"), old, 9 * SECOND).oddities == {"old_death": 1}
    death = Payload(0, (Metric(BD_SEQ, 0, DataType.INT64),))
    (reading,) = host.hear(topic("NDEATH"), death, 10 * SECOND).readings
    assert (reading.value, reading.quality, reading.ts_us) == (None, 0x80310000, 10 * SECOND)
    assert host.alive == 0
    assert not host.hear(topic("NDEATH"), death, 10 * SECOND).readings
    heard = host.hear(topic("NBIRTH"), birth(bd_seq=1, at_ms=20_000), 20 * SECOND)
    assert [(g.start_us, g.end_us, g.reason) for g in heard.gaps] == [
        (2 * SECOND, 20 * SECOND, "connection_lost")
    ]


def test_a_devices_death_is_its_own() -> None:
    host = SparkplugHost()
    born(host)
    host.hear(topic("DBIRTH", "fan"), birth(1), 0)
    heard = host.hear(topic("DDEATH", "fan"), Payload(5000, (), 2), 0)
    assert [(r.device, r.quality) for r in heard.readings] == [("fan", 0x80310000)]
    assert values(host.hear(topic("NDATA"), data(3, 1.0, 6000), 0)) == [1.0]


def test_a_message_delivered_twice_counts_once() -> None:
    host = SparkplugHost()
    born(host)
    for _ in range(3):
        host.hear(topic("NDATA"), data(1, 1.0, 1001), 0)
    host.hear(topic("NDATA"), data(2, 2.0, 1002), 0)
    assert host.hear(topic("NDATA"), data(1, 1.0, 1001), 0).oddities == {"duplicate": 1}
    assert values(host.hear(topic("NDATA"), data(3, 3.0, 1003), 0)) == [3.0]


def test_after_a_lost_connection_every_node_has_to_be_born_again() -> None:
    host = SparkplugHost()
    born(host)
    host.connection_lost()
    assert host.alive == 0
    host.hear(topic("NDATA"), data(9, 1.0, 5000), 0)
    assert host.tick(REORDER_US).rebirths == [NODE]
    (gap,) = host.hear(topic("NBIRTH"), birth(at_ms=7000), 0).gaps
    assert (gap.start_us, gap.end_us) == (SECOND, 7 * SECOND)


def test_memory_is_bounded_whatever_is_sent(monkeypatch: Any) -> None:
    monkeypatch.setattr(module, "NODES_MAX", 3)
    monkeypatch.setattr(module, "METRICS_MAX", 5)
    host = SparkplugHost()
    odd = Heard().oddities
    for number in range(10):
        odd += host.hear(topic("NBIRTH", node=f"n{number}"), birth(), 0).oddities
    assert (len(host), odd["too_many_nodes"], odd["too_many_metrics"]) == (3, 7, 4)
    long = Payload(1, (Metric("x" * 1_000_000, 1.0, DataType.DOUBLE, alias=3),), 0)
    assert host.hear(topic("NBIRTH", node="n0"), long, 0).oddities == {"bad_name": 1}
    assert host.hear(topic("NBIRTH", node="n" * 1000), birth(), 0).oddities == {"bad_name": 1}
    # Messages that never find the one before them do not pile up.
    for seq in range(10, 200):
        host.hear(topic("NDATA", node="n0"), data(seq, 1.0, seq), 0)
    node = host._nodes["plant", "n0"]
    assert len(node.held) < module.HELD_MAX


def test_qualities_are_understood_as_nodes_send_them() -> None:
    qualities = {192: 0, 0: 0x80000000, 500: 0x40900000, 7: 0x80000000}
    qualities |= {-2147483136: 0x80000000, 0x40000000: 0x40000000}
    for code, quality in qualities.items():
        assert quality_of(Metric("x", 1.0, properties={"Quality": code})) == quality
    assert quality_of(Metric("x", 1.0, properties={"Quality": "good"})) == 0


def test_a_wish_for_a_birth_can_be_read_by_the_node() -> None:
    where, payload = rebirth_command("plant", "pump", 5 * SECOND)
    assert parse_topic(where) == topic("NCMD")
    (metric,) = decode_payload(payload).metrics
    assert (metric.name, metric.value, metric.timestamp_ms) == (REBIRTH, True, 5000)


KINDS = ("NBIRTH", "NDATA", "NDEATH", "DBIRTH", "DDATA", "DDEATH", "NCMD")
METRICS = st.builds(
    Metric,
    name=st.sampled_from(["", "temp", BD_SEQ, "x" * 600]),
    value=st.one_of(st.none(), st.booleans(), st.integers(-(2**31), 2**31 - 1), st.floats()),
    datatype=st.sampled_from([0, 3, 10, 11, 16, 22, 999]),
    timestamp_ms=st.one_of(st.none(), st.integers(0, 2**63)),
    alias=st.one_of(st.none(), st.integers(0, 3)),
    historical=st.booleans(),
    supported=st.booleans(),
)
MESSAGES = st.tuples(
    st.sampled_from(KINDS),
    st.sampled_from(["", "fan"]),
    st.builds(
        Payload,
        st.one_of(st.none(), st.integers(0, 2**63)),
        st.lists(METRICS, max_size=3).map(tuple),
        st.one_of(st.none(), st.integers(0, 300)),
    ),
    st.integers(0, 10 * SECOND),
)


@settings(max_examples=200)
@given(st.lists(MESSAGES, max_size=30))
def test_no_conversation_upsets_the_host(messages: list[tuple[str, str, Payload, int]]) -> None:
    host = SparkplugHost()
    for kind, device, payload, now in messages:
        heard = host.hear(topic(kind, device), payload, now)
        for gap in heard.gaps:
            assert gap.start_us <= gap.end_us
        host.tick(now)
    host.tick(0)
    host.tick(10**9)
    assert not host.waiting


@settings(max_examples=200)
@given(st.permutations(range(1, 12)))
def test_any_order_within_the_wait_gives_the_same_readings(order: list[int]) -> None:
    host = SparkplugHost()
    born(host)
    found: list[Any] = []
    for seq in order:
        found += values(host.hear(topic("NDATA"), data(seq, float(seq), 1000 + seq), 0))
    assert found == [float(seq) for seq in range(1, 12)]


@given(st.binary(max_size=300))
def test_any_bytes_are_a_payload_or_refused(payload: bytes) -> None:
    try:
        decode_payload(payload)
    except WireError:
        return


def test_a_bomb_inside_a_payload_is_refused() -> None:
    import zlib

    from kernel.wire.sparkplug import COMPRESSED
    from kernel.wire.sparkplug_fields import payload_class

    def sealed(body: bytes) -> bytes:
        message = payload_class()()
        message.uuid, message.body = COMPRESSED, body
        return bytes(message.SerializeToString())

    good = encode_payload(birth())
    assert decode_payload(sealed(zlib.compress(good))) == decode_payload(good)
    codes = []
    for body in (zlib.compress(bytes(100_000_000)), zlib.compress(good)[:-5], b"no zlib", b""):
        try:
            decode_payload(sealed(body))
        except WireError as error:
            codes.append(error.code)
    assert codes == ["too_large", "inconsistent", "inconsistent", "inconsistent"]
