"""Frames survive the way, and nothing else passes for one."""

import hashlib
import hmac
import math
import struct
from array import array
from dataclasses import replace
from typing import Any
from uuid import UUID

import msgpack
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.wire.envelope import BODY_BYTES_MAX, Kind, agent_of, pack, sign, signed_part, unpack
from kernel.wire.errors import Inconsistent, TooLarge, WireError
from kernel.wire.frames import (
    DROPPED_MAX,
    Frame,
    Place,
    decode_frame,
    encode_frame,
    pack_content,
    read_content,
    reread_frame,
    seal_content,
)
from kernel.wire.gaps import GAPS_MAX, REASONS, Gap, gaps_by_frame

KEY = b"k" * 32
CODES = {
    "not_a_frame",
    "unknown_version",
    "truncated",
    "bad_signature",
    "unknown_agent",
    "too_large",
    "inconsistent",
}

times = st.integers(1 - 2**62, 2**62 - 1)
odd_scalar = st.one_of(
    st.booleans(), st.text(max_size=40), st.integers(-(2**63), 2**64 - 1), st.none()
)
odd_values = st.one_of(odd_scalar, st.lists(st.one_of(odd_scalar, st.floats()), max_size=5))


def key_of(agent: str) -> bytes | None:
    return KEY if agent != "stranger" else None


@st.composite
def gaps(draw: st.DrawFn) -> Gap:
    first, last = sorted(draw(st.tuples(st.integers(0, 50_000), st.integers(0, 20_000))))
    start, end = sorted(draw(st.tuples(times, times)))
    return Gap(first, last, start, end, draw(st.sampled_from(REASONS)))


@st.composite
def frames(draw: st.DrawFn) -> Frame:
    rows = draw(st.integers(1, 40))

    def column(kind: str, items: st.SearchStrategy[Any]) -> "array[Any]":
        return array(kind, draw(st.lists(items, min_size=rows, max_size=rows)))

    value = column("d", st.floats())
    odd = draw(st.dictionaries(st.integers(0, rows - 1), odd_values, max_size=rows))
    for row in odd:
        value[row] = math.nan
    return Frame(
        dropped=draw(st.integers(0, DROPPED_MAX)),
        gaps=tuple(draw(st.lists(gaps(), max_size=5))),
        agent=draw(st.from_regex(r"[A-Za-z0-9._-]{1,64}", fullmatch=True)),
        epoch=draw(st.uuids()),
        lane=draw(st.sampled_from(["live", "backlog"])),
        seq=draw(st.integers(0, 2**63 - 2)),
        schema_hash=draw(st.binary(min_size=8, max_size=8)),
        cut_at_us=draw(times),
        series=column("I", st.integers(0, 2**32 - 1)),
        ts=column("q", times),
        server_ts=column("q", times),
        edge_ts=column("q", times),
        value=value,
        quality=column("I", st.integers(0, 2**32 - 1)),
        odd=odd,
    )


def small(**changes: Any) -> Frame:
    fields: dict[str, Any] = {
        "agent": "gw-1",
        "epoch": UUID(int=7),
        "lane": "live",
        "seq": 0,
        "schema_hash": b"12345678",
        "cut_at_us": 5,
        "series": array("I", [0, 1]),
        "ts": array("q", [1, 2]),
        "server_ts": array("q", [0, 0]),
        "edge_ts": array("q", [3, 3]),
        "value": array("d", [1.5, math.nan]),
        "quality": array("I", [0, 0x80000000]),
        "odd": {1: "text"},
    }
    return Frame(**(fields | changes))


def with_content(content: bytes) -> bytes:
    """Return a signed frame of any content."""
    place = Place("gw-1", UUID(int=7), "live", 0)
    return seal_content(place, content, KEY)


def sealed(packed: bytes, agent: bytes = b"gw-1", *, length: int | None = None) -> bytes:
    """Return an envelope with a valid signature around any body."""
    size = len(packed) if length is None else length
    signed = b"FWF\x01" + bytes([len(agent)]) + agent + struct.pack("<I", size) + packed
    return signed + hmac.digest(KEY, signed, hashlib.sha256)


def tampered(number: int, value: Any, *, in_content: bool = True) -> bytes:
    """Return a signed frame with one field of its content or body replaced."""
    body = msgpack.unpackb(encode_frame(small(), KEY)[13:-32])
    content = unpack(body[4])
    (content if in_content else body)[number] = value
    if in_content:
        body[4] = pack(content)
    return sign(Kind.FRAME, "gw-1", msgpack.packb(body), KEY)


def same(left: Frame, right: Frame) -> bool:
    """Equality that holds for NaN too."""
    return encode_frame(left, KEY) == encode_frame(right, KEY)


@settings(max_examples=50, deadline=None)
@given(frames())
def test_a_frame_comes_back_as_it_was(frame: Frame) -> None:
    data = encode_frame(frame, KEY)
    found = decode_frame(data, lambda _: KEY)
    for name in ("agent", "epoch", "lane", "seq", "schema_hash", "cut_at_us", "dropped", "gaps"):
        assert getattr(found, name) == getattr(frame, name)
    for name in ("series", "ts", "server_ts", "edge_ts", "value", "quality"):
        assert getattr(found, name).tobytes() == getattr(frame, name).tobytes()
    assert repr(found.odd) == repr(frame.odd)
    assert agent_of(data) == frame.agent
    assert same(found, frame)


@settings(max_examples=25, deadline=None)
@given(frames(), st.uuids(), st.booleans())
def test_a_content_gets_its_number_later_and_its_bytes_only_depend_on_both(
    frame: Frame,
    epoch: UUID,
    again: bool,  # noqa: FBT001 - Hypothesis' form
) -> None:
    content = pack_content(frame)
    place = Place(frame.agent, epoch, "backlog", 77, again)
    data = seal_content(place, content, KEY)
    assert data == seal_content(place, content, KEY)
    found = decode_frame(data, lambda _: KEY)
    assert (found.epoch, found.lane, found.seq, found.again) == (epoch, "backlog", 77, again)
    assert same(found, read_content(place, content))
    assert same(found, replace(frame, epoch=epoch, lane="backlog", seq=77, again=again))
    assert same(found, reread_frame(data))
    other = seal_content(place, content, b"another key of the same agent")
    assert other != data
    assert signed_part(other) == signed_part(data)


@settings(max_examples=50, deadline=None)
@given(frames(), st.data())
def test_a_frame_cut_anywhere_is_refused(frame: Frame, data: st.DataObject) -> None:
    whole = encode_frame(frame, KEY)
    end = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(WireError) as refusal:
        decode_frame(whole[:end], lambda _: KEY)
    assert refusal.value.code in {"truncated", "not_a_frame"}


@settings(max_examples=50, deadline=None)
@given(frames(), st.data())
def test_a_frame_with_any_bit_flipped_is_refused(frame: Frame, data: st.DataObject) -> None:
    broken = bytearray(encode_frame(frame, KEY))
    at = data.draw(st.integers(0, len(broken) * 8 - 1))
    broken[at // 8] ^= 1 << at % 8
    with pytest.raises(WireError) as refusal:
        decode_frame(bytes(broken), lambda _: KEY)
    assert refusal.value.code in CODES


@given(st.binary(max_size=300))
def test_random_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(WireError) as refusal:
        decode_frame(data, key_of)
    assert refusal.value.code in CODES


@given(st.binary(max_size=200))
def test_a_signed_body_of_random_bytes_is_refused(body: bytes) -> None:
    compressed = zstandard.ZstdCompressor().compress(body)
    for data in (sealed(body), sealed(compressed), with_content(body), with_content(compressed)):
        with pytest.raises(WireError) as refusal:
            decode_frame(data, key_of)
        assert refusal.value.code in {"inconsistent", "too_large"}


json_like = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.binary(max_size=20)
    | st.text(max_size=10)
    | st.floats(),
    lambda inner: st.lists(inner, max_size=4),
    max_leaves=6,
)


@given(st.integers(0, 11), json_like)
def test_a_signed_frame_with_any_field_replaced_is_read_or_refused(at: int, value: Any) -> None:
    data = tampered(at, value) if at < 7 else tampered(at - 7, value, in_content=False)
    try:
        frame = decode_frame(data, key_of)
    except WireError as refusal:
        assert refusal.code == "inconsistent"  # noqa: PT017 - either outcome is right
    else:
        assert len(frame.ts) == len(frame.value) == len(frame) == 2


gap_like = st.lists(
    st.lists(st.one_of(json_like, times, st.integers(0, 5), st.just("overflow")), max_size=6)
    | st.tuples(st.integers(0, 9), st.integers(0, 9), times, times, st.sampled_from(REASONS)),
    max_size=4,
)


@given(gap_like)
def test_a_signed_frame_with_any_gaps_is_read_or_refused(value: Any) -> None:
    try:
        frame = decode_frame(tampered(6, value), key_of)
    except WireError as refusal:
        assert refusal.code == "inconsistent"  # noqa: PT017 - either outcome is right
    else:
        assert all(0 <= gap.first <= gap.last and gap.start_us <= gap.end_us for gap in frame.gaps)


@pytest.mark.parametrize(
    "wrong",
    [
        Gap(2, 1, 0, 0, "overflow"),
        Gap(-1, 1, 0, 0, "overflow"),
        Gap(0, 100_001, 0, 0, "overflow"),
        Gap(0, 1, 5, 4, "overflow"),
        Gap(0, 1, 0, 2**62, "overflow"),
        Gap(0, 1, 0, 0, "Overflow\0"),
        Gap(0, 1, 0, 0, ""),
        Gap(0, 1, 0, 0, 7),  # type: ignore[arg-type]  # what a wire can carry
    ],
)
def test_gaps_that_cannot_be_are_not_sent(wrong: Gap) -> None:
    with pytest.raises(Inconsistent):
        encode_frame(small(gaps=(wrong,)), KEY)


def test_gaps_are_bounded_in_number_and_in_tags() -> None:
    gap = Gap(0, 0, 1, 2, "overflow")
    assert len(decode_frame(encode_frame(small(gaps=(gap,) * GAPS_MAX), KEY), key_of).gaps) == 1000
    for many in ((gap,) * (GAPS_MAX + 1), (gap._replace(last=99_999),) * 3):
        with pytest.raises(Inconsistent):
            encode_frame(small(gaps=many), KEY)
        portions = list(gaps_by_frame(many))
        assert [g for portion in portions for g in portion] == list(many)
        for portion in portions:
            encode_frame(small(gaps=tuple(portion)), KEY)


@pytest.mark.parametrize("length", [0, 1, 2**31, 2**32 - 1])
def test_lengths_that_lie_are_refused(length: int) -> None:
    with pytest.raises(WireError) as refusal:
        decode_frame(sealed(b"12345", length=length), key_of)
    assert refusal.value.code in {"truncated", "inconsistent"}


@pytest.mark.parametrize("rows", [1, 3, 65_536, 65_537, 2**40])
def test_row_counts_that_lie_are_refused(rows: int) -> None:
    with pytest.raises(Inconsistent):
        decode_frame(tampered(2, rows), key_of)


def test_a_bomb_is_refused_before_it_unpacks() -> None:
    bomb = zstandard.ZstdCompressor(level=19).compress(bytes(BODY_BYTES_MAX * 20))
    assert len(bomb) < 100_000
    with pytest.raises(TooLarge):
        decode_frame(with_content(bomb), key_of)


def test_a_bomb_that_hides_its_size_is_refused() -> None:
    packer = zstandard.ZstdCompressor(level=19, write_content_size=False)
    with pytest.raises(Inconsistent):
        decode_frame(with_content(packer.compress(bytes(BODY_BYTES_MAX * 20))), key_of)


def test_a_bomb_that_lies_about_its_size_is_refused() -> None:
    bomb = bytearray(zstandard.ZstdCompressor(level=19).compress(bytes(70_000_000)))
    at = bytes(bomb).index(struct.pack("<I", 70_000_000))
    bomb[at : at + 4] = struct.pack("<I", 1000)
    with pytest.raises(Inconsistent):
        decode_frame(with_content(bytes(bomb)), key_of)


def test_deep_nesting_is_refused() -> None:
    deep = b"\x91" * 5000 + b"\xc0"
    for data in (sealed(deep), with_content(zstandard.ZstdCompressor().compress(deep))):
        with pytest.raises(Inconsistent):
            decode_frame(data, key_of)


def test_a_stranger_a_wrong_key_and_another_version_are_told_apart() -> None:
    data = encode_frame(small(), KEY)
    with pytest.raises(WireError) as stranger:
        decode_frame(encode_frame(small(agent="stranger"), KEY), key_of)
    with pytest.raises(WireError) as forged:
        decode_frame(data, lambda _: b"another key")
    with pytest.raises(WireError) as future:
        decode_frame(data[:3] + b"\x02" + data[4:], key_of)
    with pytest.raises(WireError) as schema:
        decode_frame(data[:2] + b"S" + data[3:], key_of)
    codes = [each.value.code for each in (stranger, forged, future, schema)]
    assert codes == ["unknown_agent", "bad_signature", "unknown_version", "not_a_frame"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"agent": "a/b"},
        {"agent": ""},
        {"lane": "fast"},
        {"seq": -1},
        {"seq": 2**63 - 1},
        {"schema_hash": b"1"},
        {"ts": array("q", [1])},
        {"ts": array("q", [1, 2**63 - 1])},
        {"odd": {2: "text"}},
        {"odd": {0: "text"}},
        {"odd": {1: {"a": 1}}},
        {"odd": {1: 2**64}},
        {"odd": {1: [["nested"]]}},
        {"odd": {1: "x" * 70_000}},
        {"dropped": DROPPED_MAX + 1},
    ],
)
def test_a_frame_that_would_be_refused_is_not_made(wrong: dict[str, Any]) -> None:
    with pytest.raises(Inconsistent):
        encode_frame(small(**wrong), KEY)


def test_an_empty_frame_and_one_with_too_many_rows_are_not_made() -> None:
    def sized(rows: int) -> Frame:
        zeros = array("q", bytes(8 * rows))
        return small(
            series=array("I", bytes(4 * rows)),
            ts=zeros,
            server_ts=zeros,
            edge_ts=zeros,
            value=array("d", bytes(8 * rows)),
            quality=array("I", bytes(4 * rows)),
            odd={},
        )

    with pytest.raises(Inconsistent):
        encode_frame(sized(0), KEY)
    gap = replace(sized(0), dropped=700)
    assert decode_frame(encode_frame(gap, KEY), key_of) == gap
    missing = replace(sized(0), gaps=(Gap(0, 1, 5, 6, "overflow"),))
    assert decode_frame(encode_frame(missing, KEY), key_of) == missing
    with pytest.raises(TooLarge):
        encode_frame(sized(65_537), KEY)
    assert len(decode_frame(encode_frame(sized(65_536), KEY), key_of)) == 65_536
