"""Many frames as one set of columns, judged and packed at once; no database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest import parcel, rules
from ingest.admission import Admitted
from ingest.mapping import TagMap
from ingest.parcel import Parcel
from ingest.rules import Limits, Reason
from kernel.wire.frames import Frame
from telemetry.service import PreparedReadings, ReadingColumns, prepare_readings

LedgerKey = tuple[str, Any, str]


@dataclass(frozen=True)
class Incoming:
    """A frame that was admitted, and what its numbers mean."""

    admitted: Admitted[Frame]
    tags: TagMap
    # Row → code, of texts that are states.
    codes: Mapping[int, int] = field(default_factory=dict)

    @property
    def frame(self) -> Frame:
        """The frame."""
        return self.admitted.content

    @property
    def key(self) -> tuple[LedgerKey, int]:
        """Its place in the ledger and its number there."""
        frame = self.frame
        return (frame.agent, frame.epoch, frame.lane), frame.seq


@dataclass(frozen=True)
class Spoilt:
    """Readings of one frame, by its number in the batch, that cannot be stored for one reason, packed."""

    number: int
    reason: Reason
    readings: int
    body: bytes


def parcel_of(frame: Frame) -> Parcel:
    """Return a whole frame's readings as they came."""
    return Parcel(
        _view(frame.series, np.uint32),
        _view(frame.ts, np.int64),
        _view(frame.server_ts, np.int64),
        _view(frame.edge_ts, np.int64),
        _view(frame.value, np.float64),
        _view(frame.quality, np.uint32),
        frame.odd,
    )


def _view(column: Any, kind: type) -> NDArray[Any]:
    return np.frombuffer(column, kind)


@dataclass(frozen=True)
class Batch:
    """Frames to be committed together.

    Attributes:
        frames: in the order they came.
        received_at_us: when, µs since 1970.
        columns: every reading of every frame; series 0 where it is not known.
        reasons: uint8 per reading, a `Reason` or 0.
        starts: where each frame's readings begin, and one more: where the last one's end.
    """

    frames: Sequence[Incoming]
    received_at_us: int
    columns: ReadingColumns
    reasons: NDArray[np.uint8]
    starts: NDArray[np.intp]

    @classmethod
    def of(cls, frames: Sequence[Incoming], received_at_us: int, limits: Limits) -> "Batch":
        """Join and judge the readings of at least one frame."""
        series, values = [], []
        odd: list[tuple[int, dict[int, Reason]]] = []
        starts = np.zeros(len(frames) + 1, np.intp)
        for number, incoming in enumerate(frames):
            frame = incoming.frame
            numbers = _view(frame.series, np.uint32)
            series.append(incoming.tags.series_of(numbers))
            value = _view(frame.value, np.float64)
            if frame.odd or incoming.tags.any_boolean:
                value, reasons = rules.settle_odd(
                    value,
                    incoming.tags.booleans_of(numbers),
                    _view(frame.quality, np.uint32),
                    frame.odd,
                    incoming.codes,
                )
                odd.append((int(starts[number]), reasons))
            values.append(value)
            starts[number + 1] = starts[number] + len(frame)
        columns = ReadingColumns(
            np.concatenate(series),
            np.concatenate([_view(f.frame.ts, np.int64) for f in frames]),
            np.concatenate(values),
            np.concatenate([_view(f.frame.quality, np.uint32) for f in frames]),
            np.concatenate([_view(f.frame.edge_ts, np.int64) for f in frames]),
            received_at_us,
        )
        reasons_of_all = rules.judge(
            columns.series_id,
            columns.ts_us,
            columns.edge_ts_us,
            columns.value,
            columns.quality,
            limits=limits,
        )
        for start, reasons in odd:
            for row, reason in reasons.items():
                if reasons_of_all[start + row] != Reason.UNKNOWN_SERIES:
                    reasons_of_all[start + row] = reason
        return cls(frames, received_at_us, columns, reasons_of_all, starts)

    def __len__(self) -> int:
        return len(self.reasons)

    @cached_property
    def prepared(self) -> PreparedReadings:
        """Everything that can be stored, packed."""
        return prepare_readings(self.storable)

    @cached_property
    def storable(self) -> ReadingColumns:
        """The readings that can be stored, in the order they came."""
        good = self.reasons == 0
        return self.columns if good.all() else self.columns.take(good)

    def prepared_of(self, chosen: Sequence[int]) -> PreparedReadings:
        """Return what can be stored of some frames, packed."""
        if len(chosen) == len(self.frames):
            return self.prepared
        return prepare_readings(self.columns.take(self.rows_of(chosen)))

    @cached_property
    def spoilt(self) -> "list[Spoilt]":
        """The readings that cannot be stored, packed, by frame and reason."""
        rows = np.flatnonzero((self.reasons != 0) & (self.reasons != Reason.ALREADY_STORED))
        numbers = np.searchsorted(self.starts, rows, "right") - 1
        order = np.lexsort((rows, self.reasons[rows], numbers))
        rows, numbers, reasons = rows[order], numbers[order], self.reasons[rows[order]]
        changes = np.flatnonzero((np.diff(numbers) != 0) | (np.diff(reasons) != 0)) + 1
        return [
            self._spoilt(int(numbers[first]), Reason(reasons[first]), rows[first:last])
            for first, last in pairwise([0, *changes.tolist(), len(rows)])
            if first < last
        ]

    def _spoilt(self, number: int, reason: Reason, rows: NDArray[np.intp]) -> "Spoilt":
        of_frame = parcel_of(self.frames[number].frame).take(rows - self.starts[number])
        return Spoilt(number, reason, len(rows), parcel.pack(of_frame))

    def reasons_of(self, number: int) -> NDArray[np.uint8]:
        """Return the reasons of one frame's readings."""
        return self.reasons[self.starts[number] : self.starts[number + 1]]

    @cached_property
    def quarantined(self) -> NDArray[np.intp]:
        """How many readings of each frame cannot be stored."""
        return self._counted((self.reasons != 0) & (self.reasons != Reason.ALREADY_STORED))

    @cached_property
    def known(self) -> NDArray[np.intp]:
        """How many readings of each frame were stored before."""
        return self._counted(self.reasons == Reason.ALREADY_STORED)

    def _counted(self, rows: NDArray[np.bool_]) -> NDArray[np.intp]:
        so_far = np.concatenate(([0], np.cumsum(rows)))
        return np.diff(so_far[self.starts])

    def rows_of(self, chosen: Sequence[int]) -> NDArray[np.intp]:
        """Return where the readings of some frames are that can be stored."""
        wanted = np.zeros(len(self.frames), np.bool_)
        wanted[list(chosen)] = True
        return np.flatnonzero(np.repeat(wanted, np.diff(self.starts)) & (self.reasons == 0))

    def without(self, rows: NDArray[np.intp]) -> "Batch":
        """Return the batch with readings marked that are stored already."""
        reasons = self.reasons.copy()
        reasons[rows] = Reason.ALREADY_STORED
        return Batch(self.frames, self.received_at_us, self.columns, reasons, self.starts)

    def halves(self) -> "tuple[Batch, Batch]":
        """Return the batch cut in two; it has at least two frames."""
        middle = len(self.frames) // 2
        cut = self.starts[middle]
        return (
            self._slice(slice(0, middle), slice(0, cut)),
            self._slice(slice(middle, None), slice(cut, None)),
        )

    def refused(self, reason: Reason) -> "Batch":
        """Return the batch with every reading that could be stored refused for one reason."""
        reasons = np.where(self.reasons == 0, np.uint8(reason), self.reasons)
        return Batch(self.frames, self.received_at_us, self.columns, reasons, self.starts)

    def _slice(self, frames: slice, rows: slice) -> "Batch":
        starts = self.starts[frames.start : None if frames.stop is None else frames.stop + 1]
        index = np.arange(len(self.reasons))[rows]
        return Batch(
            self.frames[frames],
            self.received_at_us,
            self.columns.take(index),
            self.reasons[rows],
            starts - starts[0],
        )
