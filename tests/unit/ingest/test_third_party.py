"""Adopted sources without a broker or a database: whatever they send becomes frames or a reason."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.third_party.json_reader import JsonSourceReader
from ingest.third_party.reader import (
    Message,
    SourceFacts,
    SourceReader,
)
from ingest.third_party.rules import check_address, read_mapping
from ingest.third_party.sparkplug_reader import SparkplugSourceReader
from kernel.errors import InvalidInput
from kernel.wire.found_tags import FIRST_WAIT_US, FoundTags
from kernel.wire.frames import decode_frame
from kernel.wire.messages import Tag
from kernel.wire.sparkplug import BD_SEQ, DataType, Metric, Payload, encode_payload

KEY = b"k" * 32
JSON = {
    "kind": "json",
    "timestamp": "$.ts",
    "patterns": [{"topic": "d/+", "path": "$.v", "asset": "{1}", "series": "v"}],
}
SPARKPLUG = {"kind": "sparkplug", "patterns": [{"asset": "{node}", "series": "{metric}"}]}


def reader(kind: str, tags_max: int = 100) -> SourceReader:
    mapping, address = (JSON, "d/#") if kind == "json" else (SPARKPLUG, "g/n")
    read = read_mapping(mapping)
    check_address(read, address)
    facts = SourceFacts("gw_1", kind, address, read, UUID(int=7), 1)
    made = JsonSourceReader if kind == "json" else SparkplugSourceReader
    return made(facts, [], {"live": 5}, tags_max)


def framed(source: SourceReader, now_us: int) -> list[tuple[str, int, list[float]]]:
    """Cut what there is; each frame has to survive the wire."""
    found = []
    for cut in source.cut(now_us):
        again = decode_frame(cut.sealed(KEY), lambda _: KEY)
        assert again.schema_hash == source.schema().hash
        assert all(number < len(source.schema().tags) for number in again.series)
        found.append((again.lane, again.seq, list(again.value)))
    return found


def test_new_tags_wait_for_company_and_make_one_schema() -> None:
    source = reader("json")
    for fan in range(3):
        source.hear(
            Message(f"d/{fan}", b'{"ts": 1, "v": %d}' % fan, retained=False, message_id=1), 0
        )
    assert framed(source, FIRST_WAIT_US - 1) == []
    assert framed(source, FIRST_WAIT_US) == [("live", 5, [0.0, 1.0, 2.0])]
    assert [tag.asset_serial for tag in source.schema().tags] == ["0", "1", "2"]
    source.hear(Message("d/1", b'{"ts": 2, "v": 9}', retained=False, message_id=1), 1)
    assert framed(source, 1) == [("live", 6, [9.0])]  # known by now


def test_a_million_topics_are_so_many_tags_and_no_more() -> None:
    source = reader("json", tags_max=10)
    for fan in range(1000):
        source.hear(Message(f"d/{fan}", b'{"ts": 1, "v": 1}', retained=False, message_id=1), 0)
    assert sum(len(values) for _, _, values in framed(source, 10**9)) == 10
    assert source.oddities["too_many_tags"] == 990


def test_tags_wait_the_longer_the_more_often_they_turn_up() -> None:
    numbers: list[Tag] = []

    def number(tag: Tag) -> int:
        numbers.append(tag)
        return len(numbers) - 1

    found = FoundTags(number, 1000)
    now, schemas = 0, 0
    for fan in range(100):
        assert found.wait(Tag(str(fan), str(fan), "v"), (0, 0, 1.0, 0, None), now)
        now += 1_000_000
        if found.due(now):
            found.settle()
            schemas += 1
    assert schemas <= 10
    assert len(found.settle()) + len(found.numbers) >= 100


TOPICS = st.sampled_from(["d/1", "d/", "d/\U0001f600", "spBv1.0/g/NBIRTH/n", "spBv1.0/g/NDATA/n"])
PAYLOADS = st.one_of(
    st.binary(max_size=100),
    st.sampled_from([b'{"ts": 1, "v": 1}', b'{"v": "x"}', b'{"v": {}}', b'{"v": [1, {}]}', b'{"v": 1e999}',
                     b'{"ts": 1e300, "v": 1}', b'{"ts": -9e99, "v": null}', b'{"v": 1%s}' % (b"0" * 400)]),
    st.builds(
        lambda name, value, kind, at, seq: encode_payload(
            Payload(at, (Metric(name, value, kind, at), Metric(BD_SEQ, 1, DataType.INT64)), seq)
        ),
        st.text(max_size=5), st.sampled_from([1.5, float("nan")]), st.just(DataType.DOUBLE),
        st.integers(0, 2**63), st.integers(0, 255),
    ),
)  # fmt: skip


@settings(max_examples=150)
@given(
    kind=st.sampled_from(["json", "sparkplug"]),
    sent=st.lists(st.tuples(TOPICS, PAYLOADS), max_size=15),
)
def test_whatever_is_sent_becomes_frames_or_a_reason(
    kind: str, sent: list[tuple[str, bytes]]
) -> None:
    source = reader(kind)
    now = 1_767_225_600_000_000
    source.begin(now, resumed=False)
    for topic, payload in sent:
        source.hear(Message(topic, payload, retained=False, message_id=1), now)
        source.tick(now)
        now += 200_000
        framed(source, now)
    framed(source, now + 60_000_000)
    assert isinstance(source.report()["values"], int)


@pytest.mark.parametrize("stored", [None, [], {}, {"kind": "x"}, {"kind": "json", "patterns": [1]}])
def test_a_mapping_that_is_none_is_refused(stored: Any) -> None:
    with pytest.raises(InvalidInput, match="mapping"):
        read_mapping(stored)
