"""One Sparkplug B edge node and its devices, adopted as one source."""

from collections.abc import Mapping, Sequence
from typing import Any

from ingest.third_party.reader import Message, SourceFacts, SourceReader
from ingest.third_party.rules import SparkplugMapping
from kernel.wire.errors import WireError
from kernel.wire.messages import Tag
from kernel.wire.sparkplug import decode_payload, parse_topic
from kernel.wire.sparkplug_host import REORDER_US, Heard, SparkplugHost
from kernel.wire.sparkplug_tags import SparkplugTags


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
        if facts.heard_us is not None:
            # By an earlier process; its birth will tell until when it was not heard.
            self._host.remember(self._group, self._node, facts.heard_us)

    def begin(self, now_us: int, *, resumed: bool) -> None:
        """Ask the node for a birth, unless its sequence goes on: its aliases are not known without one."""
        if resumed and self._host.alive:
            return
        self._host.connection_lost()
        self._take(self._host.wish_rebirth(self._group, self._node, now_us), now_us)

    @property
    def waiting(self) -> bool:
        """Whether readings of messages that were heard are not in a frame yet."""
        return super().waiting or self._host.waiting

    def settle(self, now_us: int) -> None:
        """Wait neither for tags nor for messages that were overtaken."""
        if self._host.waiting:
            self._take(self._host.tick(now_us + REORDER_US), now_us)
        super().settle(now_us)

    def tick(self, now_us: int) -> None:
        """Let go what waited for a message that did not come."""
        if self._host.waiting:
            self._take(self._host.tick(now_us), now_us)

    def hear(self, message: Message, now_us: int) -> None:
        """Take a birth, data or a death."""
        self.dirty = True
        if message.retained:
            # Nothing of a node is to be retained; a birth of yesterday would pass for one of now.
            self.oddities["retained"] += 1
            return
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
            self._add_gap(gap.start_us, gap.end_us, gap.reason)
