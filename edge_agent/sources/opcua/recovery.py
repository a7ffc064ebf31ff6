"""What was missed: fetched from the server's history where it has one, recorded as a gap where not.

A history counts as whole for a span when it has the very reading that ends the span; then there is no gap.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from asyncua import ua
from asyncua.client.ua_session import UaSession

from edge_agent.group import Span
from edge_agent.intake import Intake, now_us
from edge_agent.sources.opcua.taking import Missed, gaps_of
from kernel.log import get_logger
from kernel.wire.readings import Batch, to_columns

VALUES_PER_READ = 1000
GAPS_PER_BATCH = 500
_SEVERITY_BAD = 0x8000_0000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NO_HISTORY = {
    ua.StatusCodes.BadServiceUnsupported,
    ua.StatusCodes.BadHistoryOperationUnsupported,
    ua.StatusCodes.BadHistoryOperationInvalid,
    ua.StatusCodes.BadNotImplemented,
    ua.StatusCodes.BadNotSupported,
    ua.StatusCodes.BadUserAccessDenied,
}

_log = get_logger(__name__)


class Recovery:
    """What one source has missed and not yet dealt with.

    Attributes:
        gaps: how many gaps were recorded since the start.
        recovered: how many readings came from a history since the start.
    """

    def __init__(
        self, name: str, first_series: int, booleans: Sequence[bool], intake: Intake
    ) -> None:
        self._name = name
        self._first_series = first_series
        self._boolean = booleans
        self._intake = intake
        self._waiting: dict[Missed, None] = {}
        self._signal = asyncio.Event()
        self.gaps = 0
        self.recovered = 0

    def begin(self) -> None:
        """Learn what an earlier run had missed and not dealt with."""
        first = self._first_series
        self._wait_for([
            Missed(span.series - first, *span[1:])
            for span in self._intake.missed
            if 0 <= span.series - first < len(self._boolean)
        ])  # fmt: skip

    async def take(self, batch: Batch, missed: Sequence[Missed]) -> None:
        """Take readings, and what was missed before them; returns when both are on disk."""
        await self._intake.take(batch, missed=self._spans(missed))
        self._wait_for(missed)

    def _wait_for(self, missed: Sequence[Missed]) -> None:
        if missed:
            self._waiting.update(dict.fromkeys(missed))
            self._signal.set()

    def _spans(self, missed: Sequence[Missed]) -> list[Span]:
        first = self._first_series
        return [Span(first + one.index, one.start_us, one.end_us, one.reason) for one in missed]

    async def run(
        self, session: UaSession, nodes: Mapping[int, ua.NodeId], *, history: bool
    ) -> None:
        """Deal with what was missed and will be, until cancelled.

        Raises:
            OSError, TimeoutError: the server does not answer; what is left waits for the next session.
        """
        while True:
            await self._signal.wait()
            self._signal.clear()
            while history and self._waiting:
                history = await self._fetch_all(session, nodes)
            await self.flush()

    async def flush(self) -> None:
        """Record all that is left as gaps."""
        await self._record(list(self._waiting))

    async def _record(self, missed: Sequence[Missed]) -> None:
        gaps = gaps_of(missed, self._first_series)
        for start in range(0, len(gaps), GAPS_PER_BATCH):
            batch, end = Batch(), start + GAPS_PER_BATCH
            for gap in gaps[start:end]:
                batch.add_gap(gap)
            # A gap may be of several spans: they are settled with the last, and told again after a kill.
            settled = missed if end >= len(gaps) else ()
            await self._intake.take(batch, settled=self._spans(settled))
        for one in missed:
            self._waiting.pop(one, None)
        self.gaps += len(gaps)
        if gaps:
            _log.warning("readings may be missing", source=self._name, gaps=len(gaps),
                         reason=gaps[0].reason)  # fmt: skip

    async def _fetch_all(self, session: UaSession, nodes: Mapping[int, ua.NodeId]) -> bool:
        """Fetch what is waiting, record what cannot be fetched; returns whether there is a history at all."""
        left = []
        for one in list(self._waiting):
            node = nodes.get(one.index)
            # An old copy of the buffer does not know what was taken since it was made: fetched from the
            # history it would come twice.
            if one.start_us < self._intake.restored_at_us:
                node = None
            try:
                rest = one if node is None else await self._fetch(session, node, one)
            except ua.UaError as error:
                if getattr(error, "code", None) in _NO_HISTORY:
                    return False
                rest = one
            if rest is not None:
                left.append(rest)
        await self._record(left)
        return True

    async def _fetch(self, session: UaSession, node: ua.NodeId, one: Missed) -> Missed | None:
        """Fetch one span page by page; returns what of it the history does not have."""
        while True:
            values = await _read(session, node, one.start_us, one.end_us)
            inside = [data for data in values if one.start_us < _us(data) < one.end_us]
            batch, now = Batch(), now_us()
            for data in inside:
                self._add(batch, one.index, data, now)
            self.recovered += len(batch)
            # What is there is never fetched twice, whatever happens meanwhile.
            whole = any(_us(data) >= one.end_us for data in values)
            rest = [] if whole else [replace(one, start_us=_us(inside[-1]))] if inside else [one]
            if rest != [one]:
                missed, settled = self._spans(rest), self._spans([one])
                await self._intake.take(batch, missed=missed, settled=settled)
                del self._waiting[one]
                self._waiting.update(dict.fromkeys(rest))
            if whole:
                return None
            one = rest[0]
            if not inside or len(values) < VALUES_PER_READ:
                return one

    def _add(self, batch: Batch, index: int, data: Any, now: int) -> None:
        quality = 0 if data.StatusCode is None else data.StatusCode.value
        value = None if data.Value is None else data.Value.Value
        number, odd = to_columns(value, boolean=self._boolean[index], good=quality < _SEVERITY_BAD)
        server_us = _to_us(data.ServerTimestamp)
        batch.add(self._first_series + index, _us(data), server_us, now, number, quality, odd)


async def _read(session: UaSession, node: ua.NodeId, start_us: int, end_us: int) -> list[Any]:
    """Read a page of raw values from `start_us` to `end_us`, both included."""
    details = ua.ReadRawModifiedDetails()
    details.IsReadModified = False
    details.StartTime = _EPOCH + timedelta(microseconds=start_us)
    # A server leaves the end out (part 11, 6.5.3).
    details.EndTime = _EPOCH + timedelta(microseconds=end_us + 1000)
    details.NumValuesPerNode = VALUES_PER_READ
    details.ReturnBounds = False
    wanted = ua.HistoryReadValueId()
    wanted.NodeId = node
    wanted.IndexRange = ""
    parameters = ua.HistoryReadParameters()
    parameters.HistoryReadDetails = details
    parameters.TimestampsToReturn = ua.TimestampsToReturn.Both
    parameters.ReleaseContinuationPoints = False
    parameters.NodesToRead = [wanted]
    (result,) = await session.history_read(parameters)
    result.StatusCode.check()
    if result.ContinuationPoint:
        # Pages are asked for by time; the server need not keep its place.
        wanted.ContinuationPoint = result.ContinuationPoint
        parameters.ReleaseContinuationPoints = True
        await session.history_read(parameters)
    return list(getattr(result.HistoryData, "DataValues", None) or ())


def _us(data: Any) -> int:
    return _to_us(data.SourceTimestamp) or _to_us(data.ServerTimestamp)


def _to_us(moment: datetime | None) -> int:
    if moment is None:
        return 0
    delta = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _EPOCH
    return max(0, (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds)
