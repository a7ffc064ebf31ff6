"""One adopted source in the process that listens to it: from its messages to frames of its own.

In memory only: what was heard and not committed is lost with the process. What is missing after that, or
after the broker could not be heard, is put down as a gap, as far as anybody can know it.
"""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final
from uuid import UUID

from ingest import rules as reasons
from ingest.admission import Rejected, digest_of
from ingest.third_party.rules import JsonMapping, SparkplugMapping
from kernel.wire.cutting import cut_contents
from kernel.wire.found_tags import FoundTags
from kernel.wire.frames import LANES, Frame, Place, seal_content
from kernel.wire.gaps import Gap
from kernel.wire.messages import Schema, Tag
from kernel.wire.readings import BAD_NO_COMMUNICATION, Batch, to_columns

ROWS_PER_FRAME_MAX: Final = 1000
REASONS_MAX: Final = 20


@dataclass(frozen=True)
class SourceFacts:
    """What is recorded of an adopted source.

    Attributes:
        newest: source time of the newest reading that is stored, µs, by the tag's number.
    """

    agent_id: str
    kind: str
    address: str
    mapping: JsonMapping | SparkplugMapping
    epoch: UUID
    version: int
    newest: Mapping[int, int] = field(default_factory=dict)

    @property
    def heard_us(self) -> int | None:
        """Source time of the newest reading of all; None when none is stored."""
        return max(self.newest.values(), default=None)


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it came; `message_id` is MQTT's, 0 for QoS 0."""

    topic: str
    payload: bytes
    retained: bool
    message_id: int


@dataclass(frozen=True)
class CutFrame:
    """A frame, and what of it does not depend on its number."""

    frame: Frame
    content: bytes

    def sealed(self, key: bytes) -> bytes:
        """Return it as it is stored, signed."""
        frame = self.frame
        return seal_content(
            Place(frame.agent, frame.epoch, frame.lane, frame.seq), self.content, key
        )


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
        self._newest = dict(facts.newest)

    @abstractmethod
    def hear(self, message: Message, now_us: int) -> None:
        """Take a message."""

    @abstractmethod
    def begin(self, now_us: int, *, resumed: bool) -> None:
        """Do what a new connection needs; `resumed`: the broker kept what came since the last one."""

    def tick(self, now_us: int) -> None:  # noqa: B027 - JSON devices need nothing
        """Do what is due."""

    @property
    def waiting(self) -> bool:
        """Whether readings of messages that were heard are not in a frame yet."""
        return bool(self._found.wait_us)

    @property
    def pending(self) -> int:
        """How many readings the next cut has to frame."""
        return sum(len(batch) for batch in self._batches.values()) + self._found.rows

    def settle(self, now_us: int) -> None:  # noqa: ARG002 - a Sparkplug node's waiting ends by the clock
        """Wait for nothing any more, so that the next cut holds all that was heard."""
        batch = self._found.settle()
        self._newest.update(zip(batch.series, batch.ts, strict=True))
        self._batches["live"].extend(batch)

    def schema(self) -> Schema:
        """Return the schema of all tags found so far."""
        if len(self._schema.tags) != len(self._tags):
            self._schema = Schema(self.facts.agent_id, tuple(self._tags))
        return self._schema

    def cut(self, now_us: int) -> list[CutFrame]:
        """Return frames of all that was taken since the last time."""
        if self._found.due(now_us):
            SourceReader.settle(self, now_us)
        frames = []
        for lane, batch in self._batches.items():
            if not batch:
                continue
            self._batches[lane] = Batch()
            parts = cut_contents(batch, self.schema().hash, now_us, ROWS_PER_FRAME_MAX)
            frames += [self._frame(lane, part, content, now_us) for part, content in parts]
        self.dirty = self.dirty or bool(frames)
        return frames

    def renumber(self, cut: CutFrame) -> CutFrame:
        """Return a frame with the next number, as its own was used by another process."""
        return replace(cut, frame=replace(cut.frame, seq=self._take_seq(cut.frame.lane)))

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

    def _frame(self, lane: str, part: Batch, content: bytes, now_us: int) -> CutFrame:
        frame = Frame(
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
            gaps=tuple(part.gaps),
        )
        return CutFrame(frame, content)

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
        # What waits goes into the live lane; history is rare, and does not wait.
        number = self._number_of(tag) if lane == "live" else self._make_number(tag)
        if number is None:
            if lane != "live" or not self._found.wait(
                tag, (ts_us, now_us, plain, quality, odd), now_us
            ):
                self.oddities[reasons.TOO_MANY_TAGS] += 1
                return
        else:
            self._batches[lane].add(number, ts_us, 0, now_us, plain, quality, odd)
            if lane == "live":
                self._newest[number] = ts_us
        self.values += 1

    def _add_gap(self, start_us: int, end_us: int, reason: str) -> None:
        """Put down that readings of any tag known by now may be missing between two times."""
        if self._tags:
            gap = Gap(0, len(self._tags) - 1, start_us, end_us, reason)
            self._batches["live"].add_gap(gap)

    def _is_newest(self, tag: Tag, ts_us: int) -> bool:
        number = self._number_of(tag)
        return number is not None and self._newest.get(number) == ts_us

    def _reject(self, message: Message, reason: str, detail: str) -> None:
        agent_id, payload = self.facts.agent_id, message.payload
        self.rejected.append(
            Rejected(agent_id, agent_id, reason, detail, payload, digest_of(payload))
        )
        self.oddities[reason] += 1


def _place(tag: Tag) -> tuple[str, str]:
    return tag.asset_serial, tag.series_name
