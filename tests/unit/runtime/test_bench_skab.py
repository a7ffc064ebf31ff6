"""Settings chosen without the runs they are scored on."""

from anomaly.backtest.verdict import Verdict
from runtime.bench.anomaly.skab import GROUP_RUNS, Choice, chosen_without


def verdict(hit: int, false: int = 0) -> Verdict:
    """Of 100 faulty and 100 normal rows, so many told."""
    return Verdict(
        events=1, events_found=1, alarms=1, false_alarms=0, normal_s=100.0, true_positive=hit,
        false_positive=false, false_negative=100 - hit, true_negative=100 - false, delays_s=(),
    )  # fmt: skip


def test_a_group_is_scored_with_what_is_best_on_the_others() -> None:
    good, poor = [verdict(90)] * GROUP_RUNS, [verdict(50)] * GROUP_RUNS
    middling = [verdict(80)] * GROUP_RUNS
    # Each is best on one group; without that group the other is.
    by_choice: dict[Choice, list[Verdict]] = {(1.0,): [*good, *poor], (2.0,): [*poor, *middling]}
    found = chosen_without(by_choice, 2 * GROUP_RUNS)
    assert found.choices == [(2.0,), (1.0,)]
    assert found.figures["missed_rows"] == 0.5


def test_what_tells_too_many_false_rows_is_chosen_only_where_everything_does() -> None:
    loud, quiet = [verdict(99, false=30)] * 3, [verdict(60)] * 3
    runs = 3
    found = chosen_without(
        {(1.0,): loud * GROUP_RUNS, (2.0,): quiet * GROUP_RUNS}, runs * GROUP_RUNS
    )
    assert set(found.choices) == {(2.0,)}
    only = chosen_without({(1.0,): loud * GROUP_RUNS}, runs * GROUP_RUNS)
    assert set(only.choices) == {(1.0,)}
