"""One adopted source in the process that listens to it: from its messages to frames of its own.

In memory only: what was heard and not committed is lost with the process, and a sequence shows it.
"""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from ingest import rules as reasons
from ingest.admission import Rejected, digest_of
from ingest.third_party.rules import JsonMapping, SparkplugMapping
from kernel.wire.errors import WireError
from kernel.wire.found_tags import FoundTags
from kernel.wire.frames import LANES, Frame
from kernel.wire.gaps import Gap
from kernel.wire.json_devices import JsonDevices
from kernel.wire.json_path import parse_path
from kernel.wire.messages import Schema, Tag
from kernel.wire.readings import BAD_NO_COMMUNICATION, GOOD, Batch, to_columns
from kernel.wire.sparkplug import decode_payload, parse_topic
from kernel.wire.sparkplug_host import Heard, SparkplugHost
from kernel.wire.sparkplug_tags import SparkplugTags

# With a text of the longest kind in every row, a frame still is one message.
ROWS_PER_FRAME_MAX: Final = 1000
REASONS_MAX: Final = 20


@dataclass(frozen=True)
class SourceFacts:
    """What is recorded of an adopted source."""

    agent_id: str
    kind: str
    address: str
    mapping: JsonMapping | SparkplugMapping
    epoch: UUID
    version: int


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it came; `message_id` is MQTT's, 0 for QoS 0."""

    topic: str
    payload: bytes
    retained: bool
    message_id: int


class SourceReader(ABC):
    """A source's tags, counters and readings not yet framed.

    Attributes:
        facts: as recorded.
        next_seq: number of its next frame, by lane.
        values: readings taken since this process began to listen.
        oddities: what was not taken or needs a look, by reason.
        rejected: messages for quarantine.
        rebirths: (group, node) that have to be asked for a birth.
        dirty: whether there is news to report.
    """

    def __init__(
        self,
        facts: SourceFacts,
        tags: Sequence[Tag],
        next_seq: Mapping[str, int],
        tags_max: int,
    ) -> None:
        self.facts = facts
        self.next_seq = {lane: next_seq.get(lane, 0) for lane in LANES}
        self.values = 0
        self.oddities: Counter[str] = Counter()
        self.rejected: list[Rejected] = []
        self.rebirths: list[tuple[str, str]] = []
        self.dirty = True
        self._tags_max = tags_max
        self._tags = list(tags)
        self._numbers = {_place(tag): number for number, tag in enumerate(tags)}
        self._schema = Schema(facts.agent_id, tuple(tags))
        self._batches = {lane: Batch() for lane in LANES}
        self._found = FoundTags(self._make_number, tags_max)
        self._newest: dict[int, int] = {}

    @abstractmethod
    def hear(self, message: Message, now_us: int) -> None:
        """Take a message."""

    def begin(self, now_us: int) -> None:  # noqa: B027 - JSON devices need nothing
        """Do what a new connection needs."""

    def tick(self, now_us: int) -> None:  # noqa: B027
        """Do what is due."""

    def schema(self) -> Schema:
        """Return the schema of all tags found so far."""
        if len(self._schema.tags) != len(self._tags):
            self._schema = Schema(self.facts.agent_id, tuple(self._tags))
        return self._schema

    def cut(self, now_us: int) -> list[Frame]:
        """Return frames of all that was taken since the last time."""
        if self._found.due(now_us):
            batch = self._found.settle()
            self._newest.update(zip(batch.series, batch.ts, strict=True))
            self._batches["live"].extend(batch)
        frames = []
        for lane, batch in self._batches.items():
            if not batch:
                continue
            self._batches[lane] = Batch()
            for start in range(0, max(1, len(batch)), ROWS_PER_FRAME_MAX):
                part = batch.slice(start, start + ROWS_PER_FRAME_MAX)
                gaps = () if start else tuple(batch.gaps)
                frames.append(self._frame(lane, part, gaps, now_us))
        self.dirty = self.dirty or bool(frames)
        return frames

    def renumber(self, frame: Frame) -> Frame:
        """Return a frame with the next number, as its own was used by another process."""
        return replace(frame, seq=self._take_seq(frame.lane))

    def report(self) -> dict[str, Any]:
        """Return how the source is, for the gateway's page."""
        return {
            "name": self.facts.address,
            "kind": self.facts.kind,
            "state": "connected" if self.values else "connecting",
            "code": "",
            "detail": "best effort: nothing is kept at the source until it is here",
            "tags": len(self._tags),
            "values": self.values,
            "oddities": dict(self.oddities.most_common(REASONS_MAX)),
        }

    def _frame(self, lane: str, part: Batch, gaps: tuple[Gap, ...], now_us: int) -> Frame:
        return Frame(
            agent=self.facts.agent_id,
            epoch=self.facts.epoch,
            lane=lane,
            seq=self._take_seq(lane),
            schema_hash=self.schema().hash,
            cut_at_us=now_us,
            series=part.series,
            ts=part.ts,
            server_ts=part.server_ts,
            edge_ts=part.edge_ts,
            value=part.value,
            quality=part.quality,
            odd=part.odd,
            gaps=gaps,
        )

    def _take_seq(self, lane: str) -> int:
        seq = self.next_seq[lane]
        self.next_seq[lane] = seq + 1
        return seq

    def _make_number(self, tag: Tag) -> int | None:
        number = self._numbers.get(_place(tag))
        if number is None and len(self._tags) < self._tags_max:
            number = self._numbers[_place(tag)] = len(self._tags)
            self._tags.append(tag)
        return number

    def _number_of(self, tag: Tag) -> int | None:
        """Return a tag's number; None while it has none, or waits for others to get one with."""
        return self._numbers.get(_place(tag))

    def _add(  # noqa: PLR0917 - one reading
        self, tag: Tag, ts_us: int, value: Any, quality: int, now_us: int, lane: str = "live"
    ) -> None:  # fmt: skip
        plain, odd = to_columns(
            value, boolean=tag.data_type == "boolean", good=quality < BAD_NO_COMMUNICATION
        )
        number = self._number_of(tag)
        if number is None:
            if not self._found.wait(tag, (ts_us, now_us, plain, quality, odd), now_us):
                self.oddities[reasons.TOO_MANY_TAGS] += 1
                return
        else:
            self._batches[lane].add(number, ts_us, 0, now_us, plain, quality, odd)
            if lane == "live":
                self._newest[number] = ts_us
        self.values += 1

    def _is_newest(self, tag: Tag, ts_us: int) -> bool:
        number = self._number_of(tag)
        return number is not None and self._newest.get(number) == ts_us

    def _reject(self, message: Message, reason: str, detail: str) -> None:
        agent_id, payload = self.facts.agent_id, message.payload
        self.rejected.append(
            Rejected(agent_id, agent_id, reason, detail, payload, digest_of(payload))
        )
        self.oddities[reason] += 1


class JsonSourceReader(SourceReader):
    """JSON devices under one topic filter."""

    def __init__(
        self,
        facts: SourceFacts,
        tags: Sequence[Tag],
        next_seq: Mapping[str, int],
        tags_max: int,
    ) -> None:
        super().__init__(facts, tags, next_seq, tags_max)
        mapping = facts.mapping
        assert isinstance(mapping, JsonMapping)
        self._devices = JsonDevices(
            (),
            mapping.patterns,
            parse_path(mapping.timestamp) if mapping.timestamp else None,
            mapping.timestamp_unit,
        )

    def hear(self, message: Message, now_us: int) -> None:
        """Take the values that the mapping finds in a message."""
        self.dirty = True
        heard = self._devices.read(
            message.topic, message.payload, now_us, retained=message.retained
        )
        if heard.refused:
            self._reject(message, heard.refused, f"on {message.topic}"[:500])
            return
        self.oddities.update(heard.oddities)
        for point in heard.points:
            if not (message.retained and self._is_newest(point.tag, point.ts_us)):
                self._add(point.tag, point.ts_us, point.value, GOOD, now_us)


class SparkplugSourceReader(SourceReader):
    """One Sparkplug B edge node and its devices."""

    def __init__(
        self,
        facts: SourceFacts,
        tags: Sequence[Tag],
        next_seq: Mapping[str, int],
        tags_max: int,
    ) -> None:
        super().__init__(facts, tags, next_seq, tags_max)
        mapping = facts.mapping
        assert isinstance(mapping, SparkplugMapping)
        self._host = SparkplugHost(mapping.rebirth_seconds_min)
        self._patterns = SparkplugTags(mapping.patterns)
        self._group, _, self._node = facts.address.partition("/")

    def begin(self, now_us: int) -> None:
        """Ask the node for a birth: aliases and types are not known without one."""
        self._host.connection_lost()
        self._take(self._host.wish_rebirth(self._group, self._node, now_us), now_us)

    def tick(self, now_us: int) -> None:
        """Let go what waited for a message that did not come."""
        if self._host.waiting:
            self._take(self._host.tick(now_us), now_us)

    def hear(self, message: Message, now_us: int) -> None:
        """Take a birth, data or a death."""
        self.dirty = True
        try:
            topic, payload = parse_topic(message.topic), decode_payload(message.payload)
        except WireError as error:
            self._reject(message, error.code, error.detail)
            return
        self._take(self._host.hear(topic, payload, now_us), now_us)

    def report(self) -> dict[str, Any]:
        """Return how the source is, and whether its node is alive."""
        return {**super().report(), "nodes": len(self._host), "nodes_alive": self._host.alive}

    def _take(self, heard: Heard, now_us: int) -> None:
        self.oddities.update(heard.oddities)
        self.rebirths += heard.rebirths
        for reading in heard.readings:
            tag, oddity = self._patterns.of(reading)
            if tag is None:
                self.oddities[oddity] += 1
                continue
            if reading.birth and self._is_newest(tag, reading.ts_us):
                continue  # a birth repeats the present values
            if isinstance(reading.value, list):
                self.oddities["unsupported_type"] += 1
            # What a node kept during an outage is history, and scored as such.
            lane = "backlog" if reading.historical else "live"
            self._add(tag, reading.ts_us, reading.value, reading.quality, now_us, lane)
        for gap in heard.gaps:
            if self._tags:
                last = len(self._tags) - 1
                self._batches["live"].add_gap(Gap(0, last, gap.start_us, gap.end_us, gap.reason))


def _place(tag: Tag) -> tuple[str, str]:
    return tag.asset_serial, tag.series_name
