"""The plan is the seed's: fair in every part, the same every time."""

from collections import Counter
from random import Random

import pytest

from kernel.errors import InvalidInput
from runtime.chaos.faults.plan import KINDS, plan
from runtime.chaos.site import LINKS


def _plans(seed: int, first: int, last: int) -> list[tuple[str, str, float]]:
    planned = [plan(seed, cycle) for cycle in range(first, last + 1)]
    return [(one.kind, one.target, one.chance.random()) for one in planned]


def test_the_same_seed_plans_the_same() -> None:
    assert _plans(7, 1, 40) == _plans(7, 1, 40)
    assert _plans(7, 1, 40) != _plans(8, 1, 40)


def test_a_run_that_goes_on_has_the_plan_of_one_that_never_stopped() -> None:
    assert _plans(7, 1, 40)[20:] == _plans(7, 21, 40)


@pytest.mark.parametrize("seed", [1, 7, 42])
def test_every_kind_comes_before_one_comes_again(seed: int) -> None:
    kinds = [kind for kind, _, _ in _plans(seed, 1, 3 * len(KINDS))]
    for start in range(0, len(kinds), len(KINDS)):
        assert sorted(kinds[start : start + len(KINDS)]) == sorted(KINDS)


def test_some_kinds_only_are_planned_as_fairly() -> None:
    planned = [plan(7, cycle, ("kill", "old_buffer")) for cycle in range(1, 29)]
    assert Counter(one.kind for one in planned) == {"kill": 14, "old_buffer": 14}
    kills = Counter(one.target for one in planned if one.kind == "kill")
    assert set(kills.values()) == {2}
    with pytest.raises(InvalidInput, match="no fault fire; there are kill, "):
        plan(7, 1, ("fire",))


def test_two_hundred_cycles_have_every_fault_on_every_target() -> None:
    counted = Counter((kind, target) for kind, target, _ in _plans(7, 1, 200))
    assert set(counted) == {(name, t) for name, kind in KINDS.items() for t in kind.targets}
    assert min(counted.values()) >= 2


def test_every_promised_fault_is_there() -> None:
    processes = {"agent", "broker", "ingest", "worker", "scoring", "database", "valkey"}
    assert set(KINDS["kill"].targets) == set(KINDS["stop"].targets) == processes
    for kind in ("stall", "reset", "half_open", "delay", "bandwidth"):
        assert KINDS[kind].targets == LINKS
    assert KINDS["clock_jump"].targets == ("+1h", "-1h")
    assert isinstance(plan(7, 1).chance, Random)
