"""Rules "while X stands, suppress Y": nothing is hidden without something shown that explains it."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from anomaly.alarms.rules import Cover, Incident, Standing, hidden_by, parent_stands, would_circle
from anomaly.rules import SuppressionKind

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MACHINES = [f"m{number}" for number in range(4)]
SERIES = range(3)
CATEGORIES = ("machine", "sensor")

# A rule: whose alarms it hides, which, and what it waits for: another machine, or a series of its own.
RULES = st.lists(
    st.tuples(
        st.sampled_from(MACHINES),
        st.none() | st.frozensets(st.sampled_from(SERIES), min_size=1),
        st.none() | st.sampled_from(MACHINES),
        st.none() | st.sampled_from(SERIES),
        st.none() | st.sampled_from(CATEGORIES),
    ),
    max_size=12,
)
STANDING = st.sets(
    st.builds(
        Standing, st.sampled_from(MACHINES), st.sampled_from(CATEGORIES), st.sampled_from(SERIES)
    )
)
Rule = tuple[str, frozenset[int] | None, str | None, int | None, str | None]


def accepted(rules: list[Rule]) -> list[Rule]:
    """What can be set: what waits for nothing, or in a circle, is refused."""
    links: dict[str, set[str]] = {}
    kept = []
    for rule in rules:
        child, _, parent, series, _ = rule
        if parent is None:
            if series is None:
                continue
        elif would_circle(child, parent, links):
            continue
        else:
            links.setdefault(child, set()).add(parent)
        kept.append(rule)
    return kept


def covers(machine: str, rules: list[Rule], standing: set[Standing]) -> list[Cover]:
    here = [rule for rule in rules if rule[0] == machine]
    spared = frozenset(rule[3] for rule in here if rule[2] is None and rule[3] is not None)
    return [
        Cover(
            f"{number}", SuppressionKind.PARENT, None, hides, NOW,
            parent_active=parent_stands(
                standing, parent or machine, None if series is None else {series}, category
            ),
            spared=spared if parent is None else frozenset(),
        )
        for number, (_, hides, parent, series, category) in enumerate(here)
    ]  # fmt: skip


def shown(rules: list[Rule], standing: set[Standing]) -> dict[tuple[str, str], bool]:
    alarms = {(each.asset_id, each.category) for each in standing}
    found = {}
    for machine, category in alarms:
        series = frozenset(
            each.series_id
            for each in standing
            if (each.asset_id, each.category) == (machine, category) and each.series_id is not None
        )
        incident = Incident(category, "high", series, NOW, historical=False, heard=False)
        found[machine, category] = hidden_by(incident, covers(machine, rules, standing)) is None
    return found


@given(RULES, STANDING)
def test_while_anything_stands_something_is_shown(
    rules: list[Rule], standing: set[Standing]
) -> None:
    found = shown(accepted(rules), standing)
    assert any(found.values()) or not standing


@given(RULES, STANDING)
def test_what_is_hidden_shows_once_all_that_is_shown_has_returned(
    rules: list[Rule], standing: set[Standing]
) -> None:
    kept = accepted(rules)
    rounds = 0
    while standing:
        found = shown(kept, standing)
        standing = {each for each in standing if not found[each.asset_id, each.category]}
        rounds += 1
        assert rounds <= 2 * len(MACHINES)


def test_two_rules_of_a_machine_that_wait_for_each_others_series_hide_neither() -> None:
    rules: list[Rule] = [("m0", None, None, 0, None), ("m0", None, None, 1, None)]
    standing = {Standing("m0", "sensor", 0), Standing("m0", "machine", 1)}
    assert shown(rules, standing) == {("m0", "sensor"): True, ("m0", "machine"): True}
    assert shown(rules, {*standing, Standing("m0", "machine", 2)})["m0", "machine"]
    assert not shown(rules, {Standing("m0", "sensor", 0), Standing("m0", "machine", 2)})[
        "m0", "machine"
    ]


def test_a_rule_waits_for_its_series_and_its_category_only() -> None:
    one = Standing("m1", "sensor", 7)
    assert parent_stands([one], "m1", None, None)
    assert parent_stands([one], "m1", {7, 8}, "sensor")
    assert not parent_stands([one], "m1", {8}, None)
    assert not parent_stands([one], "m1", None, "machine")
    assert not parent_stands([one], "m2", None, None)
    # An alarm of which no series deviates any more.
    assert parent_stands([Standing("m1", "machine", None)], "m1", None, "machine")
    assert not parent_stands([Standing("m1", "machine", None)], "m1", {7}, None)
