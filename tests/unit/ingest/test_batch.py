"""A batch keeps frames apart while treating their readings as one."""

from array import array
from typing import Any
from uuid import UUID

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ingest import parcel, rules
from ingest.admission import Admitted
from ingest.batch import Batch, Incoming, parcel_of
from ingest.mapping import NO_TAGS, TagMap
from ingest.rules import Limits, Reason
from kernel.wire.frames import Frame
from registry.assets.service import GatewayFacts

NOW = 1_800_000_000_000_000
LIMITS = Limits.at(NOW, future_seconds_max=300, age_days_max=3650)
GATEWAY = GatewayFacts("gw_1", "Gateway", "org_1", "site_1", 1, revoked=False)
TAGS = TagMap(
    7,
    np.array([10, 0, 30], np.int32),
    np.array([False, False, True]),
    {10: "ast_1", 30: "ast_1"},
    "org_1",
)


def incoming(
    seq: int, rows: list[tuple[int, float]], odd: dict[int, Any], quality: int = 0
) -> Incoming:
    count = len(rows)
    frame = Frame(
        "gw_1",
        UUID(int=1),
        "live",
        seq,
        b"12345678",
        NOW,
        array("I", [series for series, _ in rows]),
        array("q", [NOW + row for row in range(count)]),
        array("q", [0] * count),
        array("q", [NOW] * count),
        array("d", [value for _, value in rows]),
        array("I", [quality] * count),
        odd,
        **({} if rows else {"dropped": 5}),
    )
    return Incoming(Admitted(frame, GATEWAY, b"", b"%d" % seq), TAGS if rows else NO_TAGS)


VALUES = st.one_of(st.sampled_from([0.0, 1.0, 2.5]), st.floats())
FRAMES = st.lists(
    st.lists(st.tuples(st.integers(0, 4), VALUES), max_size=6), min_size=1, max_size=6
)


@given(FRAMES, st.data())
def test_every_reading_is_stored_or_has_a_reason(
    frames: list[list[tuple[int, float]]], data: st.DataObject
) -> None:
    bad = data.draw(st.lists(st.booleans(), min_size=len(frames), max_size=len(frames)))
    made = [incoming(n, rows, {}, rules.BAD * bad[n]) for n, rows in enumerate(frames)]
    batch = Batch.of(made, NOW, LIMITS)
    assert len(batch) == sum(map(len, frames))
    assert batch.prepared.rows + int(batch.quarantined.sum()) == len(batch)
    for number, rows in enumerate(frames):
        for (series, value), reason in zip(rows, batch.reasons_of(number), strict=True):
            expected = (
                Reason.UNKNOWN_SERIES
                if series not in {0, 2}
                else Reason.NOT_FINITE
                if not np.isfinite(value) and not (bad[number] and np.isnan(value))
                else Reason.UNSUPPORTED_VALUE
                if series == 2 and value not in {0.0, 1.0} and not np.isnan(value)
                else 0
            )
            assert reason == expected
    chosen = data.draw(st.lists(st.sampled_from(range(len(frames))), unique=True).map(sorted))
    alone = [Batch.of([made[n]], NOW, LIMITS).prepared.rows for n in chosen]
    assert batch.prepared_of(chosen).rows == sum(alone)


@given(FRAMES.filter(lambda frames: len(frames) > 1))
def test_halves_are_the_batch(frames: list[list[tuple[int, float]]]) -> None:
    batch = Batch.of([incoming(n, rows, {}) for n, rows in enumerate(frames)], NOW, LIMITS)
    first, second = batch.halves()
    assert [*first.frames, *second.frames] == list(batch.frames)
    assert np.concatenate([first.reasons, second.reasons]).tolist() == batch.reasons.tolist()
    assert [*first.quarantined, *second.quarantined] == batch.quarantined.tolist()
    assert first.prepared.rows + second.prepared.rows == batch.prepared.rows


def test_a_refused_batch_stores_nothing_and_keeps_earlier_reasons() -> None:
    batch = Batch.of([incoming(0, [(0, 1.0), (1, 2.0), (0, 3.0)], {})], NOW, LIMITS)
    refused = batch.refused(Reason.STORAGE_REFUSED)
    assert refused.prepared.rows == 0
    assert refused.reasons.tolist() == [
        Reason.STORAGE_REFUSED,
        Reason.UNKNOWN_SERIES,
        Reason.STORAGE_REFUSED,
    ]


def test_odd_values_settle_by_the_series_they_are_on() -> None:
    rows = [(0, np.nan), (2, np.nan), (0, np.nan), (1, np.nan)]
    batch = Batch.of([incoming(0, rows, {0: True, 1: True, 2: 7, 3: "x"})], NOW, LIMITS)
    assert batch.reasons.tolist() == [Reason.BOOLEAN_VALUE, 0, 0, Reason.UNKNOWN_SERIES]
    assert sorted(batch.storable.value.tolist()) == [1.0, 7.0]


@given(
    st.lists(st.tuples(st.integers(0, 4), VALUES), min_size=1, max_size=30),
    st.dictionaries(st.integers(0, 29), st.one_of(st.text(), st.booleans(), st.none())),
    st.data(),
)
def test_a_parcel_gives_back_exactly_what_was_put_in(
    rows: list[tuple[int, float]], odd: dict[int, Any], data: st.DataObject
) -> None:
    odd = {row: item for row, item in odd.items() if row < len(rows)}
    batch = Batch.of([incoming(0, rows, odd)], NOW, LIMITS)
    whole = parcel_of(batch.frames[0].frame)
    taken = data.draw(st.lists(st.sampled_from(range(len(rows))), unique=True).map(sorted))
    some = whole.take(np.array(taken, np.intp))
    back = parcel.unpack(parcel.pack(some))
    assert back.series.tolist() == [rows[n][0] for n in taken]
    assert back.value.tobytes() == np.array([rows[n][1] for n in taken], float).tobytes()
    assert back.ts_us.tolist() == [NOW + n for n in taken]
    assert back.odd == {new: odd[old] for new, old in enumerate(taken) if old in odd}


@given(FRAMES)
def test_what_is_spoilt_is_packed_by_frame_and_reason(
    frames: list[list[tuple[int, float]]],
) -> None:
    made = [incoming(n, rows, {}) for n, rows in enumerate(frames)]
    batch = Batch.of(made, NOW, LIMITS)
    batch = batch.without(np.flatnonzero(batch.reasons == 0)[:1])
    found = {(one.number, one.reason): one for one in batch.spoilt}
    assert len(found) == len(batch.spoilt)
    for number in range(len(frames)):
        reasons = batch.reasons_of(number)
        for reason in Reason:
            rows = np.flatnonzero(reasons == reason)
            one = found.pop((number, reason), None)
            if not len(rows) or reason == Reason.ALREADY_STORED:
                assert one is None
            else:
                assert one is not None
                kept = parcel.unpack(one.body)
                frame = batch.frames[number].frame
                assert one.readings == len(rows) == len(kept)
                assert kept.ts_us.tolist() == [frame.ts[row] for row in rows]
    assert not found
