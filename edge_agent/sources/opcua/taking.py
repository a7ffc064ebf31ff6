"""From notified values to readings, and to the knowledge of what is missing between them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from edge_agent.config import OpcUaSource
from edge_agent.intake import Intake, now_us
from edge_agent.sources.opcua.deadband import Deadbands
from edge_agent.sources.opcua.notifications import Change
from edge_agent.sources.source import Health
from kernel.wire.readings import Batch, Gap, to_columns

_BAD_WAITING_FOR_INITIAL_DATA = 0x8032_0000
# Info type "data value" with the Overflow bit: OPC UA part 4, table "StatusCode bit assignments".
_OVERFLOW = 0x0480
_SEVERITY_BAD = 0x8000_0000
# Gaps whose bounds differ by less are told as one when their tags stand side by side.
_SAME_US = 1_000_000
# Beyond this neighbours are told as one whatever their bounds.
_RUNS_MAX = 200


@dataclass(frozen=True)
class Missed:
    """A span of one tag in which readings may be missing, exclusive of its bounds.

    Attributes:
        index: of the tag in the source.
        start_us, end_us: source times of the readings around it.
        reason: see `kernel.wire.gaps.REASONS`.
    """

    index: int
    start_us: int
    end_us: int
    reason: str


class Taker:
    """Turns the changes of one source into batches.

    Attributes:
        overflows: how often a queue at the server ran over.
    """

    def __init__(
        self, config: OpcUaSource, first_series: int, intake: Intake, health: Health, deadbands: Deadbands
    ) -> None:  # fmt: skip
        self._first_series = first_series
        self._intake = intake
        self._health = health
        self._deadbands = deadbands
        self._boolean = [tag.type == "boolean" for tag in config.tags]
        # Source time of what was last notified, and of tags whose subscription is new, up to when nothing
        # was missed for certain, with the reason why something may be missing since.
        self._last: dict[int, int] = {}
        self._fresh: dict[int, tuple[int, str]] = {}
        self.overflows = 0

    def begin(self) -> None:
        """Learn what was taken before the agent started."""
        first = self._first_series
        for index in range(len(self._boolean)):
            if (ts := self._intake.last_ts.get(first + index)) is not None:
                self._last[index] = ts

    def renewed(self, indexes: Iterable[int], reason: str, heard_us: int = 0) -> None:
        """Expect initial values, because a subscription is new.

        Args:
            indexes: the tags in it.
            reason: why something may have been missed.
            heard_us: up to when the former subscription told everything, by the server's clock; 0 unknown.
        """
        self._fresh.update(dict.fromkeys(indexes, (heard_us, reason)))

    def span(self, indexes: Iterable[int]) -> tuple[int, int]:
        """Return the earliest and the latest source time last notified of tags; 0, 0 when there is none."""
        times = [self._last[index] for index in indexes if index in self._last]
        return (min(times), max(times)) if times else (0, 0)

    def last(self, index: int) -> int | None:
        """Return the source time of what was last notified of a tag."""
        return self._last.get(index)

    def batch(
        self, changes: Sequence[Change], *, again: bool = False
    ) -> tuple[Batch, list[Missed]]:
        """Return changes as readings, and what the server says, or the first value shows, to be missing.

        Args:
            changes: as notified, in the server's order.
            again: they may have been taken already, by an agent that was killed before it could say so.
        """
        batch, now, last = Batch(), now_us(), self._last
        missed: list[Missed] = []
        first, boolean, fresh, bands = (
            self._first_series, self._boolean, self._fresh, self._deadbands,
        )  # fmt: skip
        for index, value, status, source_us, server_us in changes:
            if index >= len(boolean):
                self._health.oddities["unknown_handle"] += 1
                continue
            if status == _BAD_WAITING_FOR_INITIAL_DATA and value is None:
                continue  # says that there is no reading yet
            ts = source_us or server_us or now
            before = last.get(index)
            if again and before is not None and ts <= before:
                continue
            if status & _OVERFLOW == _OVERFLOW:
                # No part of the reading's own quality: it says that others before it are lost.
                status &= ~_OVERFLOW  # noqa: PLW2901 - the reading's status is what is left
                self._overflowed(index, before, ts, missed)
            if index in fresh:
                if ts == before:
                    del fresh[index]
                    continue  # sent again because the subscription is new
                self._compare(index, before, ts, missed)
            last[index] = ts
            if index in bands and not bands.is_news(index, value, status):
                continue
            if type(value) is float:
                batch.add(first + index, ts, server_us, now, value, status)
                continue
            number, odd = to_columns(value, boolean=boolean[index], good=status < _SEVERITY_BAD)
            batch.add(first + index, ts, server_us, now, number, status, odd)
        self._health.values += len(batch)
        return batch, missed

    def _overflowed(self, index: int, before: int | None, ts: int, missed: list[Missed]) -> None:
        self.overflows += 1
        self._health.oddities["overflow"] += 1
        missed.append(Missed(index, ts if before is None else before, ts, "overflow"))

    def _compare(self, index: int, before: int | None, ts: int, missed: list[Missed]) -> None:
        """Note what lies between the last value before a new subscription and its first one."""
        heard_us, reason = self._fresh.pop(index)
        if before is None:
            return  # never read before: nothing to miss
        # A value known to be the last one up to `heard_us` leaves the time before it without doubt, unless
        # the machine's clock is another one than the server's.
        start = heard_us if before < heard_us < ts else before
        missed.append(Missed(index, start, ts, reason))


def gaps_of(missed: Iterable[Missed], first_series: int) -> list[Gap]:
    """Return what is missing as gaps; tags side by side with like bounds become one."""
    ordered = sorted(missed, key=lambda m: (m.reason, m.index, m.start_us))
    gaps = _joined(ordered, _SAME_US)
    if len(gaps) > _RUNS_MAX:
        gaps = _joined(ordered, None)
    return [
        gap._replace(first=gap.first + first_series, last=gap.last + first_series) for gap in gaps
    ]


def _joined(ordered: Sequence[Missed], within_us: int | None) -> list[Gap]:
    gaps: list[Gap] = []
    for one in ordered:
        start, end = min(one.start_us, one.end_us), max(one.start_us, one.end_us)
        gap = gaps[-1] if gaps else None
        if (
            gap is not None
            and gap.reason == one.reason
            and one.index - gap.last in {0, 1}
            and (within_us is None
                 or (abs(gap.start_us - start) < within_us and abs(gap.end_us - end) < within_us))
        ):  # fmt: skip
            gaps[-1] = gap._replace(
                last=one.index, start_us=min(gap.start_us, start), end_us=max(gap.end_us, end)
            )
        else:
            gaps.append(Gap(one.index, one.index, start, end, one.reason))
    return gaps
