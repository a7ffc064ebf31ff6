"""What hides an alarm, and which state of ISA-18.2 it then has."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anomaly.alarms.rules import Cover, Incident, hidden_by, would_circle
from anomaly.rules import AlarmState, IsaState, SuppressionKind, isa_state

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def incident(*series: int, **facts: object) -> Incident:
    values = {
        "category": "machine",
        "severity": "medium",
        "series_ids": frozenset(series),
        "raised_at": NOW,
        "historical": False,
        "heard": False,
    }
    return Incident(**(values | facts))  # type: ignore[arg-type]  # each test gives the right ones


def cover(kind: str, series: set[int] | None = None, **facts: object) -> Cover:
    values = {
        "suppression_id": f"sup_{kind}_{sorted(series or ())}",
        "kind": SuppressionKind(kind),
        "category": None,
        "series_ids": None if series is None else frozenset(series),
        "starts_at": NOW - timedelta(hours=1),
    }
    return Cover(**(values | facts))  # type: ignore[arg-type]  # each test gives the right ones


def kind_of(found: Cover | None) -> str | None:
    return None if found is None else found.kind.value


def test_a_shelved_series_hides_itself_and_no_other() -> None:
    shelf = cover("shelved", {1})
    assert kind_of(hidden_by(incident(1), [shelf])) == "shelved"
    assert hidden_by(incident(1, 2), [shelf]) is None
    assert hidden_by(incident(2), [shelf]) is None


def test_every_series_may_be_hidden_by_something_else_and_the_weakest_shows() -> None:
    both = [cover("shelved", {1}), cover("out_of_service", {2})]
    assert kind_of(hidden_by(incident(1, 2), both)) == "shelved"
    assert kind_of(hidden_by(incident(2), both)) == "out_of_service"
    whole = cover("maintenance")
    assert kind_of(hidden_by(incident(1, 2), [*both, whole])) == "maintenance"


def test_a_category_is_hidden_alone() -> None:
    sensor = cover("out_of_service", category="sensor")
    assert hidden_by(incident(1), [sensor]) is None
    assert hidden_by(incident(1, category="sensor"), [sensor]) is sensor


def test_a_parent_hides_only_while_it_is_in_alarm() -> None:
    assert hidden_by(incident(1), [cover("parent")]) is None
    assert hidden_by(incident(1), [cover("parent", parent_active=True)]) is not None


@pytest.mark.parametrize(
    ("facts", "hidden"),
    [
        ({}, True),
        ({"severity": "low"}, True),
        ({"severity": "high"}, False),
        ({"severity": "critical"}, False),
        ({"heard": True}, False),
        ({"raised_at": NOW - timedelta(hours=2)}, False),
    ],
)
def test_a_flood_holds_back_new_minor_alarms_and_nothing_else(
    facts: dict[str, object],
    hidden: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    assert (hidden_by(incident(1, **facts), [cover("flood")]) is not None) == hidden


@pytest.mark.parametrize("kind", SuppressionKind)
def test_history_is_judged_by_plan_alone(kind: SuppressionKind) -> None:
    found = hidden_by(incident(1, historical=True), [cover(kind.value, parent_active=True)])
    assert (found is not None) == (kind.value in {"out_of_service", "maintenance"})


def test_an_alarm_without_known_series_is_hidden_with_all_of_its_machine_only() -> None:
    assert hidden_by(incident(), [cover("shelved", {1})]) is None
    assert hidden_by(incident(), [cover("maintenance")]) is not None


COVERS = st.builds(
    cover,
    st.sampled_from(["out_of_service", "maintenance", "shelved"]),
    st.none() | st.sets(st.integers(1, 4), min_size=1),
)


@given(st.sets(st.integers(1, 4), min_size=1), st.lists(COVERS, max_size=5), COVERS)
def test_another_cover_never_uncovers(series: set[int], covers: list[Cover], more: Cover) -> None:
    if hidden_by(incident(*series), covers) is not None:
        assert hidden_by(incident(*series), [*covers, more]) is not None


@given(st.sets(st.integers(1, 4), min_size=1), st.lists(COVERS, max_size=5), st.integers(1, 4))
def test_another_deviating_series_never_hides(
    series: set[int], covers: list[Cover], another: int
) -> None:
    if hidden_by(incident(*series), covers) is None:
        assert hidden_by(incident(*series, another), covers) is None


def test_every_state_of_isa_18_2_but_the_latched_ones_is_reached_and_the_rules_are_whole() -> None:
    found = {
        (own, hidden): isa_state(own, hidden)
        for own, hidden in product(AlarmState, (None, *SuppressionKind))
    }
    assert set(found.values()) == set(IsaState)
    for (own, hidden), shown in found.items():
        if hidden is None:
            assert shown.value == own.value.replace("active_", "")
        elif hidden in (SuppressionKind.OUT_OF_SERVICE, SuppressionKind.SHELVED):
            assert shown.value == hidden.value
        else:
            assert shown is IsaState.SUPPRESSED_BY_DESIGN


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=12))
def test_no_machine_becomes_its_own_parent(pairs: list[tuple[int, int]]) -> None:
    parents: dict[str, set[str]] = {}
    for child, parent in ((f"a{one}", f"a{other}") for one, other in pairs):
        if not would_circle(child, parent, parents):
            parents.setdefault(child, set()).add(parent)
    for start, first in parents.items():
        above, todo = set[str](), set(first)
        while todo:
            one = todo.pop()
            assert one != start
            todo |= parents.get(one, set()) - above
            above.add(one)
