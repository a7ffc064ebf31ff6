"""The readings of a quarantine entry, kept so that they can be stored exactly as they came.

A parcel is one MessagePack array, compressed with Zstandard, with the columns as in a frame (little-endian,
`kernel.wire.frames`) and the values that are no double by row:

    [version 1, series, ts, server_ts, edge_ts, value, quality, odd]
"""

import threading
from dataclasses import dataclass
from typing import Any, Final

import msgpack
import numpy as np
import zstandard
from numpy.typing import NDArray

VERSION: Final = 1
# A compressor is made once for each thread: making one costs more than a small parcel does.
_of_thread = threading.local()
_BYTES_MAX: Final = 64 * 1024 * 1024
_KINDS: Final = ("<u4", "<i8", "<i8", "<i8", "<f8", "<u4")


@dataclass(frozen=True)
class Parcel:
    """Readings as their edge sent them; columns of one length, `series` being numbers of a schema's tags."""

    series: NDArray[np.uint32]
    ts_us: NDArray[np.int64]
    server_ts_us: NDArray[np.int64]
    edge_ts_us: NDArray[np.int64]
    value: NDArray[np.float64]
    quality: NDArray[np.uint32]
    odd: dict[int, Any]

    def __len__(self) -> int:
        return len(self.series)

    def take(self, rows: NDArray[np.intp]) -> "Parcel":
        """Return some of the readings, `rows` being ascending."""
        return Parcel(
            self.series[rows],
            self.ts_us[rows],
            self.server_ts_us[rows],
            self.edge_ts_us[rows],
            self.value[rows],
            self.quality[rows],
            {number: self.odd[row] for number, row in enumerate(rows.tolist()) if row in self.odd},
        )


def pack(parcel: Parcel) -> bytes:
    """Return a parcel's bytes."""
    columns: tuple[NDArray[Any], ...] = (
        parcel.series,
        parcel.ts_us,
        parcel.server_ts_us,
        parcel.edge_ts_us,
        parcel.value,
        parcel.quality,
    )
    body = [
        VERSION,
        *(column.astype(kind).tobytes() for column, kind in zip(columns, _KINDS, strict=True)),
        parcel.odd,
    ]
    if not hasattr(_of_thread, "compressor"):
        _of_thread.compressor = zstandard.ZstdCompressor()
    packed: bytes = _of_thread.compressor.compress(msgpack.packb(body, use_bin_type=True))
    return packed


def unpack(data: bytes) -> Parcel:
    """Return the parcel that `pack` made."""
    plain = zstandard.ZstdDecompressor().decompress(data, max_output_size=_BYTES_MAX)
    version, *columns, odd = msgpack.unpackb(plain, raw=False, strict_map_key=False)
    assert version == VERSION
    series, ts, server_ts, edge_ts, value, quality = (
        np.frombuffer(column, kind) for column, kind in zip(columns, _KINDS, strict=True)
    )
    return Parcel(series, ts, server_ts, edge_ts, value, quality, odd)
