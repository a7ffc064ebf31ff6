"""Schemas, acks and statuses survive the way, and nothing else passes for one."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.wire.envelope import Kind, seal
from kernel.wire.errors import Inconsistent, NotAFrame, WireError
from kernel.wire.messages import (
    Ack,
    Schema,
    Status,
    Tag,
    decode_ack,
    decode_schema,
    decode_status,
    encode_ack,
    encode_schema,
    encode_status,
)

KEY = b"k" * 32
ANY_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.text(max_size=8)
    | st.binary(max_size=20)
    | st.floats(),
    lambda inner: (
        st.lists(inner, max_size=9) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=20,
)
words = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
limits = st.none() | st.floats(allow_nan=False)
tags = st.builds(
    Tag, words, words, words, words, limits, limits, words, st.sampled_from(["number", "boolean"])
)
counts = st.integers(0, 2**63 - 1)


def key_of(_: str) -> bytes:
    return KEY


@given(st.lists(tags, max_size=10, unique_by=lambda tag: tag.name))
def test_a_schema_comes_back_with_the_same_hash(found: list[Tag]) -> None:
    schema = Schema("gw-1", tuple(found))
    back = decode_schema(encode_schema(schema, KEY), key_of)
    assert back == schema
    assert back.hash == schema.hash
    assert len(schema.hash) == 8


def test_the_hash_tells_schemas_apart_but_not_1_from_1_0() -> None:
    one = Schema("a", (Tag("t", "s", "n", low=1),))
    assert one.hash == Schema("a", (Tag("t", "s", "n", low=1.0),)).hash
    assert one.hash != Schema("a", (Tag("t", "s", "n", low=2),)).hash


@given(
    st.uuids(),
    st.sampled_from(["live", "backlog"]),
    st.lists(st.tuples(counts, counts).map(lambda pair: (min(pair), max(pair))), max_size=5),
    st.sampled_from(["stored", "need_schema", "new_epoch", "refused"]),
    words,
)
def test_an_ack_comes_back(
    epoch: UUID, lane: str, seqs: list[tuple[int, int]], verdict: str, detail: str
) -> None:
    ack = Ack("gw-1", epoch, lane, seqs, verdict, detail)
    assert decode_ack(encode_ack(ack, KEY), key_of) == ack


@given(st.uuids(), st.tuples(counts, counts, counts, counts), words)
def test_a_status_comes_back(epoch: UUID, numbers: tuple[int, int, int, int], version: str) -> None:
    sources = [{"name": "plc", "kind": "opcua", "state": "connected", "nodes": 3, "failed": {}}]
    status = Status("gw-1", epoch, *numbers, version, sources)
    assert decode_status(encode_status(status, KEY), key_of) == status


@given(ANY_JSON)
def test_a_signed_body_of_anything_is_read_or_refused_as_inconsistent(body: Any) -> None:
    for kind, decode in (
        (Kind.SCHEMA, decode_schema),
        (Kind.ACK, decode_ack),
        (Kind.STATUS, decode_status),
    ):
        try:
            decode(seal(kind, "gw-1", body, KEY), key_of)
        except WireError as refusal:
            assert refusal.code == "inconsistent"  # noqa: PT017 - an empty schema is right
        else:
            assert body == []
            assert kind is Kind.SCHEMA


def test_one_kind_does_not_pass_for_another() -> None:
    with pytest.raises(NotAFrame):
        decode_ack(encode_schema(Schema("gw-1", ()), KEY), key_of)


def test_two_tags_of_one_name_are_refused() -> None:
    schema = Schema("gw-1", (Tag("t", "a", "x"), Tag("t", "a", "y")))
    with pytest.raises(Inconsistent):
        decode_schema(encode_schema(schema, KEY), key_of)


def test_a_range_that_ends_before_it_begins_is_refused() -> None:
    ack = Ack("gw-1", UUID(int=1), "live", [(5, 4)], "stored")
    with pytest.raises(Inconsistent):
        decode_ack(encode_ack(ack, KEY), key_of)
