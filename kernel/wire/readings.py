"""Readings on their way from a source to the buffer, in columns, and what values of devices become.

A value that is a number travels as a double. What is none travels beside it as `odd`, unchanged where the
wire can carry it, so that the platform decides and says what becomes of it; nothing is dropped for its type.
"""

import math
from array import array
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final, Self

import msgpack

from kernel.wire.frames import OddValue
from kernel.wire.gaps import Gap, check_gaps, joined_gaps, pack_gaps, read_gaps

__all__ = [
    "BAD_NO_COMMUNICATION",
    "GOOD",
    "NO_ODD",
    "ODD_ITEMS_MAX",
    "ODD_TEXT_LENGTH_MAX",
    "UNCERTAIN_LAST_USABLE_VALUE",
    "Batch",
    "Gap",
    "NoOddValue",
    "bounded_time",
    "to_columns",
]

GOOD = 0
BAD_NO_COMMUNICATION = 0x8031_0000
UNCERTAIN_LAST_USABLE_VALUE = 0x4090_0000

ODD_TEXT_LENGTH_MAX = 1024
ODD_ITEMS_MAX = 64

_EXACT_MAX = 2**53
_TIME_MAX = 2**62 - 1


class NoOddValue:
    """The value was a number."""


NO_ODD: Final = NoOddValue()


class Batch:
    """Readings of any series, one row each; see `kernel.wire.frames` for the columns.

    Attributes:
        gaps: where readings of some series may be missing.
        dropped: readings that were taken and then given up, for want of room.
    """

    __slots__ = (
        "dropped",
        "edge_ts",
        "gaps",
        "odd",
        "quality",
        "series",
        "server_ts",
        "ts",
        "value",
    )

    def __init__(self) -> None:
        self.series = array("I")
        self.ts = array("q")
        self.server_ts = array("q")
        self.edge_ts = array("q")
        self.value = array("d")
        self.quality = array("I")
        self.odd: dict[int, OddValue] = {}
        self.gaps: list[Gap] = []
        self.dropped = 0

    def __len__(self) -> int:
        return len(self.series)

    def __bool__(self) -> bool:
        return bool(self.series or self.gaps or self.dropped)

    def add(  # noqa: PLR0917 - one call per value: keywords would cost a fifth of it
        self,
        series: int,
        ts: int,
        server_ts: int,
        edge_ts: int,
        value: float,
        quality: int,
        odd: OddValue | NoOddValue = NO_ODD,
    ) -> None:
        """Append a reading; times in µs."""
        if not isinstance(odd, NoOddValue):
            self.odd[len(self.series)] = odd
        self.series.append(series)
        self.ts.append(bounded_time(ts))
        self.server_ts.append(bounded_time(server_ts))
        self.edge_ts.append(edge_ts)
        self.value.append(value)
        self.quality.append(quality)

    def odd_of(self, row: int) -> OddValue | NoOddValue:
        """Return what stands beside the value of a row."""
        return self.odd.get(row, NO_ODD)

    def add_gap(self, gap: Gap) -> None:
        """Append a gap; it is taken, framed and acknowledged as readings are.

        Raises:
            Inconsistent: no frame can carry it, as its last tag is before the first or its reason is no word.
        """
        start, end = bounded_time(gap.start_us), bounded_time(gap.end_us)
        # Two clocks may have spoken: then the bounds are what is between them, either way round.
        gap = gap._replace(start_us=min(start, end), end_us=max(start, end))
        check_gaps([gap])
        self.gaps.append(gap)

    def extend(self, other: "Batch") -> None:
        """Append all of another batch."""
        start = len(self)
        for row, value in other.odd.items():
            self.odd[start + row] = value
        self.series.extend(other.series)
        self.ts.extend(other.ts)
        self.server_ts.extend(other.server_ts)
        self.edge_ts.extend(other.edge_ts)
        self.value.extend(other.value)
        self.quality.extend(other.quality)
        if other.gaps:
            self.gaps = joined_gaps([*self.gaps, *other.gaps])
        self.dropped += other.dropped

    def slice(self, start: int, end: int) -> "Batch":
        """Return rows `start` to `end` as a batch of their own, without what is missing."""
        part = Batch()
        part.series = self.series[start:end]
        part.ts = self.ts[start:end]
        part.server_ts = self.server_ts[start:end]
        part.edge_ts = self.edge_ts[start:end]
        part.value = self.value[start:end]
        part.quality = self.quality[start:end]
        part.odd = {row - start: value for row, value in self.odd.items() if start <= row < end}
        return part

    def pack(self) -> bytes:
        """Return the batch as bytes for this machine's own disk."""
        columns = [getattr(self, name).tobytes() for name in self._columns()]
        missing = [pack_gaps(self.gaps), self.dropped]
        packed: bytes = msgpack.packb([columns, self.odd, *missing], use_bin_type=True)
        return packed

    @classmethod
    def unpack(cls, data: bytes) -> Self:
        """Read what `pack` wrote."""
        columns, odd, gaps, dropped = msgpack.unpackb(data, raw=False, strict_map_key=False)
        batch = cls()
        for name, column in zip(cls._columns(), columns, strict=True):
            getattr(batch, name).frombytes(column)
        batch.odd, batch.gaps, batch.dropped = odd, list(read_gaps(gaps)), dropped
        return batch

    @staticmethod
    def _columns() -> Iterable[str]:
        return ("series", "ts", "server_ts", "edge_ts", "value", "quality")


def bounded_time(us: int) -> int:
    """Return a time the wire can carry; devices send any 64 bits."""
    return max(-_TIME_MAX, min(_TIME_MAX, us))


def to_columns(
    value: Any, *, boolean: bool = False, good: bool = True
) -> tuple[float, OddValue | NoOddValue]:
    """Return how a value travels: the double, and what stands beside it when it is no double.

    Args:
        value: as the device's library gave it.
        boolean: the tag is declared a boolean; true and false are 1.0 and 0.0 then.
        good: the reading's quality is not Bad; of a bad reading a missing value is no oddity.
    """
    if type(value) is float:
        return value, NO_ODD
    if isinstance(value, bool):
        return (float(value), NO_ODD) if boolean else (math.nan, value)
    if isinstance(value, float) or (isinstance(value, int) and -_EXACT_MAX <= value <= _EXACT_MAX):
        return float(value), NO_ODD
    if value is None and not good:
        return math.nan, NO_ODD
    if isinstance(value, (list, tuple)):
        return math.nan, [_item(item) for item in value[:ODD_ITEMS_MAX]]
    return math.nan, _scalar(value)


def _item(value: Any) -> bool | int | float | str | None:
    return float(value) if isinstance(value, float) else _scalar(value)


def _scalar(value: Any) -> bool | int | str | None:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int) and -(2**63) <= value < 2**64:
        return int(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, (bytes, bytearray)):
        return _short(value[:ODD_TEXT_LENGTH_MAX].hex())
    if isinstance(value, int):
        return _short(hex(value))  # decimal digits of a huge number are costly
    return _short(value if isinstance(value, str) else repr(value))


def _short(text: str) -> str:
    clean = text[:ODD_TEXT_LENGTH_MAX].encode("utf-8", "replace").decode()
    return clean if len(text) <= ODD_TEXT_LENGTH_MAX else f"{clean[:-1]}…"
