"""JSON devices under one topic filter, adopted as one source.

They have no sequence, so that what is missing shows only where this process could not hear them.
"""

from collections.abc import Mapping, Sequence

from ingest.third_party.reader import Message, SourceFacts, SourceReader
from ingest.third_party.rules import JsonMapping
from kernel.wire.json_devices import JsonDevices
from kernel.wire.json_path import parse_path
from kernel.wire.messages import Tag
from kernel.wire.readings import GOOD


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
        self._heard_us = facts.heard_us
        self._lost_us: int | None = None
        self._devices = JsonDevices(
            (),
            mapping.patterns,
            parse_path(mapping.timestamp) if mapping.timestamp else None,
            mapping.timestamp_unit,
        )

    def begin(self, now_us: int, *, resumed: bool) -> None:  # noqa: ARG002 - as others have it
        """Note since when devices may have said what nobody heard."""
        if not resumed and self._lost_us is None:
            self._lost_us = self._heard_us

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
        if heard.points and not message.retained:
            self._end_gap(heard.points[0].ts_us, now_us)
        for point in heard.points:
            if not (message.retained and self._is_newest(point.tag, point.ts_us)):
                self._add(point.tag, point.ts_us, point.value, GOOD, now_us)

    def _end_gap(self, ts_us: int, now_us: int) -> None:
        """Take a message as the sign that devices are heard again; retained ones are not."""
        if self._lost_us is not None:
            # The clock of this device may be behind that of the one heard last.
            end_us = ts_us if ts_us >= self._lost_us else max(now_us, self._lost_us)
            self._add_gap(self._lost_us, end_us, "connection_lost")
            self._lost_us = None
        # A clock that is ahead must not make later gaps disappear.
        self._heard_us = max(self._heard_us or 0, min(ts_us, now_us))
