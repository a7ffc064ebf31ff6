"""Reading frames where NumPy is at hand: the same checks as at the edge, a whole column at a time."""

from array import array
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from kernel.wire import frames
from kernel.wire.columns import ABSENT, TIME_MAX, TO_ROW_BEFORE, Columns, Sections, sections
from kernel.wire.envelope import KeyOf
from kernel.wire.errors import Inconsistent
from kernel.wire.frames import Frame

if TYPE_CHECKING:
    from numpy.typing import NDArray

_KINDS: Final[dict[str, np.dtype[Any]]] = {
    "I": np.dtype("<u4"),
    "q": np.dtype("<i8"),
    "d": np.dtype("<f8"),
}


def unpack_columns(data: bytes, rows: int) -> Columns:
    """Return the columns of a frame, as `kernel.wire.columns.unpack_columns` does.

    NumPy's sums go round at 64 bits. A time within the range plus any difference of 64 bits that leaves it
    comes round outside of it again, so that looking at the sums is enough.

    Raises:
        Inconsistent: these are no columns of so many rows, or a time is out of range.
    """
    parts = sections(data, rows)
    ts = _checked(_unshuffled(parts.ts, "q").cumsum())
    return Columns(
        _array("I", _unshuffled(parts.series, "I").cumsum(dtype=np.uint32)),
        _array("q", ts),
        _array("q", _times(parts.server, parts.server_ts, ts)),
        _array("q", _times(parts.edge, parts.edge_ts, ts)),
        _array("d", _values(parts)),
        _array("I", _unshuffled(parts.quality, "I")),
    )


def decode_frame(data: bytes, key_of: KeyOf) -> Frame:
    """Verify and read a frame, as `kernel.wire.frames.decode_frame` does.

    Raises:
        WireError.
    """
    return frames.decode_frame(data, key_of, unpack_columns)


def reread_frame(data: bytes) -> Frame:
    """Read a frame that was accepted before and has been kept, as `kernel.wire.frames.reread_frame` does.

    Raises:
        WireError.
    """
    return frames.reread_frame(data, unpack_columns)


def _times(how: int, data: bytes, ts: "NDArray[np.int64]") -> "NDArray[np.int64]":
    if how == ABSENT:
        return np.zeros(len(ts), np.int64)
    numbers = _unshuffled(data, "q")
    return _checked(numbers.cumsum() if how == TO_ROW_BEFORE else numbers + ts)


def _checked(times: "NDArray[np.int64]") -> "NDArray[np.int64]":
    if len(times) and (times.max() > TIME_MAX or times.min() < -TIME_MAX):
        raise Inconsistent("a time is out of range")
    return times


def _values(parts: Sections) -> "NDArray[np.float64]":
    doubles = _unshuffled(parts.doubles, "d")
    if parts.places is None:
        return doubles
    decimals = _unshuffled(parts.decimals, "q") / 10.0**parts.places
    if not len(doubles):
        return decimals
    is_decimal = np.frombuffer(parts.is_decimal, np.bool_)
    values = np.empty(len(is_decimal))
    values[is_decimal], values[~is_decimal] = decimals, doubles
    return values


def _unshuffled(data: bytes, typecode: str) -> "NDArray[Any]":
    kind = _KINDS[typecode]
    planes = np.frombuffer(data, np.uint8).reshape(kind.itemsize, -1)
    return np.ascontiguousarray(planes.T).reshape(-1).view(kind)


def _array(typecode: str, column: "NDArray[Any]") -> "array[Any]":
    return array(typecode, column.tobytes())
