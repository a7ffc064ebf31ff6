"""How far a gateway's clock is off is told from when its statuses arrive, however late they do."""

from hypothesis import given
from hypothesis import strategies as st

from ingest.health import rules
from ingest.health.rules import Buckets

LIMIT_MS = 10_000


def seen(arrivals: list[tuple[float, int]]) -> Buckets:
    buckets: Buckets = []
    for at, offset_ms in arrivals:
        buckets = rules.add_offset(buckets, at, offset_ms)
    return buckets


@given(
    st.integers(-7_200_000, 7_200_000),
    st.lists(st.integers(0, 3_600_000), min_size=1, max_size=60),
    st.data(),
)
def test_what_is_held_up_on_its_way_is_no_offset(
    offset_ms: int, delays_ms: list[int], data: st.DataObject
) -> None:
    prompt = data.draw(st.integers(0, len(delays_ms) - 1))
    delays_ms[prompt] = 0
    buckets = seen([(1000.0 + n, offset_ms - delay) for n, delay in enumerate(delays_ms)])
    assert rules.offset_of(buckets) == offset_ms


@given(st.lists(st.tuples(st.floats(0, 1e6), st.integers(-(10**9), 10**9)), max_size=300))
def test_the_window_is_bounded_and_survives_a_jumping_clock_of_the_server(
    arrivals: list[tuple[float, int]],
) -> None:
    buckets = seen(arrivals)
    assert len(buckets) <= rules.WINDOW_SECONDS // rules.BUCKET_SECONDS
    assert buckets == sorted(buckets)


def test_an_offset_is_believed_after_a_while_and_forgotten_after_the_window() -> None:
    assert rules.offset_of([]) is None
    buckets = seen([(t, 5000) for t in range(29)])
    assert not rules.is_settled(buckets)
    buckets = rules.add_offset(buckets, 30, 5000)
    assert rules.is_settled(buckets)
    buckets = rules.add_offset(buckets, 119, 10)
    assert rules.offset_of(buckets) == 5000
    # The clock was put right; two minutes later nothing of the old is left.
    buckets = rules.add_offset(buckets, 30 + rules.WINDOW_SECONDS, 10)
    assert rules.offset_of(buckets) == 10


def test_a_wrong_clock_must_come_well_back() -> None:
    assert not rules.is_wrong(LIMIT_MS, LIMIT_MS, was_wrong=False)
    assert rules.is_wrong(-LIMIT_MS - 1, LIMIT_MS, was_wrong=False)
    assert rules.is_wrong(6000, LIMIT_MS, was_wrong=True)
    assert not rules.is_wrong(-5000, LIMIT_MS, was_wrong=True)
