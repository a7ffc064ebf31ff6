"""Reading frames where NumPy is at hand: the same checks as at the edge, a whole column at a time."""

from array import array
from typing import TYPE_CHECKING

import numpy as np

from kernel.wire import frames
from kernel.wire.envelope import KeyOf
from kernel.wire.errors import Inconsistent
from kernel.wire.frames import TIME_MAX, Frame

if TYPE_CHECKING:
    from numpy.typing import NDArray


def times_of(deltas: "array[int]") -> "array[int]":
    """Return the times of a delta-coded column.

    NumPy's sum goes round at 64 bits. A time within the range plus any difference of 64 bits that leaves
    it comes round outside of it again, so that looking at the sums is enough.

    Raises:
        Inconsistent: a time is out of range.
    """
    times: NDArray[np.int64] = np.frombuffer(deltas, np.int64).cumsum()
    if len(times) and (times.max() > TIME_MAX or times.min() < -TIME_MAX):
        raise Inconsistent("a time is out of range")
    return array("q", times.tobytes())


def decode_frame(data: bytes, key_of: KeyOf) -> Frame:
    """Verify and read a frame, as `kernel.wire.frames.decode_frame` does.

    Raises:
        WireError.
    """
    return frames.decode_frame(data, key_of, times_of)


def reread_frame(data: bytes) -> Frame:
    """Read a frame that was accepted before and has been kept, as `kernel.wire.frames.reread_frame` does.

    Raises:
        WireError.
    """
    return frames.reread_frame(data, times_of)
