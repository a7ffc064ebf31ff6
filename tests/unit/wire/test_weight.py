"""Nobody's message takes much more memory than it says, whatever kind it is."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from uuid import UUID

import msgpack
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.wire.control import decode_check_in, decode_orders
from kernel.wire.envelope import BODY_BYTES_MAX, MESSAGE_BYTES_MAX, Kind, pack, sign, unpack
from kernel.wire.errors import TooLarge, WireError
from kernel.wire.frames import Place, decode_frame, seal_content
from kernel.wire.messages import (
    TAGS_MAX,
    Schema,
    Tag,
    decode_ack,
    decode_schema,
    decode_status,
    encode_schema,
)
from kernel.wire.weight import UNWEIGHED_BYTES, check_weight

KEY = b"k" * 32
MB = 1_000_000
# 16 MB of them are the body itself. Schemas may have 100,000 tags, so more is theirs by right.
GROWTH_MB_MAX, SCHEMA_GROWTH_MB_MAX = 64, 110

BOMBS = {
    "empty maps": b"\x80",
    "empty arrays": b"\x90",
    "maps of one": b"\x81\x00\x00",
    "arrays of arrays": b"\x92\x90\x90",
    "numbers": b"\xcd\x7f\xff",
    "negative numbers": b"\xe0",
    "doubles": b"\xcb\x40\x09\x21\xfb\x54\x44\x2d\x18",
    "texts": b"\xa2ab",
    "wide texts": b"\xa5a\xf0\x9f\x92\xa3",
    "binaries": b"\xc4\x00",
    "extensions": b"\xd4\x01\x00",
    "nulls": b"\xc0",
}
DECODERS: dict[str, Any] = {
    "frame": decode_frame,
    "body": decode_frame,
    "schema": decode_schema,
    "ack": decode_ack,
    "status": decode_status,
    "check_in": decode_check_in,
    "orders": decode_orders,
}


def filled(token: bytes, size: int) -> bytes:
    """An array of so many bytes of one thing."""
    count = size // len(token)
    return b"\xdd" + count.to_bytes(4, "big") + token * count


def message(kind: str, token: bytes) -> bytes:
    """A signed message whose body, or content, is an array of one thing, as large as it may be."""
    if kind == "body":
        return sign(Kind.FRAME, "gw_1", filled(token, MESSAGE_BYTES_MAX - 100), KEY)
    packed = zstandard.ZstdCompressor().compress(filled(token, BODY_BYTES_MAX - 16))
    if kind == "frame":
        return seal_content(Place("gw_1", UUID(int=1), "live", 0), packed, KEY)
    return sign(Kind[kind.upper()], "gw_1", packed, KEY)


def decode_all(kind: str) -> None:
    """Decode the messages on standard input; say codes, seconds and the growth in MB."""

    def peak_kb() -> int:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))

    messages = [bytes.fromhex(line) for line in sys.stdin.read().split()]
    before, codes, began = peak_kb(), [], time.process_time()
    for data in messages:
        try:
            DECODERS[kind](data, lambda _: KEY)
        except WireError as error:
            codes.append(error.code)
    seconds = time.process_time() - began
    sys.stdout.write(json.dumps([codes, seconds, (peak_kb() - before) * 1024 / MB]))


@pytest.mark.parametrize("kind", DECODERS)
def test_a_body_of_many_small_things_is_refused_before_it_is_built(kind: str) -> None:
    messages = [message(kind, token) for token in BOMBS.values()]
    code = f"from tests.unit.wire.test_weight import decode_all; decode_all({kind!r})"
    done = subprocess.run(
        [sys.executable, "-c", code],
        input="\n".join(data.hex() for data in messages),
        capture_output=True,
        text=True,
        check=True,
    )
    codes, seconds, growth_mb = json.loads(done.stdout)
    if kind == "body":
        # Two megabytes of these are small enough; a body has five fields all the same.
        assert set(codes) <= {"too_large", "inconsistent"}
        assert codes.count("too_large") >= 4
    elif kind == "schema":
        assert codes.count("too_large") >= len(BOMBS) - 1
    else:
        assert codes == ["too_large"] * len(BOMBS)
    assert growth_mb < (SCHEMA_GROWTH_MB_MAX if kind == "schema" else GROWTH_MB_MAX)
    assert seconds < 1.5 * len(BOMBS)


def test_a_small_body_is_not_worth_a_bomb() -> None:
    """What is not weighed stays small by itself: also arrays that claim to be long, one in another."""
    nested = b"\xdc\xff\xff" * (UNWEIGHED_BYTES // 3)
    with pytest.raises(WireError):
        unpack(zstandard.ZstdCompressor().compress(nested))
    check_weight(b"\x80" * UNWEIGHED_BYTES, 0)
    with pytest.raises(TooLarge):
        check_weight(b"\x80" * (UNWEIGHED_BYTES + 1), 32 * 1024)


def test_the_most_tags_a_schema_may_have_are_accepted() -> None:
    tags = tuple(
        Tag(f"ns=2;s=Line{n % 40}.Machine{n}.Value", f"SN-{n:06}", f"value {n}", "mm/s", 0.0, 9.5)
        for n in range(TAGS_MAX)
    )
    schema = Schema("gw_1", tags)
    assert decode_schema(encode_schema(schema, KEY), lambda _: KEY) == schema


def test_nothing_is_packed_that_would_not_be_unpacked() -> None:
    with pytest.raises(TooLarge):
        pack([{}] * 1_000_000)
    most: list[dict[str, int]] = [{}] * 300_000
    assert unpack(pack(most)) == most


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text()
    | st.binary(max_size=300) | st.builds(msgpack.ExtType, st.integers(0, 127), st.binary(max_size=20)),
    lambda inner: st.lists(inner, max_size=20)
    | st.dictionaries(st.integers(-(2**63), 2**64 - 1), inner, max_size=20),
)  # fmt: skip


def size_of(value: Any) -> int:
    """What a value takes, by CPython's own word; what is made once for all is left out."""
    if value is None or isinstance(value, bool) or (isinstance(value, int) and -5 <= value <= 127):
        return 0
    size = sys.getsizeof(value)
    if isinstance(value, list):
        size += 16 + sum(map(size_of, value))
    if isinstance(value, dict):
        size += 16 + sum(size_of(k) + size_of(v) for k, v in value.items())
    return size


@settings(max_examples=60)
@given(VALUES, st.integers(1, 3))
def test_no_value_takes_more_than_it_was_said_to(value: Any, times: int) -> None:
    filler = b"\x00" * UNWEIGHED_BYTES
    plain = filler + msgpack.packb([value] * times, use_bin_type=True)
    built = msgpack.unpackb(plain[UNWEIGHED_BYTES:], strict_map_key=False)
    if size_of(built) > 0:
        with pytest.raises(TooLarge):
            check_weight(plain, size_of(built) // 2)
    # Nor much less: what is allowed is not refused for a guess. A token costs at least a byte.
    check_weight(plain, 400 * len(plain[UNWEIGHED_BYTES:]))
