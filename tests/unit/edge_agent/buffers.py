"""Buffers for tests: opened, filled, and asked what they hold."""

import random
from pathlib import Path
from typing import Any

from edge_agent.buffer.opening import open_with, put_aside
from edge_agent.buffer.store import Buffer, Identity, Policy
from kernel.wire.frames import Frame, decode_frame
from kernel.wire.messages import Schema, Tag
from kernel.wire.readings import Batch

KEY = b"k" * 32
IDENTITY = Identity("gw", KEY)
SCHEMA = Schema("gw", (Tag("a", "SN", "a"), Tag("b", "SN", "b")))
BYTES_MAX = 50_000_000


def now_us() -> int:
    return 1_700_000_000_000_000


def opened(path: Path, bytes_max: int = BYTES_MAX, **policy: Any) -> Buffer:
    return ready(Buffer.open(path, IDENTITY, Policy(bytes_max, **policy), now_us))


def replaced(path: Path, why: str) -> Buffer:
    """What an agent does with a file in which it found damage."""
    former = put_aside(path, now_us(), why)
    return ready(
        Buffer(
            open_with(path, "gw", BYTES_MAX, "damaged", former), IDENTITY, Policy(BYTES_MAX), now_us
        )
    )


def ready(buffer: Buffer) -> Buffer:
    """Announce the schema, and save all there is to save of former files."""
    buffer.announce(SCHEMA)
    while buffer.salvaging:
        buffer.salvage()
    return buffer


def batch_of(*values: float) -> Batch:
    """One reading per value, of the two tags in turn; the time is the value in µs."""
    batch = Batch()
    for row, value in enumerate(values):
        batch.add(row % 2, int(value), 0, 1, value, 0)
    return batch


def noise(seed: int, count: int) -> list[float]:
    """Values that do not compress."""
    chance = random.Random(seed)
    return [chance.random() * 1e9 for _ in range(count)]


def decoded(data: bytes) -> Frame:
    return decode_frame(data, lambda _: KEY)


def all_frames(buffer: Buffer, lane: str = "live") -> list[Frame]:
    return [decoded(frame.data) for frame in buffer.fetch(lane, 0, 10_000, 10**9)]


def take(buffer: Buffer, *values: float, cut: bool = True, lane: str = "live") -> bool:
    return buffer.append(batch_of(*values), {"a": int(values[-1])}, lane, cut=cut, sent=False)


def on_disk(path: Path) -> int:
    """Return the bytes of the file and its log."""
    return sum(
        p.stat().st_size for p in path.parent.glob(f"{path.name}*") if ".opened" not in p.name
    )


LANES = ("live", "backlog")


def log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def values_in(buffer: Buffer) -> list[float]:
    return [value for lane in LANES for frame in all_frames(buffer, lane) for value in frame.value]


def check_whole(buffer: Buffer) -> list[float]:
    """Check that a buffer is one that could have been written, and return its values."""
    values = values_in(buffer)
    assert len(values) == len(set(values)), "something is there twice"
    frames = [frame for lane in LANES for frame in all_frames(buffer, lane)]
    numbers = [(frame.epoch, frame.lane, frame.seq) for frame in frames]
    assert len(numbers) == len(set(numbers))
    return values
