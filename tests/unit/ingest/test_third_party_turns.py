"""However much one turn brings, it becomes frames that the wire takes."""

import json
import random

import pytest

from ingest.third_party.json_reader import JsonSourceReader
from ingest.third_party.reader import Message, SourceFacts, SourceReader
from ingest.third_party.rules import read_mapping
from ingest.third_party.sparkplug_reader import SparkplugSourceReader
from kernel.wire.frames import Frame, decode_frame
from kernel.wire.sparkplug import BD_SEQ, DataType, Metric, Payload, encode_payload
from tests.unit.ingest.test_third_party import KEY, reader

AT = 1_767_225_600_000


def cut(source: SourceReader) -> list[Frame]:
    """Cut everything, and read it as the platform does."""
    source.settle(AT * 1000)
    return [decode_frame(one.sealed(KEY), lambda _: KEY) for one in source.cut(AT * 1000)]


def born(metrics: int) -> SourceReader:
    source = reader("sparkplug", tags_max=metrics)
    source.begin(AT * 1000, resumed=False)
    known = [Metric(BD_SEQ, 1, DataType.INT64)]
    known += [Metric(f"m{n}", 0.0, DataType.DOUBLE, AT, alias=n) for n in range(metrics)]
    said(source, "NBIRTH", Payload(AT, tuple(known), 0))
    cut(source)
    return source


def said(source: SourceReader, kind: str, payload: Payload) -> None:
    message = Message(f"spBv1.0/g/{kind}/n", encode_payload(payload), retained=False, message_id=1)
    source.hear(message, AT * 1000)


def test_a_turn_of_many_readings_is_cut_into_frames() -> None:
    source = born(100)
    metrics = tuple(
        Metric("", float(n), DataType.DOUBLE, AT + n, alias=n % 100) for n in range(50_000)
    )
    for seq in range(4):
        said(source, "NDATA", Payload(AT, metrics, 1 + seq))
    assert source.pending == 200_000
    frames = cut(source)
    assert sum(map(len, frames)) == 200_000
    assert [frame.seq for frame in frames] == list(
        range(frames[0].seq, frames[0].seq + len(frames))
    )
    assert source.pending == 0


def test_a_turn_of_a_thousand_gaps_declares_them_all() -> None:
    source = born(500)
    value = Metric("", 1.0, DataType.DOUBLE, AT, alias=0)
    for number in range(1, 1501):
        # Every second message is missing.
        at = AT + number * 10
        said(source, "NDATA", Payload(at, (value,), number * 2 % 256))
        source.tick((AT + number * 1000) * 1000)
    gaps = [gap for frame in cut(source) for gap in frame.gaps]
    assert source.oddities["sequence_gap"] == 1500
    assert {(gap.first, gap.last, gap.reason) for gap in gaps} == {(0, 499, "source_gap")}
    assert len({gap.start_us for gap in gaps}) == 1500


def test_frames_of_long_texts_are_halved_until_they_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.third_party.reader.ROWS_PER_FRAME_MAX", 50_000)
    facts = SourceFacts("gw_1", "json", "d/#", read_mapping({
        "kind": "json",
        "patterns": [
            {"topic": "d/1", "path": f"$.t{n}", "asset": "1", "series": f"t{n}"} for n in range(200)
        ],
    }), born(1).facts.epoch, 1)  # fmt: skip
    source = JsonSourceReader(facts, [], {}, 1000)
    some = random.Random(7)
    sent = []
    for _ in range(60):
        texts = {
            f"t{n}": "".join(some.choices("\U0001f600\U0001f601\U00020bb7龍", k=1000))
            for n in range(200)
        }
        sent += texts.values()
        payload = json.dumps(texts, ensure_ascii=False).encode()
        source.hear(Message("d/1", payload, retained=False, message_id=1), AT * 1000)
    frames = cut(source)
    assert len(frames) > 1
    assert sorted(str(text) for frame in frames for text in frame.odd.values()) == sorted(sent)


def test_sparkplug_and_json_wait_for_nothing_that_a_settled_cut_leaves() -> None:
    source = born(3)
    metric = Metric("", 5.0, DataType.DOUBLE, AT, alias=1)
    said(source, "NDATA", Payload(AT, (metric,), 7))  # overtook others
    assert source.waiting
    assert isinstance(source, SparkplugSourceReader)
    assert [list(frame.value) for frame in cut(source)] == [[5.0]]
    assert not source.waiting


def test_a_retained_birth_is_not_taken_for_one_of_now() -> None:
    source = reader("sparkplug")
    source.begin(AT * 1000, resumed=False)
    old = Payload(AT - 86_400_000, (Metric("m0", 1.0, DataType.DOUBLE, alias=0),), 0)
    message = Message("spBv1.0/g/NBIRTH/n", encode_payload(old), retained=True, message_id=1)
    source.hear(message, AT * 1000)
    assert (cut(source), source.oddities["retained"], source.report()["nodes_alive"]) == ([], 1, 0)


def test_a_node_heard_before_this_process_began_has_a_gap_until_its_birth() -> None:
    facts = SourceFacts(
        "gw_1", "sparkplug", "g/n", born(1).facts.mapping, born(1).facts.epoch, 1,
        {0: (AT - 5000) * 1000},
    )  # fmt: skip
    tag = born(1).schema().tags[0]
    source = SparkplugSourceReader(facts, [tag], {}, 100)
    source.begin(AT * 1000, resumed=False)
    said(source, "NDATA", Payload(AT - 10, (Metric("m0", 7.0, DataType.DOUBLE),), 9))
    said(
        source, "NBIRTH", Payload(AT, (Metric("m0", 1.0, DataType.DOUBLE, AT - 5000, alias=0),), 0)
    )
    (frame,) = cut(source)
    assert len(frame) == 0  # what the birth repeats is stored already
    assert [tuple(gap) for gap in frame.gaps] == [
        (0, 0, (AT - 5000) * 1000, AT * 1000, "connection_lost")
    ]
