"""Check-ins and orders: what goes in comes out, and nothing else is accepted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.wire.control import (
    CONFIGURATION_STATES,
    Browse,
    Browsed,
    CheckIn,
    Configuration,
    ConfigurationState,
    FoundNode,
    NextKey,
    Orders,
    decode_check_in,
    decode_orders,
    encode_check_in,
    encode_orders,
)
from kernel.wire.envelope import Kind, seal
from kernel.wire.errors import BadSignature, NotAFrame, WireError

KEY, OTHER = bytes(32), bytes([1]) * 32

_TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
_VERSIONS = st.integers(0, 2**31 - 1)
_NUMBERS = st.none() | st.floats(allow_nan=False, allow_infinity=False)
_NODES = st.builds(FoundNode, _TEXT, _TEXT, _TEXT, _TEXT, _NUMBERS, _NUMBERS, _TEXT)
_CHECK_INS = st.builds(
    CheckIn,
    agent=st.just("gw-1"),
    nonce=st.binary(min_size=16, max_size=16),
    counter=st.integers(0, 2**63 - 1),
    program_version=_TEXT,
    key_version=_VERSIONS,
    former_key_needed=st.booleans(),
    configuration=st.builds(
        ConfigurationState,
        _VERSIONS,
        st.sampled_from(CONFIGURATION_STATES),
        _TEXT,
        _VERSIONS,
        st.just(b"") | st.binary(min_size=32, max_size=32),
    ),
    document=st.none() | _TEXT,
    browsed=st.none()
    | st.builds(
        Browsed, _TEXT, _TEXT, _TEXT, st.lists(_NODES, max_size=3).map(tuple), st.booleans()
    ),
)
_ORDERS = st.builds(
    Orders,
    agent=st.just("gw-1"),
    nonce=st.binary(min_size=16, max_size=16),
    server_time_us=st.integers(0, 2**63 - 1),
    again_seconds=st.floats(0, 86_400),
    configuration=st.none()
    | st.builds(Configuration, _VERSIONS, st.binary(min_size=32, max_size=32), _TEXT),
    document_wanted=st.booleans(),
    next_key=st.none() | st.builds(NextKey, _VERSIONS, st.binary(min_size=16, max_size=64), _TEXT),
    browse=st.none()
    | st.builds(Browse, _TEXT, _TEXT, _TEXT, _TEXT, _TEXT, _TEXT, st.integers(0, 5000)),
)


@given(_CHECK_INS)
def test_a_check_in_comes_out_as_it_went_in(message: CheckIn) -> None:
    assert decode_check_in(encode_check_in(message, KEY), lambda _: KEY) == message


@given(_ORDERS)
def test_orders_come_out_as_they_went_in(orders: Orders) -> None:
    assert decode_orders(encode_orders(orders, KEY), lambda _: (OTHER, KEY)) == orders


@given(_CHECK_INS)
def test_one_kind_does_not_pass_for_another_nor_one_key(message: CheckIn) -> None:
    data = encode_check_in(message, KEY)
    with pytest.raises(NotAFrame):
        decode_orders(data, lambda _: KEY)
    with pytest.raises(BadSignature):
        decode_check_in(data, lambda _: OTHER)


_JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | _TEXT
    | st.binary(max_size=20),
    lambda inner: st.lists(inner, max_size=9)
    | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=20,
)  # fmt: skip


@given(_JUNK)
def test_signed_junk_is_refused_with_a_code(body: object) -> None:
    for kind, decode in ((Kind.CHECK_IN, decode_check_in), (Kind.ORDERS, decode_orders)):
        with pytest.raises(WireError):
            decode(seal(kind, "gw-1", body, KEY), lambda _: KEY)
