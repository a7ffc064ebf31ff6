"""The states of an alarm, its severity and what it makes suspect."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anomaly import rules, texts
from anomaly.deviations import Deviation, Onset, Record
from anomaly.rules import AlarmAction, AlarmState
from kernel.errors import IllegalTransition
from tests.unit.anomaly.driving import EPOCH

ALLOWED = {
    ("active_unacknowledged", "acknowledge"): "active_acknowledged",
    ("active_unacknowledged", "return"): "returned_unacknowledged",
    ("active_unacknowledged", "lapse"): "normal",
    ("active_acknowledged", "return"): "normal",
    ("returned_unacknowledged", "acknowledge"): "normal",
    ("returned_unacknowledged", "reactivate"): "active_unacknowledged",
    ("normal", "reactivate"): "active_unacknowledged",
}


@pytest.mark.parametrize("state", AlarmState)
@pytest.mark.parametrize("action", AlarmAction)
def test_every_pair_of_state_and_action(state: AlarmState, action: AlarmAction) -> None:
    expected = ALLOWED.get((state.value, action.value))
    if expected is None:
        with pytest.raises(IllegalTransition):
            rules.next_state(state, action)
    else:
        assert rules.next_state(state, action) == expected


@given(st.lists(st.sampled_from(AlarmAction), max_size=20))
def test_whatever_happens_active_and_acknowledged_follow_the_last_words(
    actions: list[AlarmAction],
) -> None:
    state = AlarmState.ACTIVE_UNACKNOWLEDGED
    active, acknowledged = True, False
    for action in actions:
        try:
            state = rules.next_state(state, action)
        except IllegalTransition:
            continue
        match action:
            case AlarmAction.ACKNOWLEDGE:
                acknowledged = True
            case AlarmAction.RETURN:
                active = False
            case AlarmAction.LAPSE:
                active, acknowledged = False, True
            case AlarmAction.REACTIVATE:
                active, acknowledged = True, False
        assert (state.is_active, state.is_acknowledged) == (active, acknowledged)


@pytest.mark.parametrize(
    ("equipment_class", "kind", "record", "mode"),
    [
        ("pump", "vibration", Record.HIGH, "bearing_wear"),
        ("spindle", "vibration", Record.HIGH, "bearing_wear"),
        ("pump", "pressure", Record.LOW, "seal_leak"),
        ("pump", "pressure", Record.HIGH, "blockage"),
        ("compressor", "temperature", Record.HIGH, "overheating"),
        ("spindle", "current", Record.LOW, "electrical_fault"),
        ("pump", "temperature", Record.LOW, "unspecified"),
        ("juicer", "other", Record.HIGH, "unspecified"),
        ("pump", "vibration", Record.FLATLINE, "sensor_flatline"),
        ("pump", "vibration", Record.GAP, "sensor_gap"),
        ("pump", "vibration", Record.OUT_OF_RANGE, "sensor_out_of_range"),
    ],
)
def test_the_suspicion_table(equipment_class: str, kind: str, record: Record, mode: str) -> None:
    assert rules.failure_mode_of(equipment_class, kind, record) == mode


@given(st.text(), st.text(), st.sampled_from(Record))
def test_there_is_always_a_failure_mode(equipment_class: str, kind: str, record: Record) -> None:
    assert rules.failure_mode_of(equipment_class, kind, record)


@given(st.floats(1, 1e6), st.floats(1, 1e6), st.sampled_from(Record))
def test_severity_never_falls_as_the_score_grows(one: float, other: float, record: Record) -> None:
    low, high = sorted((one, other))
    assert not rules.worse(rules.severity_of(record, low), rules.severity_of(record, high))


@pytest.mark.parametrize("record", Record)
@pytest.mark.parametrize("seen", [3.14159, float("nan"), 1e99])
def test_every_alarm_says_a_sentence_in_both_languages(record: Record, seen: float) -> None:
    deviation = Deviation(record, Onset(EPOCH, "live", 0, 0, 0), 1.0, 2.0, seen, 2.0, 5000.0)
    sentence = texts.summary("Pump 7", "vibration_de", "mm/s", deviation)
    assert sorted(sentence) == ["en", "zh"]
    for text in sentence.values():
        assert "Pump 7" in text
        assert "vibration_de" in text
        assert "nan" not in text
